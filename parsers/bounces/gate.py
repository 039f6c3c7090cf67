"""Whether a message of unknown form is a non-delivery notice at all.

Owns keeping people, newsletters and strangers out: no wording alone makes a bounce, it
takes a mail system as the sender, or a subject and a text that agree and speak of mail.
"""

import re

from parsers.bounces.notice import Notice
from parsers.bounces.verdict import is_failure, says_failure

__all__ = ["is_notice"]

_DAEMON = re.compile(
    r"mailer[-_ ]?daemon|post[-_ ]?master|\bdaemon\b|\bmailer\b|\bmta\b|mdaemon|\bbounces?[@ ]"
    r"|\bmail(?:er)?[-_ ]?(?:delivery|system|server|robot|admin(?:istrator)?)\b"
    r"|delivery[-_ ](?:sub)?system|delivery status|system administrator|non[-_ ]?delivery"
    r"|\bsmtp|\buucp\b|mailsweeper|content[-_ ]?filter|mail ?marshal|gateway",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"undeliver|non[- ]?deliver|not (?:be )?deliver|not (?:be )?sent|fail(?:ed|ure)|bounce"
    r"|deliver\w* (?:status|fail|err|probl|not|has|report|delay)|returned (?:mail|message|to)"
    r"|(?:mail|message) (?:was |is )?(?:returned|rejected|refused|delayed|error|fail|could)"
    r"|returning (?:mail|message)|user unknown|unknown (?:user|address|recipient)|rejected"
    r"|could not (?:be )?(?:sent|send|deliver)|mail(?:box)? full|unzustell|nicht zugestellt"
    r"|zustellung|non remis|échec|no entreg|devuelto|mancat|fehler|недостав|не доставл"
    r"|エラー|配信|送信|退信|warning: |error sending|problem deliver|system error",
    re.IGNORECASE,
)
_ANSWER = re.compile(
    r"\s*(?:re|aw|sv|antw|odp|fw|fwd|wg|tr|rv|enc|回复|答复|转发)[ \t]*(?:\[\d+\])?[:：]",
    re.IGNORECASE,
)
# words that only mail systems use: a parcel service does not
_MAIL_WORDS = re.compile(
    r"(?<![\d.])[45][0-5]\d[ -][^\n]{0,40}(?:[45]\.\d\.\d|user|mailbox|recipient|address|relay|mail|message)"
    r"|(?<![\d.])[45]\.\d\.\d{1,3}(?![\d.])|user unknown|unknown user|no such user|mailbox (?:is )?full"
    r"|mailbox unavailable|recipient|undeliverable|over quota|host (?:unknown|not found)|smtp"
    r"|your (?:e-?mail|message|mail) (?:\w+ ){0,6}(?:could not|cannot|was not|has not|couldn't)",
    re.IGNORECASE,
)
_NOT_A_BOUNCE = re.compile(
    r"please confirm|confirm(?:ation)? (?:that|your|request)|click (?:the|on the|this) link"
    r"|out of (?:the )?office|on vacation|automatic(?:ally)? repl|auto-?repl|abwesenheit|challenge"
    r"|successfully delivered|was delivered to|has been delivered to|delivery receipt|return receipt",
    re.IGNORECASE,
)
_LOOKED_AT = 6_000


def is_notice(notice: Notice) -> bool:
    """Whether the message reports that a mail was not delivered."""
    low = notice.low[:_LOOKED_AT]
    subject = notice.subject
    failure = is_failure(low)
    named = _SUBJECT.search(subject) is not None
    if not failure and not named:
        return False
    if _NOT_A_BOUNCE.search(subject) or (not named and _NOT_A_BOUNCE.search(low[:1_500])):
        return False
    null_path = not notice.header("return-path").strip("<> ")
    if not null_path and (notice.header("list-unsubscribe") or notice.header("list-id")):
        return False
    if _is_daemon(notice):
        return failure or says_failure(low)
    if _ANSWER.match(subject) or not (named and failure and _MAIL_WORDS.search(low)):
        return False
    return null_path or not notice.header("in-reply-to")


def _is_daemon(notice: Notice) -> bool:
    sender = notice.sender
    if not sender.strip("<> \"'") or _DAEMON.search(sender):
        return True
    return "mailer-daemon" in notice.header("return-path").lower()

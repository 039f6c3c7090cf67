"""Whether a message of unknown form is a non-delivery notice at all.

Owns keeping people, newsletters and strangers out: no wording alone makes a bounce, it
takes a mail system as the sender, or a subject and a text that agree and speak of mail.
"""

import re

from parsers.bounces.notice import Notice
from parsers.bounces.verdict import is_failure

__all__ = ["is_notice"]

_DAEMON = re.compile(
    r"mailer[-_ ]?daemon|post[-_ ]?master|\bdaemon\b|mail(?:er)?[-_ ]?(?:delivery|system|server|robot|admin)"
    r"|delivery[-_ ](?:sub)?system|delivery status|system administrator|\bmailer\b|\bmta\b|mdaemon"
    r"|non[-_ ]?delivery|smtp|uucp|\bbounces?[@ ]|mailsweeper|content[-_ ]?filter|mail ?marshal|gateway",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"undeliver|non[- ]?deliver|not (?:be )?deliver|delivery (?:status|fail|err|probl|not|has|report|delay)"
    r"|fail(?:ed|ure)|returned (?:mail|message|to)|returning (?:mail|message)|mail (?:error|fail|return)"
    r"|bounce|user unknown|unknown (?:user|address|recipient)|message (?:rejected|refused|could|delayed)"
    r"|could not (?:be )?(?:sent|send|deliver)|rejected|mail(?:box)? full|unzustell|nicht zugestellt"
    r"|zustellung|non remis|échec|no entreg|devuelto|mancat|fehler|недостав|не доставл|エラー|配信|送信|退信"
    r"|warning: |error sending|problem deliver|system error",
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
    if not is_failure(low) and not _MAIL_WORDS.search(low):
        return False
    subject = notice.subject
    if _NOT_A_BOUNCE.search(subject) or (
        _NOT_A_BOUNCE.search(low[:1_500]) and not is_failure(subject)
    ):
        return False
    if _is_daemon(notice):
        return is_failure(low) or _SUBJECT.search(subject) is not None
    if _ANSWER.match(subject) or notice.header("list-unsubscribe") or notice.header("list-id"):
        return False
    return (
        _SUBJECT.search(subject) is not None
        and is_failure(low)
        and _MAIL_WORDS.search(low) is not None
        and (not notice.header("return-path").strip("<> ") or not notice.header("in-reply-to"))
    )


def _is_daemon(notice: Notice) -> bool:
    sender = notice.sender
    if not sender.strip("<> \"'") or _DAEMON.search(sender):
        return True
    return "mailer-daemon" in notice.header("return-path").lower()

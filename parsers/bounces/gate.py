"""Whether a message of unknown form is a non-delivery notice at all.

Owns keeping people, newsletters and strangers out: no wording alone makes a bounce, it
takes a mail system as the sender, or a subject and a text that agree and speak of mail.
"""

import re

from parsers.bounces.notice import Notice
from parsers.bounces.verdict import holds, is_failure, says_failure

__all__ = ["is_daemon", "is_notice", "is_personal"]

# in the lower-cased From header, name and address; "daemon" and the like only there
_DAEMONS = (
    "mailer-daemon",
    "mailer_daemon",
    "mailerdaemon",
    "mailer daemon",
    "postmaster",
    "post_master",
    "post master",
    "daemon",
    "mail delivery",
    "maildelivery",
    "mail.delivery",
    "delivery system",
    "delivery subsystem",
    "delivery status",
    "delivery agent",
    "mail system <",
    'mail system"',
    "mail-system",
    "mail server",
    "mailserver",
    "mail administrator",
    "mail robot",
    "mail gateway",
    "system administrator",
    "mail admin",
    "mailadmin",
    "mailer@",
    "<mailer",
    "mta@",
    "mdaemon",
    "<bounce@",  # not those of lists, "cats-bounces@"
    "<bounces@",
    "bounced",
    "non-delivery",
    "nondelivery",
    "smtp",
    "uucp@",
    "mailsweeper",
    "content-filter",
    "content filter",
    "mailmarshal",
    "interscan",
    "microsoftexchange",
    "gateway@",
    "lmail@",
    "mmdf",
)
# in the lower-cased subject
_SUBJECTS = (
    "undeliver",
    "non-deliver",
    "nondeliver",
    "not deliver",
    "not be deliver",
    "not be sent",
    "not sent",
    "not reach",
    "failed",
    "failure",
    "fails",
    "bounce",
    "delivery status",
    "delivery notif",
    "delivery error",
    "delivery problem",
    "delivery delay",
    "delivery report",
    "delivery has",
    "delivery not",
    "delivery warning",
    "deliver mail",
    "deliver your",
    "deliver message",
    "returned",
    "returning m",
    "returned to",
    "mail error",
    "mail system error",
    "mail refused",
    "mail rejected",
    "mail delayed",
    "message status",
    "message rejected",
    "message refused",
    "message delayed",
    "message could",
    "user unknown",
    "unknown user",
    "unknown address",
    "unknown recipient",
    "address unknown",
    "unknown mailbox",
    "wrong address",
    "bad address",
    "invalid user",
    "message blocked",
    "mail blocked",
    "error condition",
    "ndn:",
    "nicht zustellbar",
    "non distribu",
    "invalid address",
    "invalid recipient",
    "rejected",
    "could not send",
    "could not be",
    "couldn't be",
    "mailbox full",
    "mail full",
    "over quota",
    "quota exceeded",
    "warning:",
    "mail warning",
    "delivery pending",
    "error sending",
    "problem deliver",
    "system error",
    "unzustell",
    "nicht zugestellt",
    "zustellung",
    "fehler",
    "non remis",
    "échec",
    "no entreg",
    "devuelto",
    "mancat",
    "niedostarcz",
    "nedoruč",
    "недостав",
    "неуспешно доставяне",
    "neisporuč",
    "kézbesíthetetlen",
    "kézbesítési",
    "nelivrat",
    "letilemeyen",
    "αδυναμία παράδοσης",
    "αποτυχία παράδοσης",
    "uleverlig",
    "ikke leveret",
    "ei voitu toimittaa",
    "לא נמסר",
    "تعذر تسليم",
    "tidak terkirim",
    "không thể gửi",
    "ไม่สามารถส่ง",
    "не доставл",
    "エラー",
    "配信",
    "送信",
    "退信",
    "退回",
    "投递",
    "반송",
)
_ANSWER = re.compile(
    r"\s*(?:re|aw|sv|antw|odp|fw|fwd|wg|tr|rv|enc|回复|答复|转发)[ \t]*(?:\[\d+\])?[:：]",
    re.IGNORECASE,
)
# words that only mail systems use
_PLAIN_WORDS = (
    "user unknown",
    "unknown user",
    "no such user",
    "mailbox full",
    "mailbox is full",
    "mailbox unavailable",
    "undeliverable",
    "host unknown",
    "host not found",
)
# and those that keep a parcel service out
_MAIL_WORDS = (
    *_PLAIN_WORDS,
    "mailbox",
    "recipient",
    "over quota",
    "smtp",
    "your message",
    "your e-mail",
    "your email",
    "your mail",
    "message could not",
    "mail could not",
    "e-mail-adresse",
    "postfach",
    "iletiniz",
    "μήνυμά σας",
    "üzenet",
    "mesajul",
    "ваш лист",
    "съобщение",
    "vaša poruka",
    "správu",
    "meldingen",
    "meddelelse",
    "viesti",
    "ההודעה שלך",
    "رسالتك",
    "pesan anda",
    "thư của bạn",
    "ข้อความ",
)
_CODE = re.compile(r"[45](?<![\d.][45])(?:(?<=5)[0-5]\d[ -]|\.\d\.\d{1,3}(?![\d.]))")
_NO_BOUNCES = (
    "please confirm",
    "confirm that you",
    "confirm your",
    "confirmation request",
    "click the link",
    "click on the link",
    "click this link",
    "out of office",
    "out of the office",
    "on vacation",
    "automatic reply",
    "automatically repl",
    "auto-reply",
    "autoreply",
    "abwesenheit",
    "challenge",
    "successfully delivered",
    "was delivered to",
    "been delivered to",
    "delivery receipt",
    "return receipt",
    "was read on",
    "statistics",
)
# what imitations of notices want, and no mail system says
_LURES = (
    "to release them",
    "to release your",
    "release your message",
    "release pending",
    "release message",
    "messages are pending",
    "pending message",
    "undelivered messages",
    "retrieve your message",
    "recover your message",
    "upgrade your mailbox",
    "upgrade your quota",
    "upgrade your account",
    "validate your account",
    "validate your e-mail",
    "validate your mailbox",
    "verify your account",
    "verify your mailbox",
    "verify your e-mail",
    "confirm your account",
    "keep your password",
    "keep current password",
    "keep same password",
    "update your password",
    "increase your quota",
    "increase your mailbox",
)
# of senders that neither call themselves a mail system nor name a failure: fml, Amazon SNS
_OWN_SUBJECTS = ("loop alert", "aws notification")
_ROBOTS = ("no-reply", "noreply", "no_reply", "donotreply", "do-not-reply", "robot")
# with which a person begins who shows a bounce to somebody
_PERSONAL_WORDS = (
    "can you",
    "could you",
    "do you know",
    "any idea",
    "help me",
    "what does this mean",
    "what is this",
    "please look",
    "please have a look",
    "i got ",
    "i get ",
    "i received",
    "i keep getting",
    "i tried",
    "i sent ",
    "my mail",
    "my message",
    "my e-mail",
    "my email",
    "meine mail",
    "meine e-mail",
    "ich habe",
    "kannst du",
    "könnt ihr",
    "können sie",
    "j'ai ",
    "mon message",
    "pouvez-vous",
    "he recibido",
    "mi mensaje",
    "mi correo",
    "ho ricevuto",
    "la mia mail",
    "ik heb ",
    "mijn mail",
)
_INTRODUCED = 400  # characters in which a person does
_LOOKED_AT = 6_000


def is_notice(notice: Notice) -> bool:
    """Whether the message reports that a mail was not delivered. Worked out once."""
    if notice.judged is None:
        notice.judged = _judge(notice)
    return notice.judged


def _judge(notice: Notice) -> bool:
    subject = notice.subject.lower()
    named = holds(subject, _SUBJECTS)
    daemon = is_daemon(notice)
    null_path = _has_null_path(notice)
    if not (named or daemon or null_path) or holds(notice.low[:1_500], _LURES):
        return False
    if holds(subject, _NO_BOUNCES) or (not named and holds(notice.low[:1_500], _NO_BOUNCES)):
        return False
    if not (null_path and daemon) and _is_from_list(notice):
        return False
    low = notice.low[:_LOOKED_AT]
    failure = is_failure(low)
    if daemon:
        return failure or (says_failure(low) and (named or _CODE.search(low) is not None))
    # "the user cat@example.org has no account here any more", and the mail below a divider
    returned = named and notice.below != "" and says_failure(low)
    failure = failure or returned
    if not named and not holds(low, _PLAIN_WORDS):
        # nothing but a null return path: an out-of-office note has that too
        return False
    return (
        failure
        and (null_path or not notice.header("in-reply-to"))
        and (returned or holds(low, _MAIL_WORDS) or _CODE.search(low) is not None)
        and _ANSWER.match(subject) is None
    )


def is_personal(notice: Notice) -> bool:
    """Whether a person or a list wrote it, whatever bounce it may quote."""
    if is_daemon(notice) or _has_null_path(notice):
        return False
    answered = notice.header("in-reply-to") and not notice.header("auto-submitted")
    if answered or _is_from_list(notice) or _ANSWER.match(notice.subject) is not None:
        return True
    subject = notice.subject.lower()
    if not holds(subject, _SUBJECTS) and not holds(subject, _OWN_SUBJECTS):
        return not (
            holds(notice.sender.lower(), _ROBOTS)
            or notice.header("auto-submitted")[:4].lower() == "auto"
            or notice.header("x-failed-recipients")
        )
    return holds(notice.low[:_INTRODUCED], _PERSONAL_WORDS)


def is_daemon(notice: Notice) -> bool:
    """Whether a mail system is the sender, by its name, its address or the lack of one."""
    sender = notice.sender.lower()
    if not sender.strip("<> \"'") or holds(f"<{sender}", _DAEMONS):
        return True
    return "mailer-daemon" in notice.header("return-path").lower()


def _has_null_path(notice: Notice) -> bool:
    paths = notice.message.headers("return-path")
    return bool(paths) and not paths[0].strip("<> ")


def _is_from_list(notice: Notice) -> bool:
    return bool(notice.header("list-unsubscribe") or notice.header("list-id"))

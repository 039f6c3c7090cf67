"""Whether a message of unknown form is a non-delivery notice at all.

Owns keeping people, newsletters and strangers out: no wording alone makes a bounce, it
takes a mail system as the sender, or a subject and a text that agree and speak of mail.
"""

import re

from parsers.bounces.gatewords import (
    ANNOUNCED,
    GOODS,
    LURES,
    MAIL_WORDS,
    NO_BOUNCES,
    PERSONAL_WORDS,
    PLAIN_WORDS,
)
from parsers.bounces.lines import unfold
from parsers.bounces.notice import Notice
from parsers.bounces.scanners import is_to_recipient
from parsers.bounces.senders import (
    ANSWER,
    has_copy,
    has_null_path,
    is_answer,
    is_daemon,
    is_from_list,
    without_domain,
)
from parsers.bounces.senderwords import DAEMONS, MACHINES, ROBOTS, SURE
from parsers.bounces.subjects import OTHER_SUBJECTS, OWN_SUBJECTS, SUBJECTS, TELLING
from parsers.bounces.verdict import holds, is_failure, is_refusal, says_failure

__all__ = ["is_notice", "is_personal"]

_CODE = re.compile(r"[45](?<![\d.][45])(?:(?<=5)[0-5]\d[ -]|\.\d\.\d{1,3}(?![\d.]))")
# one begins with what he answers; systems return a header
_ANSWERED = re.compile(r"\s{0,4}> ?(?![\w-]{1,30}:|From )[^\n>]{3,}\n[^\n]{0,998}\n")
# a mail server's answer, with the address to which it gave it; or a row of a table of them
_REPLY = re.compile(
    r"^[ \t<]{0,8}(?:5[0-5]\d[ -][^\n@]{0,80}[\w.+-]@\w"
    r"|[\w.+-]{1,64}@[\w.-]{1,255}>?[ \t:;|-]{1,40}(?:failed|unknown|user unknown|not found)\b)",
    re.MULTILINE,
)
# which a parcel service has no address for
_MAIL = re.compile(_CODE.pattern + r"|deliver\w{0,6}(?: \w{1,20}){0,3} to ?:? ?<?[\w.+-]{1,64}@")
# a scanner of viruses took something out, and let the rest go
_PASSED_ON = re.compile(
    r"(?:mail|message|rest)\b[^\n]{0,20} (?:was|were|been|is) (?:then )?(?:delivered|passed on)"
)
_GREETING = re.compile(
    r"\s{0,4}(?:hello|hi|hey|dear|hallo|guten (?:tag|morgen)|liebe[rs]?|sehr geehrte|bonjour|hola"
    r"|estimad|buongiorno|ciao|olá|beste|hej|cześć|здравствуйте|добрый день)\b[^\n]{0,60}\n",
    re.IGNORECASE,
)
# "[example.org #17]", "[Tracker] (MAIL-17)"
_TICKET = re.compile(
    r"\s*\[[^\]\n]{0,40}(?:#\s?\d|\](?:[ \t]*\[[^\]\n]{0,40}\])?[ \t]*\(?[a-z]{2,16}-\d)"
)
# in a subject, of people and of list servers; a mail system tells of the one
_MANY = re.compile(r"(?<![\w.@-])bounc(?:es|ing|e\.[a-z]\w*|e_\w+)\b(?!@)")
# "your account cat@example.org has been suspended"
_YOURS = re.compile(
    r"\byour (?:(?:e-?mail|mail|user|web ?mail) ?)?(?:account|mailbox)"
    r"(?: [(<]?[^\s@()<>]{1,64}@[^\s@()<>]{1,255}[>)]?)?,? (?:has been|have been|is|was|will be)"
    r" (?:(?:temporarily|now|currently) |about to be )?(?:suspended|limited|disabled|deactivated"
    r"|closed|locked|blocked|deleted|terminated|restricted|over|full|almost)\b"
)
# "3 undeliverable, 97 delivered"
_COUNTED = re.compile(
    r"\b\d{1,6} (?:messages? |mails? |e-?mails? )?(?:undeliver|failed|bounced|delivered|rejected)",
    re.IGNORECASE,
)
# a mail system asks nothing, but below it its people do: "Do you have questions?"
_ASKED = re.compile(r"([^.!?？\n]{12,200}+)[?？](?:[\s\"')]|$)")
_OFFERS = re.compile(r"questions|\bhelp|information|problem|trouble|fragen|preguntas|domande")
_PER_CENT = re.compile(r"(?:\b\d{2,3} ?%|%\d{2,3}\b)")
_NOBODYS = ("delivery failure:",)  # Domino's, which may come in the recipient's name
_HEAD = re.compile(r"[^:(\n]+")
# by address: "owner-cats@", "cats-request@", "listserv@"
_LIST_SERVER = re.compile(
    r"(?:^|<)(?:owner-[^@<>\s]{1,60}|[^@<>\s]{1,60}-(?:owner|request|help)"
    r"|(?:majordomo|listserv|listproc|sympa|ezmlm|ecartis|lyris|petidomo|mailbase|almanac)"
    r"(?:-[^@<>\s]{1,60})?)@"
)
# "cats Digest, Vol 3 #77", "cats V1 #212", "CATS Digest - 12 Jun 1997 (#1997-88)"
_DIGEST = re.compile(r"\bdigest\b[^\n]{0,40}\d|\bv\d{1,3} #\d")
_POSTED = re.compile(
    r"not (?:a )?(?:subscribe[dr]|member)|allowed to post|moderator|non-?member|subscribers only"
)
_NO_PERSONS = frozenset({"root", "nobody", "mmdf", "bin", "operator", "www-data"})
# by address, not by name
_DAEMON = re.compile(r"(?:^|<)(?:mail(?:er)?[-_]?daemon|postmaster|mdaemon)(?:@|>?$)")
# the end of the line above a quotation
_WROTE = re.compile(
    r"\b(?:wrote|writes|schrieb|a écrit|escribió|ha scritto|schreef|escreveu|napisał)[^\n]{0,60}$"
)
_WORD = re.compile(r"[^\W\d_]+")
_NAMES = 4  # words of which a person's name is made
_INTRODUCED = 400  # characters in which a person does
_LOOKED_AT = 6_000
_SHORT = 600  # characters of a notice that says no more than it must


def is_notice(notice: Notice) -> bool:
    """Whether the message reports that a mail was not delivered. Worked out once."""
    if notice.judged is None:
        notice.judged = _judge(notice)
    return notice.judged


def _judge(notice: Notice) -> bool:
    subject = notice.subject.lower()
    named = holds(_MANY.sub("", subject) if "bounc" in subject else subject, SUBJECTS)
    daemon = is_daemon(notice)
    null_path = has_null_path(notice)
    if not (named or daemon or null_path) or holds(notice.low[:1_500], LURES):
        return False
    if _names_another_cause(subject) or (not named and holds(notice.low[:1_500], NO_BOUNCES)):
        return False
    listed = is_from_list(notice) and not (null_path and daemon)
    # to the owner of a mailbox that fills
    filling = not (named or is_answer(notice)) and _PER_CENT.search(notice.low, 0, 600)
    for_reader = filling or is_to_recipient(notice) or (not daemon and _is_to_read(notice))
    by_list = listed or (not daemon and (_is_list_servers(notice) or _is_digest(notice)))
    if by_list or for_reader or _is_by_hand(notice):
        return False
    low = unfold(notice.low[:_LOOKED_AT]) or subject  # which may be all that is said
    failure = is_failure(low)
    if daemon:
        return _is_daemons(notice, low, named=named, failure=failure)
    telling = subject.strip().startswith(TELLING)
    # "the user cat@example.org has no account here any more", and the mail below a divider
    returned = (
        named
        and (telling or has_copy(notice) or _REPLY.search(notice.low, 0, 1_500) is not None)
        and (failure or (is_refusal if telling else says_failure)(low))
    )
    if not named and not holds(low, PLAIN_WORDS):
        # nothing but a null return path: an out-of-office note has that too
        return False
    return (
        (failure or returned)
        and (telling or "?" not in subject)  # a mail system asks nothing
        and (null_path or not notice.header("in-reply-to"))
        and (returned or null_path or holds(low, MAIL_WORDS) or _MAIL.search(low) is not None)
        and ANSWER.match(subject) is None
    )


def _is_to_read(notice: Notice) -> bool:
    """Whether somebody who is no mail system asks or invites the reader, or counts or warns."""
    if has_null_path(notice) and is_answer(notice):
        return False
    return (
        "text/calendar" in notice.message.kinds
        or holds(notice.low[:1_500], GOODS)
        or _YOURS.search(notice.low, 0, 1_500) is not None
        or _COUNTED.search(notice.subject) is not None
        or _asks(notice.low[:_SHORT])
    )


def _asks(opening: str) -> bool:
    """Whether the first words of a mail ask something, and offer no help."""
    if "?" not in opening and "？" not in opening:
        return False
    return any(_OFFERS.search(asked[1]) is None for asked in _ASKED.finditer(opening))


def _is_daemons(notice: Notice, low: str, *, named: bool, failure: bool) -> bool:
    """The same of a mail from a mail system; low is what it says.

    named and failure are whether subject and low tell of a failure. Nobody else calls itself
    a mail system, but a postmaster writes other things too.
    """
    sender = notice.sender.lower().strip("<> ")
    calls = not sender or holds(sender, SURE)
    answers = has_copy(notice) or (has_null_path(notice) and is_answer(notice))
    if not (calls or answers) and _announces(notice, low, named=named):
        return False
    if failure:
        return True
    sure = (
        named or calls or "@" in notice.subject or has_copy(notice) or _CODE.search(low) is not None
    )
    # it writes of full mailboxes to their owners, too: what is wider wants a mail's answer
    wider = sure and (named or is_answer(notice)) and _PASSED_ON.search(low) is None
    if sure and (is_refusal if wider else says_failure)(low):
        return True
    subject = notice.subject
    # the subject says it: the copy is all there is, or the language is none that is known
    if "@" in subject and (named or calls) and is_refusal(subject):
        return True
    if not named or holds(low, NO_BOUNCES):
        return False
    shown = _shows_copy(notice)
    surely = not sender or shown or _DAEMON.search(sender) is not None
    return (shown and calls) or (surely and is_failure(subject.lower()))


def _announces(notice: Notice, low: str, *, named: bool) -> bool:
    """Whether an office that is called like a mail system writes of mail as such.

    By name alone it may be a company, too: "SMTP Relay Support <support@example.org>".
    """
    by_name = not holds(f"<{without_domain(notice.sender).rpartition('<')[2]}", DAEMONS)
    subject = notice.subject.lower()
    if named or is_failure(subject):
        return by_name and ANSWER.match(subject) is not None
    return (by_name and not holds(low, MAIL_WORDS)) or holds(low, ANNOUNCED)


def _shows_copy(notice: Notice) -> bool:
    """Whether a mail is returned, below a word or two about somebody."""
    return has_copy(notice) and "@" in notice.low and len(notice.low) < _SHORT


def _names_another_cause(subject: str) -> bool:
    """Whether a subject in lower case is a ticket's, a payment's or the like.

    What stands behind "Undeliverable:" is the returned mail's.
    """
    if _TICKET.match(subject) is not None:
        return True
    head = _HEAD.match(subject)
    own = head[0] if head and holds(head[0], SUBJECTS) else subject
    return holds(own, NO_BOUNCES) or holds(own, OTHER_SUBJECTS)


def is_personal(notice: Notice) -> bool:
    """Whether a person or a list wrote it, whatever bounce it may quote."""
    if is_daemon(notice):
        return _is_by_hand(notice)
    if has_null_path(notice):
        # a ticket system that files a bounce, and says so
        ticket = "ticket" in notice.low[:_INTRODUCED] or _TICKET.match(notice.subject.lower())
        return bool(ticket) or _is_signed(notice) or _is_digest(notice)
    subject = notice.subject.lower()
    answered = bool(notice.header("in-reply-to")) or ANSWER.match(subject) is not None
    listed = is_from_list(notice) or _is_list_servers(notice)
    if answered or listed or _is_digest(notice) or _names_another_cause(subject):
        return True
    if not holds(subject, SUBJECTS) and not holds(subject, OWN_SUBJECTS):
        return not (
            holds(without_domain(notice.sender), ROBOTS)
            or notice.header("auto-submitted")[:4].lower() == "auto"
            or notice.header("x-failed-recipients")
        )
    # what is quoted is the returned mail's own
    own, quoted, _ = notice.low[:_INTRODUCED].partition("\n>")
    if quoted and _WROTE.search(own) is not None:
        return True
    return holds(own, PERSONAL_WORDS) or _is_person(notice) or _is_signed(notice)


def _is_person(notice: Notice) -> bool:
    """Whether the address is made of a name of several words: "Nora Berg <nberg@example.org>"."""
    if notice.subject.lower().startswith(_NOBODYS):
        return False
    name, _, address = notice.sender.lower().partition("<")
    names = _WORD.findall(name)
    if not 2 <= len(names) <= _NAMES or holds(name, MACHINES):
        return False
    local = address.partition("@")[0]
    return any(len(word) > 2 and word in local for word in names)


def _is_list_servers(notice: Notice) -> bool:
    """Whether a list's server or its owner wrote it, of a command or a post.

    LISTSERV and ListProc return mail that failed on its way, too, and say so.
    """
    if _LIST_SERVER.search(notice.sender.lower()) is None:
        return False
    opening = unfold(notice.low[:1_500])
    returns = is_failure(notice.subject.lower()) and (is_failure(opening) or has_copy(notice))
    return not returns or _POSTED.search(opening) is not None


def _is_digest(notice: Notice) -> bool:
    """Whether it holds what was posted to a list."""
    if notice.message.content_type == "multipart/digest":
        return True
    return _DIGEST.search(notice.subject.lower()) is not None and not is_daemon(notice)


def _is_signed(notice: Notice) -> bool:
    """Whether the last line is the first or full name of whoever the sender is: "Nora Berg"."""
    name = notice.sender.lower().partition("<")[0]
    if "@" in name:  # no more than an address
        local = name.partition("@")[0].strip()
        if local in _NO_PERSONS or holds(local, MACHINES):
            return False
        return (
            notice.low[-100:]
            .rstrip(" \n.-")
            .endswith(tuple(f"{end}{local}" for end in ("\n", ". ", ", ", "! ")))
        )
    names = _WORD.findall(name)
    if not 1 <= len(names) <= _NAMES:
        return False
    if holds(name, MACHINES) and (len(names) < 2 or _GREETING.match(notice.text) is None):
        return False  # an office writes like a person, and greets
    last = notice.low[-200:].rstrip().rpartition("\n")[2]
    words = last.rpartition(",")[2].strip(" -,.").split()
    return words in (names[:1], names)


def _is_by_hand(notice: Notice) -> bool:
    """Whether a postmaster answers somebody as a person: by subject, and a greeting or quotation.

    A few mail systems answer like that too ("Re: hello"), but they neither greet nor quote.
    """
    if holds(notice.sender.lower(), SURE):
        return False
    text = notice.text[:_LOOKED_AT]
    greeting = _GREETING.match(text)
    if ANSWER.match(notice.subject) is None:
        return greeting is not None and _is_signed(notice) and _has_persons_name(notice)
    if _ANSWERED.match(text) is not None:
        return True
    signed = "\n>" in text and _is_signed(notice)
    if has_null_path(notice):
        return signed
    if not notice.header("in-reply-to"):
        # James says "Hi. This is the mail server", and names no mail either
        return signed or (greeting is not None and greeting[0].rstrip().endswith(","))
    return "\n>" in text or greeting is not None


def _has_persons_name(notice: Notice) -> bool:
    """Whether the sender's name, of several words, is not a system's or an office's alone."""
    names = _WORD.findall(notice.sender.lower().partition("<")[0])
    own = [word for word in names if not holds(word, MACHINES)]
    return len(names) > 1 and bool(own) and "postmaster" not in names

"""A notice as the generic reader looks at it: its lines, and who cannot be a recipient.

Owns telling the failed address from the others that notices hold: offices to write to,
fields of the returned message, senders, disclaimers. Must not look for recipients.
"""

import re
from collections.abc import Iterator

from parsers.bounces.asides import NEAR, asking, examples, is_aside, shows_example
from parsers.bounces.lines import REACHED, addresses, joined, lead
from parsers.bounces.notice import Notice
from parsers.bounces.verdict import is_failure, says_failure
from parsers.lazy import lazy
from parsers.phrases import Signs

__all__ = ["View", "undivided"]

MAX_LINES = 400
_SPEAKERS = ("subject", "from", "sender", "errors-to", "return-path")
# the same where the address stands in the next line
_HANDING_ON = ("write to", "please contact", "or contact", "reply to", "questions to")
# local parts that stand for any
_STANDING = frozenset(
    {"name", "yourname", "your.name", "username", "firstname.lastname", "first.last", "nachname"}
    | {"vorname.nachname", "prenom.nom", "nombre.apellido", "nome.cognome", "firstname", "vorname"}
    | {"mailer-daemon"}
)
# a footer of lawyers or of advertising
_DISCLAIMER = re.compile(
    r"received (?:this|it)\b[^.]{0,40} in error"
    r"|in error[,.]? (?:please|and|you)|not the intended recipient|intended recipient[,.]"
    r"|confidential|unsubscribe|copyright|all rights reserved|notify (?:the|us|me)\b",
    re.IGNORECASE,
)
# one of which stands in it
_DISCLAIMING = Signs(
    (
        *("in error", "intended recipient", "confidential", "unsubscribe", "copyright"),
        *("all rights reserved", "notify "),
    )
)
# with which the header of a returned message begins and goes on, flush left
_FIELD = re.compile(
    r"(from|to|cc|subject|date|message-id|mime-version|content-[\w-]+|reply-to|sender|importance"
    r"|user-agent|organization|in-reply-to|references|precedence|x-[\w-]+):(?= |$)",
    re.IGNORECASE,
)
# with which whoever wrote takes leave, and what list servers add below
_CLOSING = re.compile(
    r"--$|_{10,}$|(?:(?:best|kind|warm) )?regards,?$|sincerely(?: yours)?,?$|thank you\.?$"
    r"|mit freundlichen grüßen,?$|viele grüße,?$|cordialement,?$|saludos,?$|cordiali saluti,?$",
    re.IGNORECASE,
)
# with which a directory offers others of the name; "no matches:" offers none
_OFFERED = re.compile(
    r"\b(?:choose|alternatives?|similar|suggest\w*|did you mean|(?<!no )matches)\b[^@:]{0,30}:$",
    re.IGNORECASE,
)
# the heading of a list of those who got the mail, as a sentence
_SENT_TO = re.compile(
    r"\W*(?:the |your )?(?:e-?mail|message|mail|it)(?: was| has been| is)? (?:successfully )?"
    r"(?:sent|delivered|relayed)(?: successfully)? to\b[^@:]{0,60}:$",
    re.IGNORECASE,
)
_LISTED = 20  # lines of a list of others
_WROTE = re.compile(
    r"\b(?:wrote|writes|said|schrieb|a écrit|escribió|ha scritto|schreef|escreveu)[ :]{0,3}$",
    re.IGNORECASE,
)
_SHIFTED = " \t|*:+"  # with which the returned message may be set off
_TELLING = (("from", "subject"), ("from", "date"))
_ROLES = frozenset({"postmaster", "mailer-daemon", "abuse", "support", "helpdesk", "webmaster"})


class View:
    """The notice cut into lines and paragraphs, and who cannot be a recipient."""

    def __init__(self, notice: Notice, lines: list[str]) -> None:
        self.notice = notice
        self.lines = joined([line[:2_000] for line in lines[:MAX_LINES]])
        # "cat@example.org's mailbox <mailer-daemon@example.org>" is not the cat's
        _, opened, rest = notice.sender.rpartition("<")
        self.own = {address.lower() for address in addresses(opened + rest)}
        for start, end in list(self.paragraphs()):
            text = " ".join(self.lines[start:end])
            low = text.lower()
            if _DISCLAIMING.any(low) and _DISCLAIMER.search(text) and not is_failure(low):
                self.lines[start:end] = [""] * (end - start)
        self.contacts: set[str] = set()
        seen: set[str] = set()
        for at, line in enumerate(self.lines):
            if line in seen:
                continue
            if "@" in line and (asked := asking(line)) is not None:
                named = addresses(line[asked.start() :]) or addresses(line)
                self.contacts.update(address.lower() for address in named)
            elif line[-1:] == ":" and _OFFERED.search(line[-NEAR:]):
                self.contacts.update(_listed(self.lines[at + 1 :]))
                continue  # the next of the kind offers others
            elif line.endswith(_HANDING_ON):
                self.contacts.update(one.lower() for one in addresses(_after(self.lines, at))[:1])
                continue
            seen.add(line)
        self.contacts |= self._reached()
        if shows_example(notice.low):
            self.contacts |= examples(" ".join(self.lines))
        self.asked = {address.lower() for address in addresses(notice.header("to"))}
        self.our_domains = {address.rpartition("@")[2] for address in self.asked}
        self._asides: dict[str, bool] = {}  # by line: the same may stand there often
        self._named: dict[str, list[str]] = {}

    def _reached(self) -> set[str]:
        """Who got the mail, in lower case, where a list of them stands beside another."""
        got: set[str] = set()
        for at, line in enumerate(self.lines):
            if line[-1:] == ":" and (REACHED.match(line) or _SENT_TO.match(line)):
                got.update(_listed(self.lines[at + 1 :]))
        if not got:
            return got
        named = {one.lower() for one in addresses("\n".join(self.lines))}
        return got if named - got - self.contacts - self.own else set()

    def is_aside(self, at: int) -> bool:
        """Whether the line at a place is an aside, which several shapes ask; see is_aside below."""
        line = self.lines[at]
        known = self._asides.get(line)
        if known is None:
            known = self._asides[line] = is_aside(line)
        return known

    def named(self, at: int) -> list[str]:
        """The addresses in the line at a place, likewise."""
        line = self.lines[at]
        known = self._named.get(line)
        if known is None:
            known = self._named[line] = addresses(line)
        return known

    @lazy
    def spoken_of(self) -> set[str]:
        """Who wrote the returned mail, and whom its subject mentions, in lower case."""
        returned = self.notice.message.returned
        told = " ".join(returned.only(name) for name in _SPEAKERS)[:4_000]
        return {address.lower() for address in addresses(told)}

    def paragraphs(self) -> Iterator[tuple[int, int]]:
        """First line and the line after the last, of each run of lines that are not blank."""
        start = None
        for at, line in enumerate([*self.lines, ""]):
            if line.strip():
                start = at if start is None else start
            elif start is not None:
                yield start, at
                start = None

    def is_role(self, address: str) -> bool:
        """Whether it is the notice's own sender, or an office to write to."""
        local = address.partition("@")[0].lower()
        return address.lower() in self.own or (local in _ROLES and self.is_near(address))

    def is_office(self, address: str) -> bool:
        """Whether it is an office to write to, wherever."""
        return address.partition("@")[0].lower() in _ROLES

    def is_near(self, address: str) -> bool:
        """Whether it is at the domain of the notice's own sender, or beside it."""
        domain = address.rpartition("@")[2].lower()
        return domain.split(".")[-2:] == self.notice.domain.split(".")[-2:]

    def is_other(self, address: str) -> bool:
        """Whether prose may only name it as somebody else: a role, or a place to ask."""
        low = address.lower()
        return self.is_role(address) or low in self.contacts or low.partition("@")[0] in _STANDING

    def is_ours(self, address: str) -> bool:
        """Whether it is at a domain to which the notice was sent: a list's, or its owner's."""
        return address.rpartition("@")[2].lower() in self.our_domains

    def is_asker(self, address: str) -> bool:
        """Whether it is whom the notice was sent to."""
        return address.lower() in self.asked


def _after(lines: list[str], at: int) -> str:
    """The first word of the line below a place, or ""."""
    words = lines[at + 1].split(None, 1) if at + 1 < len(lines) else []
    return words[0] if words else ""


def _listed(lines: list[str]) -> Iterator[str]:
    """The addresses of the list at the head of lines, in lower case."""
    begun = False
    for line in lines[:_LISTED]:
        head = lead(line, named=True)
        if head is not None:
            begun = True
            yield head[0].lower()
        elif begun or line:
            return


def _goes_on(lines: list[str]) -> bool:
    """Whether what looked like a closing is a rule between one recipient and the next."""
    return any(says_failure(line) for line in lines if line[:1] != ">")


def undivided(lines: list[str], after: int = 0) -> int | None:
    """Where the returned message may begin without a divider, or None.

    That is a block of header fields or a quotation, or the signature of whoever wrote. It
    may be a mere summary of the mail, with the verdict below: look above it first, then
    above what comes after it.
    """
    begin: int | None = None
    names: set[str] = set()
    for at, line in enumerate(lines[after:MAX_LINES], after):
        if at and _CLOSING.match(line) and not _goes_on(lines[at + 1 : at + 40]):
            return at
        if at and line[:1] == ">" and line[:3] != ">>>":
            if _WROTE.search(lines[at - 1][-NEAR:]):
                return at - 1
            if lead(line) is None:
                return at  # quoted, and no list of addresses led by ">"
        field = _FIELD.match(line)
        if field is None and line[:1] in _SHIFTED:
            field = _FIELD.match(line, len(line) - len(line.lstrip(_SHIFTED)))
        if field is None:
            if line[:1] not in {" ", "\t"} or begin is None:
                begin, names = None, set()
            continue
        if begin is None:
            begin = at
        names.add(field[1].lower())
        if (
            begin
            and begin > after
            and len(names) > 2
            and any(names.issuperset(pair) for pair in _TELLING)
        ):
            return begin
    return None

"""A message as bounce detectors look at it: its own words, and little of the mail it returns.

Owns the view, worked out once and shared by all detectors. Must not decide
anything: what is a bounce is the detectors' business.
"""

import re
from collections.abc import Callable

from parsers.bounces.cut import cut
from parsers.bounces.lines import addresses
from parsers.lazy import lazy
from parsers.mime.message import Message
from parsers.mime.texts import html_to_text, lowered

__all__ = ["MAX_OPENING", "MAX_TEXT", "Notice"]

# "the qmail-send program at", "the mail system at host", "Mail Agent v0.13 at"
_REPORTER = re.compile(
    # from the first letter on, looking back: sre skips to it without trying every letter
    r"[psa](?<!\w[psa])(?:(?<=p)rogram|(?<=s)ystem|(?<=s)erver|(?<=a)gent(?: v[\d.]+)?)"
    r"(?: at| on)(?: host)? ([\w-]+(?:\.[\w-]+)+)"
)

_SUMMED_UP = re.compile(r"^[ \t>|]{0,8}to[ \t]?:([^\n]{3,1000})", re.MULTILINE | re.IGNORECASE)
_SUMMARY = 2_000  # characters below the divider in which it stands

# what word processors write, and what senders of notices do
_TYPED = (("\xa0", " "), ("\u2019", "'"), ("\u2018", "'"), ("\u201c", '"'), ("\u201d", '"'))
# what lists write into what they send, and how they call their owners
_OF_LISTS = ("sender", "errors-to", "x-beenthere", "x-loop", "x-mailing-list", "list-post")
_OWNED = re.compile(
    r"^(?:owner|request|errors?)-|-(?:owner|admin|request|errors)(?=@)|-(?:bounces?|return)\b[^@]*(?=@)"
)
_TRACE = ("x-original-to", "delivered-to", "envelope-to", "to", "cc", "bcc", "received")

MAX_TEXT = 48_000  # characters of the human text that detectors see
MAX_OPENING = 2_400  # characters of it in which a detector's mark must stand

_RETURNED = frozenset({"message/rfc822", "text/rfc822-headers"})


class Notice:
    """What detectors may look at. What few of them need is worked out when asked for, and kept.

    text is the human text, a copied original message in it included, at most MAX_TEXT;
    above of it the notice's own words, which stand above the returned message; low is above
    in lower case, of the same length.
    """

    def __init__(self, message: Message) -> None:
        self.message = message
        # the first value of a header of the notice, decoded and unfolded, or ""
        self.header: Callable[[str], str] = message.fields.header
        self.sender = message.sender
        self.subject = message.subject
        self.judged: bool | None = None  # the gate's answer, once it was asked
        self.verdict: str | None = None  # verdict_words(), once they were asked for
        self.text = text = _human(message)
        low = message.low if text is message.full_text else lowered(text)
        self._cut = at = self._divided(low)
        self.above, self.low = text[:at], low[:at]

    @property
    def opening(self) -> str:
        """Lower-case sender, subject, mailer and first words: where marks are looked for."""
        header = self.header
        failed = "\nx-failed-recipients:" if header("x-failed-recipients") else ""
        mailer = header("x-mailer") + failed
        head = f"from: {self.sender}\nsubject: {self.subject}\nx-mailer: {mailer}\n\n"
        return head.lower() + self.low[:MAX_OPENING]

    def _divided(self, low: str) -> int:
        """Where the returned message begins in the text, which low is in lower case."""
        at = cut(low)
        if at < len(low) and not low[:at].strip(" \t\n-=*#_|"):
            # a title above everything, or a copy put first: the notice is below it
            below = low.find("\n", at) + 1
            at = below + cut(low[below:]) if below else len(low)
        return min(at, self._first_part)

    @property
    def _first_part(self) -> int:
        """Where the first text part ends, if it has an address and others follow it.

        The next may be the returned mail's own body, with nothing to tell it by; not where
        that mail has a part of its own, as in Postfix's notices of 1999.
        """
        if len(self.message.parts) > 2 and self.message.kinds.isdisjoint(_RETURNED):
            plain = [part for part in self.message.parts if part.content_type == "text/plain"]
            if len(plain) > 1:
                first = plain[0].text
                if "@" in first and self.text.startswith(first[:MAX_TEXT]):
                    return len(first)
        return len(self.text)

    @property
    def below(self) -> str:
        """What stands in the text from the divider on: the returned message, or ""."""
        return self.text[self._cut :]

    @lazy
    def domain(self) -> str:
        """The domain of the notice's From address, lower case, or ""."""
        found = addresses(self.sender)
        return found[0].rpartition("@")[2].lower() if found else ""

    @lazy
    def lines(self) -> list[str]:
        """The lines of above, without trailing blanks."""
        return [line.rstrip() for line in self.above.split("\n")]

    @lazy
    def written_to(self) -> list[str]:
        """The addresses of the returned message's recipient headers: a last resort."""
        returned = self.message.returned
        found: list[str] = []
        for name in ("x-original-to", "delivered-to", "envelope-to", "to", "cc"):
            if name in returned:
                found += addresses(" ".join(returned.headers(name))[:4_000])
            if name == "envelope-to" and found:
                break
        if not found and (summed := _SUMMED_UP.search(self.below[:_SUMMARY])):
            found = addresses(summed[1])  # no copy, but From, To and Subject
        # the returned copy of a list's post names the list: that is us, not the recipient
        own = {one.rpartition("@")[2].lower() for one in addresses(self.header("to"))}
        if any(one.rpartition("@")[2].lower() in own or self.is_list(one) for one in found):
            return []  # and whoever else stands there was written to by its author
        return list(dict.fromkeys(found))

    def is_list(self, address: str) -> bool:
        """Whether the header of the returned mail shows that an address is a list's."""
        return _OWNED.sub("", address.lower()) in self._lists

    @lazy
    def _lists(self) -> set[str]:
        """The addresses with which lists sign what they send, in lower case, without "owner-"."""
        returned = self.message.returned
        told = " ".join(value for name in _OF_LISTS for value in returned.headers(name)[:4])
        return {_OWNED.sub("", one.lower()) for one in addresses(told[:4_000])}

    def whole(self, local: str) -> str:
        """The address of a recipient of whom only the local part is told, or "".

        One that the notice or the trace of the returned message ("for <cat@example.org>")
        names in full; else it is at the domain that reports.
        """
        low = local.lower()
        known = self._named.get(low)
        if known is None and "." in low:
            # GroupWise writes its post office before the user: "ADMIN.CAT"
            office, _, user = low.rpartition(".")
            known = next((one for one in self.written_to if _is_of(one, user, office)), None)
        return known or (f"{local}@{self.domain}" if self.domain else "")

    @lazy
    def _named(self) -> dict[str, str]:
        """The addresses that are named in full, by local part."""
        returned = self.message.returned
        trace = [value for name in _TRACE for value in returned.headers(name)[:12]]
        named: dict[str, str] = {}
        for address in addresses("\n".join([self.above[:8_000], self.subject, *trace])[:16_000]):
            named.setdefault(address.lower().partition("@")[0], address)
        return named

    @lazy
    def reporter(self) -> str:
        """The host that says of itself that it wrote the notice, or ""."""
        told = _REPORTER.search(self.low, 0, 600)
        return self.above[told.start(1) : told.end(1)].rstrip(".") if told else ""

    def from_line(self, words: str) -> list[str]:
        """The lines after the first line of above that has words (lower case) in it; [] if none."""
        at = self.low.find(words)
        if at < 0:
            return []
        start = self.above.find("\n", at)
        return self.above[start + 1 :].split("\n") if start >= 0 else []


def _is_of(address: str, user: str, office: str) -> bool:
    """Whether an address is user@office.example.org; both are in lower case."""
    local, _, domain = address.lower().partition("@")
    return local == user and office in domain.split(".")


def _human(message: Message) -> str:
    text = message.full_text[:MAX_TEXT]
    if "@" not in text and not text.strip():
        # parts that are not what they say: the notice is somewhere in the raw body
        text = message.body[:MAX_TEXT]
    start = text[:80].lstrip()[:14].lower()
    if start[:1] == ">":
        text = _unquoted(text)
    elif start.startswith(("<!doctype html", "<html")):
        text = html_to_text(text)  # called plain
    if not text.isascii():
        for odd, plain in _TYPED:
            if odd in text:
                text = text.replace(odd, plain)
    return text


def _unquoted(text: str) -> str:
    """Text without ">" before its lines, if that stands before every one; else as it was."""
    lines = text.split("\n")
    if not all(line[:1] == ">" or not line.strip() for line in lines):
        return text  # somebody answers
    return "\n".join(line[2:] if line[:2] == "> " else line[1:] for line in lines)

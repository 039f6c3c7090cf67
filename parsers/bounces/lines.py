"""Addresses in the lines of a notice: the shapes in which senders list them.

Owns what an address looks like in free text and how a list of them is laid out.
Must not know any sender. Every pattern is linear: runs are possessive and
anchored, so that no text can make them backtrack.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

__all__ = ["REACHED", "Entry", "addresses", "bracketed", "joined", "lead", "listed", "unfold"]

# an apostrophe counts between letters only: o'neil, but not 550-'cat
_LOCAL = (
    r"(?:\"[^\"\n]{1,128}+\""
    r"|(?:[A-Za-z0-9!#$%&*+/=?^_`{|}~.-]++|(?<=[A-Za-z])'(?=[A-Za-z]))++)"
)
_DOMAIN = r"(?:[A-Za-z0-9_-]++(?:\.[A-Za-z0-9_-]++)*+|\[[0-9A-Fa-fIPv:.]{3,45}\])"
# a user of a host behind a gateway of ALL-IN-1's, "CAT@A1@ALLIN1"
_BEYOND = r"(?-i:@[A-Z][A-Z0-9]{1,30}+(?![\w.@-]))?+"
ADDRESS = _LOCAL + "@" + _DOMAIN + _BEYOND

# in prose a slash before it makes it a path or a link
_FREE = re.compile(r"(?<![A-Za-z0-9!#$%&*+/=?^_`{|}~.@-])(?!/)" + ADDRESS)
# between angle brackets anything but blanks counts: RFC 6532 addresses stand there
_BRACKETED = re.compile(
    r"<(?:mailto:|smtp:|rfc822;[ ]?)?"
    r"((?:[^<>\s@]{1,128}|\"[^<>\n\"]{1,64}\")@[^<>\s@]{1,255})>",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"[ \t]*(?:(?:[*•·o+»>]|-{1,3}>?|=>|>>>)[ \t]+|\d{1,3}[.)][ \t]+)?"
    r"(?:(?:smtp|rfc822|internet|mailto)[ \t]*[:;=%]?[ \t]*)?"
    r"[\"'`\[(<]{0,3}"
    r"(?:(?:smtp|rfc822|internet|mailto|im)[:;=][ \t]?)?"
    r"(" + ADDRESS + r"|(?<=<)[^<>\s@]{1,128}@[^<>\s@]{1,255}(?=>))"
    r"[>\"'\])]{0,3}",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"[ \t]*(?:(?:[*-]|-{1,3}>?|>>>)[ \t]+)?(?!\W{0,4}[2-5]\d\d\b)"
    r"(?!(?:please|for (?:further|more|help|assistance)|if you|questions|contact)\b)"
    r"(?:\"[^\"\n]{1,80}\"|[^<>@:\"\n]{1,80})[ \t]*"
    r"[<\[(](?:mailto:|smtp:)?([^<>\[\]()\s@]{1,128}@[^<>\[\]()\s@]{1,255})[>\])]",
    re.IGNORECASE,
)
_AUTHOR = re.compile(r"\b(?:from|by|sender|von|address(?: is| was))\W{0,3}$", re.IGNORECASE)
_KEY = re.compile(r"(?:rcpt|to|from|recipient|sender|user|e?mail|address)=", re.IGNORECASE)
_BETWEEN = re.compile(r"[ \t,;<>]+")
# the heading of a list of those who got the mail
REACHED = re.compile(
    r"\W*(?:(?:the )?following )?(?:(?:recipients?|address(?:es)?|users?|persons?) )?"
    r"(?:(?:that|who|have|has|were|was) ){0,2}(?:successfully )?"
    r"(?:delivered|relayed|sent|accepted|received)\b(?:[^@:]{0,60}:|\W*)$",
    re.IGNORECASE,
)
# an address between angle brackets that goes on in the next line
_OPEN = re.compile(r"<[^<>\s]{1,320}")
_REST = re.compile(r"[ \t]{0,16}[^<>\s]{1,320}>")
# what people do, in a line that begins with a name: "A. Cat (cat@example.org) writes:"
_SPEAKS = re.compile(
    r"(?:wrote|writes|schrieb)\b[^@]{0,80}$|said$|please\b[^@]{0,200}\?$", re.IGNORECASE
)
_AFTER_LEAD = frozenset("\n\t :;,.()<[-")


def unfold(text: str) -> str:
    """Text on one line, blanks collapsed."""
    return " ".join(text.split())


def addresses(text: str) -> list[str]:
    """Every address in a piece of free text, in order, without repeats."""
    if "@" not in text:
        return []
    found = [(hit.start(1), hit[1]) for hit in _BRACKETED.finditer(text)]
    found += [(hit.start(), hit[0]) for hit in _FREE.finditer(text)]
    found.sort(key=lambda pair: pair[0])
    if "=" in text or "`" in text:
        return list(dict.fromkeys(_plain(address) for _, address in found))
    return list(dict.fromkeys(address.rstrip(".") for _, address in found))


def _plain(address: str) -> str:
    """Without the quotation mark of typewriters, "`cat@example.org'", or "rcpt=" before it."""
    if "=" in address:
        address = _KEY.sub("", address)
    return address.rstrip(".").lstrip("`")


def bracketed(text: str) -> str:
    """The first address between angle brackets, or ""."""
    hit = _BRACKETED.search(text)
    return hit[1] if hit else ""


def lead(line: str, *, named: bool = False) -> tuple[str, str] | None:
    """The address with which a line begins, and the rest of the line; None if with none.

    Bullets, quotes, brackets and address types before it do not count. With
    named=True a display name may stand before it too ("A. Cat <cat@example.org>").
    """
    if "@" not in line:
        return None
    hit = _LEAD.match(line)
    if hit is not None and (hit.end() == len(line) or line[hit.end()] in _AFTER_LEAD):
        rest = line[hit.end() :].strip(" \t:;,")
        # "cat@example.org <cat@example.org>"
        return hit[1].rstrip("."), rest.removeprefix(f"<{hit[1]}>").strip(" \t:;,")
    if (
        named
        and (hit := _NAMED.match(line)) is not None
        and not _AUTHOR.search(line[: hit.start(1)])
    ):
        return hit[1], line[hit.end() :].strip(" \t:;,")
    return None


def joined(lines: list[str]) -> list[str]:
    """Lines, with an address between angle brackets that was folded made whole again."""
    for at in range(len(lines) - 1):
        line = lines[at]
        opened = line.rfind("<")
        if opened >= 0 and ">" not in line[opened:] and _OPEN.fullmatch(line, opened):
            rest = _REST.match(lines[at + 1])
            if rest is not None and "@" in line[opened:] + rest[0]:
                lines[at] += rest[0].lstrip()
                lines[at + 1] = lines[at + 1][rest.end() :]
    return lines


def _only_addresses(text: str) -> list[str]:
    """The addresses of a text that is nothing else; [] for any other."""
    if "@" not in text:
        return []
    found = addresses(text)
    return found if {"", *found}.issuperset(_BETWEEN.split(text)) else []


@dataclass(slots=True)
class Entry:
    """One listed address and the lines that belong to it."""

    address: str
    words: list[str] = field(default_factory=list)
    original: str = ""  # whom we wrote to, where a label tells
    beside: str = ""  # of the words, those on the address's own line of a list

    @property
    def text(self) -> str:
        """The words on one line."""
        return unfold(" ".join(self.words))


def listed(lines: Sequence[str], *, named: bool = False) -> Iterator[Entry]:
    """The list of addresses at the head of lines, each with what is indented or written below it.

    Blank lines before the list do not count. The list ends at the first line after
    a blank one that neither begins with an address nor is indented, or at a ruled line.
    """
    entry: Entry | None = None
    indent = 0
    blank = False
    for line in lines:
        stripped = line.strip()
        if not stripped:
            blank = True
            continue
        depth = len(line) - len(line.lstrip(" \t"))
        if entry is not None and stripped[:3] in {"---", "===", "***", "___", "###"}:
            break
        head = lead(line, named=named) if entry is None or depth <= indent else None
        if head is not None and _SPEAKS.match(head[1]) is not None:
            break  # somebody's mail has begun
        if head is not None:
            if entry is not None:
                yield entry
            indent = depth
            # "cat@example.org, dog@example.org": each is an entry
            *before, last = [head[0], *_only_addresses(head[1])]
            for address in before:
                yield Entry(address)
            beside = "" if before else head[1]
            entry = Entry(last, [beside] if beside else [], beside=beside)
        elif entry is None:
            return
        elif depth <= indent and (blank or REACHED.match(stripped)):
            break
        else:
            entry.words.append(stripped)
        blank = False
    if entry is not None:
        yield entry

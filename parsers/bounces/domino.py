"""Lotus Domino, and the SMTP MTA of Notes 4 before it.

Odd: "was not delivered to:" and "because:", one line each; the address line may hold a
Notes name ("Cat/Sales/Example@EXAMPLE"), the internet address then stands in the reason
or in the subject, in parentheses. The old MTA puts the reason first, the address below it.
"""

from collections.abc import Iterator

from parsers.bounces.finding import Form, Found
from parsers.bounces.lines import addresses, unfold
from parsers.bounces.notice import Notice
from parsers.bounces.view import undivided

__all__ = ["DOMINO", "NOTES"]


def _domino(notice: Notice) -> Iterator[Found]:
    low = notice.low
    start, end = low.find("not delivered to:"), low.find("because:")
    if start < 0 or end < start:
        return
    reason = unfold(notice.above[end + 8 :].strip().partition("\n\n")[0])
    listed = notice.above[start + len("not delivered to:") : end]
    named = addresses(listed)
    if not any("." in address.rpartition("@")[2] for address in named):
        named = addresses(reason) or addresses(notice.subject) or named or notice.written_to[:1]
    for address in named:
        yield Found(_whole(address, listed), diagnostic=reason)


def _whole(address: str, text: str) -> str:
    """A name of Notes with the blanks in it: "A. Cat/Org@Org", which is a line of its own."""
    if "." in address.rpartition("@")[2]:
        return address
    return next((line.strip() for line in text.split("\n") if line.endswith(address)), address)


def _notes(notice: Notice) -> Iterator[Found]:
    reason: list[str] = []
    said = ""
    lines = [line.rstrip() for line in notice.from_line("failure reasons")]
    for line in lines[: undivided(lines)]:
        stripped = line.strip()
        named = addresses(stripped)
        if named and named[0] == stripped.strip("<>"):
            said = unfold(" ".join(reason)) or said  # told once of several
            yield Found(named[0], diagnostic=said)
            reason = []
        elif stripped.startswith("---"):
            break
        elif stripped:
            reason.append(stripped)


DOMINO = Form("domino", ("was not delivered to:",), _domino)
NOTES = Form("notes", ("failure reasons",), _notes)

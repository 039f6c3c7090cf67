"""The sender nobody has met: read by structure.

A notice from a mail system says somewhere above the returned message that delivery failed,
and names an address near that verdict: after a label, in a list below the sentence, in
the line or the paragraph of the refusal, or alone on a line. The nearest shape wins. Must
not scan the returned message, and must stay silent on what people, lists and shops write.
"""

import re
from collections.abc import Callable, Iterator
from itertools import islice

from parsers.bounces.beside import in_header, in_subject, traced_to, written_to
from parsers.bounces.finding import Form, Found
from parsers.bounces.gate import is_notice
from parsers.bounces.lines import Entry, lead
from parsers.bounces.localparts import local_parts
from parsers.bounces.notice import Notice
from parsers.bounces.shapes import (
    alone,
    answered,
    headed,
    in_line,
    in_paragraph,
    labelled,
    led,
    listed_below,
    only_one,
    set_off,
    to_field,
)
from parsers.bounces.verdict import is_delay, says_failure, verdict_words, words_of
from parsers.bounces.view import View, undivided
from parsers.report import Action

__all__ = ["GENERIC", "LAST_RESORT"]

_TRACED = ("received:", "return-path:")
_SUMMARIES = 3  # that may stand before the verdict
MAX_ENTRIES = 1_000


# from the word on, which sre skips to
_ALIAS = re.compile(
    r"(?<![^\s<>@\"',;:()])([^\s<>@\"',;:()]{1,64}@[^\s<>@\"',;:()]{1,255})[>\"')]{0,2},?"
    r" (?:\(?(?:which |who |that )?(?:(?:is|was|has been) )?)?"
    r"(?:forwarded|redirected|expanded|aliased|rewritten|resolved) to [<\"'(]{0,2}"
    r"([^\s<>@\"',;:()]{1,64}@[^\s<>@\"',;:()]{1,255}[^\s<>@\"',;:().])",
    re.IGNORECASE,
)
_Shape = Callable[[View], Iterator[Entry]]


def _read(notice: Notice) -> Iterator[Found]:
    yield from _tried(notice, _SHAPES)


def _read_last(notice: Notice) -> Iterator[Found]:
    yield from _tried(notice, (in_header, in_subject, traced_to, written_to))


def _tried(notice: Notice, shapes: tuple[_Shape, ...]) -> Iterator[Found]:
    if not is_notice(notice):
        return
    action = Action.DELAYED if is_delay(notice) else Action.FAILED
    if "@" in notice.subject and notice.low[:60].lstrip().startswith(_TRACED):
        # the copy is all there is: nothing below is the notice's own
        told = list(_shaped(View(notice, []), (in_subject,), action))
        if told:
            yield from told
            return
    # a returned message without a divider; but a mere summary of it may look the same
    shorter = len(notice.message.text)
    if shorter < len(notice.above):
        lines = [line.rstrip() for line in notice.above[:shorter].split("\n")]
        found = _nearest(notice, lines, shapes, action)
        if found:
            yield from found
            return
    lines = _below_quotation(notice.lines)
    if len(lines) < len(notice.lines) and (found := _nearest(notice, lines, shapes, action)):
        yield from found
        return
    yield from _nearest(notice, notice.lines, shapes, action)


def _below_quotation(lines: list[str]) -> list[str]:
    """Lines without the returned mail, if it is quoted above what is said of it."""
    at = 0
    while at < len(lines) and (not lines[at] or (lines[at][:1] == ">" and lines[at][1:2] != ">")):
        if lead(lines[at]) is not None:
            return lines
        at += 1
    return lines[at:] if at < len(lines) else lines


def _nearest(
    notice: Notice, lines: list[str], shapes: tuple[_Shape, ...], action: Action
) -> list[Found]:
    """What stands above the first place where a returned message may begin, or the next."""
    end = undivided(lines)
    for _ in range(_SUMMARIES):
        if end is None:
            break
        found = list(_shaped(View(notice, lines[:end]), (*shapes, in_subject), action))
        if found:
            return found
        end = undivided(lines, end + 1)
    return list(_shaped(View(notice, lines), shapes, action))


def _shaped(view: View, shapes: tuple[_Shape, ...], action: Action) -> Iterator[Found]:
    told: list[str] | None = None
    words = ""
    common: str | None = None  # once it was asked for
    for entry in _chosen(view, shapes):
        if entry.words is not told:  # one list for all that one line names
            told, words = entry.words, entry.text
            if not says_failure(words):
                if common is None:
                    common = words_of(view.lines) or verdict_words(view.notice)
                words = f"{words} {common}".strip()
        yield Found(entry.address, entry.original, words[:1_500], action)


def _chosen(view: View, shapes: tuple[_Shape, ...]) -> list[Entry]:
    """What the nearest shape gives; what is doubtful only if none has another."""
    doubtful: list[Entry] = []
    for shape in shapes:
        kept = _kept(view, shape)
        if kept and all(_is_doubtful(view, shape, entry) for entry in kept):
            doubtful = doubtful or kept
        elif kept:
            return kept
    return doubtful


def _is_doubtful(view: View, shape: _Shape, entry: Entry) -> bool:
    """Whether it is a name of Notes or X.400, or one at our own domain that prose mentions."""
    if "/" in entry.address.partition("@")[0]:
        return True
    return shape not in _EXPLICIT and view.is_ours(entry.address)


def _kept(view: View, shape: _Shape) -> list[Entry]:
    """What a shape gives, without those that are more likely somebody else."""
    found = list(islice((entry for entry in shape(view) if entry.address), MAX_ENTRIES))
    kept = [entry for entry in found if not view.is_asker(entry.address)]
    if shape not in _EXPLICIT:
        kept = [entry for entry in kept if not view.is_ours(entry.address)] or kept
    if len(kept) > 1:
        # beside others an office signs, and is seldom written to
        kept = [entry for entry in kept if not view.is_office(entry.address)] or kept
        kept = [entry for entry in kept if entry.address.lower() not in view.spoken_of] or kept
    if len(kept) > 1 and " to " in view.notice.low:
        kept = _without_aliases(view, kept)
    if any("/" in entry.address for entry in kept):
        # beside Internet addresses the names of Notes and X.400 are aliases: "A Cat/Org@Org"
        kept = [entry for entry in kept if "." in entry.address.rpartition("@")[2]] or kept
    if not kept and shape in _EXPLICIT:
        kept = found
    return kept


def _without_aliases(view: View, kept: list[Entry]) -> list[Entry]:
    """Of "cat@example.org, forwarded to fox@example.net" the fox, whose original is the cat."""
    told = {
        alias[2].lower(): alias[1]
        for line in view.lines
        if "@" in line and " to " in line
        for alias in _ALIAS.finditer(line)
    }
    aliases = {one.lower() for one in told.values()}
    for entry in kept:
        if not entry.original:
            entry.original = told.get(entry.address.lower(), "")
    return [entry for entry in kept if entry.address.lower() not in aliases] or kept


_SHAPES: tuple[_Shape, ...] = (
    headed,
    labelled,
    listed_below,
    answered,
    in_line,
    set_off,
    in_paragraph,
    alone,
    local_parts,
    to_field,
    only_one,
    led,
)

# shapes that name whoever wrote, too; in prose the addressee is only spoken to
_EXPLICIT = (headed, labelled, listed_below)

GENERIC = Form("generic", (), _read)
LAST_RESORT = Form("written-to", (), _read_last)

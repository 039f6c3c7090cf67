"""Where a notice ends and the returned message begins.

Owns the marks that senders put between their own words and the mail they give
back. Detectors read only what stands above: an address in the returned message
is somebody's correspondence, never a verdict.
"""

import re

from parsers.phrases import Signs

__all__ = ["cut"]

# Words of which one stands in the dividing line. Found by one search for all,
# then the whole line is judged: cheaper than a regular expression on every line.
_HINTS = (
    "copy of",
    "original ",
    "return-path:",
    "received:",
    "message header",
    "unsent m",
    "returned ",
    "undelivered m",
    "follows",
    "message text",
    "message body",
    "below this line",
    "rejected m",
    "forwarded message",
    "text of",
    "begin of",
    "is your m",
    "message reads",
)

_SEARCH = Signs(_HINTS)
# A rule of dashes or the like before the words: then the words alone suffice.
_RULED = re.compile(r"[ \t>]*[-=*_#|+~<]{2,}")
_NOT_DIVIDING = re.compile(
    r"transcript|following (?:address|recipient)|message was received|had .{0,40}errors"
    r"|log follows|could not|cannot|can't|was not|unable|undeliverable"
)
# Without a rule the line must begin with the dividing words.
_PLAIN = re.compile(
    r"[ \t]*(?:"
    r"(?:the |your )?(?:original|returned|unsent|undelivered|rejected)"
    r" (?:e-?)?(?:message|mail|text)(?: (?:text|body|header(?:s|\(s\))?))?(?: (?:is|was|are))?"
    r"(?: (?:as )?(?:follow(?:s|ing)|attached|included|enclosed|below).{0,40})?[ \t]*[:.]?[ \t]*$"
    r"|(?:the |your )?(?:original )?message(?: text| body| headers?)? follows?\b"
    r"|message headers? follow"
    r"|(?:below|included|here|following|this|attached|enclosed) (?:is|are)"
    r" (?:a |the )?(?:full )?copy of"
    r"|(?:a |the )?copy of (?:your|the) (?:original )?(?:message|mail|e-mail)(?: header)?"
    r" (?:follows|is (?:attached|enclosed|included|below)|appears)"
    r"|headers? (?:of|from) (?:the|your) (?:original )?(?:message|mail)"
    r"|the headers? of the (?:original )?(?:message|mail)"
    r"|(?:here|below|this|following) is your (?:original )?(?:message|mail)[ \t]*[:.]?[ \t]*$"
    r"|begin(?:ning of)? (?:forwarded|original|returned) message"
    r"|original headers?\b"
    r"|your message reads[ \t]*(?:\([\w ]{1,20}\))?[ \t]*:[ \t]*$"
    r"|text of (?:the|your) (?:original |returned )?(?:message|mail|note)[ \t]*[:.]?[ \t]*$"
    r")"
)
# "Received: 550 ..." is a line of a dialogue
_TRACED = ("from", "by ", "(", "via", "with", "id ", "for ", "at ")
_LOGGED, _FAILED = "message log follows", "failed addresses follow"
_OPENING, _LOG = 600, 8_000  # characters in which they stand
_MAX_TRIES = 12  # false hints looked at before a hint word is given up


def cut(lowered: str) -> int:
    """The offset at which the returned message's divider begins; len(lowered) if there is none.

    lowered is the notice's text in lower case, lines ended by LF. Linear: each hint is looked
    at a dozen times at most.
    """
    # Smail logs the hops before it names whom it is about
    logged = lowered.find(_FAILED, 0, _LOG) if _LOGGED in lowered[:_OPENING] else -1
    hints = _SEARCH.occurrences(lowered)
    tries = [0] * len(_HINTS) if hints else []
    for place, at, _ in hints:
        if at < logged:
            continue
        tries[place] += 1
        if tries[place] <= _MAX_TRIES:
            start = lowered.rfind("\n", 0, at) + 1
            if _divides(lowered, start, at, _HINTS[place]):
                return start
    return len(lowered)


def _divides(lowered: str, start: int, at: int, hint: str) -> bool:
    end = lowered.find("\n", at)
    line = lowered[start : end if end >= 0 else len(lowered)][:200]
    if hint[-1] == ":":
        # a header field of the returned message: nothing but blanks before it
        told = line[at - start + len(hint) :].lstrip()
        traced = hint != "received:" or not told or told.startswith(_TRACED)
        return traced and not line[: at - start].strip(" \t")
    if _RULED.match(line):
        return _NOT_DIVIDING.search(line) is None
    return _PLAIN.match(line) is not None

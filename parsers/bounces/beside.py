"""What names a recipient beside the words of a notice: its header, its subject, the returned mail.

Owns one function for each, of the form of shapes.py: what is believed where no shape found
an address. Must not read the returned mail's text, which is somebody's correspondence.
"""

import re
from collections.abc import Iterator

from parsers.bounces.lines import Entry, addresses
from parsers.bounces.senders import calls_itself_mailer
from parsers.bounces.view import View

__all__ = ["in_header", "in_subject", "traced_to", "written_to"]

_SUBJECT = re.compile(r"[ \t>|*]*subject[ \t]*:", re.IGNORECASE)
_FROM = re.compile(r"\b(?:from|by|sender)\b[^@]{0,60}$", re.IGNORECASE)
_TAKEN_FOR = re.compile(r"\bfor <?([^\s<>;@]{1,64}@[^\s<>;@]{1,255}?)>?(?:;|\s|$)")
_HOPS = 3  # of those that the trace begins with; what is below is our own
_TRACE = 1_000  # characters of one


def in_header(view: View) -> Iterator[Entry]:
    """Exim's header, which others write too, and call otherwise."""
    for name in ("x-failed-recipients", "failed-recipient", "failed-recipients"):
        yield from (Entry(one) for one in addresses(view.notice.header(name)))


def in_subject(view: View) -> Iterator[Entry]:
    """The subject names it: "User cat@example.org over quota".

    Not where the subject of the returned mail does, which many repeat.
    """
    subject = view.notice.subject[:998]
    named = [one for one in addresses(subject) if not view.is_other(one)]
    if named and _FROM.search(subject[: subject.find(named[0])]):
        return
    if named:
        shown = "\n".join(line for line in view.notice.lines if _SUBJECT.match(line))
        quoted = view.spoken_of.union(one.lower() for one in addresses(shown))
        # at the domain that is told so it is whom a worm wants to frighten
        named = [one for one in named if one.lower() not in quoted and not view.is_ours(one)]
    if len(named) == 1:
        yield Entry(named[0], [view.notice.subject])


def traced_to(view: View) -> Iterator[Entry]:
    """No address at all: whom the last hop took the returned message for, as it noted.

    A list's copies name the list in every header, and each its subscriber only here.
    """
    for line in view.notice.message.returned.headers("received")[:_HOPS]:
        taken = _TAKEN_FOR.search(line[:_TRACE])
        if taken is not None:
            to = taken[1]
            if not (view.is_ours(to) or view.is_asker(to) or view.notice.is_list(to)):
                yield Entry(to)
            return


def written_to(view: View) -> Iterator[Entry]:
    """No address at all: the returned message went to one person only.

    Not where that is a bounce itself: it went to whoever passes it on.
    """
    returned = view.notice.message.returned
    if "from" in returned and calls_itself_mailer(returned.header("from")):
        return
    if len(view.notice.written_to) == 1:
        yield Entry(view.notice.written_to[0])

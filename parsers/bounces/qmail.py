"""qmail (QSBMF, cr.yp.to/proto/qsbmf.txt) and all who speak like it.

Odd: after an introduction of any wording come paragraphs that begin with "<address>:"
alone on its line; the divider begins with "---". Clones change the introduction
(netqmail, Yahoo, X2, X4, Kerio), or forget the blank line before a paragraph.
Postfix writes the same with the words on the first line.
"""

import re
from collections.abc import Iterator
from itertools import islice

from msgspec.structs import replace

from parsers.bounces.finding import Form, Found
from parsers.bounces.lines import unfold
from parsers.bounces.notice import Notice
from parsers.report import Reason

__all__ = ["HEAD", "QMAIL", "X2", "YAHOO", "paragraphs"]

MAX_PARAGRAPHS = 2_000
HEAD = re.compile(
    r"^ ?<((?:[^<>\s]{1,128}|\"[^<>\n\"]{1,64}\")@[^<>\s]{1,255})>[ \t]*"
    r"(?:\((?:expanded|forwarded) from:?[ \t]*<?([^<>()\s]{1,384})>?\))?[ \t]*:[ \t]*",
    re.MULTILINE,
)
_REMOTE = re.compile(
    r"(?:RCPT: <[^>]*> |Connected to )?(\d{1,3}(?:\.\d{1,3}){3}) (?:does not|failed|but)"
)


def paragraphs(notice: Notice) -> Iterator[tuple[str, str, str]]:
    """Address, the address it was expanded from or "", and the words, of each paragraph."""
    text = notice.above
    heads = list(islice(HEAD.finditer(text), MAX_PARAGRAPHS))
    for at, head in enumerate(heads):
        end = heads[at + 1].start() if at + 1 < len(heads) else len(text)
        words = text[head.end() : end]
        body = words.lstrip("\n ")
        # the words end at a blank line; one directly after the head belongs to it
        body = body.partition("\n\n")[0].partition("\n \n")[0]
        original = head[2] or ""
        yield head[1], original if "@" in original else "", unfold(body)


def _read(notice: Notice) -> Iterator[Found]:
    for address, original, words in paragraphs(notice):
        remote = _REMOTE.search(words)
        yield Found(
            address,
            original,
            words,
            remote_mta=remote[1] if remote else "",
            reporting_mta=notice.reporter,
        )


def _read_x2(notice: Notice) -> Iterator[Found]:
    for found in _read(notice):
        given_up = "in the queue too long" in found.diagnostic
        yield replace(found, reason=Reason.EXPIRED) if given_up else found


QMAIL = Form(
    "qmail",
    (
        "hi. this is the",
        "i'm afraid i wasn't able to deliver your message",
        "this is a permanent error; i've given up",
        "there's a problem with the e-mail address(es)",
        "your mail message to the following address(es) could not be delivered",
        "could not be delivered to the following address(es)",
    ),
    _read,
)
YAHOO = Form("yahoo", ("sorry, we were unable to deliver your message to the following",), _read)
# "X2", an unknown server: what lay "in the queue too long" had expired, whatever went before
X2 = Form("x2", ("unable to deliver message to the following address(es)",), _read_x2)

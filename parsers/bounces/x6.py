"""A sender known only by its form ("We had trouble delivering your message").

Odd: everything about a recipient is one sentence: "The following recipients returned
permanent errors: address. Reason: ... with the following error message: [554 5.4.6 ...]".
"""

import re
from collections.abc import Iterator

from parsers.bounces.finding import Form, Found
from parsers.bounces.lines import addresses, unfold
from parsers.bounces.notice import Notice
from parsers.report import Action

__all__ = ["X6"]

_SENTENCE = re.compile(
    r"following recipients? returned (permanent|temporary|transient) errors?:\s*(.{1,2000}?)"
    r"\bReason:\s*",
    re.IGNORECASE | re.DOTALL,
)


def _read(notice: Notice) -> Iterator[Found]:
    text = notice.above[:16_000]
    for sentence in _SENTENCE.finditer(text):
        action = Action.FAILED if sentence[1].lower() == "permanent" else Action.DELAYED
        said = text[sentence.end() : sentence.end() + 2_000]
        words = unfold(said.partition("\n\n")[0])
        for address in addresses(sentence[2]):
            yield Found(address, diagnostic=words, action=action)


X6 = Form("x6", ("we had trouble delivering your message",), _read)

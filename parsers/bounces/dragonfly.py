"""The DragonFly Mail Agent (dma).

Odd: one recipient, named in the sentence that says so; the far server's words stand
alone after "host [ip] did not like our COMMAND:".
"""

import re
from collections.abc import Iterator

from parsers.bounces.finding import Form, Found
from parsers.bounces.lines import addresses, unfold
from parsers.bounces.notice import Notice

__all__ = ["DRAGONFLY"]

_SENTENCE = "error delivering your mail to"
_HOST = re.compile(r"^([\w.-]+) \[[\w.:]+\] did not like our", re.MULTILINE)


def _read(notice: Notice) -> Iterator[Found]:
    at = notice.low.find(_SENTENCE)
    if at < 0:
        return
    line, _, rest = notice.above[at:].partition("\n")
    host = _HOST.search(rest)
    for address in addresses(line)[:1]:
        yield Found(
            address,
            diagnostic=unfold(rest),
            remote_mta=host[1] if host else "",
            reporting_mta=notice.reporter,
        )


DRAGONFLY = Form("dragonfly", ("dragonfly mail agent", _SENTENCE), _read)

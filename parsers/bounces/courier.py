"""Courier, where its status part is missing or lost.

Odd: "<address>:" with the far host and a piece of the dialogue indented below it,
">>> DATA" and "<<< 550 ...".
"""

import re
from collections.abc import Iterator

from parsers.bounces.finding import Form, Found
from parsers.bounces.lines import listed
from parsers.bounces.notice import Notice
from parsers.bounces.verdict import is_delay
from parsers.report import Action

__all__ = ["COURIER"]

_HOST = re.compile(r"([\w.-]+) \[[\w.:]+\]:")


def _read(notice: Notice) -> Iterator[Found]:
    action = Action.DELAYED if is_delay(notice) else Action.FAILED
    for words in (
        "following recipients cannot be delivered",
        "following recipients has been delayed",
    ):
        for entry in listed(notice.from_line(words)):
            command, host, heard = "", "", []
            for line in entry.words:
                if line.startswith(">>>"):
                    command = line[3:].strip().partition(" ")[0].upper()
                elif line.startswith("<<<"):
                    heard.append(line[3:].strip())
                elif (found := _HOST.match(line)) is not None:
                    host = found[1]
                else:
                    heard.append(line)
            yield Found(
                entry.address,
                diagnostic=" ".join(heard),
                action=action,
                command=command,
                remote_mta=host,
            )


COURIER = Form("courier", ("running the courier mail server", "undeliverable mail\n"), _read)

"""Digital Arts m-FILTER, in Japanese.

Odd: sections ruled by dashes without words before them: "-------server message" holds
the far server's reply, "-------SMTP command" the command it answered, and
"-------original message" (or "original mail info") begins the returned mail.
"""

from collections.abc import Iterator

from parsers.bounces.finding import Form, Found
from parsers.bounces.lines import addresses, lead, unfold
from parsers.bounces.notice import Notice

__all__ = ["MFILTER"]


def _read(notice: Notice) -> Iterator[Found]:
    low = notice.low
    server = low.find("-------server message")
    if server < 0:
        return
    command = low.find("-------smtp command", server)
    said = notice.above[server : command if command > 0 else len(low)].partition("\n")[2]
    asked = notice.above[command:].partition("\n")[2].strip().split("\n")[0] if command > 0 else ""
    before = notice.above[:server]
    heads = [lead(line) for line in before.split("\n") if "@" in line]
    alone = [head[0] for head in heads if head is not None and not head[1]]
    for address in alone or addresses(before)[-1:]:
        yield Found(address, diagnostic=unfold(said), command=asked.split(" ")[0].upper())


MFILTER = Form("mfilter", ("-------server message", "x-mailer: m-filter"), _read)

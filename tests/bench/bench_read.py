"""Prints how fast read() is: mails a second, ratio to the standard library, both per kind.

Reads tests/data, and what LANDED_CORPUS names (a folder of .eml files) if it is
set. The standard library's figure is message_from_bytes() and a walk, on the same
mails in the same run. What read() remembers of mails is forgotten before each round,
since a round brings the same mails again; a mail's time is its best of all rounds. Also
prints the cost of doubling hostile messages, and peak memory. Not a test: nothing
timed passes or fails.
"""

import gc
import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from email import message_from_bytes
from functools import _lru_cache_wrapper
from pathlib import Path
from statistics import mean

from parsers.read import read

ROUNDS = 15


def stdlib(raw: bytes) -> None:
    for part in message_from_bytes(raw).walk():
        part.get_content_type()


def seconds(work: Callable[[bytes], object], mails: list[bytes]) -> float:
    start = time.perf_counter()
    for raw in mails:
        work(raw)
    return time.perf_counter() - start


def processor_seconds(raw: bytes) -> float:
    start = time.process_time()
    read(raw)
    return time.process_time() - start


def memories() -> list["_lru_cache_wrapper[object]"]:
    """Whatever parsers remember from mail to mail."""
    rooms = [room for name, room in sys.modules.items() if name.startswith("parsers.")]
    values = [value for room in rooms for value in vars(room).values()]
    return list({id(v): v for v in values if isinstance(v, _lru_cache_wrapper)}.values())


def each(work: Callable[[bytes], object], mails: list[bytes], best: list[float]) -> None:
    for at, raw in enumerate(mails):
        best[at] = min(best[at], seconds(work, [raw]))


def compare(name: str, mails: list[bytes]) -> None:
    if not mails:
        return
    kinds: dict[str, list[int]] = defaultdict(list)
    for at, raw in enumerate(mails):
        kinds[read(raw).kind].append(at)
    ours, theirs, again = ([float("inf")] * len(mails) for _ in range(3))
    remembered = memories()
    gc.collect()
    gc.disable()
    # in turns, so that a busy machine slows both
    for _ in range(ROUNDS):
        each(stdlib, mails, theirs)
        for memory in remembered:
            memory.cache_clear()
        each(read, mails, ours)
        each(read, mails, again)
    gc.enable()
    print(
        f"{name}: {len(mails)} mails, {len(mails) / sum(ours):,.0f} mails/s,"
        f" {mean(ours) * 1e6:.0f} us a mail ({mean(again) * 1e6:.0f} of mails seen before);"
        f" standard library {mean(theirs) * 1e6:.0f} us; ratio {sum(theirs) / sum(ours):.2f}"
    )
    for kind, places in sorted(kinds.items()):
        mine, others = [ours[at] for at in places], [theirs[at] for at in places]
        print(
            f"  {kind:10} {len(places):5} mails {mean(mine) * 1e6:7.0f} us"
            f" {mean(others) * 1e6:7.0f} us; ratio {sum(others) / sum(mine):.2f}"
        )


DAEMON = b"From: MAILER-DAEMON@mx.example.net\nSubject: failure notice\n"
EXIM = b"A message that you sent could not be delivered. The following address(es) failed:\n\n"
FATAL = b"\n----- The following addresses had permanent fatal errors -----\n"
NACHRICHT = "Fehler bei der Nachrichtenzustellung an folgende Empfänger oder Verteilerlisten:"
SESSION = b"\n----- Transcript of session follows -----\n"


def numbered(form: bytes, n: int) -> bytes:
    return b"".join(form.replace(b"%d", b"%d" % i) for i in range(n))


HOSTILE: dict[str, Callable[[int], bytes]] = {
    "nested messages": lambda n: b"Content-Type: message/rfc822\n\n" * n,
    "nested messages, mixed case": lambda n: b"Content-Type: Message/RFC822\n\n" * n,
    "nested multiparts": lambda n: b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (i, i) for i in range(n)
    ),
    "many parts": lambda n: b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * n,
    "many headers": lambda n: b"X-Header: value\n" * n + b"\nbody",
    "encoded words": lambda n: b"Subject: " + b"=?utf-8?q?=41?= " * n + b"\n\nbody",
    "one long line": lambda n: b"Subject: x\n\n" + b"x " * n,
    "angle brackets": lambda n: b"Content-Type: text/html\n\n" + b"<" * n,
    "open comments": lambda n: b"Content-Type: text/html\n\n" + b"<!--" * n,
    "at signs": lambda n: b"From: MAILER-DAEMON\nSubject: failure\n\n" + b"a@" * n,
    "recipients": lambda n: (
        b"Content-Type: message/delivery-status\n\nReporting-MTA: dns; a\n\n"
        + b"".join(b"Final-Recipient: rfc822; a%d@b.c\nAction: failed\n\n" % i for i in range(n))
    ),
    "recipients without a domain": lambda n: (
        DAEMON
        + b"X-Failed-Recipients: "
        + numbered(b"a%d@b.c, ", n)
        + b"x@y.z\n\n"
        + EXIM
        + numbered(b"  b%d\n", n)
    ),
    "recipients and a transcript": lambda n: (
        DAEMON
        + FATAL
        + numbered(b"<a%d@b.c>\n", n)
        + SESSION
        + numbered(b"550 5.1.1 <a%d@b.c>... User unknown\n", n)
    ),
    "local parts in a transcript": lambda n: (
        DAEMON
        + b"Content-Type: multipart/mixed; boundary=b\n\n--b\n"
        + SESSION
        + numbered(b"550 u%d... User unknown\n", n)
        + b"--b\nContent-Type: message/rfc822\n\nTo: "
        + numbered(b"a@b.c%d,", n)
        + b"\n\n--b--\n"
    ),
    "recipients below sentences": lambda n: (
        b"From: <postmaster@b.c>\nSubject: Unzustellbar: x\n"
        b"Content-Type: text/plain; charset=utf-8\n\n"
        + numbered(NACHRICHT.encode() + b"\n\nu%d@b.c\n", n)
    ),
    "recipients in a forwarded notice": lambda n: (
        b"From: a@b.c\nSubject: Fwd: failure notice\n\nFrom: MAILER-DAEMON@b.c\n"
        + numbered(b"<a%d@b.c>:\nno such user\n", n)
    ),
    "recipients below labels": lambda n: (
        DAEMON + b"\nError message below:\nx\n" + b"Failed recipient(s): a@b.c\n" * n
    ),
    "recipients refused together": lambda n: (
        DAEMON
        + b"\nTranscript of session: smtp server: errors from x\n\n"
        + b" In:  RCPT TO:<a@b.c>\n" * n
        + b" In:  DATA\n"
        + b" Out: 451 no\n" * n
    ),
    "recipients listed in one line": lambda n: (
        DAEMON
        + b"\nThis is the MAILER-DAEMON, please DO NOT REPLY to this e-mail.\n"
        + b"list of recipients:\n\n"
        + numbered(b"a%d@b.c, ", n)
    ),
    "recipients in one line": lambda n: (
        DAEMON + b"\n" + b"could not be delivered to " + numbered(b"a%d@b.c ", n)
    ),
    "recipients without words": lambda n: (
        DAEMON
        + b"\nHi. This is the qmail-send program at b.c.\n\n"
        + numbered(b"<a%d@b.c>:\n%d\n\n", n)
    ),
    "quoted headers": lambda n: b"Subject: failure\n\n" + b"> Received: a\n" * n,
    "said twice": lambda n: b"From: MAILER-DAEMON\n\n" + b"host a said: 550 5.1.1 no (x)\n" * n,
    "references": lambda n: b"References: " + b"<a@b> " * n + b"\n\nhello",
    "part heads": lambda n: (
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain;"
        + b"\n x=y;" * n
        + b"\n\nx\n--b--\n"
    ),
    "blank folds": lambda n: (
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain;"
        + b"\n  " * n
        + b"\n\nx\n--b--\n"
    ),
    "encoded words of a part": lambda n: (
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; x="
        + b"=?utf-8?q?=41?= " * n
        + b"\n\nx\n--b--\n"
    ),
    "boundary lines": lambda n: (
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\n" + b"\n--b" * n
    ),
    "multiparts side by side": lambda n: (
        b"Content-Type: multipart/mixed; boundary=b\n\n"
        + b"--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\nx\n--c--\n\n" * n
        + b"--b--\n"
    ),
    "message-id lookalikes": lambda n: (
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\nA: b\n"
        + b"Message-ID-x: y\n" * n
        + b"\n--b--\n"
    ),
    "damaged base64": lambda n: (
        b"Content-Type: multipart/mixed; boundary=b\n\n"
        + b"--b\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\n!!!!\n" * n
    ),
}


def double(octets: int) -> None:
    print("doubling hostile messages: time at n, at 2n, ratio")
    for name, make in HOSTILE.items():
        n = 64
        while len(make(n)) < octets:
            n *= 2
        small, large = make(n), make(2 * n)
        once = twice = float("inf")
        for _ in range(9):  # in turns, so that a busy machine slows both
            once = min(once, processor_seconds(small))
            twice = min(twice, processor_seconds(large))
        print(
            f"  {name:28} {len(small) / 1000:6.0f} kB {once * 1e3:8.2f} ms"
            f" {twice * 1e3:8.2f} ms  x{twice / once:.2f}"
        )


_PEAK = """
import pathlib, sys
from parsers.read import read
megabytes, form = int(sys.argv[1]), sys.argv[2]
head = b"From: MAILER-DAEMON@example.net\\nContent-Type: multipart/mixed; boundary=b\\n\\n--b\\n"
head += b"Content-Type: " + form.encode() + b"\\n\\n"
raw = head + b"Received: from a by b; x\\n" * (megabytes * 41943)
def peak():
    status = pathlib.Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])
read(head)
pathlib.Path("/proc/self/clear_refs").write_text("5")  # the peak is from here on
before = peak()
read(raw)
print((peak() - before) / 1024 / megabytes)
"""


def memory() -> None:
    if not Path("/proc/self/clear_refs").exists():
        return
    print("peak memory beyond the message itself, in multiples of its size")
    for megabytes in (1, 16):
        for form in ("message/rfc822", "text/plain", "message/delivery-status"):
            told = subprocess.run(
                [sys.executable, "-c", _PEAK, str(megabytes), form],
                capture_output=True, text=True, check=True,
            )  # fmt: skip
            print(f"  {megabytes:3} MB {form:25} {float(told.stdout):.2f}")


def main() -> None:
    data = Path(__file__).parents[1] / "data"
    compare("tests/data", [path.read_bytes() for path in sorted(data.rglob("*.eml"))])
    if corpus := os.environ.get("LANDED_CORPUS"):
        compare("corpus", [path.read_bytes() for path in sorted(Path(corpus).rglob("*.eml"))])
    # what is small may be of a common shape, what is large takes the general way
    double(33_000)
    double(200_000)
    memory()


if __name__ == "__main__":
    main()

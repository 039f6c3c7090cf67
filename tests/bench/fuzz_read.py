"""Feeds read() mutated reports until it raises, hangs, or the count is reached.

    python tests/bench/fuzz_read.py [COUNT] [SEED]

Seeds are tests/data. Run it in an empty folder. Guided by coverage where atheris is
installed, else by random mutation alone. Fails (exit 1) on a note that says
"unreadable", which is how read() tells an exception, and on more than 100 ms for each
100 kB, measured in processor time; the input is written to fuzz-failure.eml.
"""

import importlib
import importlib.util
import random
import re
import sys
import tempfile
import time
from pathlib import Path

from parsers.read import read

DATA = Path(__file__).parents[1] / "data"
SEEDS = [str(DATA / name) for name in ("reports", "bounces", "not-bounces", "fuzz")]
PIECES = [
    b"Content-Type: message/rfc822\n\n",
    b'Content-Type: multipart/report; boundary="b"\n\n--b\n',
    b"--b\nContent-Type: message/delivery-status\n\n",
    b"Content-Transfer-Encoding: base64\n",
    b"Content-Transfer-Encoding: quoted-printable\n",
    b"Final-Recipient: rfc822; ",
    b"Diagnostic-Code: smtp; 550 ",
    b"=?utf-8?b?",
    b"?=",
    b"\n\n",
    b"\r\n",
    b"<",
    b">",
    b"@",
    b"\x00",
    b"\xff\xfe",
    b"<!--",
    b"> ",
]
LOCAL = re.compile(rb"[\w.+-]{1,64}@")
LIMIT = 0.1  # seconds for each begun 100 kB
INSTRUMENTED = 10  # times slower is code that atheris watches


class Failure(Exception):
    """read() broke its promise on an input."""


def check(raw: bytes, slower: int = 1) -> None:
    for attempt in range(3):  # a busy machine may be slow once
        start = time.process_time()
        report = read(raw)
        spent = time.process_time() - start
        if any(note.startswith("unreadable") for note in report.notes):
            fail(raw, report.notes[0])
        if spent <= slower * LIMIT * (1 + len(raw) // 100_000):
            return
        if attempt == 2:
            fail(raw, f"took {spent:.3f} s for {len(raw)} octets")


def fail(raw: bytes, why: str) -> None:
    Path("fuzz-failure.eml").write_bytes(raw)
    raise Failure(why)


def mutate(raw: bytes, seeds: list[bytes], rng: random.Random) -> bytes:
    for _ in range(rng.randint(1, 6)):
        at = rng.randint(0, len(raw))
        end = min(len(raw), at + rng.choice((0, 0, 1, 4, 40, 400)))
        kind = rng.randrange(6)
        if kind == 0:
            new = rng.choice(PIECES)
        elif kind == 1:
            new = rng.randbytes(rng.randint(1, 8))
        elif kind == 2:
            new = rng.choice(PIECES) * rng.choice((2, 30, 1_000))
        elif kind == 3:
            other = rng.choice(seeds)
            start = rng.randint(0, len(other))
            new = other[start : start + rng.randint(1, 600)]
        elif kind == 4:
            new = raw[at:end] * rng.choice((2, 5, 50))
        else:
            new = b""
        raw = raw[:at] + new + raw[end:]
    if rng.randrange(50) == 0:
        raw = listed(raw, rng)
    return raw[:400_000]


def listed(raw: bytes, rng: random.Random) -> bytes:
    """Some lines of it many times, each time with other addresses: as a list of recipients."""
    lines = raw.split(b"\n")
    for _ in range(rng.randint(1, 2)):
        at = rng.randrange(len(lines))
        block = b"\n".join(lines[at : at + rng.randint(1, 4)])[:2_000]
        lines[at:at] = [LOCAL.sub(b"u%d@" % i, block) for i in range(40_000 // (len(block) + 1))]
    return b"\n".join(lines)


def run(count: int, seed: int) -> None:
    seeds = [path.read_bytes() for path in sorted(DATA.rglob("*.eml"))]
    rng = random.Random(seed)
    start = time.monotonic()
    for raw in seeds:
        check(raw)
    for done in range(1, count + 1):
        check(mutate(rng.choice(seeds), seeds, rng))
        if done % 10_000 == 0:
            print(f"{done:,} inputs, {done / (time.monotonic() - start):,.0f} a second", flush=True)
    print(f"{count:,} inputs: no exception, no hang")


def guided(count: int, seed: int) -> None:
    atheris = importlib.import_module("atheris")  # not everywhere, and types nowhere
    rng = random.Random(seed)
    seeds = [path.read_bytes() for path in sorted(DATA.rglob("*.eml"))]

    def mutator(raw: bytes, size: int, number: int) -> bytes:
        rng.seed(number)
        return mutate(raw or rng.choice(seeds), seeds, rng)[:size]

    found = tempfile.mkdtemp(prefix="fuzz-read-")
    print(f"inputs that reach new code are kept in {found}")
    atheris.instrument_all()
    atheris.Setup(
        # found inputs go into the first folder, the others are only read
        [sys.argv[0], f"-runs={count}", f"-seed={seed}", "-max_len=65536", found, *SEEDS],
        lambda raw: check(raw, INSTRUMENTED),
        custom_mutator=mutator,
    )
    atheris.Fuzz()


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    try:
        if importlib.util.find_spec("atheris"):
            guided(count, seed)
        else:
            run(count, seed)
    except Failure as failure:
        print(f"{failure}; the input is in fuzz-failure.eml")
        sys.exit(1)


if __name__ == "__main__":
    main()

"""The process that reads mail beside the agent while there is a backlog.

Owns its loop and its bounds. Must not know the ledger, a server or a secret: it is given
mail and gives back what stands in it. It ends with the line, so also with the agent,
however that ends.
"""

import contextlib
import gc
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial

from msgspec import Raw, json

from agent.inbound.backlog.handover import Answer, encoded, mails, receive, send
from parsers.mime.message import Limits
from parsers.read import read
from parsers.report import Report
from store.packing import pack

__all__ = ["READY", "main", "serve"]

READY = b"\1"
_ROOM = 1 << 30  # octets of address space; a mail that needs more ends this process only


def main(arguments: Sequence[str]) -> None:
    """arguments: the limits of reading as JSON, and the seconds of CPU that a batch may take."""
    limits = json.decode(arguments[0], type=Limits)
    serve(partial(read, limits=limits, clock=time.thread_time), int(arguments[1]))


def serve(read_mail: Callable[[bytes], Report], seconds: int) -> None:
    """Until the other side of standard input is gone."""
    # a stop is sent to the whole group, and what is in hand is to be finished
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (_ROOM, _ROOM))
    gc.collect()
    gc.freeze()
    with socket.socket(fileno=0) as line, contextlib.suppress(OSError):
        line.sendall(READY)
        while (content := receive(line)) is not None:
            # nobody catches it: the kernel ends what hangs within a library too
            signal.setitimer(signal.ITIMER_PROF, seconds)
            told = [_answer(raw, read_mail) for raw in mails(content)]
            signal.setitimer(signal.ITIMER_PROF, 0)
            send(line, told)


def _answer(raw: bytes, read_mail: Callable[[bytes], Report]) -> Raw:
    packed = pack(raw)
    try:
        answer = Answer(read_mail(raw), packed)
    except Exception as error:  # noqa: BLE001 - one poison message must not stop the others
        answer = Answer(None, packed, f"{type(error).__name__}: {error}"[:300])
    return encoded(answer)


if __name__ == "__main__":
    main(sys.argv[1:])

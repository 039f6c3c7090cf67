"""What can befall a conversation with an IMAP server: one function per fault, and the list.

Owns the faults only: when one strikes is the proxy's affair. Each gets hold of one command
and decides what the agent hears of its answer.
"""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass

from tests.plugins.faultproxy import MOMENTS, Breach, Moment, Strike

__all__ = ["BACKOFF", "FAULTS", "Fault", "expunged"]

BACKOFF = 1500  # milliseconds that a throttle asks for

_BODY = re.compile(rb"BODY\[\](?:<\d+>)? \{(\d+)\}\r\n")
_HALF = 0.5
_THROTTLED = b"Request is throttled. Suggested Backoff Time: %d milliseconds" % BACKOFF


async def _half(breach: Breach) -> None:
    """Stop in the middle of the answer, or of its first part in IDLE and at the greeting."""
    told = b"".join(await breach.answer())
    await breach.say(told[: max(1, int(len(told) * _HALF))])


async def cut(breach: Breach) -> None:
    await _half(breach)


async def reset(breach: Breach) -> None:
    await _half(breach)
    breach.reset()


async def stall(breach: Breach) -> None:
    await breach.answer()
    await breach.until_agent_leaves()


async def half_open(breach: Breach) -> None:
    await _half(breach)
    await breach.vanish()


async def idle_dies(breach: Breach) -> None:
    """The line is taken into IDLE, and then nobody is there any more."""
    await breach.say(b"".join(await breach.answer()))
    await breach.vanish()


async def garbage(breach: Breach) -> None:
    await breach.say(b"\x00\xff)(* {9\r\n\x16\x03\x01 nonsense \x7f\r\n")
    await breach.until_agent_leaves()


async def drip(breach: Breach) -> None:
    for octet in b"".join(await breach.answer()):
        await breach.say(bytes([octet]))
        if not await breach.pause(0.1):
            return
    await breach.until_agent_leaves()


async def bye(breach: Breach) -> None:
    await breach.say(b"* BYE the server goes down for a moment\r\n")


async def throttled_bye(breach: Breach) -> None:
    await breach.say(b"* BYE " + _THROTTLED + b"\r\n")


def refusing(words: bytes) -> Strike:
    """The command does not get through, and the line lives on."""

    async def refuse(breach: Breach) -> None:
        await breach.say(breach.tag + b" " + words + b"\r\n")
        breach.line_lives = True

    return refuse


async def endless_literal(breach: Breach) -> None:
    await breach.say(b"* 1 FETCH (UID 1 BODY[] {4000000000}\r\n")
    while await breach.pause(0.01):
        await breach.say(b"x" * 65_000)


async def truncated_literal(breach: Breach) -> None:
    """The literal is announced larger than it is, so the end of the answer goes into it."""

    def larger(found: re.Match[bytes]) -> bytes:
        return b"BODY[] {%d}\r\n" % (int(found[1]) + 100)

    told = await breach.answer()
    await breach.say(b"".join(_BODY.sub(larger, part) for part in told))
    await breach.until_agent_leaves()


async def no_such_mail(breach: Breach) -> None:
    """EXISTS tells of mail that is not there."""
    *untagged, last = await breach.answer()
    if breach.line.endswith(b"IDLE\r\n"):
        await breach.say(last + b"* 4000 EXISTS\r\n* 4001 EXISTS\r\n")
    else:
        await breach.say(b"".join(untagged) + b"* 4000 EXISTS\r\n" + last)
    breach.line_lives = True


async def out_of_order(breach: Breach) -> None:
    *untagged, last = await breach.answer()
    aside = b"* 4 FETCH (FLAGS (\\Seen))\r\n"
    await breach.say(aside.join(reversed(untagged)) + last)
    breach.line_lives = True


async def nil_bodies(breach: Breach) -> None:
    def nil(part: bytes) -> bytes:
        found = _BODY.search(part)
        if found is None:
            return part
        return part[: found.start()] + b"BODY[] NIL" + part[found.end() + int(found[1]) :]

    await breach.say(b"".join(nil(part) for part in await breach.answer()))
    breach.line_lives = True


async def nothing_given(breach: Breach) -> None:
    """The mails that were asked for are passed over in silence."""
    await breach.say((await breach.answer())[-1])
    breach.line_lives = True


def expunged(expunge: Callable[[], object]) -> Strike:
    """Somebody else deletes mail between our search and our fetch."""

    async def strike(breach: Breach) -> None:
        await asyncio.get_running_loop().run_in_executor(None, expunge)
        await breach.say(b"".join(await breach.answer()))
        breach.line_lives = True

    return strike


@dataclass(frozen=True, slots=True)
class Fault:
    """One row of the matrix. strike is None for what the test itself must do: expunge."""

    name: str
    strike: Strike | None
    moments: tuple[Moment, ...]
    times: int = 1
    asks: float = 0  # seconds that the agent is to leave the server alone


_ALL = tuple(MOMENTS)
_COMMANDS: tuple[Moment, ...] = tuple(one for one in MOMENTS if one != "greeting")
# a search goes out together with the look, before anybody is told to wait; of a line that is closed
# over it the last words may be lost (TCP resets it), and are told again at the next login
_ALONE: tuple[Moment, ...] = tuple(one for one in MOMENTS if one != "look")

FAULTS = (
    Fault("cut (FIN)", cut, _ALL),
    Fault("reset (RST)", reset, _ALL),
    Fault("stall", stall, _ALL),
    Fault("half-open", half_open, _ALL),
    Fault("idle dies", idle_dies, ("idle",)),
    Fault("garbage", garbage, _ALL),
    Fault("slow drip", drip, _ALL),
    Fault("BYE", bye, _ALL),
    Fault("BYE, throttled", throttled_bye, _ALONE, asks=BACKOFF / 1000),
    Fault("throttled", refusing(b"BAD " + _THROTTLED), _ALONE[1:], asks=BACKOFF / 1000),
    Fault(
        "not connected",
        refusing(b"BAD User is authenticated but not connected."),
        ("login", "select"),
    ),
    Fault("login refused", refusing(b"NO [AUTHENTICATIONFAILED] no"), ("login",)),
    Fault("endless literal", endless_literal, ("fetch",)),
    Fault("cut literal", truncated_literal, ("fetch",)),
    Fault("EXISTS, no mail", no_such_mail, ("search", "idle")),
    Fault("unavailable", refusing(b"NO [UNAVAILABLE] come back later"), _COMMANDS),
    Fault("out of order", out_of_order, ("fetch",)),
    Fault("NIL bodies", nil_bodies, ("fetch",), times=2),
    Fault("nothing given", nothing_given, ("fetch",)),
    Fault("expunged", None, ("fetch",)),
)

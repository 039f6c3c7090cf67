"""A message behind DATA is read up to its final dot, in whatever pieces it comes."""

import asyncio

from hypothesis import example, given, settings
from hypothesis import strategies as st

from agent.ingress.content import read_content
from agent.outbound.wire import dot_stuffed

PIECES = st.lists(
    st.sampled_from([b".", b"\r\n", b"\r", b"\n", b"a", b"..", b".\r\n", b"QUIT\r\n"]), max_size=60
)
BEHIND = b"QUIT\r\n.\r\n"


def read(
    sent: bytes, cuts: list[int], *, most: int = 1_000, limit: int = 16
) -> tuple[bytes | None, bytes]:
    """What was read, and what is left for the next command."""

    async def run() -> tuple[bytes | None, bytes]:
        reader = asyncio.StreamReader(limit=limit)

        async def feed() -> None:
            at = 0
            for cut in [*cuts, len(sent)]:
                reader.feed_data(sent[at : at + cut])
                at += cut
                await asyncio.sleep(0)
            reader.feed_data(sent[at:])
            reader.feed_eof()

        feeding = asyncio.create_task(feed())
        found = await read_content(reader, most)
        await feeding
        return found, await reader.read()

    return asyncio.run(run())


@settings(deadline=None, max_examples=150)
@given(PIECES, st.lists(st.integers(1, 9), max_size=40))
@example([], [1, 1, 1])
@example([b".", b"\r\n"], [])
@example([b"\r\n", b"\r\n"], [1] * 30)
@example([b"a"] * 40 + [b".\r\n"], [])
def test_it_ends_at_the_final_dot_and_nowhere_else(pieces: list[bytes], cuts: list[int]) -> None:
    content = b"".join(pieces)
    if content and not content.endswith(b"\r\n"):
        content += b"\r\n"
    found, left = read(dot_stuffed(content) + b".\r\n" + BEHIND, cuts)
    assert found == content
    assert left == BEHIND


@settings(deadline=None, max_examples=50)
@given(PIECES, st.lists(st.integers(1, 9), max_size=40), st.integers(0, 60))
def test_what_is_too_large_is_read_to_its_end_all_the_same(
    pieces: list[bytes], cuts: list[int], most: int
) -> None:
    content = b"".join([*pieces, b"\r\n"])
    found, left = read(dot_stuffed(content) + b".\r\n" + BEHIND, cuts, most=most)
    assert found == (content if len(content) <= most else None)
    assert left == BEHIND

"""Several transactions in the air on one line, each reply matched to its command.

Owns the pipelined order (RFC 2920): MAIL, RCPT and DATA in one flight with the
next envelope behind the last body; or, where CHUNKING is offered (RFC 3030),
whole transactions one behind the other. Must not open lines or choose what to
send. What was not confirmed was not sent, and only a transaction whose end may
have left can be ambiguous.

The first transaction on a line goes alone, its body after the replies to its
envelope: a server that only says it can do this is found out with nothing at
risk. RSET stands before every envelope that follows something which may have
failed, so that no recipient ever joins another's transaction.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from agent.outbound.replies import accepted, classified, clean, unknown
from agent.outbound.smtp.envelope import Letter, mail_arguments, needs_utf8, rcpt_arguments
from agent.outbound.smtp.line import Line, LineLost
from agent.outbound.smtp.opening import Capabilities
from agent.outbound.smtp.supply import Supply
from store.outbox import AttemptResult
from store.words import Phase

__all__ = ["Flight"]

_MOST_ALOFT = 32  # transactions; half of them fill a way of 20 ms at 800 a second
_OCTETS_ALOFT = 1 << 18
_SMALL = 65_536  # a body up to this leaves in one piece with its end
_DOT = b".\r\n"
_KNOWN_TEXTS = 64  # a server that names the address in each reply has as many as there are mails
_OF_ADDRESSES = b"2.1."  # RFC 3463: what speaks of an address is no answer to a message
# commands came too early, or the server has lost its place
_OUT_OF_ORDER = frozenset({500, 502, 503})


class _Astray(Exception):
    """A reply that cannot belong to its command: the order is lost."""


@dataclass(slots=True)
class _Aloft:
    """One transaction in the air, with the replies that it still waits for."""

    envelope: bytes
    content: bytes  # with its dots doubled for DATA, as it is for BDAT
    awaited: deque[Phase | None]  # None: RSET
    refusal: AttemptResult | None = None  # what the first refused command means
    acceptance: AttemptResult | None = None
    gone: Phase | None = None  # 421 was the reply to this
    leave: bool = False  # 354 was said
    whole: bool = False  # its end may have left

    @property
    def octets(self) -> int:
        return len(self.envelope) + len(self.content)

    @property
    def result(self) -> AttemptResult:
        result = self.refusal or self.acceptance
        assert result is not None  # noqa: S101 - asked for once every reply is there
        return result


class Flight:
    """The pipelined conversation on one open line. Not safe for several threads."""

    def __init__(self, line: Line, offered: Capabilities) -> None:
        self._line = line
        self._offered = offered
        self.proven = False  # a message has come to a good end on this line
        self.suspect = ""  # why the server's PIPELINING is not to be trusted
        self.lost = ""  # how the line ended, where it did
        self.phase = Phase.MAIL  # what was waited for last
        self._told = 0
        self._dirty = False  # a transaction may stand half done
        self._going = False  # 421 was said
        self._of_addresses = False  # this server speaks of addresses even to a message
        self._said: set[bytes] = set()  # what it says to envelopes: never its answer to a message
        # the lines by which a proven server took an envelope lately: the same again means the same
        self._usual: dict[Phase | None, bytes] = {}
        self._alike = False  # it says the same to both, so only one may be in the air

    def carry(self, left: Supply, *, fresh: bool) -> Iterator[AttemptResult]:
        """Results in the order of left; fewer when the line ended: the rest was not sent.

        Whoever takes a result calls left.done(). fresh: the line was idle and may
        have been given up, so that the first transaction goes alone.
        """
        try:
            self._line.expect_silence()
            if not self._offered.chunking:
                yield from self._bodies(left)
            else:
                while not self.lost and (fresh or not self.proven or self._alike):
                    letter = left.take()
                    if letter is None:
                        break
                    yield from self._alone(letter)
                    fresh = False
                if not self.lost:
                    yield from self._chunks(left)
            if not self.lost:
                self._line.expect_silence()
        except LineLost as lost:
            self.lost = str(lost)
        if self.lost:
            self._line.close()

    def _aloft(self, letter: Letter, *, chunk: bool, reset: bool = False) -> _Aloft:
        offered = self._offered
        content = letter.content(offered) if chunk else letter.stuffed(offered)
        encoding = "utf-8" if offered.smtputf8 and needs_utf8(letter) else "ascii"
        commands = [
            f"MAIL {mail_arguments(letter, offered)}\r\n",
            f"RCPT {rcpt_arguments(letter, offered)}\r\n",
            f"BDAT {len(content)} LAST\r\n" if chunk else "DATA\r\n",
        ]
        last = Phase.FINAL if chunk else Phase.DATA
        awaited: deque[Phase | None] = deque((Phase.MAIL, Phase.RCPT, last))
        one = _Aloft(b"", content, awaited)
        if reset or self._dirty:
            commands.insert(0, "RSET\r\n")
            one.awaited.appendleft(None)
            self._dirty = False
        one.envelope = "".join(commands).encode(encoding)
        return one

    def _alone(self, letter: Letter) -> Iterator[AttemptResult]:
        """One transaction by BDAT whose body waits for the replies to its envelope."""
        one = self._aloft(letter, chunk=True)
        envelope, _, chunk = one.envelope.removesuffix(b"\r\n").rpartition(b"\r\n")
        one.awaited.pop()
        try:
            self._line.push(envelope + b"\r\n")
            self._hear_all(one)
            if one.refusal is None:
                # what came before the end could be taken for the reply to it
                self._line.expect_silence()
                one.awaited.append(Phase.FINAL)
                self._push([one], chunk + b"\r\n" + one.content)
                self._hear_all(one)
        except (LineLost, _Astray) as error:
            yield from self._broken([one], error)
            return
        self._told += 1
        yield one.result

    def _chunks(self, left: Supply) -> Iterator[AttemptResult]:
        """Whole transactions by BDAT, one behind the other."""
        aloft: deque[_Aloft] = deque()
        before, done = self._line.octets_read, 0
        try:
            while True:
                if len(aloft) <= _MOST_ALOFT // 2:
                    self._fill(aloft, left)
                if not aloft:
                    return
                if done:
                    # nothing can be done before half of them are over
                    each = (self._line.octets_read - before) // done
                    self._line.expect(each * (len(aloft) - _MOST_ALOFT // 2) * 7 // 8)
                self._hear_all(aloft[0])
                self._told += 1
                done += 1
                yield aloft.popleft().result
        except (LineLost, _Astray) as error:
            yield from self._broken(aloft, error)
        finally:
            self._line.expect(1)

    def _fill(self, aloft: deque[_Aloft], left: Supply) -> None:
        octets = sum(one.octets for one in aloft)
        new: list[_Aloft] = []
        if not aloft:
            self._line.expect_silence()  # a reply too many would answer the next envelope
            left.top_up(1)
        while len(aloft) < _MOST_ALOFT and (octets < _OCTETS_ALOFT or not aloft):
            letter = left.take()
            if letter is None:
                break
            # whether the one before ends well is not known yet
            one = self._aloft(letter, chunk=True, reset=bool(aloft))
            octets += one.octets
            new.append(one)
            aloft.append(one)
        if new:
            self._push(new, b"".join(part for one in new for part in (one.envelope, one.content)))
        left.top_up(_MOST_ALOFT // 2)  # while the server works

    def _bodies(self, left: Supply) -> Iterator[AttemptResult]:
        """By DATA: each body leaves after its 354, with the next envelope behind it."""
        one = self._begin(left)
        try:
            if one is not None:
                self._hear_all(one)
        except (LineLost, _Astray) as error:
            yield from self._broken([one] if one else [], error)
            return
        while one is not None:
            letter = left.take() if self.proven else None
            after = None if letter is None else self._aloft(letter, chunk=False)
            try:
                self._push_body(one, after)
                if self.proven:
                    left.top_up(1)  # while the server works
                self._hear_all(one)
            except (LineLost, _Astray) as error:
                yield from self._broken([one], error)
                return
            self._told += 1
            try:
                if after is None:
                    if self.proven:
                        left.top_up(1)
                    after = self._begin(left)
                if after is not None:
                    self._hear_all(after)
            except LineLost as lost:
                yield one.result
                yield from self._broken([after] if after else [], lost)
                return
            except _Astray as astray:
                # one reply too many moves all that come after it: which was ours is not known
                self._end(astray)
                yield one.refusal or unknown(str(astray), dsn_offered=self._offered.dsn)
                return
            yield one.result
            one = after

    def _begin(self, left: Supply) -> _Aloft | None:
        letter = left.take()
        if letter is None:
            return None
        one = self._aloft(letter, chunk=False)
        self._line.push(one.envelope)
        return one

    def _push_body(self, one: _Aloft, after: _Aloft | None) -> None:
        tail = after.envelope if after else b""
        if not one.leave:
            self._line.push(tail)
            return
        one.awaited.append(Phase.FINAL)
        if one.refusal is not None:
            # RFC 2920 3.1: leave to send although nobody is to get it: an empty end
            self._line.push(_DOT + tail)
            return
        content = one.content
        if len(content) > _SMALL:
            self._line.push(content)
            content = b""
        # what came before the final dot could be taken for the reply to it
        self._line.expect_silence()
        one.whole = True
        try:
            self._line.push(content + _DOT + tail)
        except LineLost as lost:
            one.whole = lost.left >= len(content + _DOT)
            raise

    def _push(self, new: Sequence[_Aloft], data: bytes) -> None:
        """Sends transactions that end with data, and knows of each whether its end has left."""
        for one in new:
            one.whole = True
        try:
            self._line.push(data)
        except LineLost as lost:
            end = len(data)
            for one in reversed(new):
                one.whole = lost.left >= end
                end -= one.octets
            raise

    def _hear_all(self, one: _Aloft) -> None:
        awaited, usual = one.awaited, self._usual
        while awaited:
            if self._line.skip(usual.get(awaited[0])):
                self.phase = awaited.popleft() or Phase.MAIL
            else:
                self._hear(one)

    def _hear(self, one: _Aloft) -> None:
        """The next reply, matched to its command. Raises LineLost, _Astray."""
        phase = one.awaited[0]
        self.phase = phase or Phase.MAIL
        code, text = self._line.getreply()
        if code == 421 and not self._going:
            self._going, one.gone = True, self.phase
        if not self._fits(one, phase, code, text):
            if 400 <= code <= 599:
                one.whole = False  # whatever it means, it is no acceptance
            raise _Astray(f"the server's replies do not fit the commands ({code} {clean(text)})")
        one.awaited.popleft()
        if phase is Phase.FINAL and 200 <= code <= 299:
            if one.refusal is None:
                if not self.proven:
                    self._alike = text in self._said
                one.acceptance = accepted(code, text, dsn_offered=self._offered.dsn)
                self.proven = True
        elif phase is Phase.DATA and code == 354:
            one.leave = True
        elif phase is not None and code >= 400 and one.refusal is None:
            one.refusal = classified(phase, code, text, dsn_offered=self._offered.dsn)
            self._dirty = True
        elif phase is not Phase.FINAL:
            if len(self._said) < _KNOWN_TEXTS:
                self._said.add(text)
            if self.proven and 200 <= code <= 299 and b"\n" not in text and text in self._said:
                self._usual[phase] = self._line.latest

    def _fits(self, one: _Aloft, phase: Phase | None, code: int, text: bytes) -> bool:
        if phase is None:
            return code in {250, 421}
        if 400 <= code <= 599:
            # before a line is proven, this may mean that commands came too early for it
            return self.proven or code not in _OUT_OF_ORDER or one.refusal is not None
        if phase is Phase.DATA:
            return code == 354
        return 200 <= code <= 299 and (phase is not Phase.FINAL or self._is_of_message(one, text))

    def _is_of_message(self, one: _Aloft, text: bytes) -> bool:
        """Whether a 2xx can be the answer to a message, and not to the envelope before it."""
        if not one.whole and one.refusal is None:
            return False  # nobody can take what has not left
        if self.proven and not self._alike and text in self._said:
            return False
        if text.startswith(_OF_ADDRESSES):
            if not self.proven:
                self._of_addresses = True
            return self._of_addresses
        return True

    def _broken(
        self, aloft: Iterable[_Aloft], error: LineLost | _Astray
    ) -> Iterator[AttemptResult]:
        """The results of what was in the air when the order ended; none for what was not sent."""
        for one in aloft:
            if isinstance(error, LineLost):
                try:  # the server may have answered before it left
                    self._hear_all(one)
                except (LineLost, _Astray) as worse:
                    error = worse
            if not one.awaited and (one.refusal or one.acceptance):
                self._told += 1
                yield one.result
                continue
            self._end(error)
            if one.gone is Phase.MAIL and self._told:
                return  # the line has served its time; the next one carries this
            if one.refusal is not None:
                self._told += 1
                yield one.refusal
            elif one.whole and not self._going:
                self._told += 1
                yield unknown(str(error), dsn_offered=self._offered.dsn)
            else:
                return
        self._end(error)

    def _end(self, error: LineLost | _Astray) -> None:
        self.lost = self.lost or str(error)
        # a server that drops what came too early never answers it
        mute = self.phase in {Phase.RCPT, Phase.DATA} and not self.proven and not self._going
        if isinstance(error, _Astray) or mute:
            self.suspect = self.suspect or str(error)

"""Works of several threads share a transaction; nobody's failure is another's."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from store import channels
from store.database import Ledger
from store.errors import LedgerError
from tests.plugins.ledgers import T0


@pytest.fixture
def ledger(empty_sqlite: Path, tmp_path: Path) -> Iterator[Ledger]:
    path = tmp_path / "ledger.db"
    path.write_bytes(empty_sqlite.read_bytes())
    opened = Ledger.open(path)
    yield opened
    opened.close()


class Crowd:
    """Threads that come while the first one's work is going on."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._inside, self._go = threading.Event(), threading.Event()
        self.transactions: dict[str, list[int]] = {}  # by name of the work, whose each try was
        self.found: dict[str, object] = {}

    def _first(self, _tx: Session) -> None:
        self._inside.set()
        assert self._go.wait(120)

    def _one(self, name: str, work: Callable[[Session], object]) -> None:
        def noted(tx: Session) -> object:
            self.transactions.setdefault(name, []).append(id(tx))
            return work(tx)

        try:
            self.found[name] = self._ledger.share(noted)
        except Exception as error:  # noqa: BLE001 - what it is, the test asks
            self.found[name] = error

    def come(self, **works: Callable[[Session], object]) -> None:
        """All of works while another transaction runs."""
        first = threading.Thread(target=self._ledger.share, args=(self._first,))
        first.start()
        assert self._inside.wait(120)
        together = self._ledger._together
        assert together is not None
        rest = []
        for number, (name, work) in enumerate(works.items(), 1):
            rest.append(threading.Thread(target=self._one, args=(name, work)))
            rest[-1].start()
            while len(together._queue) < number:  # in their order
                threading.Event().wait(0.001)
        self._go.set()
        for thread in (first, *rest):
            thread.join(120)
            assert not thread.is_alive()


def known(ledger: Ledger) -> set[str]:
    with ledger.transaction(read_only=True) as tx:
        return {one.name for one in channels.all(tx)}


def make(name: str) -> Callable[[Session], str]:
    return lambda tx: channels.ensure(tx, name, "imap", T0).name


def test_those_who_come_meanwhile_share_one_and_each_gets_its_own_answer(ledger: Ledger) -> None:
    crowd = Crowd(ledger)
    crowd.come(**{f"c{number}": make(f"c{number}") for number in range(5)})
    assert crowd.found == {name: name for name in crowd.transactions}
    assert len({tries[0] for tries in crowd.transactions.values()}) == 1
    assert known(ledger) == set(crowd.found)


def test_a_failure_is_told_to_whose_it_is_and_harms_no_other(ledger: Ledger) -> None:
    def fail(tx: Session) -> None:
        make("half")(tx)
        raise LedgerError("not this one")

    crowd = Crowd(ledger)
    crowd.come(a=make("a"), bad=fail, b=make("b"))
    assert isinstance(crowd.found["bad"], LedgerError)
    assert (crowd.found["a"], crowd.found["b"]) == ("a", "b")
    assert known(ledger) == {"a", "b"}, "what failed has left nothing"


def test_an_interrupt_of_who_does_the_work_leaves_the_others_theirs(ledger: Ledger) -> None:
    tried: list[Session] = []

    def interrupted_once(name: str) -> Callable[[Session], str]:
        def work(tx: Session) -> str:
            tried.append(tx)
            if len(tried) == 1:
                raise KeyboardInterrupt  # whichever of the threads does it
            return make(name)(tx)

        return work

    crowd = Crowd(ledger)
    hooked = threading.excepthook
    threading.excepthook = lambda _args: None
    try:
        crowd.come(a=interrupted_once("a"), b=interrupted_once("b"))
    finally:
        threading.excepthook = hooked
    assert len(tried) == 2, "the interrupt was its own thread's; the other one's work is done once"
    assert len(crowd.found) == 1
    assert known(ledger) == set(crowd.found)


def test_many_threads_lose_nothing(ledger: Ledger) -> None:
    def work(first: int) -> None:
        for number in range(first, 80, 8):
            ledger.share(make(f"n{number}"))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timedelta(seconds=60).total_seconds())
    assert known(ledger) == {f"n{number}" for number in range(80)}

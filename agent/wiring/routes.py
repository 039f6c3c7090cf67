"""How the routes fare, told: on the wall each time, to the admins once where a relay refuses us.

Owns that wiring. Sees the configuration, as the daemon does. Must not send.
"""

import logging
import threading
from datetime import datetime

from agent.config import Config, Route
from agent.log import event
from agent.outbound.intake import IntakeError, accept_parts
from agent.outbound.sending.sender import Sender
from agent.reconcile.plain import moment, plain
from agent.wall import Wall
from agent.wiring import reconciling
from store import notices
from store.database import Ledger
from store.errors import NoticeConflict

__all__ = ["Routes", "way_part"]

_log = logging.getLogger("landed.send")


def way_part(route: Route) -> str:
    """What a route is called among the parts of an agent."""
    return f"route {route.name}"


class Routes:
    """What a sender found of its routes, for people. Safe for several threads."""

    def __init__(self, config: Config, ledger: Ledger, sender: Sender, wall: Wall) -> None:
        self._config, self._ledger, self._sender, self._wall = config, ledger, sender, wall
        self._lock = threading.Lock()
        self._told: set[str] = set()  # routes whose refusal was told, and is not over

    def tell(self, now: datetime) -> None:
        """A relay that does not answer is no failure of the sender, which goes on; it shows too.

        One that refuses us waits for a person, who gets a mail, by whatever route takes it,
        at most once a day. Raises LedgerError.
        """
        for route in self._config.routes:
            trouble = self._sender.trouble(route.name)
            if trouble is None:
                continue
            self._wall.fared(way_part(route), trouble)
            with self._lock:
                if not trouble:
                    self._told.discard(route.name)
                elif self._sender.refuses_us(route.name) and route.name not in self._told:
                    event(_log, logging.ERROR, "route-refuses-us", route=route.name, why=trouble)
                    self._mail(route.name, trouble, now)
                    self._told.add(route.name)

    def _mail(self, route: str, why: str, now: datetime) -> None:
        to, key = self._config.digest.to, f"route:{route}:refuses-us:{now:%Y-%m-%d}"
        with self._ledger.transaction(read_only=True) as tx:
            known = notices.find(tx, key) is not None
        if known or not to:
            return
        text = (
            f"At {moment(now)}:\n\n{plain(why)}.\n\n"
            "Nothing is lost: what is to go by this route stays owed and waits, one of them is\n"
            "tried now and then, and the others follow as soon as it is taken. `landed status`\n"
            "shows how the route fares, `landed doctor` asks it at once.\n"
        )
        try:
            accept_parts(
                self._ledger,
                key=key,
                recipients=to,
                sender=self._config.identity.sender,
                subject=plain(f"{self._config.digest.subject}: route {route} refuses our mail"),
                text=text,
                headers=(("Auto-Submitted", "auto-generated"),),  # RFC 3834 5
                notice_class=self._config.digest.notice_class,
                policies=reconciling.policies(self._config),
                now=now,
            )
        except NoticeConflict:
            event(_log, logging.DEBUG, "told-by-another", key=key)
        except IntakeError as error:  # of digest.to: no reason for the sender to rest
            event(_log, logging.ERROR, "not-told", key=key, why=error)

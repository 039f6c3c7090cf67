"""The spool folder: programs that can only write files hand their mail over as .eml.

Owns the folder: which files are whole, their order, and where they go once
they are taken on or refused. A file leaves only after its notice is in the
ledger; a crash in between takes the same file again, and its key makes that
harmless. Must not change a file.
"""

import errno
import hashlib
import json
import logging
import os
import stat
import threading
from dataclasses import dataclass
from pathlib import Path

from agent.ingress.door import Door, answer
from agent.ingress.letter import completed
from agent.log import event
from agent.outbound.intake import Accepted, IntakeError
from store.errors import NoticeConflict

__all__ = ["Spool", "SpoolError", "waiting"]

_log = logging.getLogger("landed.ingress")
_MOST = 1000  # files taken in one pass; the next one takes the rest


class SpoolError(OSError):
    """The folder or a file in it cannot be used; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Spool:
    """One folder. remove: accepted files are removed, not kept in done/."""

    door: Door
    folder: Path
    message_id_domain: str
    remove: bool = False

    def run_once(self, stop: threading.Event) -> int:
        """Takes what is there, in the order of names; how many files were taken or refused.

        A file that cannot be read or moved is told at the end and stops no
        other. Raises SpoolError, LedgerError: what was not taken on stays.
        """
        troubles: list[str] = []
        count = 0
        for name in waiting(self.folder):
            if stop.is_set() or count == _MOST:
                break
            try:
                self._one(name)
                count += 1
            except FileNotFoundError:
                continue  # another agent took it
            except OSError as error:
                troubles.append(f"{name!a}: {error.strerror or error}")
        if troubles:
            raise SpoolError(
                f"files in {self.folder} cannot be taken or moved: {len(troubles)} "
                f"({'; '.join(troubles[:3])}); check owner, permissions and the room on the disk"
            )
        return count

    def _one(self, name: str) -> None:
        path = self.folder / name
        raw, mark = _read(path, self.door.limits.max_bytes + 1)
        digest = hashlib.sha256(f"{os.fsencode(name)!r} {mark} ".encode() + raw).hexdigest()
        try:
            accepted = self.door.accept(
                self.door.message(
                    completed(raw, message_id=f"{digest[:40]}@{self.message_id_domain}")
                )
            )
        except (IntakeError, NoticeConflict) as error:
            self._move(path, "refused", ".why", f"{error}\n")
            event(_log, logging.WARNING, "refused", way="spool", file=name, why=error)
            return
        # a file that cannot be moved comes at every look, and is news at the first alone
        if accepted.created:
            _tell(name, accepted)
        self._done(path, accepted)
        if not accepted.created:
            _tell(name, accepted)

    def _done(self, path: Path, accepted: Accepted) -> None:
        if accepted.refused:
            told = "".join(f"{one.text}: {one.reason}\n" for one in accepted.refused)
            self._move(path, "refused", ".why", f"taken, but not for:\n{told}")
        elif self.remove:
            path.unlink(missing_ok=True)
        else:
            self._move(path, "done", ".json", json.dumps(answer(accepted), indent=2) + "\n")

    def _move(self, path: Path, where: str, suffix: str, told: str) -> None:
        """Moves the file, with a text beside it that is there first."""
        folder = self.folder / where
        folder.mkdir(mode=0o700, exist_ok=True)
        target, number = folder / path.name, 1
        while target.exists():
            number += 1
            target = folder / f"{path.stem}.{number}{path.suffix}"
        (folder / f"{target.name}{suffix}").write_text(told, encoding="utf-8", errors="replace")
        path.rename(target)


def waiting(folder: Path) -> list[str]:
    """The names of the whole files in a spool, in their order. Raises SpoolError."""
    try:
        with os.scandir(folder) as found:
            return sorted(one.name for one in found if _is_letter(one.name))
    except OSError as error:
        raise SpoolError(f"the spool {folder} cannot be read: {error.strerror}") from None


def _tell(name: str, accepted: Accepted) -> None:
    event(
        _log,
        logging.INFO,
        "accepted",
        way="spool",
        file=name,
        notice=accepted.key,
        deliveries=len(accepted.deliveries),
    )


def _is_letter(name: str) -> bool:
    """Whole files only: who writes one there gives it another name until it is."""
    return name.lower().endswith(".eml") and not name.startswith(".")


def _read(path: Path, most: int) -> tuple[bytes, str]:
    """Up to most octets, and what marks this file. Raises OSError, also for what is no file."""
    # a link could lead to what only the agent may read, a pipe would never end
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise SpoolError("it is a link, and links are not followed") from None
        raise
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise SpoolError("it is no ordinary file")
        return file.read(most), str(found.st_mtime_ns)

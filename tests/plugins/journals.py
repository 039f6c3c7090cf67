"""Journals of systemd: entries as they are exported, a real journal of them, and a stand-in.

The real one is a file that systemd-journal-remote writes and the machine's own journalctl
reads. The stand-in plays entries with journalctl's options, for what no real one does.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Entry", "find_journal_tools", "stand_in", "write_journal"]

_WRITER = Path("/lib/systemd/systemd-journal-remote")
_BOOT = "0123456789abcdef0123456789abcdef"
_FIRST = 1_790_000_000_000_000  # microseconds

_PLAYER = """\
import json, pathlib, sys
entries = json.loads(pathlib.Path({entries!r}).read_text())
said = dict(word.partition("=")[::2] for word in sys.argv[1:])
def number(entry):
    return int(entry["__CURSOR"].split(";")[1][2:], 16)
def asked(option):
    return int(said[option].split("i=")[1], 16)
if "--after-cursor" in said:
    entries = [one for one in entries if number(one) > asked("--after-cursor")]
if "--cursor" in said:
    entries = [one for one in entries if number(one) <= asked("--cursor")]
if "--reverse" in said:
    entries.reverse()
elif said.get("--lines") == "1":
    entries = entries[-1:]
for one in entries:
    print(json.dumps(one))
print({says!r}, file=sys.stderr)
sys.exit({code})
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry, as a mail server's process writes it."""

    identifier: str
    message: str
    unit: str = "postfix@-.service"


def find_journal_tools() -> str:
    """What is missing, in words for a skip; empty where nothing is."""
    if shutil.which("journalctl") and _WRITER.exists():
        return ""
    return "there is no journal to read here (Debian: systemd systemd-journal-remote)"


def write_journal(path: Path, entries: Sequence[Entry], *, since: int = 0) -> None:
    """Write entries into the journal file at path, behind those that it has (since of them)."""
    text = ""
    for number, entry in enumerate(entries, since + 1):
        fields = {
            "__REALTIME_TIMESTAMP": _FIRST + number * 1_000_000,
            "__MONOTONIC_TIMESTAMP": number * 1_000_000,
            "_BOOT_ID": _BOOT,
            "SYSLOG_IDENTIFIER": entry.identifier,
            "_SYSTEMD_UNIT": entry.unit,
            "_HOSTNAME": "mail",
            "_PID": 100 + number,
            "MESSAGE": entry.message,
        }
        text += "".join(f"{name}={value}\n" for name, value in fields.items()) + "\n"
    source = path.with_suffix(".export")
    source.write_text(text, encoding="utf-8")
    subprocess.run([_WRITER, "-o", path, source], check=True, capture_output=True, timeout=30)


def stand_in(
    directory: Path,
    messages: Sequence[object],
    *,
    sequence: str = "ab" * 16,
    says: str = "",
    code: int = 0,
    identifier: str = "postfix/smtp",
) -> tuple[str, ...]:
    """A command that answers as journalctl would with these messages."""
    entries = [
        {
            "__CURSOR": f"s={sequence};i={number:x};b={_BOOT};m=1;t=1;x=1",
            "__REALTIME_TIMESTAMP": str(_FIRST + number),
            "SYSLOG_IDENTIFIER": message.identifier if isinstance(message, Entry) else identifier,
            "_PID": "7",
            "_HOSTNAME": "mail",
            "MESSAGE": message.message if isinstance(message, Entry) else message,
        }
        for number, message in enumerate(messages, 1)
    ]
    played = directory / "entries.json"
    played.write_text(json.dumps(entries), encoding="utf-8")
    program = directory / "player.py"
    program.write_text(_PLAYER.format(entries=str(played), says=says, code=code), encoding="utf-8")
    return (sys.executable, str(program))

"""An agent as its operator has it: a configuration file, a ledger, and the command.

Owns running the real command, and reading its answers. Knows nothing
of the insides: what a test says about a delivery, the command has said.
"""

import base64
import io
import json
import logging
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any
from unittest.mock import patch

from agent.cli.main import run
from tests.plugins.processes import tail

__all__ = ["Home", "Values", "write_home"]

Values = Mapping[str, str | int | bool | Sequence[str]]
"""One section of the configuration; a password is written plainly and becomes a file."""

_ROOT = Path(__file__).resolve().parents[2]
_COMMAND = (sys.executable, "-c", "from agent.cli.main import run; run()")
_ENDS_WITHIN = 120.0  # seconds, for a killed process
_SETTLES_WITHIN = 120.0


class Home:
    """One agent, and every command of it."""

    def __init__(self, config: Path) -> None:
        self.config = config
        self.ledger = config.with_name("landed.db")

    def landed(self, *arguments: str, ends: Sequence[int] = (0,)) -> str:
        """Run a command and return what it printed; it must end with one of the codes of ends.

        In this process: a second one would cost more than most commands do.
        """
        printed, told = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
        argv = ["landed", "--config", str(self.config), *arguments]
        with (
            patch.object(sys, "argv", argv),
            redirect_stdout(printed),
            redirect_stderr(told),
            _own_logging(),
        ):
            code = _exit_code()
        output, errors = (_text(stream) for stream in (printed, told))
        assert code in ends, f"{' '.join(argv)} ended with {code}\n{output}\n{errors}"
        return output

    @contextmanager
    def killed(self, *arguments: str) -> Iterator[None]:
        """Start a command as a process and kill it with SIGKILL at the block's end.

        Nothing in it gets to tidy up. Fails, with its log, where it had ended by itself.
        """
        log = self.config.with_name("agent.log")
        process = self._start(log, *arguments)
        try:
            yield
            assert process.poll() is None, f"the agent ended by itself\n{tail(log)}"
        except TimeoutError as error:
            message = f"{error}; the agent said:\n{tail(log)}"
            raise TimeoutError(message) from None
        finally:
            process.kill()
            process.wait(_ENDS_WITHIN)

    def _start(self, log: Path, *arguments: str) -> subprocess.Popen[bytes]:
        with log.open("ab") as output:
            return subprocess.Popen(
                [*_COMMAND, "--config", str(self.config), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONPATH": str(_ROOT)},
            )

    def send(
        self,
        key: str,
        *recipients: str,
        subject: str = "A notice",
        now: bool = False,
        **options: str,
    ) -> None:
        """Put one notice into the ledger; it goes out at once or with the next pass."""
        body = self.config.with_name("body.txt")
        body.write_text("Something that you are owed to know.\n", encoding="utf-8")
        extra = [word for name, value in options.items() for word in (f"--{name}", value)]
        to = [word for recipient in recipients for word in ("--to", recipient)]
        fixed = ["--notice", key, "--subject", subject, "--body-file", str(body)]
        self.landed("send", *fixed, *to, *extra, *(["--now"] if now else []))

    def run_once(self, *, ends: Sequence[int] = (0,)) -> None:
        """One pass of everything."""
        self.landed("run", "--once", ends=ends)

    def deliveries(self, key: str) -> dict[str, dict[str, Any]]:
        """The rows of `landed notice`, by recipient."""
        rows = json.loads(self.landed("notice", key, "--format", "json"))
        return {row["recipient"]: row for row in rows}

    def trace(self, tracking_id: str) -> dict[str, Any]:
        """The whole story of one delivery."""
        story: dict[str, Any] = json.loads(self.landed("trace", tracking_id, "--format", "json"))
        return story

    def story(self, key: str, recipient: str) -> dict[str, Any]:
        """The whole story of the delivery of one notice to one recipient."""
        return self.trace(self.deliveries(key)[recipient]["tracking_id"])

    def reports(self) -> tuple[int, int]:
        """How many reports the ledger keeps, and how many of them are nobody's."""
        rows = json.loads(self.landed("stats", "--format", "json"))
        counts = {row["name"]: row["count"] for row in rows if row["measure"] == "total"}
        return counts["reports"], counts["unmatched"]

    def run_until(self, done: Callable[[], bool], *, within: float = _SETTLES_WITHIN) -> None:
        """Pass after pass until done() is true. Raises TimeoutError."""
        deadline = time.monotonic() + within
        while True:
            self.run_once()
            if done():
                return
            if time.monotonic() > deadline:
                message = f"not so after {within} s of passes"
                raise TimeoutError(message)


@contextmanager
def _own_logging() -> Iterator[None]:
    """Give logging back as it was: a command sets it up for a process of its own."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


def _exit_code() -> int:
    try:
        run()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode()


def write_home(directory: Path, sections: Mapping[str, Values | Sequence[Values]]) -> Home:
    """Write a configuration with a fresh signing key. A list of values is a repeated section.

    What sections leaves out keeps its default.
    """
    directory.mkdir(parents=True, exist_ok=True)
    _write_secret(directory / "landed.key", base64.b64encode(secrets.token_bytes(32)).decode())
    lines: list[str] = []
    for name, content in sections.items():
        repeated = not isinstance(content, Mapping)
        for values in content if not isinstance(content, Mapping) else [content]:
            lines.append(f"[[{name}]]" if repeated else f"[{name}]")
            lines += _lines(directory, name, values)
    config = directory / "landed.toml"
    config.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Home(config)


def _lines(directory: Path, section: str, values: Values) -> list[str]:
    lines = []
    for key, value in values.items():
        if key == "password" and value:
            path = directory / f"{section}-{values['name']}.password"
            _write_secret(path, str(value))
            lines.append(f'password = "file:{path}"')
        else:
            # JSON's strings, numbers, booleans and lists are TOML's too
            lines.append(f"{key} = {json.dumps(value, ensure_ascii=False)}")
    return lines


def _write_secret(path: Path, secret: str) -> None:
    path.touch(mode=0o600)
    path.write_text(secret + "\n", encoding="utf-8")

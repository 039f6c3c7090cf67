"""Logs: one line per fact, as text or JSON.

Owns the shape of a line. Must not know what a fact means, and is never given
a secret: callers log names of things, not their contents.
"""

import json
import logging
import re
import sys
from datetime import UTC, datetime, timedelta
from functools import lru_cache

__all__ = ["event", "set_up"]

# a command that sets no log up is silent, instead of printing bare words
logging.getLogger("landed").addHandler(logging.NullHandler())
# what they think of an address, or of a server's words, we tell ourselves
for _library in ("flanker", "imapclient"):
    logging.getLogger(_library).addHandler(logging.NullHandler())
    logging.getLogger(_library).propagate = False

_FIELDS = "landed_fields"
_PLAIN = re.compile(r"[!#-<>-~]+")  # needs no quotes: printable ASCII but space, " and =


def event(log: logging.Logger, level: int, what: str, /, **fields: object) -> None:
    """Logs one fact: what happened, and to which things. Values are shown, never interpreted."""
    log.log(level, what, extra={_FIELDS: fields})


def set_up(level: str, form: str) -> None:
    """Sends all logs to standard error; level is a logging name, form is "text" or "json"."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if form == "json" else _Text())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("landed").setLevel(level.upper())


class _Text(logging.Formatter):
    """2026-10-02T07:00:00.123Z info landed.watch recorded channel=bounces/INBOX read=3."""

    def format(self, record: logging.LogRecord) -> str:
        fields = getattr(record, _FIELDS, {})
        words = [_time(record), record.levelname.lower(), record.name, _safe(record.getMessage())]
        words += [f"{name}={_quoted(value)}" for name, value in fields.items()]
        return " ".join(words) + _trouble(record, self)


class _Json(logging.Formatter):
    """The same facts, one JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **getattr(record, _FIELDS, {}),
        }
        if record.exc_info:
            line["trouble"] = self.formatException(record.exc_info)
        return json.dumps(line, default=_shown, ensure_ascii=True)


def _time(record: logging.LogRecord) -> str:
    return f"{_second(int(record.created))}.{int(record.msecs):03d}Z"


@lru_cache(maxsize=4)
def _second(moment: int) -> str:
    """Many lines are of one second, and writing it out costs as much as the rest of a line."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _safe(text: str) -> str:
    """On one line, with all written out that a terminal obeys: controls, marks of direction."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else _written(ord(one)) for one in text)


def _written(code: int) -> str:
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def _shown(value: object) -> str:
    """Moments as a line's own time is written, spans in seconds."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, timedelta):
        return f"{value.total_seconds():.3f}".rstrip("0").rstrip(".") + "s"
    return str(value)


def _quoted(value: object) -> str:
    text = _shown(value)
    if value.__class__ is int or _PLAIN.fullmatch(text):
        return text
    text = _safe(text)
    return json.dumps(text, ensure_ascii=False) if not text or set(text) & set(' "=') else text


def _trouble(record: logging.LogRecord, formatter: logging.Formatter) -> str:
    if not record.exc_info:
        return ""
    return f" trouble={_quoted(formatter.formatException(record.exc_info))}"

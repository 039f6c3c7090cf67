"""Verdicts and clean diagnostics, remembered: a backlog says the same things again and again.

Owns only the memory, bounded in number and in length. Must not judge: parsers.codes does.
"""

from functools import lru_cache

from parsers.codes import MAX_TEXT
from parsers.codes import clean as _clean
from parsers.codes import find_command as _find_command
from parsers.codes import judge as _judge

__all__ = ["clean", "find_command", "weigh"]

_REMEMBERED = 1_024  # of each; MAX_TEXT characters at most, and few have a tenth of it

weigh = lru_cache(_REMEMBERED)(_judge)  # asked with clean diagnostics only
_clean_remembered = lru_cache(_REMEMBERED)(_clean)
_command_remembered = lru_cache(_REMEMBERED)(_find_command)


def clean(text: str) -> str:
    """See parsers.codes.clean, which reads no more of text than this remembers."""
    return _clean_remembered(text[:MAX_TEXT])


def find_command(text: str) -> str:
    """See parsers.codes.find_command."""
    return _command_remembered(text[:MAX_TEXT])

"""Status codes, reply codes and wordings, and what they come to.

Owns weigh(), the one place where a reason and a severity are decided. Must
not read messages: it is given one diagnostic and the fields around it.
"""

from parsers.codes.commands import find_command
from parsers.codes.find import MAX_TEXT, clean, find_reply_code, find_status
from parsers.codes.verdict import Verdict, judge, weigh

__all__ = [
    "MAX_TEXT",
    "Verdict",
    "clean",
    "find_command",
    "find_reply_code",
    "find_status",
    "judge",
    "weigh",
]

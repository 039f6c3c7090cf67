"""Lines of mail servers' own logs, each to one frozen value or to nothing.

Owns one reader for each server: bytes of one line and the time of day in, a LogLine
or None out, and nothing is raised. Must not open a file, nor know what a delivery is.
"""

from parsers.maillog.exim import read_exim
from parsers.maillog.line import LINE_LIMIT, Event, Hand, LogLine
from parsers.maillog.postfix import read_postfix

__all__ = ["LINE_LIMIT", "Event", "Hand", "LogLine", "read_exim", "read_postfix"]

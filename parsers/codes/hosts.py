"""What big receivers mean by their own codes and words, asked before the general tables."""

from parsers.report import Reason

__all__ = ["ask_host"]


def ask_host(text: str, folded: str, status: str, host: str) -> Reason | None:
    """The reason that this host's conventions give, or None."""
    return None

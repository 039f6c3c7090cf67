"""Text from outside, made such that every database can keep it."""

__all__ = ["clean"]


def clean(text: str, limit: int) -> str:
    """At most limit characters, with U+FFFD for NUL and for lone surrogates.

    PostgreSQL refuses the first, every driver the second.
    """
    if len(text) > limit:
        text = text[:limit]
    if not text.isascii():
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text.replace("\x00", "\ufffd") if "\x00" in text else text

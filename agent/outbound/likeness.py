"""What tells a message from another one under the same key.

Owns leaving out what a client makes anew each time it writes the same message
down: the names of MIME boundaries (RFC 2046 5.1.1), which Python's
smtplib.send_message() and others draw at random. Pure: changes nothing that is sent.
"""

import re

__all__ = ["likeness"]

_NAME = re.compile(
    rb';\s{0,10}boundary=(?:"([^"\r\n]{1,70})"|([^\s;"(]{1,70}))', re.IGNORECASE | re.ASCII
)
_MULTIPART = re.compile(rb"^Content-Type:\s{0,10}multipart/", re.IGNORECASE | re.MULTILINE)
_MOST = 20  # names in one message; each costs passes over its content


def likeness(content: bytes) -> bytes:
    """A CRLF message without NUL, its boundaries numbered; as it is where it has none, or many."""
    if not _MULTIPART.search(content[: content.find(b"\r\n\r\n") + 1]):
        return content
    seen: set[bytes] = set()
    names: list[bytes] = []
    for found in _NAME.finditer(content):
        name = found[1] or found[2]
        if name in seen:
            continue
        if len(seen) == _MOST:
            return content
        seen.add(name)
        # what no part begins with is text about mail, which may tell two messages apart
        if b"\r\n--" + name in content:
            names.append(name)
    # a name may begin with another one
    for name in sorted(names, key=len, reverse=True):
        content = content.replace(b"\r\n--" + name, b"\r\n--\0%d" % names.index(name))
    return _NAME.sub(lambda found: _numbered(found, names), content)


def _numbered(found: re.Match[bytes], names: list[bytes]) -> bytes:
    name = found[1] or found[2]
    return b"; boundary=\0%d" % names.index(name) if name in names else found[0]

"""What of a message tells it from another one: all but names drawn at random."""

from email.message import EmailMessage
from email.policy import SMTP

import pytest

from agent.outbound.likeness import likeness


def written(text: str = "hi\n", *, boundary: str = "") -> bytes:
    """The same message as a client writes it down once more."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["Message-ID"] = "a@example.org", "<k@example.org>"
    message.set_content(text)
    message.add_alternative("<p>hi", subtype="html")
    message.add_attachment(b"x", maintype="a", subtype="b", filename="f")
    if boundary:
        message.set_boundary(boundary)
    return message.as_bytes()


def test_the_same_message_written_twice_is_like_itself() -> None:
    one, two = written(), written()
    assert one != two
    assert likeness(one) == likeness(two)
    assert likeness(one) != likeness(written("other\n"))
    # names of which one begins with the other, or that need quotes
    for boundary in ("a b", "=", "0", "==="):
        assert likeness(written(boundary=boundary)) == likeness(one)


@pytest.mark.parametrize(
    "kept",
    [
        b"Subject: x\r\n\r\n; boundary=b\r\n--b\r\n",
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\nno part\r\n",
        b"Subject: Content-Type: multipart/mixed\r\n\r\n; boundary=b\r\n--b\r\n",
        b"",
        b"Content-Type: multipart/mixed",
    ],
)
def test_what_is_no_boundary_stays(kept: bytes) -> None:
    assert likeness(kept) == kept


def test_text_about_boundaries_tells_messages_apart() -> None:
    one, two = (written(f"Set ; boundary={name}\n", boundary="b") for name in ("x", "y"))
    assert likeness(one) != likeness(two)


def test_too_many_multiparts_are_left_alone() -> None:
    head = b"Content-Type: multipart/mixed; boundary=b0\r\n\r\n--b0\r\n"
    more = b"".join(b"X: y; boundary=c%d\r\n--c%d\r\n" % (n, n) for n in range(30))
    assert likeness(head + more) == head + more

"""Whatever a stranger writes, the bounce detectors answer, within bounds and from the text."""

from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.bounces import attempts, detect
from parsers.bounces.cut import cut
from parsers.bounces.registry import MAX_RECIPIENTS
from parsers.mime.message import parse

PIECES = st.sampled_from(
    [
        "Hi. This is the qmail-send program at mx.example.net.\n",
        "<cat@example.org>:\n",
        "dog@example.org: 550 5.1.1 User unknown\n",
        "   ----- Transcript of session follows -----\n",
        "   ----- The following addresses had permanent fatal errors -----\n",
        ">>> RCPT To:<cat@example.org>\n",
        "<<< 550 no\n",
        "550 cat... User unknown\n",
        "The following address(es) failed:\n\n",
        "    (generated from bird@example.org)\n",
        "did not reach the following recipient(s):\n",
        "'cat@example.org' on 1 March 2004\n",
        "Recipient address: cat@example.org\nReason: full\n",
        "Final-Recipient: rfc822; cat@example.org\nAction: failed\n",
        "Error-For: cat@example.org\n",
        "could not be delivered\n",
        "----- Original message -----\n",
        "Received: from a by b\n",
        "-------server message\n",
        "generating server: x\n",
        "was not delivered to:\nbecause:\n",
        "following recipients returned permanent errors: a@b.example. Reason: x\n",
        '{"notificationType":"Bounce","bounce":{"bouncedRecipients":[{"emailAddress":"a@b"}]}}',
        "\n",
        "  ",
        "> ",
        "@",
        "İ",
    ]
)
BODIES = st.lists(PIECES | st.text(max_size=30), max_size=25).map("".join)
SENDERS = st.sampled_from(["MAILER-DAEMON@example.net", "<>", "A. Cat <cat@example.org>", ""])
SUBJECTS = st.sampled_from(
    ["failure notice", "Returned mail", "Fwd: x", "Re: x", "", "Undeliverable: x"]
)


@settings(max_examples=150, deadline=None)
@given(sender=SENDERS, subject=SUBJECTS, body=BODIES)
def test_detectors_answer_from_the_text(sender: str, subject: str, body: str) -> None:
    raw = f"From: {sender}\nSubject: {subject}\nContent-Type: text/plain; charset=utf-8\n\n{body}"
    finding = detect(parse(raw.encode("utf-8", "replace")))

    turns = list(attempts(parse(raw.encode("utf-8", "replace"))))
    assert (turns[-1].finding if turns else None) == finding
    if finding is not None:
        assert 0 < len(finding.recipients) <= MAX_RECIPIENTS
        for one in finding.recipients:
            assert "@" in one.address
            assert "\n" not in one.address + one.diagnostic
            assert one.original_address != one.address


@given(st.text(max_size=400))
def test_the_cut_is_a_line_start(text: str) -> None:
    at = cut(text.lower())

    assert at == len(text.lower()) or at == 0 or text.lower()[at - 1] == "\n"

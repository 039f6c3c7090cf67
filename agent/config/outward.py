"""The keys of what goes out: who we are, in what manner; its routes stand beside.

Must not read a file or act on a key.
"""

from typing import Annotated, Literal

from msgspec import Meta, field

from agent.config.kinds import Duration, Secret, Section

__all__ = [
    "Dkim",
    "Identity",
    "NoticeClass",
    "Sending",
    "Suppression",
    "Tokens",
]


class Identity(Section, frozen=True):
    """Who the mail is from and where answers come back."""

    sender: Annotated[str, Meta(description="The From address of composed notices.")] = (
        "Notices <notices@example.org>"
    )
    return_path: Annotated[
        str,
        Meta(
            description="Envelope sender: a domain of your own whose every address reaches the "
            'bounce mailbox, or "notices+{token}@example.org" where only sub-addressing is there.'
        ),
    ] = "{token}@bounces.example.org"
    reply_to: Annotated[
        str,
        Meta(
            description="Where answers go, with {token} so that they are matched; empty: to the "
            "From address, and they match by Message-ID only."
        ),
    ] = ""
    message_id_domain: Annotated[
        str, Meta(description="Right side of Message-IDs; empty: the domain of the From address.")
    ] = ""
    request_receipt: Annotated[
        bool, Meta(description="Ask for a disposition notification (RFC 8098) in each notice.")
    ] = True
    visible_reference: Annotated[
        bool,
        Meta(description="Add a short reference line to text bodies, for answers without headers."),
    ] = False


class Tokens(Section, frozen=True):
    """The signing keys of tracking tokens."""

    current: Annotated[
        int, Meta(ge=0, le=7, description="Number of the key that signs new tokens.")
    ] = 1
    keys: Annotated[
        dict[str, Secret],
        Meta(description="Every key that still verifies, by number 0 to 7; 32 random bytes each."),
    ] = field(default_factory=lambda: {"1": Secret("file:landed.key")})
    valid_for: Annotated[
        Duration,
        Meta(
            description="How long after its notice an answer is believed; later ones are kept and "
            'shown, and change nothing. "0s": for ever.'
        ),
    ] = Duration(days=365)


class NoticeClass(Section, frozen=True):
    """What every notice of one class carries, unless the notice itself brings that header."""

    name: Annotated[
        str, Meta(description="The notice class; empty: all that have no section of their own.")
    ] = ""
    list_id: Annotated[
        str,
        Meta(
            description='List-Id, "alerts.example.org" or "Alerts <alerts.example.org>"; or none.'
        ),
    ] = ""
    feedback_id: Annotated[
        str,
        Meta(description='Feedback-ID by which large receivers count complaints, "a:b:c:sender".'),
    ] = ""
    cfbl_address: Annotated[
        str,
        Meta(
            description="Where receivers send complaints (RFC 9477; needs dkim): an address, or "
            '"{token}@bounces.example.org", so that each is matched to its notice; empty: nowhere.'
        ),
    ] = ""
    auto_submitted: Annotated[
        Literal["auto-generated", "none"],
        Meta(
            description='"auto-generated" keeps responders quiet (RFC 3834); "none" lets them '
            "answer, which shows that a mailbox is reached."
        ),
    ] = "auto-generated"
    headers: Annotated[dict[str, str], Meta(description="Further headers, by name.")] = field(
        default_factory=dict
    )


class Dkim(Section, frozen=True):
    """A key that signs (RFC 6376) what goes out for authors at its domain and below."""

    domain: Annotated[str, Meta(description="The signing domain, as A-labels.")] = "example.org"
    selector: Annotated[
        str, Meta(description="Its public key stands in DNS at SELECTOR._domainkey.DOMAIN.")
    ] = "landed"
    algorithm: Annotated[
        Literal["rsa-sha256", "ed25519-sha256"],
        Meta(description='"rsa-sha256", which everybody verifies, or "ed25519-sha256" beside it.'),
    ] = "rsa-sha256"
    key: Annotated[
        Secret, Meta(description='The private key in PEM, as "env:NAME" or "file:/path".')
    ] = Secret("file:dkim.pem")

    @property
    def name(self) -> str:
        """What tells two keys apart."""
        return f"{self.selector}._domainkey.{self.domain}"


class Sending(Section, frozen=True):
    """How the outbox is worked off."""

    every: Annotated[Duration, Meta(description="How often to look for mail that is due.")] = (
        Duration(seconds=5)
    )
    workers: Annotated[int, Meta(ge=1, le=64, description="Connections at a time.")] = 2
    retry_first: Annotated[
        Duration, Meta(description="Wait after the first temporary failure; then doubling.")
    ] = Duration(minutes=1)
    retry_longest: Annotated[Duration, Meta(description="Longest wait between tries.")] = Duration(
        hours=2
    )
    lease: Annotated[
        Duration, Meta(description="After this a worker that said nothing counts as dead.")
    ] = Duration(minutes=10)


class Suppression(Section, frozen=True):
    """When failures alone stop notices to an address; each such notice shows as a gap."""

    bounces: Annotated[
        int,
        Meta(
            ge=0,
            description="Notices that came back for good before an address is suppressed; 0: no "
            "number is enough.",
        ),
    ] = 3
    complaints: Annotated[
        int,
        Meta(ge=0, description="Notices complained about before it is suppressed; 0: none count."),
    ] = 1
    within: Annotated[Duration, Meta(description="Only failures of this last while count.")] = (
        Duration(days=30)
    )
    reasons: Annotated[
        tuple[Literal["userunknown", "hostunknown", "hasmoved", "notaccept"], ...],
        Meta(
            description="Failures that count, all of them the address's own fault; those with "
            "status 5.7.x, which blame the sender, never do."
        ),
    ] = ("userunknown", "hostunknown", "hasmoved", "notaccept")

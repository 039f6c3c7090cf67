"""The keys of what is owed and told: policies, sweeps, digests.

Must not read a file or act on a key.
"""

from typing import Annotated, Literal

from msgspec import Meta

from agent.config.kinds import Duration, Section, StageWord

__all__ = [
    "Digest",
    "PolicyRule",
    "Sweep",
]


class PolicyRule(Section, frozen=True):
    """What is expected of some notices.

    The first rule that fits both class and domain counts; where none does, these defaults do.
    """

    name: Annotated[str, Meta(description="Name of the policy in reports.")] = "default"
    classes: Annotated[tuple[str, ...], Meta(description="Notice classes; empty: all.")] = ()
    domains: Annotated[tuple[str, ...], Meta(description="Recipient domains; empty: all.")] = ()
    stage: Annotated[
        StageWord,
        Meta(
            description='How far each notice must be shown to come: "accepted", "relayed", '
            '"delivered", "displayed" or "acted".'
        ),
    ] = "delivered"
    assurance: Annotated[
        Literal["hint", "claim", "proof"],
        Meta(description='How strong that evidence must be: "hint", "claim" or "proof".'),
    ] = "claim"
    within: Annotated[Duration, Meta(description="By when, from the notice's acceptance.")] = (
        Duration(days=2)
    )
    silence_is_good: Annotated[
        bool,
        Meta(description="Presume arrival when nothing bad came back while we were listening."),
    ] = False
    silence_after: Annotated[
        Duration, Meta(description="How long that silence must last after our relay's 250.")
    ] = Duration(days=2)
    delayed_after: Annotated[
        Duration, Meta(description='How long "delayed" may last before it is a gap.')
    ] = Duration(hours=4)
    ambiguous_wait: Annotated[
        Duration,
        Meta(
            description="How long to wait for evidence when a line died before the final reply; "
            "each time twice as long."
        ),
    ] = Duration(hours=1)
    after_ambiguous: Annotated[
        Literal["resend", "hold"],
        Meta(description='Then "resend" (perhaps twice) or "hold" (perhaps never).'),
    ] = "resend"
    give_up_after: Annotated[
        Duration, Meta(description="No new attempt starts later than this after acceptance.")
    ] = Duration(days=2)
    blind_grace: Annotated[
        Duration, Meta(description="How far a channel may lag before it counts as blind.")
    ] = Duration(minutes=15)
    ask: Annotated[
        bool,
        Meta(description="Look into the recipient's own mailbox, where an [[asking]] can."),
    ] = False
    ask_after: Annotated[
        Duration,
        Meta(description="How long after our relay's 250 to look first; later waits double."),
    ] = Duration(minutes=15)
    ask_times: Annotated[
        int, Meta(ge=1, le=50, description="Most looks; one of them is at the deadline.")
    ] = 6


class Sweep(Section, frozen=True):
    """How gaps are looked for and reports kept."""

    every: Annotated[Duration, Meta(description="How often overdue is looked for.")] = Duration(
        seconds=30
    )
    keep_reports: Annotated[
        Duration,
        Meta(description="How long the raw text of reports is kept; the evidence stays for good."),
    ] = Duration(days=90)


class Digest(Section, frozen=True):
    """The mail to the admins with the undelivered items."""

    to: Annotated[tuple[str, ...], Meta(description="Who gets the digest; empty: nobody.")] = ()
    schedule: Annotated[
        str, Meta(description="When, as a cron expression in UTC: minute hour day month weekday.")
    ] = "0 7 * * *"
    when_empty: Annotated[
        Literal["silent", "all-clear"],
        Meta(description='With nothing to tell: "silent", or an "all-clear" mail.'),
    ] = "all-clear"
    subject: Annotated[str, Meta(description="How the subject begins.")] = "Undelivered notices"
    notice_class: Annotated[str, Meta(description="The class under which digests are tracked.")] = (
        "digest"
    )
    most: Annotated[
        int, Meta(ge=1, description="Items listed in one digest; the rest is counted.")
    ] = 500

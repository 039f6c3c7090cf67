"""What is expected of which notices, and what the admins are told: policies, rules, digest.

Owns that translation. Must not know a way in or out.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from agent.configfile import ConfigError
from agent.wiring.ledger import ledger_url

if TYPE_CHECKING:
    from agent.config import Config
    from agent.reconcile.digest import Plan
    from store.words import PolicyBook, SuppressionRule

__all__ = ["check", "digest_plan", "policies", "suppression_rule"]


def policies(config: Config) -> PolicyBook:
    """What is expected of which notices; the first rule that fits counts."""
    from agent.reconcile.policy import Rule, book
    from store.words import AfterAmbiguous, Assurance, Policy, Stage

    rules = [
        Rule(
            name=rule.name,
            classes=rule.classes,
            domains=rule.domains,
            policy=Policy(
                name=rule.name,
                stage=Stage[rule.stage.upper()],
                assurance=Assurance[rule.assurance.upper()],
                within=rule.within,
                silence_is_good=rule.silence_is_good,
                silence_after=rule.silence_after,
                delayed_after=rule.delayed_after,
                ambiguous_wait=rule.ambiguous_wait,
                after_ambiguous=AfterAmbiguous(rule.after_ambiguous),
                give_up_after=rule.give_up_after,
                blind_grace=rule.blind_grace,
                ask=rule.ask,
                ask_after=rule.ask_after,
                ask_times=rule.ask_times,
            ),
        )
        for rule in config.policies
    ]
    return book(rules, askable=[name for one in config.asking for name in one.domains])


def suppression_rule(config: Config) -> SuppressionRule:
    """When evidence alone stops us from writing to an address."""
    from store.words import SuppressionRule

    wanted = config.suppression
    return SuppressionRule(
        bounces=wanted.bounces,
        complaints=wanted.complaints,
        within=wanted.within,
        reasons=frozenset(wanted.reasons),
    )


def check(config: Config) -> None:
    """Raises ConfigError for a schedule that is none, or an admin without an address.

    So it does where answers would not be believed any more in a time in which a policy still
    waits for them, since its silence would then be of our own making.
    """
    from agent.reconcile.period import trigger
    from parsers.addresses import parse_list

    policies(config)
    _check_patience(config)
    try:
        trigger(config.digest.schedule)
    except ValueError as error:
        raise ConfigError(f"digest.schedule: {error}") from None
    for admin in config.digest.to:
        _, refused = parse_list(admin)
        if refused:
            raise ConfigError(f'digest.to: "{refused[0].text}": {refused[0].reason}')


def _check_patience(config: Config) -> None:
    believed = config.tokens.valid_for
    for rule in config.policies:
        quiet = rule.silence_after if rule.silence_is_good else timedelta()
        if believed and (rule.within > believed or rule.give_up_after > believed - quiet):
            raise ConfigError(
                f'tokens.valid_for: policy "{rule.name}" waits longer than {believed} for an '
                "answer (within; or give_up_after and silence_after together): one that comes "
                "in time would not be believed, and silence count. Make valid_for longer"
            )


def digest_plan(config: Config) -> Plan:
    """What digests look like, and how they read the ledger."""
    from agent.reconcile.digest import Plan
    from store.reading import Reader

    wanted = config.digest
    return Plan(
        to=wanted.to,
        sender=config.identity.sender,
        schedule=wanted.schedule,
        when_empty=wanted.when_empty,
        subject=wanted.subject,
        notice_class=wanted.notice_class,
        most=wanted.most,
        sweep_every=config.sweep.every,
        read=lambda: Reader.open(ledger_url(config)),
    )

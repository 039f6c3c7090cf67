"""Which policy a notice falls under: the first rule that fits its class and domain.

Owns the choice only. Must not judge (store.judge does) and must not know how
rules are written in a configuration.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from parsers.addresses import domain_form
from store.words import Policy, PolicyBook

__all__ = ["Rule", "book"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One policy and whom it is for; no classes or no domains means all of them."""

    name: str
    classes: tuple[str, ...]
    domains: tuple[str, ...]
    policy: Policy

    def fits(self, notice_class: str, domain: str) -> bool:
        """Whether the rule is for this class and this recipient domain."""
        return _named(notice_class, self.classes) and _named(domain, self.domains)


def book(rules: Iterable[Rule], *, askable: Collection[str] = ()) -> PolicyBook:
    """The choice among rules, first fit; Policy's own defaults where none fits.

    askable: the domains whose mailboxes can be asked; elsewhere no policy asks.

    Classes and domains are compared without regard to case, and domains also
    between their ASCII and their Unicode form.
    """
    known = tuple(
        Rule(
            rule.name,
            tuple(name.casefold() for name in rule.classes),
            tuple(domain_form(name) for name in rule.domains),
            rule.policy,
        )
        for rule in rules
    )
    otherwise = Policy(name="built-in")

    open_to_us = {domain_form(name) for name in askable}
    quiet = tuple(replace(rule, policy=replace(rule.policy, ask=False)) for rule in known)

    def choose(notice_class: str, domain: str) -> Policy:
        folded = notice_class.casefold(), domain_form(domain)
        rules = known if folded[1] in open_to_us else quiet
        return next((rule.policy for rule in rules if rule.fits(*folded)), otherwise)

    return choose


def _named(name: str, names: tuple[str, ...]) -> bool:
    return not names or name in names

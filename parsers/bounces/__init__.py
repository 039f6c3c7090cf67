"""Bounces that follow no standard: one detector per sender with something odd.

Owns finding the recipients of a non-delivery notice, and the words that belong to
each. Must not judge why it failed (parsers.codes does), nor read the standard
reports (parsers.dsn does).
"""

from parsers.bounces.finding import Attempt, Detector, Finding, Found
from parsers.bounces.registry import attempts, detect

__all__ = ["Attempt", "Detector", "Finding", "Found", "attempts", "detect"]

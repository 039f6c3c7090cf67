"""The matching engine: which phrases of the tables a diagnostic contains, fast.

Owns how texts and phrases are folded to comparable form, and what "*" in a phrase
stands for. Must not know any phrase: rows come from the tables.
"""

import re
import unicodedata
from collections.abc import Sequence
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from parsers.phrases import Phrases
from parsers.report import Reason

__all__ = [
    "GAP",
    "NEAR",
    "Finder",
    "Row",
    "Strength",
    "called",
    "fold",
    "names_aside",
    "spelled",
    "unnamed",
]

GAP = 120  # characters that may stand for "*" in a phrase
NEAR = 40  # the same in a faint one


class Strength(IntEnum):
    """How much a phrase decides; the even numbers between are iana.Weight's."""

    FAINT = 1  # used for anything: counts only where code and other words say nothing
    PLAIN = 3  # means what it says; a precise code is stronger
    DECISIVE = 5  # nothing else is ever meant by it
    CERTAIN = 7  # a whole sentence of one system: goes before other words in the same text


class Row(NamedTuple):
    """One line of a table. " * " in the phrase stands for at most GAP characters, or NEAR."""

    phrase: str
    reason: Reason
    strength: Strength


# Apostrophes, what NFKD splits off (accents, Japanese sound marks, Arabic vowel signs), and
# what has no width.
_NOTHING = re.compile("['’‘`\u0300-\u036f\u3099\u309a\u064b-\u065f\u200b-\u200f]+")
# letters that are no accented ones to Unicode, but to whoever types in a hurry
_LETTERS = {"ł": "l", "ı": "i", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe"}
_PUNCTUATION = re.compile(r"[^\w\s]+|_+")
# The same for pure ASCII, which is nearly everything, several times as fast.
_ASCII = bytes(ord(chr(i).lower()) if chr(i).isalnum() else 32 for i in range(128)) + bytes(128)
_DROPPED = b"'`"
_ADDRESS = "\x01"  # stands for one
# "the mailbox of <a@b.example> is full"
_OF = re.compile(
    r"\b(?:for|of) \x01 (?=(?:is|has|was|does|doesn't|could|couldn't|cannot|not|exceeded|over)\b)"
)


# One spelling and one tense for what is said in several, so that a row of a table holds for all.
_SPELLINGS = (
    ("will not", "wont"),
    ("do not", "dont"),
    ("does not", "doesnt"),
    ("did not", "didnt"),
    ("is not", "isnt / wasnt"),
    ("are not", "arent / werent"),
    ("cannot", "cant / couldnt"),
    ("exceeds", "exceeded / exceed"),
    ("has not", "hasnt"),
    ("have not", "havent"),
    ("is", "was"),
    ("are", "were"),
    ("recognized", "recognised"),
    ("unrecognized", "unrecognised"),
    ("authorized", "authorised"),
    ("unauthorized", "unauthorised"),
    ("organization", "organisation"),
    ("blacklist", "blocklist / denylist"),
    ("blacklists", "blocklists"),
    ("blacklisted", "blocklisted / denylisted"),
)
_SPELLED = {other: one for one, others in _SPELLINGS for other in others.split(" / ")}
_PAIRS = (
    (" has been ", " is "),
    (" have been ", " are "),
    (" had been ", " is "),
    (" can not ", " cannot "),
    (" could not ", " cannot "),
    (" unable to ", " cannot "),
    (" not permitted ", " not allowed "),
    (" e mail ", " email "),
    (" e mails ", " emails "),
    (" mail box ", " mailbox "),
    (" black list ", " blacklist "),
    (" block list ", " blacklist "),
    (" black listed ", " blacklisted "),
    (" block listed ", " blacklisted "),
)
# without one of these there is nothing to spell
_TO_SPELL = frozenset(
    (*_SPELLED, "been", "can", "could", "unable", "permitted", "e", "box", "black", "block")
)


# "access is denied" is said as "access denied", "the check has failed" as "the check failed"
_COPULA = re.compile(
    r" (?:(?:is|are) (?=(?:denied|refused|rejected|prohibited|forbidden|disallowed|required) )"
    r"|has (?=(?:failed|expired|exceeds) ))"
)


def _spell(words: list[str]) -> str:
    """Words in one spelling: no contractions, no "e-mail", one tense.

    "the mail box couldn't be found" becomes "the mailbox cannot be found", and both "has been
    blocked" and "was blocked" become "is blocked".
    """
    if _TO_SPELL.isdisjoint(words):
        text = f" {' '.join(words)} "
    else:
        text = f" {' '.join([_SPELLED.get(word, word) for word in words])} "
        for pair, one in _PAIRS:
            if pair in text:
                text = text.replace(pair, one)
    if " is " in text or " has " in text or " are " in text:
        text = _COPULA.sub(" ", text)
    return text


def spelled(phrase: str) -> list[str]:
    """The parts of a row's phrase as they are looked for, see Row."""
    # ASCII stands in the tables as fold() leaves it, but for the spelling
    return [_spell(part.split()) if part.isascii() else fold(part) for part in phrase.split(" * ")]


def _after_address(word: str) -> str:
    """What is left without an address: Barracuda writes "(a@b.example:blocked)"."""
    rest = word.rpartition(":")[2]
    return _ADDRESS if "@" in rest or not rest else rest


def _marked(text: str) -> str:
    """Text with a mark for each address, the same whichever they are."""
    if "@" not in text:
        return text
    return " ".join([_after_address(word) if "@" in word else word for word in text.split()])


def fold(text: str) -> str:
    """Text in comparable form: lower case, no accents or addresses, words in one spelling.

    A blank stands at both ends, so that a phrase matches whole words only.
    """
    text = _marked(text.lower() if "@" in text else text)
    if "for \x01" in text or "of \x01" in text:
        text = _OF.sub("", text)
    if text.isascii():
        return _spell(text.encode().translate(_ASCII, _DROPPED).decode().split())
    return _folded(text)


@lru_cache(maxsize=256)  # the same refusal comes for many addresses
def _folded(text: str) -> str:
    """The same of what is not ASCII, which takes ten times as long."""
    text = unicodedata.normalize("NFKD", text.lower()).casefold()
    for letter, plain in _LETTERS.items():  # a tenth of the time of str.translate()
        if letter in text:
            text = text.replace(letter, plain)
    text = _PUNCTUATION.sub(" ", _NOTHING.sub("", text))
    return _spell(text.split())


# who is spoken of, by a name of a few words, and the beginning of what became of him
_NAMED = re.compile(
    r" (user|recipient|mailbox|account|addressee|alias|inbox|username|userid|domain|host|hostname)"
    r" (?:\w+ ){1,6}?(?=(?:is|has|not|unknown|does|cannot|full|over|exceeds|disabled|suspended"
    r"|inactive|unavailable|invalid|nonexistent)\b)"
)


def unnamed(folded: str) -> str:
    """Folded text (see fold) without the names of those it speaks of: "user cat not found"."""
    return _NAMED.sub(r" \1 ", folded)


# "192.0.2.1": a version has fewer parts
_IP = r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\.?\w)"
# "mx.example.org": of two parts it may be a file
_NAME = (
    r"(?<![\w./@-])(?:(?:[a-z0-9-]{1,63}\.){2,8}[a-z]{2,24}"
    r"|[a-z0-9-]{1,63}\.(?:com|net|org|edu|gov|info|biz|example|invalid))(?![\w@/.-])"
)
_HOST = re.compile(
    rf"(\b(?:to|with) (?:(?:host|server) )?)?(?:({_NAME})( ?[\[(]{_IP}[\])])?|[\[(]?{_IP}[\])]?)"
    r"(?::\d{1,5}\b)?"
)


_DOTTED = re.compile(r"\.(?<=[\w-]\.)[\w-]")


def called(text: str, address: str) -> str:
    """Folded text (see fold, lower case) with a word for each address that is spoken of.

    That is address for mail addresses ("<a@b.example> is locked"), "ip", "host" and "domain"
    for hosts ("192.0.2.1 refused"), and nothing where one speaks of the way to it
    ("connection to ... lost").
    """
    return _called(_marked(text), address)


@lru_cache(maxsize=256)
def _called(text: str, address: str) -> str:
    plain = text.replace(_ADDRESS, address)
    # no host without a dot between two letters or digits, which is found in no time
    return fold(_HOST.sub(_host, plain) if _DOTTED.search(plain) else plain)


def _host(found: re.Match[str]) -> str:
    if found[1]:
        return " "
    if found[3] or not found[2]:
        return " ip "
    return " host " if found[2].count(".") > 1 else " domain "


# "antispam.example.org[192.0.2.1]": whoever speaks or is spoken to, not a list of such hosts
_SPEAKER = re.compile(
    r"(?<![\w.@/-])[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63}){1,8}"
    r"(?= ?[\[(](?:\d{1,3}\.\d|[a-f0-9]{0,4}:))"
)
# codes of Exchange's have dots as well
_LINK = re.compile(
    rf"(?:https?://|www\.)[^\s<>\"']{{1,400}}|(?!(?:resolver|routing|storedrv)\.){_NAME}"
)


def names_aside(text: str) -> tuple[str, str]:
    """Text (lower case) without the names of hosts that have an address, then without any links.

    A word stands for each.
    """
    heard = _SPEAKER.sub("host", text)
    return heard, _LINK.sub("link", heard)


class Finder:
    """Rows to be found in texts. They come in order of precedence, the strongest first."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = tuple(rows)
        # by the first part of their phrases, in order of precedence: the rows' places, each
        # with what must follow, if anything
        places: dict[str, list[tuple[int, tuple[str, ...], int]]] = {}
        for place, row in enumerate(rows):
            first, *rest = spelled(row.phrase)
            if max(first) >= "\u0e00":  # written without blanks between words
                first = first.strip()
            gap = NEAR if row.strength is Strength.FAINT else GAP
            places.setdefault(first, []).append((place, tuple(rest), gap))
        self._firsts = tuple(places)
        self._places = tuple(places.values())
        self._phrases = Phrases(places)

    def find(self, folded: str) -> list[Row]:
        """Every row whose phrase stands in folded (see fold), in order of precedence."""
        places = [
            place
            for met in self._phrases.found(folded)
            for place, rest, gap in self._places[met]
            if not rest or _follows(self._firsts[met], rest, folded, gap)
        ]
        return [self._rows[place] for place in sorted(places)]

    def first(self, folded: str) -> Row | None:
        """The row that goes before all others whose phrases stand in folded."""
        best = len(self._rows)
        for met in sorted(self._phrases.found(folded)):
            places = self._places[met]
            if places[0][0] > best:  # and so are those of all that follow
                break
            for place, rest, gap in places:
                if place < best and (not rest or _follows(self._firsts[met], rest, folded, gap)):
                    best = place
        return self._rows[best] if best < len(self._rows) else None


def _follows(first: str, rest: tuple[str, ...], folded: str, gap: int) -> bool:
    """Whether the other parts come after some occurrence of the first, each within gap."""
    start = folded.find(first)
    for _ in range(4):  # occurrences of the first part that are tried
        at = start + len(first)
        for part in rest:
            at = folded.find(part, at - 1, at + gap + len(part))
            if at < 0:
                break
            at += len(part)
        else:
            return True
        start = folded.find(first, start + 1)
        if start < 0:
            return False
    return False

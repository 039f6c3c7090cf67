"""Words beside an address that make it somebody else's than a recipient's.

Owns the words by which a line asks to turn to an office, names a sender, a subject's or an
example's address, or an id. Must not know the notice around the line: view.py does.
"""

import re

from parsers.bounces.verdict import is_failure, is_refusal
from parsers.phrases import Signs

__all__ = ["NEAR", "asking", "examples", "is_aside", "names_another", "names_id", "shows_example"]

NEAR = 200  # characters of a line before an address, where a subject may be quoted
_BESIDE = 60  # characters of it that tell whose it is
# lines in which an address is somebody to write to, or a field of the returned message
_ASKING = (
    r"(?:please|and|or|then|,) contact|^\W*contact|[.!?;] contact"
    r"|contact (?:your|our|us|the|support|postmaster)"
    r"|please (?:e-?mail|send|forward|reply|write|direct|call)|reply to|questions|assistance"
    r"|\b(?:or|please|and) (?:e-?)?mail (?:to )?[<\"']?[^\s@]{1,64}@"
    r"|\b(?:write to|ask) [<\"']?[^\s@]{1,64}@"
    r"|by (?:e-)?mail (?:to|at|from) |for (?:further|more) |\bhelp|visit|report (?:this|it|to)\b"
    r"|(?:scanned|checked|protected) by|copy of [^@\n]{1,60}(?:sent|forwarded) to"
    r"|wenden sie sich|\bfragen\b|preguntas|dudas|domande|contacte[zr]?"
    r"|お問い合わせ|連絡"
)
# what a line must hold for that, found in a tenth of the time
_ASKS = Signs(
    (
        "contact",
        "please ",
        "reply to",
        "write to ",
        "ask ",
        "or mail ",
        "or email ",
        "or e-mail ",
        "and mail ",
        "questions",
        "assistance",
        "for further ",
        "by mail ",
        "by e-mail ",
        "for more ",
        "help",
        "visit",
        "report this",
        "report it",
        "report to",
        "scanned by",
        "checked by",
        "protected by",
        "copy of",
        "wenden sie sich",
        "fragen",
        "preguntas",
        "dudas",
        "domande",
        "お問い合わせ",
        "連絡",
        "sent by",
        "originator",
    )
)
_CONTACT = re.compile(_ASKING, re.IGNORECASE)
_ASIDE = re.compile(_ASKING + r"|sent by(?! you\b)|originator", re.IGNORECASE)
_TOLD_TO = re.compile(r"@[^@]{1,200}\b(?:to|for|recipient|user)\b[^@]{0,40}@")
_ASIDE_FIELD = re.compile(
    r"[ \t>|]*(?:absender|exp[ée]diteur|remitente|remetente|mittente|afzender|nadawca|avsändare"
    r"|avsender|afsender|lähettäjä|lahettaja|odes[ií]latel|felad[oó]|gönderen|gonderen|αποστολέας"
    r"|отправитель|відправник|送信者|差出人|发件人|보낸사람"
    r"|(?:return|reverse)[ -]path|from|sender|reply-to|mail from|message-id|id|cc|errors-to"
    r"|x-[\w-]+"
    r"|subject|received|in-reply-to|references|postmaster)\b[ \t.]*:",
    re.IGNORECASE,
)
# a domain's end is no such word: "cat@example.de, dog@example.de"
_FROM_ONE = re.compile(
    r"(?<![\w.@-])(?:from(?: (?:the )?(?:alias|address|user|sender|list|mailing list))?"
    r"|(?:mailing |the )?list|group|(?:return|sender'?s?|your) address(?: is| was)?"
    r"|by|von|de|sender\"?)"
    r"[ \t]*[:=]?[ \t]*[<'\"]?$|\borcpt=rfc822;$",
)
# but "the mailbox of": such a word tells whose it is
_MAILBOX_OF = re.compile(
    r"\b(?:bo[iî]te(?: aux lettres)?|compte|postfach|konto|casella|buz[oó]n|cuenta|caixa|conta"
    r"|mailbox|account|postbus|utilisateur|usuario|utente|usuário)"
    r" (?:de|du|von|van|di|do)[ \t]*[<'\"]?$"
)
# of a message or a queue, which may look like an address; not of a user
_ID = re.compile(
    r"\b(?<!user[ _-])(?<!mail[ _-])(?<!login[ _-])(?<!member[ _-])(?<!account[ _-])"
    r"(?<!customer[ _-])id[ \t.:=<]*$"
)
# within the subject of the returned mail
_IN_SUBJECT = re.compile(
    r"\bsubject\b[^\"'@]{0,20}[\"'][^\"'@]{0,120}$"
    r"|\b(?:message|mail|titled)\b[^\"'@]{0,20}[\"'][^\"'@]{0,120}[ \t]$",
)
# an office beside the recipient: "Postmaster: cat@example.org"
_OFFICE = re.compile(
    r"\b(?:postmaster|admin(?:istrator)?|contact|operator|support|help ?desk|owner)"
    r"[ \t]*(?:is|at)?[ \t]*[:=(]?[ \t]*[<'\"]?$",
)
_ELSEWHERE = re.compile(
    r"\b(?:such as|e\.g\.|for example|for instance|z\.b\.|par exemple|por ejemplo)[ \t:,]*[<'\"]?$|"
    r"\b(?:new|forwarding|correct|current) (?:e-?mail )?address(?: is)?[ \t:]*[<'\"]?$"
    r"|\b(?:moved to|instead|try|use|now at|copy to)[ \t:]+[<'\"]?$"
)
# a person's, in the mail that came back, and the letters by which it is found faster
_OWN = re.compile(
    r"\bmy (?:last |first |own )?(?:e-?mail|mail|message|letter|post)s? (?:to|for) [<'\"]?$"
    r"|\bi (?:wrote|write|mailed|sent mail|sent it) (?:to )?[<'\"]?$",
)
_OWNS = ("my ", "i w", "i m", "i s")
# an address that stands for any
_EXAMPLE = re.compile(
    r"\b(?:such as|address(?:es)? like|e\.g\.|for example|for instance|z\.b\.|zum beispiel"
    r"|par exemple|por ejemplo|per esempio|ad esempio|bijvoorbeeld)"
    r"[ \t:,(\"'<]{0,4}([^\s@<>\"'()]{1,64}@[\w.-]{1,255})",
    re.IGNORECASE,
)
# of which one stands before it
_SHOWING = Signs(
    (
        *("such as", " like ", "e.g.", "for example", "for instance", "z.b.", "zum beispiel"),
        *("par exemple", "por ejemplo", " esempio", "bijvoorbeeld"),
    )
)
# whose words are a name's: "contact@example.org" asks nobody to write there
_MAILBOX = re.compile(r"[\w.+-]+@[\w.-]+")


def is_aside(line: str) -> bool:
    """Whether a line names somebody to write to, or is a field of the returned message.

    Not where it first names somebody else, of whom it may tell why.
    """
    if _ASIDE_FIELD.match(line) is not None:
        return True
    asked = _asked(line, _ASIDE)
    if asked is None or "@" in line[: asked.start()]:
        return False
    # "the mail that was sent by dog@example.org could not be delivered to cat@example.org"
    told = line[asked.end() :]
    return asked[0][-7:].lower() != "sent by" or not (
        _TOLD_TO.search(told) is not None and is_failure(line.lower())
    )


def asking(line: str) -> re.Match[str] | None:
    """Where a line asks to turn to somebody, if it does."""
    return _asked(line, _CONTACT)


def _asked(line: str, words: re.Pattern[str]) -> re.Match[str] | None:
    """Where a line asks to turn to somebody; not where it only refuses somebody before."""
    if not _ASKS.any(line.lower()):
        return None
    if (asked := words.search(_MAILBOX.sub(_masked, line) if "@" in line else line)) is None:
        return None
    before, after = line[: asked.start()], line[asked.start() :]
    return None if "@" in before and "@" not in after and is_refusal(before) else asked


def _masked(mailbox: re.Match[str]) -> str:
    """An address of the same length that has no words in it."""
    local, _, domain = mailbox[0].partition("@")
    return f"{'x' * len(local)}@{'x' * len(domain)}"


def names_another(before: str) -> bool:
    """Whether the words before an address make it a sender, a new address or a subject's."""
    near = before[-_BESIDE:].lower()  # all are looked for at its end only
    return (
        (_FROM_ONE.search(near) is not None and _MAILBOX_OF.search(near) is None)
        or _ELSEWHERE.search(near) is not None
        or (any(letters in near for letters in _OWNS) and _OWN.search(near) is not None)
        or _OFFICE.search(near) is not None
        or _ID.search(near) is not None
        or _is_in_subject(before[-NEAR:])
    )


def _is_in_subject(before: str) -> bool:
    return ('"' in before or "'" in before) and _IN_SUBJECT.search(before.lower()) is not None


def names_id(before: str) -> bool:
    """Whether the words before what looks like an address make it a Message-ID or the like."""
    return _ID.search(before[-_BESIDE:].lower()) is not None


def shows_example(low: str) -> bool:
    """Whether a text, given in lower case, may hold an example of an address: a quick look."""
    return _SHOWING.any(low)


def examples(text: str) -> set[str]:
    """The addresses that only show how one looks, in lower case."""
    return {shown[1].lower().rstrip(".") for shown in _EXAMPLE.finditer(text)}

"""Which SMTP command a text says was answered, in each mail system's own way.

Owns find_command() and its table. Must not judge what the command means.
"""

import re
from itertools import compress, repeat
from operator import contains

from parsers.codes.find import MAX_TEXT

__all__ = ["find_command"]

# Groups: a word that every entry of the group contains, then what is searched and what it
# tells. The first that is found decides. All lower case.
_GROUPS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        "in reply to ",  # Postfix, in parentheses at the end
        (
            ("in reply to end of data", "DATA"),
            ("in reply to data", "DATA"),
            ("in reply to rcpt", "RCPT"),
            ("in reply to mail", "MAIL"),
            ("in reply to ehlo", "EHLO"),
            ("in reply to helo", "HELO"),
            ("in reply to starttls", "STARTTLS"),
            ("in reply to auth", "AUTH"),
            ("in reply to initial", "CONN"),
        ),
    ),
    (
        "after ",  # Exim: "SMTP error from remote mail server after RCPT TO:<...>:"; GMX
        (
            ("after end of data", "DATA"),
            ("after pipelined end of data", "DATA"),
            ("after sending data block", "DATA"),
            ("after data", "DATA"),
            ("after pipelined data", "DATA"),
            ("after rcpt", "RCPT"),
            ("after pipelined rcpt", "RCPT"),
            ("after mail from", "MAIL"),
            ("after pipelined mail", "MAIL"),
            ("after ehlo", "EHLO"),
            ("after helo", "HELO"),
            ("after starttls", "STARTTLS"),
            ("after auth", "AUTH"),
            ("after initial connection", "CONN"),
            ("after i sent the message", "DATA"),  # qmail and clones
        ),
    ),
    (
        "like ",  # qmail, DragonFly
        (
            ("does not like recipient", "RCPT"),
            ("does not like sender", "MAIL"),
            ("did not like our final data", "DATA"),
            ("did not like our data", "DATA"),
            ("did not like our rcpt", "RCPT"),
            ("did not like our mail", "MAIL"),
            ("did not like our ehlo", "EHLO"),
            ("did not like our helo", "HELO"),
            ("did not like our", "CONN"),
        ),
    ),
    (
        "but ",  # qmail: "Connected to 192.0.2.1 but sender was rejected."
        (
            ("but sender was rejected", "MAIL"),
            ("but my name was rejected", "HELO"),
            ("but greeting failed", "CONN"),
        ),
    ),
    ("refused to talk to me", (("refused to talk to me", "CONN"),)),  # Postfix
    (
        " command",
        (
            ("failed on data command", "DATA"),
            ("text command", "DATA"),  # 1&1
            ("rcpt command", "RCPT"),
            ("rcpt to command", "RCPT"),
            ("mail command", "MAIL"),
            ("mail from command", "MAIL"),
            ("data command", "DATA"),
        ),
    ),
    (
        "_",  # Yahoo, at the end
        (("[rcpt_to]", "RCPT"), ("[mail_from]", "MAIL")),
    ),
    ("sent: ", (("sent: rcpt", "RCPT"), ("sent: mail", "MAIL"), ("sent: data", "DATA"))),
    ("smtp:", (("smtp:rcpt", "RCPT"), ("smtp:mail", "MAIL"), ("smtp:data", "DATA"))),
    ("accept your message (data)", (("accept your message (data)", "DATA"),)),
    (
        "(state ",  # Gmail before 2016 told the number of its own state
        (
            ("(state 13)", "MAIL"),
            ("(state 14)", "RCPT"),
            ("(state 15)", "DATA"),
            ("(state 16)", "DATA"),
            ("(state 17)", "DATA"),
            ("(state 18)", "DATA"),
        ),
    ),
)
_GATES = tuple(gate for gate, _ in _GROUPS)
_ENTRIES = tuple(entries for _, entries in _GROUPS)
# Transcripts: sendmail ">>> RCPT", MDaemon "--> RCPT", Postfix's postmaster notice "In:  RCPT".
_ARROWS = (">>>", "-->", "in: ")
_TRANSCRIPT = re.compile(r"(?:>>>|-->|\bin:) {0,2}(rcpt|mail|data|ehlo|helo|starttls|auth)\b")


def find_command(text: str) -> str:
    """The SMTP command that was answered: CONN, EHLO, HELO, STARTTLS, AUTH, MAIL, RCPT, DATA or "".

    CONN stands for the greeting. Of a transcript (">>> RCPT To:<...>") the last command counts.
    """
    lowered = text[:MAX_TEXT].lower()
    # loops in C: most texts have none of these
    if any(map(contains, repeat(lowered), _ARROWS)) and (said := _TRANSCRIPT.findall(lowered)):
        return str(said[-1]).upper()
    for entries in compress(_ENTRIES, map(contains, repeat(lowered), _GATES)):
        for words, command in entries:
            if words in lowered:
                return command
    return ""

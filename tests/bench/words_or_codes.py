"""What a diagnostic comes to by its words alone, and by its codes alone.

Run as a program: a directory of *.eml, as argument or in LANDED_CORPUS. Each diagnostic that
read() finds is judged as it is, then without reply code and enhanced status, then with nothing
but them. What words alone tell is what the tables of phrases are worth to a server that sends
no codes. Holds no corpus data, and is no test: some servers say nothing but a code.
"""

import os
import re
import sys
from collections import Counter
from pathlib import Path

from parsers.codes import weigh
from parsers.read import read
from parsers.report import Action, Kind, RecipientReport

__all__ = ["main"]

_CODES = re.compile(r"#?(?<![\w.])(?:[245]\.\d\.\d{1,3}|[245]\d\d)(?![\w.]\d|\w)[ :-]?")


def _judged(one: RecipientReport, text: str, status: str = "", code: str = "") -> tuple[str, str]:
    verdict = weigh(
        text,
        status=status,
        reply_code=code,
        action=one.action,
        command=one.command,
        remote_mta=one.remote_mta,
        reporting_mta=one.reporting_mta,
    )
    return verdict.reason, verdict.severity


def main(arguments: list[str]) -> int:
    """Print how many verdicts stay; 2 where there is nothing to read."""
    place = Path(arguments[0] if arguments else os.environ.get("LANDED_CORPUS", ""))
    mails = sorted(place.glob("*.eml"))
    if not mails:
        print("give a directory of *.eml, as argument or in LANDED_CORPUS")
        return 2
    counts: Counter[str] = Counter()
    for mail in mails:
        report = read(mail.read_bytes())
        if report.kind not in (Kind.DSN, Kind.BOUNCE):
            continue
        for one in report.recipients:
            if not one.diagnostic or one.action is not Action.FAILED:
                continue
            whole = _judged(one, one.diagnostic, one.status, one.reply_code)
            words = _CODES.sub("", one.diagnostic)
            by_words = _judged(one, words)
            by_code = _judged(one, "", one.status, one.reply_code)
            counts["all"] += 1
            counts["words, reason"] += by_words[0] == whole[0]
            counts["words, hard/soft"] += by_words[1] == whole[1]
            if one.status or one.reply_code:
                counts["with a code"] += 1
                counts["code, reason"] += by_code[0] == whole[0]
                counts["code, hard/soft"] += by_code[1] == whole[1]
            if "-v" in arguments and by_words != whole:
                print(f"{mail.name}: {'/'.join(whole)} by words {'/'.join(by_words)} | {words}")
    for what, of in (
        ("words, reason", "all"),
        ("words, hard/soft", "all"),
        ("code, reason", "with a code"),
        ("code, hard/soft", "with a code"),
    ):
        share = 100 * counts[what] / max(counts[of], 1)
        print(f"{what:18} {counts[what]:4} of {counts[of]:4}, {share:5.1f} %")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

"""Rendering: stable columns, and text of strangers that stays text."""

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.exits import Exit
from agent.reconcile.advice import ADVICE, urgency
from agent.reconcile.plain import moment, plain, span
from agent.reconcile.reports import (
    COLUMNS,
    Report,
    aligned_text,
    cell,
    csv_text,
    json_text,
    jsonable,
)
from agent.reconcile.story import tell
from agent.reconcile.tables import write_table
from store.stories import AttemptRow, DeliveryRow, EvidenceRow, GapRow, GapSpan, Trace
from store.words import Assurance, GapKind, Policy, Stage, State, Verdict

DOCS = Path(__file__).parents[2] / "docs" / "reports.md"
OWED = datetime(2026, 10, 2, 7, 0, tzinfo=UTC)
DUE = OWED + timedelta(days=2)
HOSTILE = "550 \x1b[2J[bold red]no\x07 such\r\nuser\u202e=cmd \u2028\U000e0041"

GAP = GapRow(
    delivery_id=7,
    tracking_id="aaaaaaaaaaaaa",
    notice="inv-1",
    recipient="anna@example.org",
    number=17,
    notice_class="invoice",
    kind=GapKind.FAILED,
    why=HOSTILE,
    stage=Stage.ACCEPTED,
    owed_at=OWED,
    deadline=DUE,
    opened_at=OWED + timedelta(hours=1),
)
ROW = DeliveryRow(
    delivery_id=7,
    tracking_id="aaaaaaaaaaaaa",
    notice="inv-1",
    notice_class="invoice",
    subject="Invoice [1]",
    recipient="anna@example.org",
    number=17,
    verdict=Verdict.GAP,
    gap=GapKind.FAILED,
    stage=Stage.ACCEPTED,
    assurance=Assurance.PROOF,
    why="the mailbox does not exist",
    owed_at=OWED,
    deadline=DUE,
    attempts=1,
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("a\x1b[31mb", "a\\x1b[31mb"),
        ("two\r\nlines\ttab", "two\\x0d\\x0alines\\x09tab"),
        ("\x9b1m\x7f", "\\x9b1m\\x7f"),
        ("gro\u202eexample.evil", "gro\\u202eexample.evil"),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        ("half\ud800", "half\\ud800"),
        ("tag\U000e0041", "tag\\U000e0041"),
        ("Grüße 日本 👩\u200d💻 [b]", "Grüße 日本 👩\u200d💻 [b]"),
    ],
)
def test_control_characters_are_written_out_and_letters_are_not(given: str, shown: str) -> None:
    assert plain(given) == shown


@pytest.mark.parametrize(
    ("length", "shown"),
    [
        (timedelta(0), "0s"),
        (timedelta(seconds=61), "1m 1s"),
        (timedelta(days=2, hours=4, minutes=9), "2d 4h"),
        (timedelta(days=1, seconds=5), "1d 5s"),
        (timedelta(minutes=-90), "-1h 30m"),
        (timedelta(milliseconds=-5), "0s"),
    ],
)
def test_a_span_has_its_two_largest_units(length: timedelta, shown: str) -> None:
    assert span(length) == shown


def test_moments_are_utc_to_the_second() -> None:
    assert moment(OWED) == "2026-10-02 07:00:00Z"
    assert moment(None, none="never") == "never"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        (OWED, "2026-10-02 07:00:00Z"),
        (timedelta(hours=4), "4h"),
        (True, "yes"),
        (False, "no"),
        (Stage.DELIVERED, "delivered"),
        (GapKind.BLIND, "blind"),
        (17, "17"),
        ("\x07", "\\x07"),
    ],
)
def test_a_cell_is_what_people_read(value: object, shown: str) -> None:
    assert cell(value) == shown


def test_json_is_exact_and_holds_no_control_character() -> None:
    text = json_text(Report("gaps", [GAP]).objects())
    assert text.isascii()
    assert not any(letter < " " and letter != "\n" for letter in text)
    (row,) = json.loads(text)
    assert tuple(row) == COLUMNS["gaps"]
    assert row["why"] == HOSTILE
    assert row["stage"] == "accepted"
    assert row["kind"] == "failed"
    assert row["deadline"] == "2026-10-04T07:00:00Z"


def test_jsonable_knows_every_type_of_a_trace() -> None:
    assert jsonable(
        {"a": (timedelta(hours=1), b"\xff"), 2: frozenset([Assurance.CLAIM]), "row": ROW}
    ) == {
        "a": [3600.0, "\ufffd"],
        "2": ["claim"],
        "row": jsonable(ROW),
    }
    assert jsonable(ROW)["assurance"] == "proof"


def test_csv_is_one_line_a_row_and_runs_no_formula() -> None:
    wide = replace(GAP, notice="\uff1dHYPERLINK(1)")
    rows = [replace(GAP, notice="=HYPERLINK(1)", recipient="+a@example.org"), GAP, wide]
    text = csv_text(Report("gaps", rows))
    read = list(csv.DictReader(io.StringIO(text)))
    assert len(read) == 3
    assert text.count("\n") == 4
    assert tuple(read[0]) == COLUMNS["gaps"]
    assert read[0]["notice"] == "'=HYPERLINK(1)"
    assert read[0]["recipient"] == "'+a@example.org"
    assert read[0]["number"] == "17"
    assert read[0]["owed_at"] == "2026-10-02T07:00:00Z"
    assert "\\x1b[2J" in read[1]["why"]
    assert read[1]["notice"] == "inv-1"
    assert read[2]["notice"].startswith("'")


def test_a_table_for_a_program_wraps_nothing_and_interprets_nothing() -> None:
    text = aligned_text(Report("gaps", [replace(GAP, why=HOSTILE + "x" * 500)]))
    head, rule, row = text.splitlines()
    assert head.split() == ["tracking", "id", "kind", "recipient", "notice", "deadline", "why"]
    assert set(rule) == {"-", " "}
    assert [head.index("kind"), rule.index("  -") + 2] == [row.index("failed")] * 2
    assert "550 \\x1b[2J[bold red]no\\x07 such\\x0d\\x0auser\\u202e=cmd" in row
    assert row.endswith("x" * 500)
    assert "\x1b" not in text
    assert aligned_text(Report("suppressions", [])).splitlines()[1].split() == [
        "-------",
        "------",
        "--------",
        "--------",
    ]


def test_a_table_at_a_terminal_folds_and_lets_nothing_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERM", "xterm")
    out = Terminal()
    write_table(Report("gaps", [GAP]), out)
    assert "\x1b[2J" not in out.getvalue()
    assert "\x07" not in out.getvalue()
    assert "\\x1b[2J" in out.getvalue()
    assert "[bold" in out.getvalue()
    assert len(out.getvalue().splitlines()) == 3  # no room: the reason stands below


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
def test_a_tracking_id_can_be_pasted_from_any_terminal(
    monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TERM", "xterm")
    out = Terminal()
    write_table(Report("gaps", [GAP, GAP]), out)
    shown = re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue())
    lines = shown.splitlines()
    assert sum(GAP.tracking_id in line for line in lines) == 2
    assert "tracking id" in lines[0]
    assert any("550 \\x1b[2J[bold" in line for line in lines)  # a sentence, not a tower of words
    assert "\x1b[2J" not in out.getvalue()


def test_rows_may_be_mappings() -> None:
    rows = [{"measure": "total", "notice_class": "", "name": "notices", "count": 3}]
    assert Report("stats", rows).objects() == rows
    assert Report("stats", rows).shown == COLUMNS["stats"]


def sections() -> Iterator[tuple[str, str]]:
    name, lines = "", list[str]()
    for line in DOCS.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            yield name, "\n".join(lines)
            name, lines = line.removeprefix("## ").strip("`"), []
        else:
            lines.append(line)
    yield name, "\n".join(lines)


@pytest.mark.parametrize("name", COLUMNS)
def test_the_documentation_names_every_column_in_order(name: str) -> None:
    text = dict(sections())[f"Columns: {name}"]
    listed = [line.split("`")[1] for line in text.splitlines() if line.startswith("| `")]
    assert tuple(listed) == COLUMNS[name]


def test_every_kind_of_gap_has_its_advice_in_the_documentation() -> None:
    assert set(ADVICE) == set(GapKind)
    assert sorted(GapKind, key=urgency) == list(ADVICE)
    text = dict(sections())["Kinds of gaps"]
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert rows == [
        f"| `{kind}` | {advice.meaning} | {advice.action.replace(chr(34), '`')} |"
        for kind, advice in ADVICE.items()
    ]


def attempt(**changes: object) -> AttemptRow:
    row = AttemptRow(
        number=1,
        worker="host/sender-1",
        route="relay",
        envelope_from="bmark@bounces.example.org",
        envelope_id="bmark",
        started_at=OWED + timedelta(seconds=1),
        finished_at=OWED + timedelta(seconds=3),
        reaped_at=None,
        outcome="accepted",
        phase="final",
        reply_code="250",
        status="2.0.0",
        reply_text="2.0.0 Ok: queued as 4ABC",
        remote_queue_id="4ABC",
        dsn_offered=True,
    )
    return replace(row, **changes)  # type: ignore[arg-type]  # named by the tests below


def fact(**changes: object) -> EvidenceRow:
    row = EvidenceRow(
        kind="failed",
        at=OWED + timedelta(minutes=5),
        recorded_at=OWED + timedelta(minutes=6),
        assurance=Assurance.PROOF,
        attempt=1,
        clue="return path",
        recipient="anna@example.org",
        status="5.1.1",
        reply_code="550",
        reason="userunknown",
        severity="hard",
        diagnostic="550 5.1.1 \x1b[31mno such user",
        reporting_mta="mx.example.org",
        remote_mta="",
        detail="",
        report_id=3,
        report_kind="dsn",
        report_sender="MAILER-DAEMON@mx.example.org",
        report_subject="Undelivered Mail",
        report_channel="bounces/INBOX",
        report_uid=12,
    )
    return replace(row, **changes)  # type: ignore[arg-type]  # named by the tests below


NO_REPORT = {
    "report_id": None,
    "report_kind": "",
    "report_sender": "",
    "report_subject": "",
    "report_channel": "",
    "report_uid": None,
    "clue": "",
    "status": "",
    "reply_code": "",
    "reason": "",
    "severity": "",
    "diagnostic": "",
    "reporting_mta": "",
}


def trace(**changes: object) -> Trace:
    row = Trace(
        delivery=ROW,
        sender="Notices <notices@example.org>",
        name="Anna",
        as_given="Anna@Example.org",
        previous_number=16,
        previous_at=OWED - timedelta(days=7),
        message_id="mmark@example.org",
        next_attempt_at=None,
        claimed_by="",
        state=State(
            verdict=Verdict.GAP,
            stage=Stage.ACCEPTED,
            assurance=Assurance.PROOF,
            gap=GapKind.FAILED,
            why="a final failure came back: 5.1.1",
            deadline=DUE,
            next_look_at=None,
        ),
        judged_at=OWED + timedelta(minutes=6),
        attempts=(attempt(),),
        evidence=(
            fact(**{**NO_REPORT, "kind": "owed", "at": OWED, "attempt": None}),
            fact(**{**NO_REPORT, "kind": "accepted", "at": OWED + timedelta(seconds=3)}),
            fact(),
        ),
        gaps=(
            GapSpan(
                GapKind.FAILED, "a final failure came back", OWED + timedelta(minutes=6), None, ""
            ),
        ),
    )
    return replace(row, **changes)  # type: ignore[arg-type]  # named by the tests below


def test_an_answer_of_the_same_second_comes_after_its_attempt() -> None:
    started = OWED + timedelta(seconds=5, milliseconds=700)
    told = trace(
        attempts=(attempt(started_at=started),), evidence=(fact(at=started.replace(microsecond=0)),)
    )
    kinds = [
        line[23:32]
        for line in tell(told, Policy(name="default")).splitlines()
        if line.startswith("2026-")
    ]
    assert kinds == ["attempt 1", "failed   ", "gap opene"]


def test_a_story_tells_everything_in_the_order_of_time() -> None:
    assert tell(trace(), Policy(name="default")) == (
        """\
aaaaaaaaaaaaa  gap: failed
  why        a final failure came back: 5.1.1
  notice     inv-1 "Invoice [1]", class invoice, from Notices <notices@example.org>
  recipient  anna@example.org (Anna), given as Anna@Example.org
  number     17 for this recipient; the one before was 16 of 2026-09-25
  expected   delivered by claim within 2d, that is by 2026-10-04 07:00:00Z (policy default)
  shown      accepted, by proof
  message-id <mmark@example.org>
  judged     2026-10-02 07:06:00Z

2026-10-02 07:00:00Z   owed        proof
2026-10-02 07:00:01Z   attempt 1   via relay: accepted at final, 2.0.0, after 2s
                                   reply "250 2.0.0 Ok: queued as 4ABC"
                                   return path bmark@bounces.example.org, DSN asked for, queued as 4ABC
2026-10-02 07:05:00Z   failed      proof, 5.1.1, userunknown, hard, attempt 1
                                   diagnostic "550 5.1.1 \\x1b[31mno such user"
                                   reported by mx.example.org
                                   report dsn in bounces/INBOX UID 12 from MAILER-DAEMON@mx.example.org "Undelivered Mail"
                                   matched by return path
2026-10-02 07:06:00Z   gap opened  failed: a final failure came back
"""  # noqa: E501 - the story is not wrapped: a terminal does that
    )


@pytest.mark.parametrize("width", [20, 40, 80, 100])
def test_a_story_is_wrapped_for_a_terminal_and_no_word_is_broken(width: int) -> None:
    whole = tell(trace(), Policy(name="default"))
    lines = tell(trace(), Policy(name="default"), width=width).splitlines()
    assert " ".join(" ".join(lines).split()) == " ".join(whole.split())
    assert all(len(line) <= width or " " not in line.strip() for line in lines)


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"previous_number": None, "previous_at": None}, "17 for this recipient, the first"),
        ({"as_given": "anna@example.org", "name": ""}, "recipient  anna@example.org\n"),
        (
            {"next_attempt_at": DUE, "claimed_by": "w\x1b"},
            "next try   2026-10-04 07:00:00Z, held by w\\x1b",
        ),
        (
            {"attempts": (attempt(outcome="", finished_at=None, reply_code="", reply_text=""),)},
            "attempt 1   via relay: not finished yet (host/sender-1)",
        ),
        (
            {"attempts": (attempt(outcome="", finished_at=None, reaped_at=DUE),)},
            "attempt 1   via relay: its worker is gone: ambiguous (host/sender-1)",
        ),
        (
            {"attempts": (attempt(outcome="unreached", phase="", status="", dsn_offered=False),)},
            "attempt 1   via relay: unreached, after 2s",
        ),
        (
            {"attempts": (attempt(dsn_offered=False, envelope_id="other"),)},
            "ENVID other, the relay offers no DSN",
        ),
        (
            {"evidence": (fact(remote_mta="far.example"),)},
            "mx.example.org, remote host far.example",
        ),
        ({"evidence": (fact(detail="550 no"),)}, "\n                                   550 no\n"),
        (
            {
                "gaps": (
                    GapSpan(GapKind.SILENT, "nothing", DUE, DUE + timedelta(days=1), "delivered"),
                )
            },
            "2026-10-05 07:00:00Z   gap closed  silent: delivered",
        ),
        (
            {"state": replace(trace().state, next_look_at=DUE, gap=None, verdict=Verdict.WAITING)},
            "next look  2026-10-04 07:00:00Z",
        ),
    ],
)
def test_a_story_tells_what_is_there(changes: dict[str, object], line: str) -> None:
    assert line in tell(trace(**changes), Policy(name="default"))


def test_a_story_tells_when_silence_counts() -> None:
    policy = Policy(name="quiet", silence_is_good=True, silence_after=timedelta(hours=6))
    assert "(policy quiet; silence counts 6h after acceptance)" in tell(trace(), policy)


def test_an_acceptance_without_its_attempt_is_still_told() -> None:
    told = tell(trace(attempts=()), Policy(name="default"))
    assert "accepted    proof, attempt 1" in told


def test_the_documentation_names_every_exit_code() -> None:
    text = (DOCS.parent / "exit-codes.md").read_text(encoding="utf-8")
    text, _, _ = text.partition("## landed sendmail")  # which speaks sysexits
    rows = [
        line.split("|")[1:3] for line in text.splitlines() if line[:2] == "| " and line[2].isdigit()
    ]
    assert [(int(code), name.strip(" `")) for code, name in rows] == [
        (code.value, code.name) for code in Exit
    ]

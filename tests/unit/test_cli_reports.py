"""The reporting commands, on a ledger in which one notice met every fate."""

import csv
import io
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from agent.cli import close, digest, gaps, notice, output, recipient, stats, status, suppress, trace
from agent.cli.context import use_config
from agent.exits import Exit
from agent.outbound.intake import accept_parts
from agent.reconcile.reports import COLUMNS, Report
from parsers.token import Keyring, Purpose, sign
from store import canaries, channels, components, evidence, listing, slots
from store.database import Ledger
from store.errors import LedgerUnavailable
from store.evidence import NewFact, NewReport
from store.ids import tracking_id
from store.room import Room
from store.words import FactKind, GapKind, SuppressionRule
from tests.plugins.storybook import KEY, OWED, SWEPT, Storybook, policies, tell_story, write_config

KEYS = Keyring({1: KEY}, 1)
NOW = SWEPT + timedelta(hours=1)
ROOT = Path(__file__).parents[2]

app = typer.Typer()
for name, command in (
    ("gaps", gaps.gaps),
    ("trace", trace.trace),
    ("notice", notice.notice),
    ("recipient", recipient.recipient),
    ("stats", stats.stats),
    ("status", status.status),
    ("digest", digest.digest),
    ("close", close.close),
):
    app.command(name)(command)
app.add_typer(suppress.app, name="suppress")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Storybook:
    return tell_story(
        tmp_path_factory.mktemp("told"), '[digest]\nto = ["ops@example.org", "no one"]\n'
    )


@pytest.fixture
def story(told: Storybook, tmp_path: Path) -> Storybook:
    """A copy of the story, for tests that change it."""
    folder = tmp_path / "story"
    shutil.copytree(told.config.parent, folder)
    return Storybook(folder / "landed.toml", folder / "landed.db", told.ids)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("agent.cli.output.clock", lambda: NOW)
    yield
    use_config(None)


def run(story: Storybook, *words: str) -> Result:
    use_config(story.config)
    return CliRunner().invoke(app, words)


def answer(story: Storybook, *words: str) -> str:
    result = run(story, *words)
    assert result.exit_code == Exit.OK, result.output
    return result.stdout


def named(story: Storybook, text: str) -> str:
    """Text with the tracking IDs, which differ from run to run, replaced by the people's names."""
    for person, number in story.ids.items():
        text = text.replace(tracking_id(number), f"<{person:<11}>").replace(str(number), "NUMBER")
    return text


def rows(story: Storybook, *words: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(answer(story, *words, "--format", "json"))
    return found


def test_gaps_are_told_as_a_table(told: Storybook) -> None:
    result = run(told, "gaps")
    assert result.stderr == ""
    lines = named(told, result.stdout).splitlines()
    assert [line.split()[:4] for line in lines[2:]] == [
        [f"<{person}", ">", kind, f"{person}@example.org"]
        for person, kind in (
            ("ben", "failed"),
            ("carla", "silent"),
            ("dora", "delayed"),
            ("emil", "unsent"),
            ("fay", "suppressed"),
            ("gus", "rejected"),
            ("hana", "unconfirmed"),
            ("ida", "ambiguous"),
            ("joe", "contested"),
        )
    ]
    assert "�[31mno �such user" in result.stdout
    assert "\x1b" not in result.stdout
    assert "[red]not wanted" in result.stdout


def test_gaps_as_json_and_csv_have_every_column(told: Storybook) -> None:
    found = rows(told, "gaps")
    assert len(found) == 9
    assert all(tuple(row) == COLUMNS["gaps"] for row in found)
    written = list(csv.DictReader(io.StringIO(answer(told, "gaps", "--format", "csv"))))
    assert [row["tracking_id"] for row in written] == [row["tracking_id"] for row in found]
    assert tuple(written[0]) == COLUMNS["gaps"]


@pytest.mark.parametrize(
    ("words", "people"),
    [
        (["--kind", "failed"], ["ben"]),
        (["--kind", "silent", "--kind", "failed", "--kind", "silent"], ["ben", "carla"]),
        (["--kind", "blind"], []),
        (["--class", "invoice", "--limit", "2"], ["ben", "carla"]),
        (["--class", "alert"], []),
        (["--domain", "Example.ORG", "--kind", "delayed"], ["dora"]),
        (["--domain", "example.com"], []),
        (["--since", "2h", "--kind", "silent"], ["carla"]),
        (["--since", "30m", "--kind", "silent"], []),
        (["--since", "2025-10-05", "--kind", "silent"], ["carla"]),
        (["--since", "2025-10-05T09:00:00+02:00", "--kind", "silent"], ["carla"]),
        (["--since", "2025-10-05T07:00:01Z", "--kind", "silent"], []),
        (["--limit", "0", "--kind", "unsent"], ["emil"]),
    ],
)
def test_gaps_are_narrowed(told: Storybook, words: list[str], people: list[str]) -> None:
    found = rows(told, "gaps", *words)
    assert [str(row["recipient"]).partition("@")[0] for row in found] == people


@pytest.mark.parametrize("since", ["soon", "9999999999d", "9999-12-31T23:59:59-12:00"])
def test_what_is_no_moment_is_told(told: Storybook, since: str) -> None:
    result = run(told, "gaps", "--since", since)
    assert result.exit_code == Exit.USAGE
    assert "--since" in result.stderr


def test_a_long_table_of_gaps_says_that_there_are_more(told: Storybook) -> None:
    text = answer(told, "gaps", "--limit", "3")
    assert "There are more than 3" in text
    assert len(text.splitlines()) == 2 + 3 + 2
    assert "more than" not in answer(told, "gaps", "--limit", "9")
    assert answer(told, "gaps", "--kind", "blind") == "No such gaps.\n"


def test_pages_of_gaps_are_followed_to_the_end(
    told: Storybook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gaps, "_PAGE", 2)
    assert len(rows(told, "gaps")) == 9
    assert len(rows(told, "gaps", "--limit", "5")) == 5


@pytest.mark.parametrize(
    "words", [["--kind", "lost"], ["--since", "yesterday"], ["--since", "9999999w"]]
)
def test_a_wrong_filter_is_a_mistake_of_usage(told: Storybook, words: list[str]) -> None:
    result = run(told, "gaps", *words)
    assert result.exit_code == Exit.USAGE
    assert words[1] in result.stderr


def test_the_help_of_gaps_names_every_kind() -> None:
    text = (gaps.gaps.__annotations__)["kind"]
    assert all(kind.value in text for kind in GapKind)


def test_check_answers_a_monitor_in_one_line(told: Storybook) -> None:
    result = run(told, "gaps", "--check")
    assert result.exit_code == Exit.GAPS
    assert result.stdout.startswith("GAPS: 9 gaps (")
    assert result.stdout.endswith("oldest owed since 2025-10-02 07:00:00Z\n")
    result = run(told, "gaps", "--check", "--kind", "failed")
    assert result.stdout == "GAPS: 1 gap (1 failed), oldest owed since 2025-10-02 07:00:00Z\n"
    result = run(told, "gaps", "--check", "--kind", "blind")
    assert (result.exit_code, result.stdout) == (Exit.OK, "OK: no such gaps\n")


def test_no_gaps_is_not_believed_of_a_ledger_that_nobody_sweeps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = Ledger.open(tmp_path / "landed.db")
    accept_parts(
        ledger,
        key="k",
        recipients=["anna@example.org"],
        sender="a@example.org",
        subject="s",
        text="t",
        policies=policies,
        now=OWED,
    )
    ledger.close()
    story = Storybook(write_config(tmp_path), tmp_path / "landed.db", {})
    result = run(story, "gaps", "--check")
    assert result.exit_code == Exit.GAPS
    assert result.stdout.startswith("STALE: judging is up to 1d 1h late (1 waiting)")
    result = run(story, "gaps")
    assert result.stdout == "No gaps were found yet.\n"
    assert "is the agent running?" in result.stderr
    monkeypatch.setattr("agent.cli.output.clock", lambda: OWED + timedelta(hours=1))
    assert run(story, "gaps", "--check").stdout == "OK: no gaps\n"


@pytest.mark.parametrize(("minutes", "is_stale"), [(10, False), (12, True)])
def test_no_gaps_is_not_believed_where_no_agent_listens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, minutes: int, *, is_stale: bool
) -> None:
    """Nothing is overdue yet, and a report of failure may have come since."""
    ledger = Ledger.open(tmp_path / "landed.db")
    with ledger.transaction() as tx:
        components.fared(tx, agent="a", name="sweep", trouble="", now=OWED)
    ledger.close()
    story = Storybook(write_config(tmp_path), tmp_path / "landed.db", {})
    monkeypatch.setattr("agent.cli.output.clock", lambda: OWED + timedelta(minutes=minutes))
    result = run(story, "gaps", "--check")
    assert result.exit_code == (Exit.GAPS if is_stale else Exit.OK)
    told = f"STALE: no agent was seen for 12m (since {OWED:%Y-%m-%d %H:%M:%SZ}): is the agent"
    assert result.stdout.startswith(told if is_stale else "OK: no gaps")


@pytest.mark.parametrize(
    "spell",
    [
        tracking_id,
        lambda number: tracking_id(number).upper(),
        str,
        lambda number: sign(KEYS, Purpose.BOUNCE, number, 1),
        lambda number: sign(KEYS, Purpose.REPLY, number).upper(),
        lambda number: f"<{sign(KEYS, Purpose.MESSAGE, number)}@example.org>",
        lambda number: f" {sign(KEYS, Purpose.BOUNCE, number, 3)}@bounces.example.org ",
        lambda number: "<mben@example.org>",
        lambda number: "mben@example.org",
    ],
    ids=["tracking", "upper", "number", "mark", "reply", "message-id", "address", "<own>", "own"],
)
def test_a_trace_is_found_by_every_name(told: Storybook, spell: object) -> None:
    assert callable(spell)
    text = answer(told, "trace", spell(told.ids["ben"]))
    assert text.startswith(f"{tracking_id(told.ids['ben'])}  gap: failed\n")


def test_a_trace_tells_the_whole_story(told: Storybook) -> None:
    assert named(told, answer(told, "trace", tracking_id(told.ids["ben"]))) == (
        """\
<ben        >  gap: failed
  why        failed for good (2025-10-02 07:05 UTC): 550 5.1.1 �[31mno �such user
  notice     inv-1 "Invoice [1]", class invoice, from Notices <notices@example.org>
  recipient  ben@example.org, given as ben@Example.org
  number     1 for this recipient, the first
  expected   delivered by claim within 2d, that is by 2025-10-04 07:00:00Z (policy built-in)
  shown      accepted, by proof
  message-id <mben@example.org>
  judged     2025-10-02 07:05:00Z

2025-10-02 07:00:00Z   owed        proof
2025-10-02 07:00:01Z   attempt 1   via relay: accepted at final, 2.0.0, after 1s
                                   reply "250 2.0.0 Ok: queued as 4ABC"
                                   return path bben@bounces.example.org, DSN asked for, queued as 4ABC
2025-10-02 07:05:00Z   failed      proof, 5.1.1, userunknown, attempt 1
                                   diagnostic "550 5.1.1 \\x1b[31mno \\u202esuch user"
                                   reported by mx.example.org
                                   report dsn in bounces/INBOX UID 2 from MAILER-DAEMON@mx.example.org "Report [bold]"
                                   matched by return path
2025-10-02 07:05:00Z   gap opened  failed: failed for good (2025-10-02 07:05 UTC): 550 5.1.1 �[31mno �such user
"""  # noqa: E501 - the story is not wrapped: a terminal does that
    )


def test_a_trace_as_json_holds_story_and_policy(told: Storybook) -> None:
    story = json.loads(answer(told, "trace", tracking_id(told.ids["joe"]), "--format", "json"))
    assert story["state"]["verdict"] == "gap"
    assert story["state"]["gap"] == "contested"
    assert story["policy"]["within"] == 2 * 86400
    assert [fact["kind"] for fact in story["evidence"] if fact["report_id"]] == [
        "delivered",
        "failed",
    ]
    assert story["attempts"][0]["reply_text"] == "2.0.0 Ok: queued as 4ABC"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("nothing\x1b", "no delivery is known by nothing\\x1b"),
        (sign(Keyring({1: b"x" * 32}, 1), Purpose.BOUNCE, 5), "the signature does not match"),
        (sign(KEYS, Purpose.CANARY, 5), "the mark of a canary"),
        (sign(KEYS, Purpose.BOUNCE, 5), "no delivery is known by"),
    ],
)
def test_what_names_no_delivery_is_not_found(told: Storybook, name: str, why: str) -> None:
    result = run(told, "trace", name)
    assert result.exit_code == Exit.NOT_FOUND
    assert why in result.stderr
    assert "\x1b" not in result.stderr


def test_a_notice_lists_its_deliveries_holes_first(told: Storybook) -> None:
    head, _, *lines = named(told, answer(told, "notice", "inv-1")).splitlines()
    assert head == (
        'inv-1: "Invoice [1]", class invoice, from Notices <notices@example.org>, '
        "accepted 2025-10-02 07:00:00Z"
    )
    assert "ben@example.org" in lines[2]
    assert "anna@example.org" in lines[-1]
    found = rows(told, "notice", "inv-1")
    assert len(found) == 10
    assert tuple(found[0]) == COLUMNS["notice"]
    assert run(told, "notice", "inv-2").exit_code == Exit.NOT_FOUND


def test_a_recipient_is_found_as_people_write_it(told: Storybook) -> None:
    text = answer(told, "recipient", "fay@EXAMPLE.org")
    assert text.startswith("fay@example.org: 1 owed\nSuppressed: asked us to stop\n\n")
    found = rows(told, "recipient", " fay@example.org ")
    assert [(row["number"], row["gap"]) for row in found] == [(1, "suppressed")]
    assert tuple(found[0]) == COLUMNS["recipient"]
    assert run(told, "recipient", "nobody@example.org").exit_code == Exit.NOT_FOUND
    result = run(told, "recipient", "not an address\x1b")
    assert result.exit_code == Exit.USAGE
    assert "\\x1b is not an address" in result.stderr


def test_stats_count(told: Storybook) -> None:
    found = rows(told, "stats")
    counts = {(row["measure"], row["notice_class"], row["name"]): row["count"] for row in found}
    assert tuple(found[0]) == COLUMNS["stats"]
    assert counts["total", "", "deliveries"] == 10
    assert counts["total", "", "reports"] == 6
    assert counts["verdict", "", "landed"] == 1
    assert counts["verdict", "invoice", "gap"] == 9
    assert counts["gap", "", "silent"] == 1
    assert counts["stage", "", "delivered"] == 2
    later = rows(told, "stats", "--since", "1d")
    assert [row["count"] for row in later if row["name"] == "deliveries"] == [0]


def test_status_tells_what_is_heard_and_what_waits(story: Storybook) -> None:
    ledger = Ledger.open(story.ledger)
    with ledger.transaction() as tx:
        components.fared(tx, agent="a", name="sender-1", trouble="refused\x1b", now=NOW)
        until = NOW + timedelta(seconds=40)
        inbox = next(one for one in channels.all(tx) if one.name == "bounces/INBOX")
        bare = NewReport(
            inbox.id, 9, 1, b"", "unknown", "", "", "", NOW, "unreadable", "not given", "", True
        )
        evidence.record(tx, bare, [], policies=policies, now=NOW)
        channels.lost(tx, inbox.id, NOW)
        probe = canaries.new(
            tx, route="smart", channel="bounces/INBOX", now=NOW - timedelta(hours=1)
        )
        canaries.withdraw(tx, probe, "550 no\x1b")
        away = canaries.new(
            tx, route="relay", channel="bounces/INBOX", now=NOW - timedelta(minutes=40)
        )
        canaries.new(tx, route="relay", channel="", now=NOW)
        canaries.explain(tx, away, "mailbox is full\x1b")
        for name in ("route relay, a minute", "limit x y.example, an hour", "route old, an hour"):
            slots.take(tx, name, many=3, most=3, until=until, now=NOW)
    ledger.close()
    with story.config.open("a", encoding="utf-8") as file:
        file.write('[[routes]]\nper_minute = 3\n[[limits]]\nname = "x"\nper_hour = 4\n')
    text = answer(story, "status")
    assert "Limit:   route relay, a minute: 3 of 3 taken, the next in 40s" in text
    assert "Limit:   limit x y.example, an hour: 3 of 4 taken\n" in text
    assert "route old, an hour: 3 taken; it is not configured any more" in text
    assert "bounces/INBOX was observed until 1h ago" in text
    assert "refused\\x1b" in text
    assert "tried again" not in text
    assert "a was last seen 0s ago\n" in text
    assert "bounces/INBOX lost what was there between" in text
    assert "Warning: bounces/INBOX: 1 mail(s) of the last 30 days could not be read" in text
    assert "1 of them the server lists and does not give: asked for again until" in text
    assert (
        "smart -> bounces/INBOX was never proven: no probe could leave for 1h (550 no\\x1b)" in text
    )
    assert re.search(r"\(must not come back\) +relay", text)
    doubted = "relay -> bounces/INBOX is trusted until 40m ago: a probe is not back yet"
    assert f"{doubted} (mailbox is full\\x1b)" in text
    assert "Outbox:  1 of 1 due, the oldest for 3d 1h" in text
    assert "Judging: nothing overdue" in text
    assert "1 failed" in text
    found = json.loads(answer(story, "status", "--format", "json"))
    assert tuple(found["channels"][0]) == COLUMNS["channels"]
    assert tuple(found["components"][0]) == COLUMNS["components"]
    assert found["backlog"]["waiting"] == 1
    assert found["limits"]["route relay, a minute"]["taken"] == 3
    assert found["gaps"]["silent"] == 1
    assert found["room"]["free"] > 0
    assert found["room"]["failed_at"] is None


def test_status_does_not_call_well_what_is_deaf_or_not_there(story: Storybook) -> None:
    ledger = Ledger.open(story.ledger)
    long_ago = NOW - timedelta(minutes=5)
    with ledger.transaction() as tx:
        inbox = next(one for one in channels.all(tx) if one.name == "bounces/INBOX")
        for name in ("sweep", "watch bounces/INBOX"):
            components.fared(tx, agent="a", name=name, trouble="", now=long_ago)
        channels.failed(tx, inbox.id, "refuses the login", long_ago)
        channels.put_off(tx, "bounces/INBOX", NOW + timedelta(minutes=3))
    text = answer(story, "status")
    again = f"{NOW + timedelta(minutes=3):%Y-%m-%d %H:%M:%SZ}"
    assert f"bounces/INBOX is tried again at {again}, or at once when" in text
    assert "a was last seen 5m ago\n" in text
    assert f"Warning: no agent was seen for 5m (since {long_ago:%Y-%m-%d %H:%M}" in text
    first, second = json.loads(answer(story, "status", "--format", "json"))["components"]
    assert (first["name"], first["trouble"]) == ("watch bounces/INBOX", "refuses the login")
    assert (second["name"], second["trouble"]) == ("sweep", "")
    with ledger.transaction() as tx:
        components.seen(tx, agent="a", now=NOW + timedelta(seconds=2))
        log = channels.ensure(tx, "log:mta", "log", NOW).id
        channels.observed(tx, log, NOW + timedelta(hours=2), NOW)
        channels.observed(tx, inbox.id, NOW + timedelta(seconds=2), NOW)
    ledger.close()
    text = answer(story, "status")
    assert "a was last seen 0s ago\n" in text
    assert "bounces/INBOX was observed until 0s ago" in text
    assert "no agent was seen" not in text
    ahead = f"{NOW + timedelta(hours=2):%Y-%m-%d %H:%M:%SZ}"
    assert f"log:mta was observed until {ahead}, which is yet to come: the clock was" in text


def test_status_tells_no_failure_of_a_channel_that_nobody_reads_any_more(story: Storybook) -> None:
    ledger = Ledger.open(story.ledger)
    with ledger.transaction() as tx:
        inbox = next(one for one in channels.all(tx) if one.name == "bounces/INBOX")
        channels.failed(tx, inbox.id, "has no such folder", NOW)
        channels.retire(tx, [])
    ledger.close()
    text = answer(story, "status")
    assert "has no such folder" not in text
    assert "not configured any more" in text


def test_status_of_a_new_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = Ledger.open(tmp_path / "landed.db")
    story = Storybook(write_config(tmp_path), tmp_path / "landed.db", {})
    room = Room(str(story.ledger), 5 << 30, None)
    monkeypatch.setattr("store.room.look", lambda _url: room)
    rest = "Outbox:  nothing to send\nJudging: nothing overdue\n"
    rest += "Disk:    5 GB free for the ledger\nGaps:    none\n"
    assert answer(story, "status") == (
        "Nothing is watched, so what comes back is not heard: add [[mailboxes]] or [[logs]].\n\n"
        + rest
    )
    write_config(tmp_path, '[[mailboxes]]\nname = "bounces"\n')
    unread = "No channel was read yet: is the agent running?\n\n"
    assert answer(story, "status") == unread + rest
    with ledger.transaction() as tx:
        channels.ensure(tx, "bounces/INBOX", "imap", NOW)
    ledger.close()
    assert "bounces/INBOX was never read to its end" in answer(story, "status")


def test_a_ledger_that_is_not_there_is_never_made(tmp_path: Path) -> None:
    story = Storybook(write_config(tmp_path), tmp_path / "landed.db", {})
    for words in (["gaps"], ["status"], ["stats"], ["trace", "x"], ["digest", "--print"]):
        result = run(story, *words)
        assert isinstance(result.exception, LedgerUnavailable), words
    assert not story.ledger.exists()


def test_a_delivery_is_closed_and_reopened(story: Storybook) -> None:
    name = tracking_id(story.ids["ben"])
    assert answer(story, "close", name, "--why", "told him by phone\x1b").startswith(
        f"{name}: closed, "
    )
    assert [row["recipient"] for row in rows(story, "gaps", "--kind", "failed")] == []
    text = answer(story, "trace", name)
    assert "told him by phone" in text
    assert "\x1b" not in text
    assert "gap closed" in text
    assert answer(story, "close", name, "--reopen", "--why", "he had forgotten").startswith(
        f"{name}: gap, "
    )
    assert [row["recipient"] for row in rows(story, "gaps", "--kind", "failed")] == [
        "ben@example.org"
    ]
    told = answer(story, "trace", name)
    assert run(story, "close", name, "--reopen", "--why", "again").exit_code == Exit.USAGE
    assert answer(story, "trace", name) == told  # what is not closed is not sent again either


def test_a_closing_needs_a_reason_and_a_delivery(story: Storybook) -> None:
    assert run(story, "close", tracking_id(story.ids["ben"])).exit_code == Exit.USAGE
    assert run(story, "close", tracking_id(story.ids["ben"]), "--why", " ").exit_code == Exit.USAGE
    assert run(story, "close", "nothing", "--why", "x").exit_code == Exit.NOT_FOUND


def test_suppressions_are_kept(story: Storybook) -> None:
    assert answer(story, "suppress", "add", "Zoe@EXAMPLE.org", "fay@example.org", "--why", "x") == (
        "Zoe@example.org: suppressed\nfay@example.org: was suppressed already\n"
    )
    found = rows(story, "suppress", "list")
    assert tuple(found[0]) == COLUMNS["suppressions"]
    assert [row["address"] for row in found] == ["Zoe@example.org", "fay@example.org"]
    assert answer(story, "suppress", "check", "anna@example.org") == (
        "anna@example.org: not suppressed\n"
    )
    result = run(story, "suppress", "check", "anna@example.org", "fay@example.org")
    assert result.exit_code == Exit.GAPS
    assert "suppressed since 2025-10-02 07:00:00Z by ops: asked us to stop" in result.stdout
    result = run(story, "suppress", "remove", "fay@example.org", "new@example.org")
    assert result.exit_code == Exit.NOT_FOUND
    assert result.stdout == (
        "fay@example.org: written to again\nnew@example.org: was not suppressed\n"
    )
    assert "Zoe" in answer(story, "suppress", "remove", "Zoe@example.org")
    assert answer(story, "suppress", "list") == "No address is suppressed.\n"
    judged_bad(story)
    told = "failed 5.1.1 userunknown: 550 5.1.1"
    listed = answer(story, "suppress", "list")
    assert "\nben@example.org:\n  2025-10-0" in listed
    assert told in listed
    assert "\x1b" not in listed
    assert told in run(story, "suppress", "check", "ben@example.org").stdout
    (entry,) = rows(story, "suppress", "list")
    assert entry["automatic"] is True
    assert told in str(entry["evidence"])
    assert told in answer(story, "suppress", "list", "--format", "csv")
    answer(story, "suppress", "remove", "ben@example.org")
    assert answer(story, "suppress", "list") == "No address is suppressed.\n"
    assert run(story, "suppress", "add", "nobody", "--why", "x").exit_code == Exit.USAGE


def judged_bad(story: Storybook) -> None:
    """Ben's failure alone suppresses him."""
    with closing(Ledger.open(story.ledger)) as ledger, ledger.transaction() as tx:
        rule = SuppressionRule(bounces=1)
        fact = NewFact(
            FactKind.FAILED,
            story.ids["ben"],
            NOW,
            status="5.1.1",
            reason="userunknown",
            severity="hard",
            detail="550 5.1.1 \x1b[31mno",
        )
        evidence.record_fact(tx, fact, policies=policies, now=NOW)
        found = listing.review(tx, [story.ids["ben"]], rule=rule, policies=policies, now=NOW)
    assert found == ["ben@example.org"]


def test_suppressing_calls_off_what_waits(story: Storybook) -> None:
    answer(story, "suppress", "add", "emil@example.org", "--why", "left")
    assert rows(story, "recipient", "emil@example.org")[0]["gap"] == "suppressed"


def test_a_digest_is_printed_and_nothing_is_sent(story: Storybook) -> None:
    text = answer(story, "digest", "--print")
    assert text.startswith("Subject: Undelivered notices: 9")
    assert "FAILED (1)" in text
    assert "\x1b" not in text
    html = answer(story, "digest", "--print", "--format", "html")
    assert html.startswith("<!DOCTYPE html>")
    assert run(story, "notice", "digest:now:2025-10-05T08:00:00Z").exit_code == Exit.NOT_FOUND


def test_a_digest_is_taken_on_now(story: Storybook) -> None:
    result = run(story, "digest", "--now")
    assert result.exit_code == Exit.PARTIAL
    assert "ops@example.org\n" in result.stdout
    assert "refused: no one: " in result.stdout
    found = rows(story, "notice", "digest:now:2025-10-05T08:00:00Z")
    assert [row["recipient"] for row in found] == ["ops@example.org"]
    assert "there already" in answer(story, "digest", "--now")


def test_a_digest_needs_to_know_what_to_do(story: Storybook, tmp_path: Path) -> None:
    assert run(story, "digest").exit_code == Exit.USAGE
    assert run(story, "digest", "--now", "--print").exit_code == Exit.USAGE
    story.config.write_text('ledger = "landed.db"\n')
    result = run(story, "digest", "--now")
    assert result.exit_code == Exit.CONFIG
    assert "digest.to" in result.stderr
    story.config.write_text('ledger = "landed.db"\n[digest]\nschedule = "never"\n')
    result = run(story, "digest", "--print")
    assert result.exit_code == Exit.CONFIG
    assert "not a schedule" in result.stderr


def test_the_person_at_the_keyboard_may_be_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    assert output.who()

    def nobody() -> str:
        raise KeyError("uid not found")

    monkeypatch.setattr("getpass.getuser", nobody)
    assert output.who() == "unknown"


def test_the_clock_is_aware(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert abs(output.clock() - datetime.now(UTC)) < timedelta(minutes=1)


def test_gaps_loads_nothing_heavy(told: Storybook) -> None:
    script = """
import sys
from agent.cli.context import use_config
from agent.cli.gaps import gaps
from pathlib import Path
use_config(Path(sys.argv[1]))
gaps(since="1d", form="table")
heavy = {"sqlalchemy", "sqlmodel", "pydantic", "alembic", "jinja2", "flanker", "apscheduler",
         "imapclient", "psycopg", "pygments"}
print(sorted(heavy & {name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(told.config)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    assert done.stdout in {"No such gaps.\n", "No gaps were found yet.\n"}
    assert done.stderr.splitlines()[-1] == "[]"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_a_table_that_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    out = Terminal()
    monkeypatch.setattr("sys.stdout", out)
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("TERM", "xterm")
    row = {"address": "a@example.org", "reason": "x" * 200, "added_by": "ops", "added_at": OWED}
    output.show(Report("suppressions", [row]), "table")
    lines = re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue()).splitlines()
    assert len(lines) > 5
    assert all(len(line) <= 60 for line in lines)


def test_letters_that_the_terminal_lacks_are_written_out(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(raw, encoding="ascii"))
    output.write("Grüße")
    sys.stdout.flush()
    assert raw.getvalue() == b"Gr\\xfc\\xdfe"


def test_status_tells_what_is_tried_later_and_judged_too_late(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = Ledger.open(tmp_path / "landed.db")
    accept_parts(
        ledger,
        key="k",
        recipients=["anna@example.org"],
        sender="a@example.org",
        subject="s",
        text="t",
        policies=policies,
        now=OWED,
    )
    with ledger.transaction() as tx:
        channels.ensure(tx, "bounces/INBOX", "imap", OWED)
        channels.retire(tx, [])
    ledger.close()
    story = Storybook(write_config(tmp_path), tmp_path / "landed.db", {})
    text = answer(story, "status")
    assert "Judging: 1 overdue, the oldest for 1d 1h" in text
    assert "never read" not in text  # it is no longer configured
    monkeypatch.setattr("agent.cli.output.clock", lambda: OWED - timedelta(hours=1))
    assert "Outbox:  1 to be tried, the next at 2025-10-02 07:00:00Z" in answer(story, "status")

"""The configuration file: every key, every mistake, no secret told."""

from datetime import timedelta
from pathlib import Path

import pytest

from agent.config import Config, Duration, Mailbox, PolicyRule, Route, Secret
from agent.configfile import ConfigError, load, read_secret
from agent.configtext import example, render

ROOT = Path(__file__).parents[2]


def write(folder: Path, text: str) -> Path:
    path = folder / "landed.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_example_shows_every_key_with_its_default() -> None:
    assert (ROOT / "config.example.toml").read_text(encoding="utf-8") == example()


def test_the_example_is_a_valid_configuration_of_defaults(tmp_path: Path) -> None:
    config = load(write(tmp_path, example()))
    assert config.routes == (Route(),)
    assert config.policies == (PolicyRule(),)
    assert config.mailboxes == (Mailbox(),)
    assert config.ledger == str(tmp_path / "landed.db")


def test_every_key_has_one_sentence() -> None:
    lines = example().splitlines()
    for number, line in enumerate(lines):
        if " = " in line and not line.startswith("#"):
            assert lines[number - 1].startswith("# "), f"{line} has no sentence above it"


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    wanted = Config(
        ledger=str(tmp_path / "x.db"),
        routes=(Route(name="a", password=Secret("env:SMTP"), domains=("example.com",)),),
        policies=(PolicyRule(name="b", within=Duration(days=1, hours=12), stage="acted"),),
    )
    got = load(write(tmp_path, render(wanted)))
    assert got.routes == wanted.routes
    assert got.policies == wanted.policies
    assert got.mailboxes == ()


def test_all_mistakes_are_told_at_once_and_none_tells_a_secret(tmp_path: Path) -> None:
    text = """
    nonsense = 1
    [daemon]
    drain = "3 fortnights"
    [digest]
    to = "admin@example.org"
    [[routes]]
    port = 0
    [[routes]]
    name = "second"
    password = "correct horse"
    [[mailboxes]]
    poll = 7
    """
    with pytest.raises(ConfigError) as caught:
        load(write(tmp_path, text))
    told = str(caught.value)
    for place in (
        "nonsense:",
        "daemon.drain:",
        "digest.to:",
        "routes[0].port:",
        "routes[1].password:",
        "mailboxes[0].poll:",
    ):
        assert place in told
    assert "horse" not in told


def test_a_mistake_is_told_with_its_line_and_what_may_stand_there(tmp_path: Path) -> None:
    text = """ledgr = "x"
[sending]
workers = -1
leese = "1m"
[suppression]
reasons = ["nope"]

[[mailboxes]]
name = "a"
[[mailboxes]]
name = "b"
after = "leav"
idle = "yes"
host = ""
[tokens]
keys = []
[digets]
"""
    with pytest.raises(ConfigError) as caught:
        load(write(tmp_path, text))
    assert str(caught.value).splitlines()[1:] == [
        '  line 1: ledgr: there is no such key; did you mean "ledger"?',
        "  line 3: sending.workers: expected a whole number >= 1",
        '  line 4: sending.leese: there is no such key; did you mean "lease"?',
        '  line 6: suppression.reasons[0]: \'nope\' is none of "userunknown", "hostunknown", '
        '"hasmoved", "notaccept"',
        '  line 12: mailboxes[1].after: \'leav\' is none of "leave", "flag", "move", "delete"',
        "  line 13: mailboxes[1].idle: expected true or false, got text in quotes",
        "  line 14: mailboxes[1].host: expected text in quotes of length >= 1",
        "  line 16: tokens.keys: expected a table, got a list",
        '  line 17: digets: there is no such key; did you mean "digest"?',
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[tokens]]\n", "line 1: tokens: expected a table, got a list"),
        ("\n[routes]\n", "line 2: routes: expected a list, got a table"),
        ('identity.sendr = "x"\n', "identity.sendr: there is no such key"),
        ("[sending.x]\n", "sending.x: there is no such key"),
        ('[a."b c"]\n', "a: there is no such key"),
    ],
)
def test_a_file_of_another_shape_is_told(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(write(tmp_path, text))
    assert told in str(caught.value)


def test_two_of_one_name_are_a_mistake(tmp_path: Path) -> None:
    text = '[[mailboxes]]\nname = "x"\n[[mailboxes]]\nname = "x"\n'
    with pytest.raises(ConfigError, match='mailboxes: two are named "x"'):
        load(write(tmp_path, text))


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"ledger = ", "not valid TOML"),
        (b'ledger = "\xff"', "not UTF-8"),
        (b"#" * 1_000_001, "not a configuration"),
    ],
)
def test_files_that_are_no_configuration(tmp_path: Path, data: bytes, told: str) -> None:
    path = tmp_path / "landed.toml"
    path.write_bytes(data)
    with pytest.raises(ConfigError, match=told):
        load(path)


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="landed init"):
        load(tmp_path / "none.toml")


def test_an_unreadable_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path)


def test_paths_start_at_the_file(tmp_path: Path) -> None:
    text = (
        'ledger_password = "file:pg"\n[tokens]\nkeys = {1 = "file:k"}\n'
        '[[mailboxes]]\nca_file = "ca.pem"\npassword = "file:/abs"\n'
    )
    config = load(write(tmp_path, text))
    assert config.ledger_password == f"file:{tmp_path}/pg"
    assert config.tokens.keys == {"1": f"file:{tmp_path}/k"}
    assert config.mailboxes[0].ca_file == f"{tmp_path}/ca.pem"
    assert config.mailboxes[0].password == "file:/abs"


def test_a_postgresql_ledger_is_not_a_path(tmp_path: Path) -> None:
    config = load(write(tmp_path, 'ledger = "postgresql://me@db/landed"'))
    assert config.ledger == "postgresql://me@db/landed"


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("90s", timedelta(seconds=90)),
        ("15m", timedelta(minutes=15)),
        ("1d 12h", timedelta(hours=36)),
        ("2W", timedelta(weeks=2)),
        ("1h1h", timedelta(hours=2)),
    ],
)
def test_durations(text: str, span: timedelta) -> None:
    assert Duration.parse(text) == span
    assert Duration.parse(str(Duration.parse(text))) == span


@pytest.mark.parametrize("text", ["", "5", "5 parsecs", "s", "1m x", "999999999w"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match=r"duration|longer"):
        Duration.parse(text)


def test_no_duration_at_all_is_written_too() -> None:
    assert str(Duration()) == "0s"


def test_secrets_come_from_files_and_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HERE", "one")
    (tmp_path / "two").write_text("two \r\n", encoding="utf-8")
    assert read_secret("env:HERE", "x") == "one"
    assert read_secret(f"file:{tmp_path}/two", "x") == "two "
    assert read_secret("", "x") == ""


def test_a_missing_secret_names_its_place_and_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NOWHERE", raising=False)
    (tmp_path / "empty").write_bytes(b"\n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    for reference, told in (
        ("env:NOWHERE", "NOWHERE is not set"),
        (f"file:{tmp_path}/none", "cannot be read"),
        (f"file:{tmp_path}/empty", "is empty"),
        (f"file:{tmp_path}/binary", "not UTF-8"),
    ):
        with pytest.raises(ConfigError, match=f"the password of mailbox a: .*{told}"):
            read_secret(reference, "the password of mailbox a")

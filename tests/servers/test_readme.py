"""Every command that the README shows is run, in its order, as a person would."""

import os
import re
import subprocess
import sys
from pathlib import Path

from agent.demo.play import company

ROOT = Path(__file__).parents[2]
LANDED = [sys.executable, "-c", "from agent.cli.main import run; run()"]


def commands() -> list[str]:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line]


def run(
    folder: Path, command: list[str], environment: dict[str, str], typed: str = ""
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=folder,
        env=environment,
        input=typed,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_commands_of_the_readme(tmp_path: Path) -> None:
    (tmp_path / "tests").symlink_to(ROOT / "tests")
    with company() as played:
        answers = "\n".join(
            [
                "Front desk <desk@kontor.example>",
                "{token}@bounces.kontor.example",
                f"127.0.0.1:{played.smtp_port}",
                "",
                f"127.0.0.1:{played.imap_port}",
                played.imap_user,
                "admin@kontor.example",
                "",
            ]
        )
        environment = {
            **os.environ,
            "LANDED_IMAP_PASSWORD": played.imap_password,
            "PYTHONPATH": str(ROOT),
        }
        seen = []
        for line in commands():
            words = line.split()
            if words[0] == "landed":
                rest = re.findall(r'"[^"]*"|\S+', line)[1:]
                command = [*LANDED, *(word.strip('"') for word in rest)]
                done = run(tmp_path, command, environment, answers if "init" in words else "")
            elif words[0] == "make":
                done = run(ROOT, ["make", "--dry-run", *words[1:]], environment)
            elif words[0] == "echo":
                done = run(tmp_path, ["sh", "-c", line], environment)
            else:
                assert line == ". .venv/bin/activate"
                continue
            assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
            assert "Traceback" not in done.stderr
            seen.append(words[0])
        assert seen.count("landed") >= 10
        assert {mail.recipient for mail in played.town.kept} >= {
            "ada@example.com",
            "ben@example.com",
        }


def test_links_of_the_readme_lead_somewhere() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!http)([^)#]+)\)", text)
    assert links
    for link in links:
        assert (ROOT / link).exists(), link

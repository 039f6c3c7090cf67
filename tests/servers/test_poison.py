"""What no mail system would send: the agent keeps it, reads on, and stays small."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.plugins.agents import Home
from tests.plugins.mailsite import Cast, MailSite
from tests.plugins.sitehome import site_home

pytestmark = pytest.mark.servers

ROOT = Path(__file__).resolve().parents[2]
# one pass of the real command; then the most memory that it ever had, which no other tool
# tells without that of the process that started it
PASS = """
import pathlib, sys
from agent.cli.main import run
try:
    run()
finally:
    status = pathlib.Path("/proc/self/status").read_text()
    print("peak", int(status.partition("VmHWM:")[2].split()[0]) // 1024)
"""
HEAD = b"From: a@b.example\r\nSubject: poison\r\nMIME-Version: 1.0\r\n"
MEGABYTES = 50
WITHIN = 120.0  # seconds that a bounce may take


def big() -> bytes:
    """A status part in front and one behind, so that whatever is cut looks like a report."""
    status = b"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n"
    filling = (
        b"--b\r\nContent-Type: text/plain\r\n\r\n" + (b"x" * 998 + b"\r\n") * 1_000 * MEGABYTES
    )
    head = HEAD + b"Content-Type: multipart/report; boundary=b\r\n\r\n"
    return head + status + filling + status + b"--b--\r\n"


def many_parts() -> bytes:
    head = HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    return head + b"--b\r\n\r\nx\r\n" * 10_000 + b"--b--\r\n"


def peak(home: Home) -> int:
    """MB of memory that one pass took at most."""
    done = subprocess.run(
        [sys.executable, "-c", PASS, "--config", str(home.config), "run", "--once"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return int(done.stdout.rpartition("peak ")[2])


def bounce(home: Home, site: MailSite, key: str, count: int) -> None:
    """Sends what comes back, and waits until it has: it is the count-th mail there."""
    home.send(key, Cast.GHOST, now=True)
    deadline = time.monotonic() + WITHIN
    with site.mailbox(Cast.BOUNCES) as box:
        while (held := int(box.select("INBOX")[1][0] or b"0")) < count:
            assert time.monotonic() < deadline, f"{held} of {count} mails"
            time.sleep(0.05)


def test_fifty_megabytes_and_ten_thousand_parts(mail_site: MailSite, tmp_path: Path) -> None:
    home = site_home(tmp_path, mail_site)
    bounce(home, mail_site, "before", 1)
    usual = peak(home)
    assert home.story("before", Cast.GHOST)["state"]["gap"] == "failed"

    with mail_site.mailbox(Cast.BOUNCES) as box:
        for mail in (big(), many_parts()):
            box.append("INBOX", "", "", mail)
    bounce(home, mail_site, "behind", 4)
    most = peak(home)

    assert home.story("behind", Cast.GHOST)["state"]["gap"] == "failed"
    assert home.reports() == (4, 2)
    told = json.loads(home.landed("unmatched", "--format", "json"))
    notes = {row["uid"]: row["summary"] for row in told}
    (large, split) = (notes[uid] for uid in sorted(notes))
    assert "only the first 10000000 of 50" in large
    assert "octets in the middle of the message were not read" in large
    assert "only the first 500 parts were read" in split
    assert most - usual < 40, f"{usual} MB, then {most}: four times what is read of one mail"
    assert most < 150

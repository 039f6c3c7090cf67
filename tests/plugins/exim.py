"""Exim: a real mail server beside Postfix, run from one private directory.

Owns finding it (Debian's packages exclude each other, so .ci/servers unpacks this one into
a folder of its own) and its configuration: near domains by LMTP, a far one by SMTP, one
where nobody listens. It writes the main log that is to be read.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.plugins.ports import HOST, free_ports
from tests.plugins.processes import Daemon

__all__ = ["EXIM_VARIABLE", "Exim", "find_exim", "run_exim"]

EXIM_VARIABLE = "LANDED_EXIM"
_PLACES = ("/usr/sbin/exim4", "/opt/landed-tests/exim/usr/sbin/exim4")
_CONFIG = """\
primary_hostname = {name}
exim_path = {binary}
exim_user = nobody
exim_group = nogroup
spool_directory = {directory}/spool
log_file_path = {directory}/log/%slog
pid_file_path = {directory}/exim.pid
local_interfaces = {host}
daemon_smtp_ports = {port}
acl_smtp_rcpt = accept
acl_smtp_data = accept
never_users =
deliver_drop_privilege
keep_environment =
tls_advertise_hosts =

begin routers
near:
  driver = manualroute
  domains = {near}
  route_list = * {host} byname
  transport = into_lmtp
  self = send
far:
  driver = manualroute
  domains = {far}
  route_list = * {host} byname
  transport = outward
  self = send
closed:
  driver = manualroute
  domains = closed.test
  route_list = * {host} byname
  transport = nowhere
  self = send

begin transports
into_lmtp:
  driver = smtp
  protocol = lmtp
  port = {lmtp_port}
  hosts_try_dane =
outward:
  driver = smtp
  port = {far_port}
  hosts_avoid_tls = *
  hosts_try_dane =
nowhere:
  driver = smtp
  port = 1
  hosts_try_dane =

begin retry
* * F,2h,15m
"""


@dataclass(frozen=True, slots=True)
class Exim:
    """A started server."""

    name: str
    port: int
    log: Path


def find_exim() -> tuple[str, str]:
    """The program, and what is missing, in words for a skip; one of them is empty."""
    found = [place for place in (os.environ.get(EXIM_VARIABLE, ""), *_PLACES) if place]
    binary = next((place for place in found if Path(place).is_file()), "")
    if not binary:
        return "", f"Exim is not here; '.ci/servers' unpacks it, or {EXIM_VARIABLE} names it"
    said = subprocess.run([binary, "-bV"], capture_output=True, text=True, check=False, timeout=60)
    if "Exim version" not in said.stdout:
        return "", f"Exim does not run here: {' '.join(said.stderr.split())[:200]}"
    return binary, ""


@contextmanager
def run_exim(
    binary: str, directory: Path, *, near: str, far: str, lmtp_port: int, far_port: int
) -> Iterator[Exim]:
    """Run one until the block ends. Needs root. Raises NotReadyError."""
    (port,) = free_ports(1)
    for part in ("spool", "log"):
        (directory / part).mkdir(parents=True)
        shutil.chown(directory / part, "nobody", "nogroup")
    config = directory / "exim.conf"
    config.write_text(
        _CONFIG.format(
            name="exim.test", binary=binary, directory=directory, host=HOST, port=port,
            near=near, far=far, lmtp_port=lmtp_port, far_port=far_port,
        ),
        encoding="ascii",
    )  # fmt: skip
    daemon = Daemon("Exim", [binary, "-C", config, "-bdf"], directory / "exim.out")
    try:
        daemon.wait_for_greeting(port, b"220 exim.test")
        yield Exim("exim.test", port, directory / "log" / "mainlog")
    finally:
        daemon.stop()

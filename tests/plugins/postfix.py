"""Postfix: a real MTA with every fate a mail can have, run from one private directory.

Mail comes in by three doors (relay without AUTH, submission with STARTTLS and
AUTH, the same over TLS). A second relay, "far", plays somebody else's server that
offers no DSN. A third, "old", carries seven bits only. It delivers to Dovecot by LMTP.

Never waits on its own for hours: a deferred mail is warned of at the next look at
the queue, and retry() and expire() are that look.
"""

import os
import shutil
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from tests.plugins.certificates import Certificates
from tests.plugins.ports import HOST, free_ports
from tests.plugins.processes import Daemon

__all__ = ["Postfix", "PostfixPlan", "find_postfix", "start_postfix"]

_MAIN = """\
compatibility_level = 3.6
queue_directory = {directory}/queue
data_directory = {directory}/data
maillog_file = {directory}/postfix.log
maillog_file_prefixes = /tmp, /var
inet_interfaces = {host}
inet_protocols = ipv4
myhostname = near.people.test
myorigin = people.test
mydestination =
local_recipient_maps =
local_transport = error:5.1.1 nobody is local here
alias_maps =
alias_database =
mynetworks = 127.0.0.0/8
default_database_type = texthash
disable_dns_lookups = yes
smtp_host_lookup = native
smtpd_peername_lookup = no
smtpd_error_sleep_time = 0
in_flow_delay = 0
biff = no
append_dot_mydomain = no
smtputf8_enable = yes
recipient_delimiter = +
propagate_unmatched_extensions =
mailbox_size_limit = 0

relay_domains = {far_domains}
virtual_mailbox_domains = {near_domains}
virtual_mailbox_maps = texthash:{directory}/mailboxes
virtual_alias_maps = texthash:{directory}/aliases
virtual_transport = lmtp:inet:{host}:{lmtp_port}
transport_maps = texthash:{directory}/transport
smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination
smtpd_recipient_restrictions = check_recipient_access texthash:{directory}/access

smtpd_tls_chain_files = {certificates.key}, {certificates.chain}
smtpd_tls_security_level = may
smtpd_tls_auth_only = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {auth_socket}

delay_warning_time = 1s
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 2s
smtp_connect_timeout = 5s
lmtp_connect_timeout = 5s
service_throttle_time = 1s
"""

# nothing here is chrooted: the fifth column, after private and unprivileged, is "n"
_MASTER = """\
{host}:{smtp} inet n - n - - smtpd
{host}:{submission} inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
{host}:{smtps} inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
{host}:{far} inet n - n - - smtpd
  -o myhostname=mx.far.test
  -o smtpd_discard_ehlo_keywords=dsn
  -o smtpd_recipient_restrictions=check_recipient_access,texthash:{directory}/far-access
  -o content_filter=lmtp:inet:{host}:{lmtp_port}
  -o receive_override_options=no_unknown_recipient_checks
{host}:{old} inet n - n - - smtpd
  -o smtpd_discard_ehlo_keywords=8bitmime,smtputf8
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
lmtp unix - - n - - lmtp flags=X
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
pickup unix n - n 60 1 pickup
postlog unix-dgram n - n - 1 postlogd
"""

_MASTER_PROGRAM = Path("/usr/lib/postfix/sbin/master")
_QUEUES = {
    **dict.fromkeys(("active", "bounce", "corrupt", "defer", "deferred", "flush"), 0o700),
    **dict.fromkeys(("hold", "incoming", "private", "saved", "trace"), 0o700),
    "public": 0o710,
    "maildrop": 0o1730,
}
_COMMANDS = ("postqueue", "postsuper")
_COMMAND_WITHIN = 120  # seconds


@dataclass(frozen=True, slots=True)
class PostfixPlan:
    """Who is served and what becomes of whom. All keys are whole addresses or domains."""

    near_domains: tuple[str, ...]  # delivered to Dovecot by LMTP
    far_domains: tuple[str, ...]  # relayed to the far hop
    closed_domains: tuple[str, ...]  # relayed to a port that refuses
    closed_port: int
    mailboxes: tuple[str, ...]  # addresses, or @domain, accepted in session
    aliases: dict[str, tuple[str, ...]]
    replies: dict[str, str]  # address -> SMTP reply to RCPT at the near hop
    far_replies: dict[str, str]  # the same at the far hop


@dataclass(frozen=True, slots=True)
class Postfix:
    """A started server, where it listens, and the hand on its queue."""

    daemon: Daemon
    config: Path
    log: Path
    smtp_port: int
    submission_port: int
    smtps_port: int
    far_port: int
    old_port: int

    def retry(self) -> None:
        """Try every deferred mail now."""
        self._command("postqueue", "-f")

    def expire(self) -> None:
        """Give every deferred mail up: each comes back as failed at its next, immediate try."""
        self._command("postsuper", "-e", "ALL")
        self.retry()

    def purge(self) -> None:
        """Forget every queued mail, without a word to anyone."""
        self._command("postsuper", "-d", "ALL")

    def queue(self) -> str:
        """The queue as postqueue tells it: one JSON object a line, empty when nothing waits."""
        return self._command("postqueue", "-j")

    def kill(self, name: str) -> int:
        """SIGKILL to the processes of that name, "master" or children of it; how many."""
        master = self.daemon.pid
        found = [master] if name == "master" else _children(master, name)
        for pid in found:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return len(found)

    def again(self) -> "Postfix":
        """The same server with a new master, once the old one was killed."""
        self.daemon.stop()
        daemon = _master(self.config)
        try:
            daemon.wait_for_greeting(self.smtp_port, b"220 ")
        except BaseException:
            daemon.stop()
            raise
        return replace(self, daemon=daemon)

    def _command(self, name: str, *arguments: str) -> str:
        command = [f"/usr/sbin/{name}", "-c", str(self.config), *arguments]
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=_COMMAND_WITHIN
        )
        if done.returncode != 0:
            message = f"{name} {' '.join(arguments)} failed: {done.stderr.strip()}"
            raise RuntimeError(message)
        return done.stdout


def find_postfix() -> str | None:
    """Return what is missing, in words for a skip, or None."""
    if not _MASTER_PROGRAM.is_file():
        return "Postfix is not here (Debian: postfix)"
    missing = [name for name in _COMMANDS if not Path("/usr/sbin", name).is_file()]
    return f"Postfix lacks {', '.join(missing)} in /usr/sbin" if missing else None


def _table(path: Path, rows: dict[str, str]) -> None:
    lines = (f"{key} {value}\n" for key, value in rows.items())
    path.write_text("".join(lines), encoding="utf-8")


def _write_tables(directory: Path, plan: PostfixPlan, far_port: int) -> None:
    far = dict.fromkeys(plan.far_domains, f"relay:[{HOST}]:{far_port}")
    closed = dict.fromkeys(plan.closed_domains, f"relay:[{HOST}]:{plan.closed_port}")
    _table(directory / "transport", far | closed)
    _table(directory / "mailboxes", dict.fromkeys(plan.mailboxes, "here"))
    _table(directory / "aliases", {k: ", ".join(v) for k, v in plan.aliases.items()})
    _table(directory / "access", plan.replies)
    _table(directory / "far-access", plan.far_replies)


def _lay_out(directory: Path) -> None:
    """Make the directories that "postfix check" would make, which takes seconds."""
    data = directory / "data"
    data.mkdir(mode=0o700)
    shutil.chown(data, "postfix")
    queue = directory / "queue"
    (queue / "pid").mkdir(parents=True)
    for name, mode in _QUEUES.items():
        (queue / name).mkdir()
        shutil.chown(queue / name, "postfix", "postdrop")
        (queue / name).chmod(mode)


def _master(directory: Path) -> Daemon:
    command: list[str | Path] = [_MASTER_PROGRAM, "-d", "-c", directory]
    return Daemon("Postfix", command, directory / "postfix.out")


def _children(parent: int, name: str) -> list[int]:
    """Process ids of the children of that name, as Linux tells them."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            head, _, tail = (place / "stat").read_text(encoding="utf-8").rpartition(")")
            if head.partition("(")[2] == name and int(tail.split()[1]) == parent:
                found.append(int(place.name))
    return found


def start_postfix(
    directory: Path,
    plan: PostfixPlan,
    certificates: Certificates,
    *,
    lmtp_port: int,
    auth_socket: Path,
    more: str = "",
) -> Postfix:
    """Start Postfix in an empty directory whose path is short (Unix sockets: 107 bytes).

    more: further lines of main.cf. Needs root. Raises NotReadyError when it does not come up.
    """
    smtp, submission, smtps, far, old = free_ports(5)
    _write_tables(directory, plan, far)
    _lay_out(directory)
    values = {
        "directory": directory,
        "host": HOST,
        "certificates": certificates,
        "lmtp_port": lmtp_port,
        "auth_socket": auth_socket,
        "near_domains": ", ".join(plan.near_domains),
        "far_domains": ", ".join((*plan.far_domains, *plan.closed_domains)),
        "smtp": smtp,
        "submission": submission,
        "smtps": smtps,
        "far": far,
        "old": old,
    }
    (directory / "main.cf").write_text(_MAIN.format(**values) + more, encoding="utf-8")
    (directory / "master.cf").write_text(_MASTER.format(**values), encoding="utf-8")
    daemon = _master(directory)
    postfix = Postfix(
        daemon=daemon,
        config=directory,
        log=directory / "postfix.log",
        smtp_port=smtp,
        submission_port=submission,
        smtps_port=smtps,
        far_port=far,
        old_port=old,
    )
    try:
        for port in (smtp, submission, far, old):
            daemon.wait_for_greeting(port, b"220 ")
        daemon.wait_for_greeting(smtps, b"")
    except BaseException:
        daemon.stop()
        raise
    return postfix

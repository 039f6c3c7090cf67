"""Dovecot: a real IMAP server with LMTP delivery, run from one private directory.

Speaks the configuration language of Dovecot 2.3. Besides the mailboxes that it is
given, it takes every address of the catch-all domains into one mailbox and keeps
the address that was written to, as a bounce domain needs. It also answers
Postfix's questions about passwords.
"""

import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from tests.plugins.certificates import Certificates
from tests.plugins.ports import HOST, free_ports
from tests.plugins.processes import Daemon

__all__ = ["Dovecot", "DovecotPlan", "find_dovecot", "start_dovecot"]

_CONFIG = """\
base_dir = {directory}/run
state_dir = {directory}/state
log_path = {directory}/dovecot.log
protocols = imap lmtp
mail_max_userip_connections = 200
listen = {host}
ssl = yes
ssl_cert = <{certificates.chain}
ssl_key = <{certificates.key}
disable_plaintext_auth = no
auth_mechanisms = plain login{token_mechanisms}
auth_failure_delay = 0
auth_master_user_separator = *
mail_uid = nobody
mail_gid = nogroup
first_valid_uid = 1
first_valid_gid = 1
mail_location = maildir:~/Maildir
mail_plugins = quota acl
protocol imap {{
  mail_plugins = quota imap_quota acl imap_acl
}}
mail_fsync = never
recipient_delimiter = +
quota_full_tempfail = no
{token_passdb}passdb {{
  driver = passwd-file
  master = yes
  result_success = continue
  args = scheme=PLAIN username_format=%u {directory}/masters
}}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {directory}/users
}}
userdb {{
  driver = passwd-file
  args = username_format=%u {directory}/users
}}
userdb {{
  driver = passwd-file
  args = username_format=@%d {directory}/domains
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Junk {{
    auto = subscribe
    special_use = \\Junk
  }}
  mailbox Processed {{
    auto = subscribe
  }}
}}
namespace shared {{
  type = public
  separator = /
  prefix = Shared/
  location = maildir:{directory}/shared
  subscriptions = no
  list = yes
}}
plugin {{
  acl = vfile
  acl_user = %u
  quota = count:User quota
  quota_vsizes = yes
}}
service imap-login {{
  service_count = 0
  inet_listener imap {{
    port = {imap_port}
  }}
  inet_listener imaps {{
    port = {imaps_port}
    ssl = yes
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    port = {lmtp_port}
  }}
  unix_listener lmtp {{
    mode = 0666
  }}
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service auth {{
  unix_listener postfix-auth {{
    mode = 0666
  }}
}}
"""

_TOKEN_PASSDB = """\
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {directory}/oauth2.conf
}}
"""
_TOKENS = """\
introspection_mode = get
introspection_url = {url}?access_token=
username_attribute = username
active_attribute = active
active_value = true
"""

_BINARY = "/usr/sbin/dovecot"
_LMTP = Path("/usr/lib/dovecot/lmtp")
_FULL = "userdb_quota_rule=*:bytes=1"


@dataclass(frozen=True, slots=True)
class DovecotPlan:
    """Who has a mailbox: address -> password; who has one that is full; which domains catch all."""

    accounts: dict[str, str]
    full: tuple[str, ...]
    catch_all: dict[str, str]  # domain -> the account that takes it
    introspection: str = ""  # where access tokens are asked about; empty: no login by token
    masters: dict[str, str] = field(default_factory=dict)  # who may log in as anybody -> password


@dataclass(frozen=True, slots=True)
class Dovecot:
    """A started server and where it listens."""

    daemon: Daemon
    log: Path
    shared: Path  # the folders that are nobody's own, as Maildir
    imap_port: int
    imaps_port: int
    lmtp_port: int
    lmtp_socket: Path
    auth_socket: Path


def find_dovecot() -> str | None:
    """Return what is missing, in words for a skip, or None."""
    if not Path(_BINARY).is_file() or not _LMTP.is_file():
        return "Dovecot is not here (Debian: dovecot-imapd dovecot-lmtpd)"
    version = subprocess.run(
        [_BINARY, "--version"], capture_output=True, text=True, check=False, timeout=60
    ).stdout.split()
    if not version or not version[0].startswith("2.3."):
        return f"this Dovecot is {' '.join(version) or 'silent'}; its configuration here is 2.3's"
    return None


def _write_tables(directory: Path, plan: DovecotPlan) -> None:
    mail = directory / "mail"
    mail.mkdir()
    shutil.chown(mail, "nobody", "nogroup")
    users = [
        f"{address}:{password}::::{mail / address}::{_FULL if address in plan.full else ''}"
        for address, password in plan.accounts.items()
    ]
    domains = [
        f"@{domain}:::::{mail / account}::user={account}"
        for domain, account in plan.catch_all.items()
    ]
    masters = [f"{name}:{password}" for name, password in plan.masters.items()]
    (directory / "masters").write_text("\n".join(masters) + "\n", encoding="utf-8")
    (directory / "users").write_text("\n".join(users) + "\n", encoding="utf-8")
    (directory / "domains").write_text("\n".join(domains) + "\n", encoding="utf-8")


def _write_shared(home: Path) -> None:
    """Shared/Team: everybody may read it; Shared/Desk: and change what is in it."""
    home.mkdir()
    for name, rights in (("Team", "lr"), ("Desk", "lrwstipekxa")):
        folder = home / f".{name}"
        for part in ("cur", "new", "tmp"):
            (folder / part).mkdir(parents=True)
        (folder / "dovecot-acl").write_text(f"authenticated {rights}\n", encoding="ascii")
    for path in (home, *home.rglob("*")):
        shutil.chown(path, "nobody", "nogroup")


def start_dovecot(directory: Path, plan: DovecotPlan, certificates: Certificates) -> Dovecot:
    """Start Dovecot in an empty directory whose path is short (Unix sockets: 107 bytes).

    Raises NotReadyError when it does not come up.
    """
    imap_port, imaps_port, lmtp_port = free_ports(3)
    _write_tables(directory, plan)
    _write_shared(directory / "shared")
    config = directory / "dovecot.conf"
    config.write_text(
        _CONFIG.format(
            directory=directory,
            host=HOST,
            certificates=certificates,
            imap_port=imap_port,
            imaps_port=imaps_port,
            lmtp_port=lmtp_port,
            token_mechanisms=" xoauth2 oauthbearer" if plan.introspection else "",
            token_passdb=_TOKEN_PASSDB.format(directory=directory) if plan.introspection else "",
        ),
        encoding="utf-8",
    )
    (directory / "oauth2.conf").write_text(_TOKENS.format(url=plan.introspection), encoding="utf-8")
    daemon = Daemon("Dovecot", [_BINARY, "-F", "-c", config], directory / "dovecot.out")
    dovecot = Dovecot(
        daemon=daemon,
        log=directory / "dovecot.log",
        shared=directory / "shared",
        imap_port=imap_port,
        imaps_port=imaps_port,
        lmtp_port=lmtp_port,
        lmtp_socket=directory / "run" / "lmtp",
        auth_socket=directory / "run" / "postfix-auth",
    )
    try:
        daemon.wait_for_greeting(imap_port, b"* OK")
        daemon.wait_for_greeting(lmtp_port, b"220 ")
        daemon.wait_for_greeting(imaps_port, b"")
    except BaseException:
        daemon.stop()
        raise
    return dovecot

"""Cyrus: a real IMAP server beside Dovecot, run from one private directory.

Owns finding it (Debian's packages exclude each other, so .ci/servers unpacks this one into
a folder of its own), its configuration, and the answering of its questions about passwords
in the place of saslauthd. Levels of folders are parted by dots here, and an account may
take on the rights of any other (proxyservers).
"""

import os
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from imapclient import IMAPClient

from tests.plugins.certificates import Certificates, write_certificates
from tests.plugins.ports import HOST, free_ports
from tests.plugins.processes import Daemon, NotReadyError

__all__ = [
    "ADMIN",
    "BOUNCES",
    "CYRUS_VARIABLE",
    "DOTTED",
    "MASTER",
    "Cyrus",
    "find_cyrus",
    "run_cyrus",
]

CYRUS_VARIABLE = "LANDED_CYRUS"
DOMAIN = "cyrus.test"
BOUNCES = f"bounces@{DOMAIN}"
DOTTED = f"ada.lovelace@{DOMAIN}"  # who sees no folder herself: dots part levels here
MASTER = "landed"  # may act for anybody
ADMIN = "cyrus"  # sees all
_PLACES = ("/opt/landed-tests/cyrus", "/")
_BINARIES = "usr/lib/cyrus/bin"
_TRIES = 3
_WITHIN = 60  # seconds
_CONFIG = """\
configdirectory: {directory}/state
defaultpartition: default
partition-default: {directory}/mail
cyrus_user: nobody
cyrus_group: nogroup
admins: {admin}
proxyservers: {master}
virtdomains: userid
unixhierarchysep: no
altnamespace: yes
allowplaintext: yes
failedloginpause: 0
sasl_pwcheck_method: saslauthd
sasl_saslauthd_path: {directory}/passwords
sasl_mech_list: PLAIN
tls_server_cert: {directory}/server.pem
tls_server_key: {directory}/server.pem
idlesocket: {directory}/state/socket/idle
lmtpsocket: {directory}/state/socket/lmtp
"""
_SERVICES = """\
START {{
  recover cmd="{binaries}/ctl_cyrusdb -C {config} -r"
  idled cmd="{binaries}/idled -C {config}"
}}
SERVICES {{
  imap cmd="{binaries}/imapd -C {config}" listen="{host}:{imap_port}" prefork=1
  imaps cmd="{binaries}/imapd -C {config} -s" listen="{host}:{imaps_port}" prefork=1
}}
EVENTS {{
}}
"""
_FOLDERS = ("", "/socket", "/db", "/proc", "/lock", "/log", "/msg", "/quota", "/user")


@dataclass(frozen=True, slots=True)
class Cyrus:
    """A running server. Login is the whole address, but for MASTER."""

    imap_port: int
    imaps_port: int
    certificates: Certificates
    accounts: dict[str, str]  # login -> password
    log: Path


def find_cyrus() -> tuple[Path, str]:
    """Where its file tree begins, and what is missing, in words for a skip."""
    named = os.environ.get(CYRUS_VARIABLE, "")
    for place in map(Path, filter(None, (named, *_PLACES))):
        imapd = place / _BINARIES / "imapd"
        if not imapd.is_file():
            continue
        linked = subprocess.run(
            ["ldd", imapd], capture_output=True, text=True, check=False, timeout=60,
            env=_environment(place),
        )  # fmt: skip
        lacking = [line.split()[0] for line in linked.stdout.splitlines() if "not found" in line]
        if lacking:
            return place, f"Cyrus does not run here: it lacks {', '.join(lacking)}"
        return place, "" if os.geteuid() == 0 else "Cyrus's master must be started by root"
    return Path(), f"Cyrus is not here; '.ci/servers' unpacks it, or {CYRUS_VARIABLE} names it"


def _environment(tree: Path) -> dict[str, str]:
    """Where its libraries lie, since nothing has installed them."""
    if tree == Path("/"):
        return {**os.environ}
    places = [tree.glob("usr/lib/*/libcyrus.so.0"), tree.glob("lib/*/libpcre.so*")]
    folders = {str(found.parent) for place in places for found in place}
    return {**os.environ, "LD_LIBRARY_PATH": ":".join(sorted(folders))}


@contextmanager
def _passwords(path: Path, accounts: Mapping[str, str]) -> Iterator[None]:
    """What saslauthd would answer: four counted words come, one goes back."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    path.chmod(0o666)
    listener.listen(64)

    def serve() -> None:
        while True:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            with line, suppress(OSError, EOFError):
                line.settimeout(_WITHIN)
                with line.makefile("rb") as told:
                    name, password, _, realm = (_counted(told) for _ in range(4))
                login = f"{name}@{realm}" if realm and "@" not in name else name
                answer = b"OK" if accounts.get(login) == password else b"NO"
                line.sendall(len(answer).to_bytes(2, "big") + answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(_WITHIN)


def _counted(told: BinaryIO) -> str:
    return told.read(int.from_bytes(told.read(2), "big")).decode("utf-8", "replace")


@contextmanager
def run_cyrus(tree: Path) -> Iterator[Cyrus]:
    """Run one until the block ends. Needs root. Raises NotReadyError when it cannot start."""
    # below /tmp whatever TMPDIR says: a Unix socket's path has 107 bytes
    directory = Path(tempfile.mkdtemp(prefix="landed-cyrus-", dir="/tmp"))
    directory.chmod(0o755)
    accounts = {BOUNCES: "pass-bounces", DOTTED: "pass-ada"}
    staff = {ADMIN: "pass-admin", MASTER: "pass-landed"}
    try:
        certificates = write_certificates(directory)
        with _passwords(directory / "passwords", accounts | staff):
            daemon, ports = _start(tree, directory, certificates)
            try:
                _people(ports[0], accounts, staff[ADMIN])
                yield Cyrus(*ports, certificates, accounts | staff, daemon.log)
            finally:
                daemon.stop()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _start(
    tree: Path, directory: Path, certificates: Certificates
) -> tuple[Daemon, tuple[int, int]]:
    secret = directory / "server.pem"
    secret.write_bytes(certificates.key.read_bytes() + certificates.chain.read_bytes())
    for folder in (*(f"state{part}" for part in _FOLDERS), "mail"):
        (directory / folder).mkdir()
        shutil.chown(directory / folder, "nobody", "nogroup")
    shutil.chown(secret, "nobody", "nogroup")
    config, services = directory / "imapd.conf", directory / "cyrus.conf"
    config.write_text(
        _CONFIG.format(directory=directory, admin=ADMIN, master=MASTER), encoding="ascii"
    )
    binaries = tree / _BINARIES
    failure: NotReadyError | None = None
    for _ in range(_TRIES):  # a port may have been taken meanwhile: draw again
        imap_port, imaps_port = free_ports(2)
        services.write_text(
            _SERVICES.format(
                binaries=binaries, config=config, host=HOST, imap_port=imap_port,
                imaps_port=imaps_port,
            ),
            encoding="ascii",
        )  # fmt: skip
        command: list[str | Path] = [binaries / "master", "-C", config, "-M", services, "-D"]
        command += ["-p", directory / "master.pid"]
        daemon = Daemon("Cyrus", command, directory / "cyrus.out", env=_environment(tree))
        try:
            daemon.wait_for_greeting(imap_port, b"* OK")
            daemon.wait_for_greeting(imaps_port, b"")
        except NotReadyError as error:
            daemon.stop()
            failure = error
        except BaseException:
            daemon.stop()
            raise
        else:
            return daemon, (imap_port, imaps_port)
    assert failure is not None
    raise failure


def _people(port: int, accounts: Mapping[str, str], password: str) -> None:
    """Give everybody an INBOX, into which the administrator may look too, and BOUNCES a Junk."""
    with IMAPClient(HOST, port, ssl=False, timeout=_WITHIN) as client:
        client.login(ADMIN, password)
        for address in accounts:
            local, _, domain = address.partition("@")
            inbox = f"user.{local.replace('.', '^')}@{domain}"
            client.create_folder(inbox)
            client.setacl(inbox, ADMIN, "lrswipkxtecdan")
    with IMAPClient(HOST, port, ssl=False, timeout=_WITHIN) as client:
        client.login(BOUNCES, accounts[BOUNCES])
        client._imap._simple_command("CREATE", "Junk", r"(USE (\Junk))")

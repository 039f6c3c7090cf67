"""GreenMail: a real SMTP and IMAP server in Java, for mail that stays in memory.

Owns finding it (a container engine with the image, else the standalone jar) and
running one. It offers neither DSN nor STARTTLS, and gives every unknown
recipient a mailbox of its own: whoever needs more takes Postfix and Dovecot.
"""

import os
import shutil
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.plugins.certificates import KEYSTORE_PASSWORD, Certificates, write_certificates
from tests.plugins.ports import HOST, free_ports
from tests.plugins.processes import Daemon, NotReadyError

__all__ = ["BOUNCES", "DOMAIN", "JAR_VARIABLE", "GreenMail", "find_greenmail", "run_greenmail"]

JAR_VARIABLE = "LANDED_GREENMAIL_JAR"
DOMAIN = "green.test"
BOUNCES = f"bounces@{DOMAIN}"

_IMAGE = "greenmail/standalone:2.1.3"
_JAR = "com/icegreen/greenmail-standalone/2.1.3/greenmail-standalone-2.1.3.jar"
_PROTOCOLS = ("smtp", "smtps", "imap", "imaps", "api")
_INNER_PORTS = {"smtp": 3025, "smtps": 3465, "imap": 3143, "imaps": 3993, "api": 8080}
_GREETINGS = {"smtp": b"220 ", "imap": b"* OK", "api": b""}  # the API opens after all others
_TRIES = 3
_PULL_WITHIN = 120  # seconds
_API_WITHIN = 60


@dataclass(frozen=True, slots=True)
class GreenMail:
    """A running server. Login is the whole address.

    Mail to bounces+ANYTHING arrives in the mailbox of bounces: sub-addressing is on.
    """

    host: str
    smtp_port: int
    smtps_port: int
    imap_port: int
    imaps_port: int
    certificates: Certificates
    accounts: dict[str, str]  # address -> password
    log: Path
    api_port: int

    def purge(self) -> None:
        """Remove every mail from every mailbox; accounts and UIDVALIDITY stay."""
        request = urllib.request.Request(
            f"http://{self.host}:{self.api_port}/api/mail/purge", method="POST"
        )
        with urllib.request.urlopen(request, timeout=_API_WITHIN) as answer:
            answer.read()


@dataclass(frozen=True, slots=True)
class Launcher:
    """How GreenMail is started here: a jar for Java, or an image for an engine."""

    java: str | None = None
    jar: Path | None = None
    engine: str | None = None


def _answers(*command: str, within: float) -> bool:
    try:
        return (
            subprocess.run(command, capture_output=True, timeout=within, check=False).returncode
            == 0
        )
    except (OSError, subprocess.TimeoutExpired):
        return False


def find_greenmail() -> Launcher | str:
    """Return how to start it, or what is missing, in words for a skip."""
    docker = shutil.which("docker")
    if docker and _answers(docker, "info", within=10):
        has_image = _answers(docker, "image", "inspect", _IMAGE, within=10)
        if has_image or _answers(docker, "pull", "-q", _IMAGE, within=_PULL_WITHIN):
            return Launcher(engine=docker)
    java = shutil.which("java")
    if not java:
        return "GreenMail needs a container engine with its image, or Java; neither is here"
    named = os.environ.get(JAR_VARIABLE)
    jar = Path(named) if named else Path.home() / ".m2" / "repository" / _JAR
    if not jar.is_file():
        return (
            f"GreenMail's jar is not where {JAR_VARIABLE} or the Maven repository has it; "
            "'.ci/servers' fetches it"
        )
    return Launcher(java=java, jar=jar)


def _options(ports: dict[str, int], address: str, keystore: str, users: str) -> list[str]:
    listeners = [
        option
        for protocol in _PROTOCOLS
        for option in (
            f"-Dgreenmail.{protocol}.hostname={address}",
            f"-Dgreenmail.{protocol}.port={ports[protocol]}",
        )
    ]
    return [
        *listeners,
        f"-Dgreenmail.users={users}",
        "-Dgreenmail.users.login=email",
        "-Dgreenmail.sieve.ignore.detail=true",
        f"-Dgreenmail.tls.keystore.file={keystore}",
        f"-Dgreenmail.tls.keystore.password={KEYSTORE_PASSWORD}",
    ]


def _command(launcher: Launcher, ports: dict[str, int], directory: Path, users: str) -> list[str]:
    if launcher.engine is None:
        assert launcher.java is not None
        options = _options(ports, HOST, str(directory / "server.p12"), users)
        small = ["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
        return [launcher.java, *small, *options, "-jar", str(launcher.jar)]
    # the engine's own user must be able to read the mounted directory
    directory.chmod(0o755)
    (directory / "server.p12").chmod(0o644)
    options = _options(_INNER_PORTS, "0.0.0.0", "/certificates/server.p12", users)
    published = [
        f"--publish={HOST}:{ports[protocol]}:{_INNER_PORTS[protocol]}" for protocol in _PROTOCOLS
    ]
    return [
        *(launcher.engine, "run", "--rm", f"--name={directory.name}"),
        *published,
        f"--volume={directory}:/certificates:ro",
        f"--env=GREENMAIL_OPTS={' '.join(options)}",
        _IMAGE,
    ]


def _start(launcher: Launcher, directory: Path, users: str) -> tuple[Daemon, dict[str, int]]:
    failure: NotReadyError | None = None
    for _ in range(_TRIES):
        ports = dict(zip(_PROTOCOLS, free_ports(len(_PROTOCOLS)), strict=True))
        command = _command(launcher, ports, directory, users)
        daemon = Daemon("GreenMail", command, directory / "greenmail.log")
        try:
            for protocol, greeting in _GREETINGS.items():
                daemon.wait_for_greeting(ports[protocol], greeting)
        except NotReadyError as error:  # a port may have been taken meanwhile: draw again
            daemon.stop()
            failure = error
        else:
            return daemon, ports
    assert failure is not None
    raise failure


@contextmanager
def run_greenmail(launcher: Launcher) -> Iterator[GreenMail]:
    """Run one server until the block ends. Raises NotReadyError when it cannot start."""
    directory = Path(tempfile.mkdtemp(prefix="landed-greenmail-"))
    try:
        certificates = write_certificates(directory)
        people = ("anna", "ben", "carla", "bounces", "replies")
        accounts = {f"{name}@{DOMAIN}": f"pass-{name}" for name in people}
        users = ",".join(f"{name}:pass-{name}@{DOMAIN}" for name in people)
        daemon, ports = _start(launcher, directory, users)
        try:
            yield GreenMail(
                host=HOST,
                smtp_port=ports["smtp"],
                smtps_port=ports["smtps"],
                imap_port=ports["imap"],
                imaps_port=ports["imaps"],
                api_port=ports["api"],
                certificates=certificates,
                accounts=accounts,
                log=daemon.log,
            )
        finally:
            daemon.stop()
            if launcher.engine is not None:
                _answers(launcher.engine, "rm", "--force", directory.name, within=30)
    finally:
        shutil.rmtree(directory, ignore_errors=True)

"""What is still read of a bounce when a relay, a gateway or a person has damaged it.

Run as a program: a directory of *.eml with expected.json beside them, as argument or in
LANDED_CORPUS. Each mail that is read as expected is read again in every variant: without its
status part, its returned message, its X-Failed-Recipients; flattened, wrapped, quoted, as HTML
only, in other encodings and charsets, with another subject. Prints for each variant how many of
the mails that still name the recipient keep it, their severity and their reason. Holds no corpus
data, and is no test: some variants leave nothing that could be read.
"""

import base64
import json
import os
import quopri
import sys
import textwrap
from collections import Counter
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import Message
from html import escape
from pathlib import Path

from parsers.read import read
from parsers.report import Kind, Report

__all__ = ["VARIANTS", "main"]

Variant = Callable[[Message], bytes | None]  # None: the mail has nothing to change
_POLICY = policy.compat32
_STATUS = ("message/delivery-status", "message/global-delivery-status")
_RETURNED = ("message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers")


def _head(mail: Message, *without: str) -> bytes:
    """The header block without the fields of MIME, and without others."""
    dropped = {"content-type", "content-transfer-encoding", "mime-version", *without}
    lines = [f"{name}: {value}" for name, value in mail.items() if name.lower() not in dropped]
    return "\n".join(lines).encode("utf-8", "surrogateescape")


def _drop(mail: Message, types: tuple[str, ...]) -> bool:
    """Take the parts of some types out, in place; whether there were any."""
    found = False
    if mail.is_multipart() and mail.get_content_maintype() == "multipart":
        parts = _inner(mail)
        kept = [part for part in parts if part.get_content_type() not in types]
        found = len(kept) < len(parts)
        for part in kept:
            found = _drop(part, types) or found
        mail.set_payload([*kept])
    return found


def _octets(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _inner(part: Message) -> list[Message]:
    return [one for one in part.get_payload() if isinstance(one, Message)]


def _text(mail: Message) -> str:
    """The human text: the first text/plain leaf."""
    for part in mail.walk():
        if part.get_content_type() == "text/plain":
            payload = _octets(part)
            charset = part.get_content_charset() or "utf-8"
            try:
                return payload.decode(charset, "replace")
            except LookupError:
                return payload.decode("latin-1")
    return ""


def _plain(mail: Message, text: str, charset: str = "utf-8", cte: str = "8bit") -> bytes | None:
    try:
        body = text.encode(charset)
    except UnicodeEncodeError:
        return None
    if cte == "base64":
        body = base64.encodebytes(body)
    elif cte == "quoted-printable":
        body = quopri.encodestring(body)
    kind = f"Content-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: {cte}"
    return _head(mail) + b"\nMIME-Version: 1.0\n" + kind.encode() + b"\n\n" + body


def _without(*types: str) -> Variant:
    def change(mail: Message) -> bytes | None:
        return mail.as_bytes(policy=_POLICY) if _drop(mail, types) else None

    return change


def _flat(mail: Message) -> bytes | None:
    """Every part's text below the other, as some list servers pass a report on."""
    texts = []
    for part in mail.walk():
        if part.is_multipart() and part.get_content_type() in _STATUS:
            blocks = [block.as_string(policy=_POLICY) for block in _inner(part)]
            texts.append("\n".join(blocks))
        elif part.get_content_type() == "message/rfc822":
            texts.append(_inner(part)[0].as_string(policy=_POLICY))
            break
        elif not part.is_multipart():
            texts.append(_octets(part).decode(part.get_content_charset("utf-8"), "replace"))
    return _plain(mail, "\n\n".join(texts)) if mail.is_multipart() else None


def _only_text(change: Callable[[str], str]) -> Variant:
    def changed(mail: Message) -> bytes | None:
        text = _text(mail)
        return _plain(mail, change(text)) if text else None

    return changed


def _wrap(width: int) -> Callable[[str], str]:
    def wrapped(text: str) -> str:
        return "\n".join(
            piece
            for line in text.splitlines()
            for piece in (
                textwrap.wrap(
                    line,
                    width,
                    break_long_words=False,
                    break_on_hyphens=False,
                    drop_whitespace=True,
                )
                or [""]
            )
        )

    return wrapped


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def _html(mail: Message) -> bytes | None:
    text = _text(mail)
    if not text:
        return None
    body = "<html><body><p>" + escape(text).replace("\n\n", "</p>\n<p>").replace("\n", "<br>\n")
    kind = b"\nMIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n"
    return _head(mail) + kind + b"Content-Transfer-Encoding: 8bit\n\n" + body.encode() + b"</p>"


def _encoded(charset: str, cte: str) -> Variant:
    def change(mail: Message) -> bytes | None:
        text = _text(mail)
        return _plain(mail, text, charset, cte) if text else None

    return change


def _field(name: str, value: str) -> Variant:
    def change(mail: Message) -> bytes | None:
        if name not in mail:
            return None
        del mail[name]
        if value:
            mail[name] = value
        return mail.as_bytes(policy=_POLICY)

    return change


def _crlf(mail: Message) -> bytes:
    raw = mail.as_bytes(policy=_POLICY)
    return raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


VARIANTS: dict[str, Variant] = {
    "no status part": _without(*_STATUS),
    "no returned message": _without(*_RETURNED),
    "neither of both": _without(*_STATUS, *_RETURNED),
    "flat text": _flat,
    "wrapped at 72": _only_text(_wrap(72)),
    "wrapped at 60": _only_text(_wrap(60)),
    "quoted": _only_text(_quoted),
    "HTML only": _html,
    "base64": _encoded("utf-8", "base64"),
    "quoted-printable": _encoded("utf-8", "quoted-printable"),
    "iso-2022-jp": _encoded("iso-2022-jp", "7bit"),
    "koi8-r": _encoded("koi8-r", "base64"),
    "utf-16": _encoded("utf-16", "base64"),
    "no X-Failed-Recipients": _field("X-Failed-Recipients", ""),
    "subject localised": _field("Subject", "=?utf-8?q?Unzustellbar=3A_Ihre_Nachricht?="),
    "subject says nothing": _field("Subject", "hello"),
    "sender says nothing": _field("From", "Zustelldienst <dienst@mx.example.net>"),
    "no In-Reply-To": _field("In-Reply-To", ""),
    "no Return-Path": _field("Return-Path", ""),
    "CRLF": _crlf,
}


def _findings(report: Report) -> dict[str, tuple[str, str]]:
    if report.kind not in (Kind.DSN, Kind.BOUNCE):
        return {}
    return {one.address.lower(): (one.severity, one.reason) for one in report.recipients}


def main(arguments: list[str]) -> int:
    """Print what each variant keeps; 2 where there is nothing to read."""
    place = Path(arguments[0] if arguments else os.environ.get("LANDED_CORPUS", ""))
    if not (place / "expected.json").is_file():
        print("give a directory with expected.json, as argument or in LANDED_CORPUS")
        return 2
    verbose = "-v" in arguments
    names = sorted(json.loads((place / "expected.json").read_text()))
    counts = {what: Counter[str]() for what in ("mails", "recipients", "severity", "reason")}
    for name in names:
        raw = (place / name).read_bytes()
        whole = _findings(read(raw))
        if not whole:
            continue
        for variant, change in VARIANTS.items():
            try:
                changed = change(message_from_bytes(raw, policy=_POLICY))
            except (LookupError, ValueError, KeyError, AttributeError):
                continue  # the standard library gave up on it
            if changed is None:
                continue
            told = _text(message_from_bytes(changed, policy=_POLICY)).lower()
            if variant == "HTML only":
                told = _text(message_from_bytes(raw, policy=_POLICY)).lower()
            kept = {one for one in whole if one in told}
            if not kept or (len(kept) < len(whole) and variant != "no status part"):
                continue
            got = _findings(read(changed))
            counts["mails"][variant] += 1
            same = set(got) == kept or set(got) == set(whole)
            severe = same and all(got[one][0] == whole[one][0] for one in got)
            reasons = same and all(got[one][1] == whole[one][1] for one in got)
            counts["recipients"][variant] += same
            counts["severity"][variant] += severe
            counts["reason"][variant] += reasons
            if verbose and not severe:
                print(f"{variant}: {name}: {sorted(got.items())} | {sorted(whole.items())}")
    print(f"{'variant':24} {'mails':>5} {'recipients':>10} {'hard/soft':>10} {'reason':>10}")
    for variant in VARIANTS:
        mails = counts["mails"][variant]
        shares = [
            f"{100 * counts[what][variant] / mails:7.1f} %" if mails else "-"
            for what in ("recipients", "severity", "reason")
        ]
        print(f"{variant:24} {mails:5} {shares[0]:>10} {shares[1]:>10} {shares[2]:>10}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

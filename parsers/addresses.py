"""Addresses: as reports write them, and as people give them to us.

Owns both readings. The first is plain string work, since it runs for every
report; the second leans on flanker, which costs a third of a second to import
and is therefore imported where it is needed. Must not look anything up.
"""

import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address

__all__ = [
    "InvalidAddress",
    "Refused",
    "bare",
    "canonical",
    "domain_form",
    "fold_domain",
    "parse_list",
    "typed",
]

_LOCAL_OCTETS = 64  # RFC 5321 4.5.3.1.1
_DOMAIN_OCTETS = 255  # RFC 5321 4.5.3.1.2
_ADDRESS_OCTETS = 254  # RFC 5321 4.5.3.1.3: a path has 256, its angle brackets among them
_FIELD_CHARACTERS = 2_000  # no address needs more, and a search of more costs
_GROUP_CHARACTERS = 200
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_TYPE = re.compile(r"[ \t]*([A-Za-z0-9.+_-]{1,40})[ \t]*;")
_ADDRESS = re.compile(
    r"(?:\"[^\"\n]{1,200}\"|[^\s<>()\[\],;:\"@]{1,200})@"
    r"(?:\[[^\]\s]{1,60}\]|[^\s<>()\[\],;:\"@]{1,255})"
)
_ESCAPED = re.compile(r"\\x\{([0-9A-Fa-f]{1,6})\}")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_BRACKETED = re.compile(r"<[^<>]*@[^<>]*>")
_PAIR = re.compile(r"\\(.)")
# RFC 5322 3.2.3, RFC 6532 3.2: what needs no quotes
_DOT_ATOM = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\x80-\U0010ffff-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~\x80-\U0010ffff-]+)*"
)
_GROUP = re.compile(r"[ \t]*[^\s<>@,;:\"][^<>@,;:\"]*")


class InvalidAddress(ValueError):
    """What was given is no address that mail can be sent to; the text says why."""


@dataclass(frozen=True, slots=True)
class Refused:
    """One entry of a list that is no address."""

    text: str  # as given, at most 200 characters
    reason: str  # for the person who wrote it


def typed(value: str) -> tuple[str, str]:
    r"""Address type (lower case, "" if untold) and address of a DSN or MDN field.

    RFC 3464 2.3.1: "rfc822; user@example.com", with the liberties that senders
    take: angle brackets, comments, a missing type or blank. RFC 6533 3: a
    "utf-8" address may hold \x{HEX} for what is not printable ASCII.
    """
    kind = ""
    found = _TYPE.match(value)
    if found:
        kind = found[1].lower()
        value = value[found.end() :]
    if "\\x{" in value and kind in {"utf-8", ""}:
        value = _ESCAPED.sub(_unescape, value)
    return kind, bare(value)


def _unescape(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    if code < 0x20 or code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        return found[0]
    return chr(code)


def bare(value: str) -> str:
    """The first address in a header or field value, or what stands there without decoration.

    "" if nothing stands there, or only "<>". The domain is folded to lower case.
    """
    return _bare(value[:_FIELD_CHARACTERS])


@lru_cache(1_024)  # the same hosts write in the same names again and again
def _bare(value: str) -> str:
    value = value.strip()
    if value.startswith("<") and value.endswith(">") and value.count("<") == 1:
        return fold_domain(_end_of_route(value[1:-1].strip().removeprefix("mailto:")))
    opened = value.rfind("<")
    if opened >= 0:
        inner = value[opened + 1 :].partition(">")[0].strip()
        if "@" in inner:
            return fold_domain(_end_of_route(inner))
    value = _end_of_route(value)
    found = _ADDRESS.search(value)
    if found:
        address = found[0].rstrip(".")
        if address[:1] == address[-1:] == "'":  # within single quotes
            address = address[1:-1]
        return fold_domain(address)
    return value.partition(" (")[0].strip().strip("<>").strip()


def _end_of_route(address: str) -> str:
    """The mailbox at the end of a source route (RFC 5321 appendix C)."""
    return address.partition(":")[2] if address[:1] == "@" and ":" in address else address


def fold_domain(address: str) -> str:
    """The address with its domain in lower case; the local part is its owner's affair."""
    local, at, domain = address.rpartition("@")
    if not at or domain.islower():
        return address
    return f"{local}@{domain.lower()}"


def canonical(address: str) -> str:
    """One address as the ledger keeps it: the domain in lower-case ASCII (IDNA), NFC local part.

    The local part keeps its case, and quotes where it needs them (RFC 5321 2.3.11,
    4.1.2): only its own host may interpret it. Raises InvalidAddress.
    """
    text = unicodedata.normalize("NFC", address.strip())
    if not text:
        raise InvalidAddress("there is no address")
    if any(unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for letter in text):
        raise InvalidAddress("it holds a control character, or octets that are no text")
    local, at, domain = text.rpartition("@")
    if text.endswith(">"):
        raise InvalidAddress("it has a name or angle brackets; give the address alone")
    if not at or not local or not domain:
        raise InvalidAddress("an address is written name@domain")
    if len(local.encode()) > _LOCAL_OCTETS:
        raise InvalidAddress(f"the part before @ is longer than {_LOCAL_OCTETS} octets")
    domain = _literal(domain) if domain.startswith("[") else _ascii_domain(domain)
    # imported here: a third of a second, and not needed to read reports
    from flanker.addresslib import address as flanker_address

    parsed = flanker_address.parse(f"{local}@{domain}", addr_spec_only=True)
    if parsed is None or parsed.display_name:
        raise InvalidAddress("it does not follow the grammar of addresses (RFC 5321, RFC 6531)")
    whole = f"{_unquoted(parsed.mailbox)}@{domain}"
    if len(whole.encode()) > _ADDRESS_OCTETS:
        raise InvalidAddress(f"it is longer than {_ADDRESS_OCTETS} octets")
    return whole


def _unquoted(local: str) -> str:
    """The same local part, without quotes and backslashes that say nothing."""
    if not local.startswith('"'):
        return local
    plain = _PAIR.sub(r"\1", local[1:-1])
    if _DOT_ATOM.fullmatch(plain):
        return plain
    quoted = plain.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}"'


def _literal(domain: str) -> str:
    """RFC 5321 4.1.3: an IP address in brackets."""
    tag, _, rest = domain[1:-1].partition(":")
    with suppress(ValueError):
        if domain.endswith("]") and tag.lower() == "ipv6":
            return f"[ipv6:{IPv6Address(rest)}]"  # domains are kept in lower case
        if domain.endswith("]"):
            return f"[{IPv4Address(domain[1:-1])}]"
    raise InvalidAddress(f'"{domain[:80]}" is no IP address in brackets')


def _ascii_domain(domain: str) -> str:
    domain = domain.removesuffix(".").lower()
    if not domain.isascii():
        # flanker brings it along; the codec of the standard library knows IDNA 2003 only
        import idna

        try:
            domain = idna.encode(domain, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError) as error:
            raise InvalidAddress(f'"{domain}" is no international domain name') from error
    if len(domain) > _DOMAIN_OCTETS or not all(
        _LABEL.fullmatch(label) for label in domain.split(".")
    ):
        raise InvalidAddress(f'"{domain[:80]}" is no domain name')
    return domain


def domain_form(name: str) -> str:
    """A domain as domains are compared: its ASCII form in lower case (RFC 5890, UTS 46).

    What is no host name stays as it is, in lower case.
    """
    lower = name.strip().rstrip(".").lower()
    if lower.isascii():
        return lower
    try:
        return _ascii_domain(lower)
    except InvalidAddress:
        return lower


def parse_list(text: str) -> tuple[list[str], list[Refused]]:
    """The canonical addresses of a To-like list in order, no repeats; and what is none, with why.

    Takes display names, comments, groups (RFC 5322 3.4), and commas,
    semicolons or line ends between entries.
    """
    addresses: dict[str, None] = {}
    refused: list[Refused] = []
    for entry in _entries(text):
        try:
            addresses[canonical(_spec(entry))] = None
        except InvalidAddress as error:
            refused.append(Refused(entry[:200], str(error)))
    return list(addresses), refused


def _spec(entry: str) -> str:
    """The addr-spec of one mailbox: what stands in angle brackets, or all but comments.

    Raises InvalidAddress where two stand there: one of them would be lost.
    """
    if entry.count("<") > 1 and len(_BRACKETED.findall(_QUOTED.sub("", entry))) > 1:
        raise InvalidAddress("two addresses stand here without a comma between them")
    if entry.endswith(">") and "<" in entry:
        return entry[entry.rfind("<") + 1 : -1]
    if "(" not in entry or '"' in entry:
        return entry
    kept, depth = [], 0
    for letter in entry:
        depth += letter == "("
        if not depth:
            kept.append(letter)
        depth = max(0, depth - (letter == ")"))
    return "".join(kept).strip()


def _opens_group(current: list[str]) -> bool:
    return len(current) < _GROUP_CHARACTERS and _GROUP.fullmatch("".join(current)) is not None


def _entries(text: str) -> list[str]:
    """The list split where a separator stands outside quotes, comments and brackets."""
    entries: list[str] = []
    current: list[str] = []
    quoted, escaped, depth, angle = False, False, 0, False
    for letter in text:
        if escaped:
            escaped = False
        elif letter == "\\":
            escaped = True
        elif letter == '"' and not depth:
            quoted = not quoted
        elif quoted:
            pass
        elif letter in "()":
            depth = max(0, depth + (1 if letter == "(" else -1))
        elif letter in "<>":
            angle = letter == "<"
        elif (letter in ",;" and not depth and not angle) or letter == "\n":
            entries.append("".join(current))
            current, depth, angle = [], 0, False
            continue
        elif letter == ":" and not depth and not angle and _opens_group(current):
            current = []
            continue
        current.append(letter)
    entries.append("".join(current))
    return [entry.strip() for entry in entries if entry.strip()]

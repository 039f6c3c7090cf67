"""Exchange 2007 and later, Office 365: the text of a report whose status part is lost.

Odd: a localised explanation first, then "Diagnostic information for administrators:"
(localised too) with a block per recipient: "Generating server: host", the address alone
on its line, and "#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##" or "Remote Server
returned '550 5.1.10 ...'" (also <...>, also after dates) below it. "##rfc822;address" at
the end of a line is the address as we wrote it. Reports in HTML say "Status code: 550 5.1.10".
"""

import re
from collections.abc import Iterator

from parsers.bounces.finding import Form, Found
from parsers.bounces.lines import addresses, lead, unfold
from parsers.bounces.notice import Notice
from parsers.bounces.verdict import is_delay
from parsers.report import Action

__all__ = ["EXCHANGE_ONLINE"]

# the line of codes below an address, whatever the language around it
_CODES = re.compile(
    r"#(?P<hash>[2457]\d\d [45]\.\d+\.\d+[^\n]*|<[^>\n]*#[45]\.\d+\.\d+[^\n]*"
    r"|[45]\.\d+\.\d+[^\n]*)"
    r"|['‘\"<](?P<said>[45]\d\d[ -][^\n]*)"
    r"|(?P<bare>^[45]\d\d [45]\.\d+\.\d+ [^\n]*)"
)
_SERVER = re.compile(
    r"^(?:generating server|server di generazione|generierender server|serveur de génération"
    r"|génération du serveur"
    r"|servidor de generación|生成サーバー|正在生成服务器"
    r"|servidor de geração)[ \t]*[:：][ \t]*(\S+)",
    re.MULTILINE,
)
_RECEIVING = re.compile(r"^receiving server[ \t]*:[ \t]*(\S+)", re.MULTILINE)
_STATUS_CODE = re.compile(r"status code:[ \t]*([45]\d\d [45]\.\d+\.\d+)")
_ERROR = re.compile(r"^error(?: reported)?[ \t]*:[ \t]*([45]\d\d[^\n]*)", re.MULTILINE)
_RECIPIENT = re.compile(
    r"^recipient address[ \t]*:[ \t]*([^\s@]+@\S+)", re.MULTILINE | re.IGNORECASE
)
_ORIGINAL = re.compile(r"##?\s*(?:rfc822;([^\s>]{3,320}))?\s*$", re.IGNORECASE)


def _read(notice: Notice) -> Iterator[Found]:
    low = notice.low
    server = _SERVER.search(low)
    receiving = _RECEIVING.search(low)
    action = Action.DELAYED if is_delay(notice) else Action.FAILED
    for address, words in _blocks(notice, server.end() if server else 0):
        original = _ORIGINAL.search(words)
        yield Found(
            address,
            original[1] if original and original[1] and original[1] != address else "",
            unfold(_ORIGINAL.sub("", words)).rstrip("'’>\" "),
            action,
            reporting_mta=server[1] if server else "",
            remote_mta=receiving[1] if receiving else "",
        )


def _blocks(notice: Notice, start: int) -> Iterator[tuple[str, str]]:
    """Address and the words below it, from the diagnostic block on."""
    address = first = ""
    told = any_told = False
    for line in notice.above[start:].split("\n"):
        stripped = line.strip()
        head = lead(stripped)
        if head is not None and (not head[1] or head[1].startswith(("<mailto:", "(", "mailto:"))):
            address, told = head[0], False
            first = first or address
            continue
        if address and not told and (codes := _CODES.search(stripped)) is not None:
            yield address, (codes["hash"] or codes["said"] or codes["bare"])
            told = any_told = True
    if not any_told:
        error = _ERROR.search(notice.low)
        code = error or _STATUS_CODE.search(notice.low)
        said = notice.above[code.start(1) : code.end(1)] if code else ""
        if said and error is None:
            said += " " + unfold(notice.above)[:600]  # 5.1.10 is not IANA's: the words tell
        labelled = _RECIPIENT.findall(notice.above)
        for named in labelled or [first] * bool(first) or addresses(notice.above)[: bool(said)]:
            yield named, said or unfold(notice.above)[:600]


EXCHANGE_ONLINE = Form(
    "exchange-online",
    (
        "diagnostic information for administrators",
        "generating server",
        "delivery has failed to these recipients",
        "rejected your message to the following",
        "informations de diagnostic pour les administrateurs",
        "diagnoseinformationen für administratoren",
        "información de diagnóstico para los administradores",
        "informazioni di diagnostica per gli amministratori",
        "informações de diagnóstico para administradores",
        "管理者向けの診断情報",
        "供管理员使用的诊断信息",
        "status code: 5",
    ),
    _read,
)

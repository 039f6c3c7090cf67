"""The grammar of messages and mail systems: what is wrong with either.

Owns phrases as grammar.py does. Must hold data only.
"""

from parsers.codes.phrases.grammar import DENIED, Crossing
from parsers.codes.words import Strength
from parsers.report import Reason

__all__ = ["CROSSINGS"]

_SILENT = (
    "timed out / timeout / time out / did not respond / does not respond / not responding"
    " / is not responding / not answering / is not answering / no answer"
    " / no response"
)

CROSSINGS: tuple[Crossing, ...] = (
    Crossing(
        Reason.HOSTUNKNOWN,
        Strength.DECISIVE,
        "cannot find / could not find / unable to find / did not find / failed to find",
        "a mail server for / any mail server for / mail servers for / a mail exchanger for"
        " / any mail exchanger for / mail exchangers for / an mx for / any mx for / mx records for"
        " / the mail server for",
    ),
    Crossing(
        Reason.POLICYVIOLATION,
        Strength.DECISIVE,
        "rejected by / refused by / denied by / not accepted by / disallowed by",
        "site rules / site rule / local rules / server rules / our rules / an administrative rule"
        " / a rule of the administrator / rules of the administrator",
    ),
    Crossing(
        Reason.MAILERERROR,
        Strength.CERTAIN,
        "failed with / exited with / ended with / terminated with / returned with",
        "exit status / exit code / status code / error status",
    ),
    Crossing(
        Reason.NETWORKERROR,
        Strength.DECISIVE,
        "name server / name servers / nameserver / nameservers / dns server / dns servers",
        "did not answer / did not respond / does not answer / does not respond / do not respond"
        " / not responding / is not responding / are not responding",
    ),
    # not by a list of hosts
    Crossing(
        Reason.POLICYVIOLATION,
        Strength.CERTAIN,
        "blocked by / blocked by our / blocked by the / blocked due to / blocked due to our"
        " / blocked because of / blocked because of our / blocked per / blocked under our",
        "organization policy / organizational policy / organizations policy / company policy"
        " / corporate policy / company email policy / corporate email policy",
    ),
    Crossing(
        Reason.POLICYVIOLATION,
        Strength.CERTAIN,
        "message blocked / message is blocked / email blocked / email is blocked / mail blocked"
        " / mail is blocked / content blocked / content is blocked",
        "by policy / by security policy / by our security policy / by content policy"
        " / by our policy / by our content policy / due to policy / due to security policy"
        " / because of policy / because of security policy / because of content policy",
    ),
    Crossing(
        Reason.CONTENTERROR,
        Strength.CERTAIN,
        "attachment / attachments / attachment type / attachments of this type / file type"
        " / this type of attachment / file extension / exe files / zip files",
        "blocked / are blocked / is blocked / blocked by / are blocked by / is blocked by",
    ),
    # the message
    Crossing(
        Reason.MESGTOOBIG,
        Strength.DECISIVE,
        "message / mail / email / e mail / attachment / attachments / message size / mail size"
        " / email size / attachment size",
        "is too large / too large / is too big / too big / is too long / too long / exceeds limit"
        " / exceeds the limit / exceeds limits / exceeds our limit / exceeds our limits"
        " / exceeds maximum / exceeds the maximum / exceeds fixed limit / exceeds size limit"
        " / is over the limit / is over our limit / is over the size limit / exceeds the size limit"
        " / exceeds the permitted size / exceeds the allowed size"
        " / exceed the permitted size / exceed the allowed size / exceed the maximum"
        " / exceed the limit / exceed the size limit / exceed our limit / exceed size limit"
        " / are too large / are too big",
    ),
    Crossing(
        Reason.SPAMDETECTED,
        Strength.CERTAIN,
        "url in / urls in / link in / links in / url found / contains a url / contains url"
        " / contains a link / contains link / contains a domain / body contains",
        "* listed / * blacklisted / * blocklisted / * blocklist / * blacklist / * spamhaus",
    ),
    Crossing(
        Reason.SPAMDETECTED,
        Strength.DECISIVE,
        "bulk mail / bulk email / bulk e mail / bulk message / bulk messages / mass mail"
        " / mass email / mass mailing / mass mailings / advertising / advertisements",
        f"{DENIED} / are not accepted / are not allowed / are rejected / is unwelcome"
        " / is not welcome / is not wanted / not wanted / detected / was detected",
    ),
    Crossing(
        Reason.CONTENTERROR,
        Strength.DECISIVE,
        "attachment / attachments / attached file / attachment type / file type / file extension",
        f"{DENIED} / are not allowed / are not permitted / is blocked / are blocked / banned"
        " / is banned / restricted / was rejected / was refused / was blocked / were rejected"
        " / were refused / were blocked",
    ),
    Crossing(
        Reason.NOTCOMPLIANTRFC,
        Strength.DECISIVE,
        "missing / missing a / missing the / invalid / duplicate / duplicated / multiple"
        " / malformed / bad / illegal / more than one / without a / no valid",
        "from header / date header / message id header / message id / subject header / to header"
        " / cc header / sender header / reply to header / header field",
    ),
    Crossing(
        Reason.NOTCOMPLIANTRFC,
        Strength.DECISIVE,
        "from header / date header / subject header / to header / cc header / message id header"
        " / sender header / from field / date field",
        "has more than one / contains more than one / contains multiple / has multiple / is missing"
        " / missing / is not present / not present / is malformed / malformed / appears twice"
        " / appears more than once / occurs more than once / is duplicated",
    ),
    Crossing(
        Reason.NOTCOMPLIANTRFC,
        Strength.DECISIVE,
        "does not have a / has no / lacks a / lacks the / does not contain a / is missing a",
        "from header / date header / message id header / message id / subject header / to header",
    ),
    Crossing(
        Reason.NOTCOMPLIANTRFC,
        Strength.DECISIVE,
        "two / several / multiple / duplicate / many",
        "subject headers / from headers / date headers / to headers / message id headers",
    ),
    # the systems
    Crossing(
        Reason.FAILEDSTARTTLS,
        Strength.DECISIVE,
        "tls / starttls / ssl / encryption / secure connection / encrypted connection"
        " / encrypted session / secure session / encrypted channel / secure channel",
        "is required / required / must be used / is mandatory / mandatory"
        " / could not be established / could not be negotiated / handshake failure"
        " / handshake failed / negotiation failed"
        " / version too low / not supported / is not supported",
    ),
    Crossing(
        Reason.NETWORKERROR,
        Strength.PLAIN,
        "server / remote server / host / remote host / mail server / destination server"
        " / destination host / destination",
        "cannot be reached / is not reachable / not reachable / cannot be contacted"
        " / is unreachable / unreachable",
    ),
    Crossing(
        Reason.SYSTEMERROR,
        Strength.DECISIVE,
        "database / backend / ldap / ldap server / directory server / storage",
        "is unreachable / unreachable / cannot be reached / cannot be contacted",
    ),
    Crossing(
        Reason.SYSTEMERROR,
        Strength.DECISIVE,
        "cannot connect to / failed to connect to / connection failed to",
        "database / the database / ldap / ldap server / backend / the backend / directory server"
        " / mysql / the policy server / policy server / milter / the content filter"
        " / content filter / the scanner / the storage",
    ),
    Crossing(
        Reason.NETWORKERROR,
        Strength.DECISIVE,
        "dns / dns query / name server / nameserver / mx / mx record / mx lookup / dns lookup"
        " / host lookup"
        " / name resolution",
        "lookup failed / query failed / timeout / timed out / not responding / is not responding"
        " / failure / loop / error / temporary failure / lookup timed out / returned servfail",
    ),
    Crossing(
        Reason.MAILERERROR,
        Strength.DECISIVE,
        "command / program / filter / script / pipe / vacation / delivery agent / mailer",
        "crashed / could not be executed / terminated abnormally / returned error / returned exit"
        " / exited / died",
    ),
    Crossing(
        Reason.SYSTEMERROR,
        Strength.PLAIN,
        "server / mail server / system / mail system / service",
        "is down / is overloaded / overloaded / is too busy / too busy / is busy"
        " / is currently busy / crashed / is shutting down / is restarting / is misconfigured"
        " / encountered an error / could not process / has an internal error",
    ),
    Crossing(
        Reason.SYSTEMFULL,
        Strength.DECISIVE,
        "server disk / file system / filesystem / spool / mail queue / partition",
        "full / is full / out of space / is out of space / has no space / has no space left",
    ),
    Crossing(
        Reason.SYSTEMERROR,
        Strength.PLAIN,
        "temporary / internal / local / server / internal server / system / mail system"
        " / mail server / database / configuration / backend / ldap / directory / unexpected"
        " / lookup"
        " / technical / service / storage / processing / internal processing",
        "error / errors / failure / problem / problems / malfunction / fault",
    ),
    Crossing(
        Reason.SYSTEMERROR,
        Strength.PLAIN,
        "server / system / mail server / mail system / queue / database / resource / resources"
        " / backend / directory / directory server / ldap / ldap server / storage",
        "down / is down / is currently down / offline / is offline"
        " / unavailable / is unavailable / temporarily unavailable / is temporarily unavailable"
        " / currently unavailable / is currently unavailable / not available / is not available",
    ),
    Crossing(
        Reason.SYSTEMERROR,
        Strength.DECISIVE,
        "cannot / can not / cant / could not / couldnt / unable to / failed to",
        "open mailbox / access mailbox / lock mailbox / create mailbox / write to mailbox"
        " / write mailbox / open the mailbox / open file / create file / lock file"
        " / open database / open directory / create directory / write message / store message"
        " / store the message / get lock / set gid / set uid / fork / allocate memory",
    ),
    Crossing(
        Reason.NETWORKERROR,
        Strength.PLAIN,
        "connection / tcp connection / smtp connection / session / smtp session / connect",
        "lost / was lost / dropped / aborted / terminated / was reset / was terminated"
        " / reset by remote host / closed by remote host / terminated unexpectedly"
        " / failed / could not be established / could not be made / was closed"
        " / was closed unexpectedly / closed unexpectedly / broken / was broken"
        " / unreachable / is unreachable / is not reachable / was refused / refused",
    ),
    Crossing(
        Reason.NETWORKERROR,
        Strength.PLAIN,
        "network / host / destination / destination host / remote host / remote server",
        "unreachable / is unreachable / not reachable / is not reachable / is down",
    ),
    Crossing(
        Reason.EXPIRED,
        Strength.PLAIN,
        "connection / connection attempt / remote host / remote server / destination host"
        " / destination server / host / server / mail server",
        _SILENT,
    ),
    Crossing(
        Reason.EXPIRED,
        Strength.PLAIN,
        "delivery time / delivery period / queue time / retry time / retry limit / retry period"
        " / time limit / time to live / message lifetime",
        "expired / has expired / exceeded / was exceeded / has been exceeded / reached",
    ),
    Crossing(
        Reason.EXPIRED,
        Strength.PLAIN,
        "message / mail / email / e mail",
        "expired / has expired / timed out / not delivered after / was not delivered within"
        " / was not delivered after / could not be delivered after / has been queued too long"
        " / was in queue too long / has been in the queue",
    ),
    Crossing(
        Reason.EXPIRED,
        Strength.FAINT,
        "deliver message / deliver this message / deliver your message / deliver the message"
        " / deliver mail / send this message / send your message / send the message / send mail",
        "after / within / before the / in the allotted / for more than",
    ),
    Crossing(
        Reason.SYSTEMERROR,
        Strength.DECISIVE,
        "maildir / mailbox / mailbox format / mail file / mail database / message store"
        " / mailbox index",
        "corrupt / corrupted / is corrupt / is corrupted / seems to be corrupted"
        " / appears to be corrupted / is damaged",
    ),
    Crossing(
        Reason.NOTCOMPLIANTRFC,
        Strength.DECISIVE,
        "from header / date header / message id header / subject header / to header"
        " / required header / sender header",
        "is missing / missing / is invalid / is not valid / is malformed"
        " / appears more than once / must be present / is required",
    ),
    Crossing(
        Reason.SYSTEMERROR,
        Strength.CERTAIN,
        "virus scanner / virus scan / virus check / virus scanning / spam scanner"
        " / spam check / spam scan / antivirus / anti virus / content scanner"
        " / content filter / scanner",
        "error / failure / is unavailable / not available / timed out / timeout"
        " / could not be run / is down / crashed / did not respond / temporarily unavailable",
    ),
    Crossing(
        Reason.CONTENTERROR,
        Strength.DECISIVE,
        "mime type / content type / media type / file format / character set / charset"
        " / encoding / transfer encoding / content transfer encoding",
        "not supported / is not supported / not allowed / is not allowed / not accepted"
        " / is not accepted / unknown / is unknown / is invalid / not permitted"
        " / is not permitted / unsupported",
    ),
    Crossing(
        Reason.CONTENTERROR,
        Strength.DECISIVE,
        "unsupported / invalid / unknown / bad / unacceptable",
        "mime type / content type / media type / file format / character set / charset"
        " / encoding / transfer encoding / content transfer encoding",
    ),
    Crossing(
        Reason.CONTENTERROR,
        Strength.DECISIVE,
        "message / mail / email / message body / mail body / body",
        "is empty / too short / too small / is too short / is too small / has no body"
        " / has no content / without body / without content",
    ),
    Crossing(
        Reason.MAILERERROR,
        Strength.DECISIVE,
        "cannot / can not / cant / could not / couldnt / unable to / failed to",
        "start delivery / start program / start command / start filter / run command"
        " / run program / run filter / run script / execute command / execute program"
        " / execute filter / spawn / launch delivery / invoke delivery",
    ),
)

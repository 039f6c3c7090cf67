"""Microsoft's own enhanced status codes, x.y.100 and above, which nobody else uses.

Owns the table of "Email non-delivery reports and SMTP errors in Exchange Online".
Some two-digit codes of Exchange that IANA does not have stand here as well.
"""

from parsers.report import Reason

__all__ = ["CODES", "look_up_microsoft"]

CODES: dict[str, Reason] = {
    "0.350": Reason.SYNTAXERROR,
    "1.20": Reason.NOTCOMPLIANTRFC,  # several From addresses and no Sender
    "1.90": Reason.EXCEEDLIMIT,  # reached the daily limit for sending
    "1.351": Reason.USERUNKNOWN,  # remote server returned unknown recipient
    "1.350": Reason.SYSTEMERROR,
    "2.13": Reason.SUSPEND,
    "2.20": Reason.SYSTEMERROR,
    "2.121": Reason.SPEEDING,  # recipient's limit per hour from one sender
    "2.122": Reason.SPEEDING,  # recipient's limit per hour
    "2.351": Reason.SYSTEMERROR,
    "3.190": Reason.NOTACCEPT,
    "4.8": Reason.FAILEDSTARTTLS,  # MTA-STS validation
    "4.9": Reason.NETWORKERROR,
    "4.11": Reason.CONTENTERROR,  # generated message too deep
    "4.14": Reason.NETWORKERROR,  # hop count
    "4.20": Reason.EXPIRED,
    "4.300": Reason.EXPIRED,
    "4.310": Reason.HOSTUNKNOWN,  # DNS domain does not exist
    "4.311": Reason.NETWORKERROR,
    "4.312": Reason.EXPIRED,  # message expired, DNS query failed
    "4.315": Reason.EXPIRED,
    "4.316": Reason.EXPIRED,  # message expired, connection refused
    "4.317": Reason.EXPIRED,  # message expired, cannot connect
    "4.318": Reason.EXPIRED,
    "4.350": Reason.SYSTEMERROR,
    "6.11": Reason.CONTENTERROR,  # bare line feeds
    "6.211": Reason.POLICYVIOLATION,
    "7.57": Reason.SECURITYERROR,  # not authenticated to send anonymous mail
    "7.60": Reason.SECURITYERROR,
    "7.64": Reason.NORELAYING,  # tenant attribution
    "7.123": Reason.POLICYVIOLATION,
    "7.124": Reason.SECURITYERROR,  # not in the group's list of senders
    "7.133": Reason.SECURITYERROR,  # group takes authenticated senders only
    "7.134": Reason.SECURITYERROR,
    "7.135": Reason.SECURITYERROR,
    "7.136": Reason.SECURITYERROR,
    "7.193": Reason.SECURITYERROR,
    "7.232": Reason.EXCEEDLIMIT,  # trial tenant's daily recipients
    "7.233": Reason.EXCEEDLIMIT,
    "7.319": Reason.FAILEDSTARTTLS,
    "7.320": Reason.FAILEDSTARTTLS,
    "7.321": Reason.FAILEDSTARTTLS,  # starttls-not-supported
    "7.322": Reason.FAILEDSTARTTLS,  # certificate-expired
    "7.323": Reason.FAILEDSTARTTLS,  # tlsa-invalid
    "7.324": Reason.FAILEDSTARTTLS,  # dnssec-invalid
    "7.325": Reason.FAILEDSTARTTLS,  # certificate-host-mismatch
    "7.367": Reason.SECURITYERROR,  # remote server returned not permitted to relay
    "7.501": Reason.SPAMDETECTED,  # spam abuse detected
    "7.502": Reason.REJECTED,  # banned sender
    "7.503": Reason.REJECTED,  # banned sender
    "7.504": Reason.REJECTED,
    "7.505": Reason.FILTERED,  # banned recipient
    "7.506": Reason.BLOCKED,  # bad HELO
    "7.507": Reason.FILTERED,  # rejected by recipient
    "7.508": Reason.TOOMANYCONN,  # IP has exceeded permitted limits
    "7.509": Reason.AUTHFAILURE,  # DMARC
    "7.510": Reason.NOTACCEPT,  # no mail over IPv6
    "7.511": Reason.BLOCKED,  # banned sender, delist at Microsoft
    "7.512": Reason.NOTCOMPLIANTRFC,
    "7.513": Reason.BLOCKED,
    "7.515": Reason.AUTHFAILURE,  # required authentication level
    "7.520": Reason.POLICYVIOLATION,  # no external forwarding
    "7.606": Reason.BLOCKED,  # to .649: banned sending IP
    "7.650": Reason.BADREPUTATION,  # temporarily rate limited due to IP reputation
    "7.651": Reason.BADREPUTATION,
    "7.652": Reason.TOOMANYCONN,  # exceeded connections
    "7.700": Reason.REJECTED,  # to .749: the sending tenant is barred
    "7.703": Reason.REJECTED,
    "7.705": Reason.REJECTED,  # tenant has exceeded threshold
    "7.708": Reason.BLOCKED,  # traffic not accepted from this IP
    "7.750": Reason.REJECTED,  # unregistered domain
    "7.800": Reason.TOOMANYCONN,
    "7.850": Reason.TOOMANYCONN,  # to .899: try again later
}

# Codes that Microsoft gives out in ranges: first, last, meaning.
_RANGES: tuple[tuple[int, int, Reason], ...] = (
    (120, 139, Reason.SECURITYERROR),  # who may send to a mailbox or group
    (500, 599, Reason.BLOCKED),
    (600, 649, Reason.BLOCKED),
    (650, 699, Reason.BADREPUTATION),
    (700, 749, Reason.REJECTED),
    (850, 899, Reason.TOOMANYCONN),
)


def look_up_microsoft(status: str) -> Reason | None:
    """What Microsoft means by a status such as "5.7.606", or None."""
    found = CODES.get(status[2:])
    if found is None and status[2:4] == "7.":
        number = int(status[4:])
        for first, last, reason in _RANGES:
            if first <= number <= last:
                return reason
    return found

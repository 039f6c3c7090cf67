"""What is said of the sending host: its name, its reputation, its pace.

Must hold data only: table.py says how a table is read.
"""

from parsers.codes.phrases.table import rows
from parsers.codes.words import Strength
from parsers.report import Reason

__all__ = ["ROWS"]

ROWS = (
    # The reputation systems of large receivers.
    *rows(
        Reason.BADREPUTATION,
        Strength.FAINT,
        """
        reputation
        """,
    ),
    *rows(
        Reason.BADREPUTATION,
        Strength.CERTAIN,
        """
        has been temporarily rate limited due to ip reputation
        temporarily deferred due to unexpected volume or user complaints  # Yahoo TSS04
        low reputation of the sending
        """,
    ),
    *rows(
        Reason.BADREPUTATION,
        Strength.DECISIVE,
        """
        low reputation / poor reputation / bad reputation / reputation of the sending
        reputation of your / reputation is too low / reputation score / reputation too low
        reputation service / due to reputation / ip reputation / ip address reputation
        domain reputation / url reputation / sender reputation / senderscore
        unusual rate of unsolicited mail / volume of complaints / user complaints
        excessive complaints / spam reputation
        unusual rate of unsolicited email
        poor sender score / low sender score / bad sender score
        negative reputation
        insufficient reputation
        karma score / bad karma
        based on * reputation / because of * reputation / sufficient reputation
        poor senderbase / low senderbase / bad senderbase
        """,
    ),
    *rows(
        Reason.BADREPUTATION,
        Strength.PLAIN,
        """
        reputation is below / reputation below
        not enough reputation / trust score / low trust
        detected an unusual rate of
        """,
    ),
    # No name for the address, or a name that does not lead back.
    *rows(
        Reason.REQUIREPTR,
        Strength.DECISIVE,
        """
        reverse dns / reverse lookup / reverse hostname / reverse host / reverse name
        reverse ip / reverse mapping / reverse record / reverse pointer / reverse resolution
        reversedns / rdns / r dns / ptr record / ptr records / ptr lookup / ptr entry / ptr dns
        ptr mismatch / no ptr / dns ptr / without ptr / missing ptr
        missing or unresolvable ptr / bad ptr / in addr arpa / ip6 arpa / fcrdns
        mismatches client ip  # Outlook.com
        cannot resolve your address / cannot find your hostname / cannot find your reverse
        unresolvable relay host name / unresolvable client
        does not resolve to a name / does not reverse resolve / dns hostname for * not found
        host does not have a valid name / your ip has no name / no hostname found for ip
        no dns record for your ip / all hosts must have / sender ip must resolve
        dns nr  # AOL: (DNS:NR)
        hostname verification failed / hostname for the ip
        ptr resource
        ptr does not match / a valid ptr / address has no name
        ip does not resolve / hostname does not match ip / hostname does not match your ip
        host name does not match ip
        forward and reverse / host name does not resolve to / hostname does not resolve to
        ip address doesnt resolve / ip address does not resolve / ip doesnt resolve
        hostname seems to be forged / hostname may be forged / hostname is forged
        host name may be forged / no peer hostname
        no dns reverse
        resolve the name of your / resolve your hostname / resolve your host name
        resolve your ip / resolve hostname of your
        """,
    ),
    # Blocklists, dynamic ranges, bad HELO names.
    *rows(
        Reason.BLOCKED,
        Strength.CERTAIN,
        """
        not authorized to send email directly  # Gmail
        not currently accepting mail from your ip
        no access from
        adsl or dial
        cloudmark com reset request  # a link, and meant
        blocked by the recipient or by
        """,
    ),
    *rows(
        Reason.BLOCKED,
        Strength.DECISIVE,
        """
        blocked using / blocked by using / blocked by our / blocked by barracuda
        blocked by cbl / blocked by senderbase / blocked due to * spam activity
        blocked due to spam from / blocked due to abuse / blocked for abuse / blocked for spam
        blocked for spamming / blocked for sending / blocked from sending / blocked your ip
        blocked your mail server / blocked this ip / block list / blocklist / blocklisted
        blocklists / block listed / blacklist / blacklists / blacklisted / black list
        black listed / black hole list / blackhole / blackholed / banned sending ip / banned ip
        ip banned / ip is banned / ip is blocked / ip blocked / ip has been blocked
        ip was blocked / ip range is blocked / ip address is blocked / ip address blocked
        ip address has been blocked / ip address banned / ip address rejected
        ip address refused / ip address not allowed / ip address listed / ip address is listed
        ip address is not allowed / ip has been banned / ip refused / ip rejected / ip denied
        ip is listed / ip listed / ip found on / ip * found in / ip * is in a / ip not allowed
        adresse ip source / rbl / rbls / rbldns / dnsbl / dnsrbl / dnswl
        spamhaus / spamcop / sorbs / abuseat / uceprotect / mailspike / njabl / barracudacentral
        spfbl / open relay / open proxy / open proxies
        mail server is an open / dynamic ip / dynamic or generic / dynamic residential
        dynamic pool / dynamically assigned / dynamic dsl / dynamic or dial / dialup / dial up
        dial in / residential ip / residential address / generic hostname / dul
        please use the smtp server of your isp / please use your isp / use your isps
        use your providers mail server / send via your isp / relay your mail through your isp
        through your internet service provider / client host * blocked / client host * rejected
        client address rejected / client blocked / client rejected / client name rejected
        client was rejected / client address refused / helo command rejected / helo name
        helo host / helo string / helo requires / helo domain / helo hostname / helo invalid
        helo rejected / helo refused / helo argument / helo access denied
        ehlo command rejected / ehlo name / invalid helo / invalid ehlo / bad helo / bad ehlo
        forged helo / fake helo / hostname in helo / bogus helo / spoofed helo
        not a valid helo / we do not accept mail from hosts
        we do not accept mail from this ip / dont accept mail from your
        do not accept mail from dynamic / do not accept mail from ip
        not accepting mail from your / mail from your server
        mail from your network / mail from your ip / mail from your mail server
        mail from * has been blocked / mail from * not allowed / mails from this ip
        messages from your
        messages from * will be permanently deferred  # Yahoo TS03
        messages from * temporarily deferred / messages from this ip / email from your ip
        emails from your ip / email from this ip / connections from your
        connections from this host / connection from your
        connections will not be accepted from / connection refused by
        connection dropped due to / connection blocked / connections not accepted
        not accepting connections / not allowed to connect / not allowed to send mail to our
        not allowed to relay mail from ip
        your access to this mail system has been rejected / your access to submit messages
        your daily relay quota / your e mail is redundant / my name was rejected
        host * refused to talk to me / host not permitted / host name is invalid
        smtp service not available from your / server ip * blocked / mail server is not allowed
        mail server * is blocked / mail exchanger * not allowed / may not be mail exchanger
        you are banned / you are blocked / you have been blocked / you are listed
        you were blocked / has been temporarily blocked
        has been permanently blocked / refused because of * spam from / refused by blackholes
        rejected because of * spam from / bad sender ip / bad host name / bogus host
        spam source / spam sources / spam from your / known spam / known spammer
        invalid ip for sending mail of domain / unacceptable domain name / mailer * not allowed
        suspicious host / esmtp not accepting / access from ip / access denied ip
        access denied banned / region is blocked
        a problem occurred ask your postmaster  # T-Online
        bl000000 / blocked for assistance / bad configuration of your
        message from your network / intrusion prevention active
        not in whitelist / access denied your ip / rtr bl
        confirm this mail server / bad ip profile / server requires confirmation
        forbidden by your ip
        helo checks / helo check / helo should / helo ehlo hostname
        # lists that name hosts
        abusix / hostkarma / psbl / nixspam / dsbl / ordb / spamrats / invaluement
        backscatterer / dronebl / gbudb / wpbl / spameatingmonkey
        lashback / rblsmtpd / talosintelligence / junkemailfilter
        connection refused from / listed at host / listed at domain
        wm bli
        ip address used as
        mail from your location / mail from your host / mail from your country
        server use forbidden
        ip address is null / access list denies / access list denied / denied by access list
        claims to be us / claimed to be us / claims to be me
        due to bad behavior / due to bad behaviour
        ip is hangup / denyip
        ip bloqueado / ip esta bloqueado / ip esta bloqueada / bloqueado por / amiblocked
        blocked by symantec
        access from your country / access from your network / access from your region
        """,
    ),
    *rows(
        Reason.BLOCKED,
        Strength.PLAIN,
        """
        blocked see / blocked ip / dynamic address / dynamic host / connection from * refused
        connection rejected / connection denied / your ip address / your ip is / your ip has
        your host is / your host has been / your mail server is / your mail server has been
        your mail host is / your server is / your server has been / your server ip
        your network is / your network has been / your machine is / your mta is / host blocked
        sending host is / sending ip / sending server / sending mta / sender server / source ip
        is not allowed access / too many spam / too many spams / too many unsolicited / spammer
        spammers / problems with your / geographic / geoip / blocked by / is blocked
        was blocked / has been blocked / host rejected / hostname rejected
        go away / connection reset by peer / email blocked / mail blocked / message blocked
        invalid ip
        server refused connection / host refused connection / refused our connection
        refused the connection
        not allowed from this range / not accepted from this range
        dictionary attack / directory harvest attack
        """,
    ),
    *rows(
        Reason.BLOCKED,
        Strength.FAINT,
        """
        mail server rejected
        blocked
        helo / ehlo
        """,
    ),
    # Too much in too little time.
    *rows(
        Reason.SPEEDING,
        Strength.CERTAIN,
        """
        messages they can receive per hour
        message rate limit / exceeded the quota for sending
        messages per hour exceeded
        too many mails received / mail bomb
        policy rejection * quota exceeded / message quota exceeded  # cbpolicyd
        message count quota exceeded / cumulative size quota exceeded
        hourly quota
        hourly sending limit
        unusual rate of email originating / unusual rate of mail originating
        """,
    ),
    *rows(
        Reason.SPEEDING,
        Strength.DECISIVE,
        """
        receiving mail too quickly / receiving mail at a rate / receiving mail at rate
        sent to this user too quickly / too many messages sent / too many messages from
        too many emails / too many mails from / too many mail from / sending too fast
        send too fast / sending too quickly / sending mail too / sent too quickly
        sent too fast / slow down / please try again slower / mail flood / rate limited
        rate limiting / ratelimit / ratelimited / rate exceeded / rate control / hourly limit
        maximum send rate
        too much mail from / max defers and failures per hour  # cPanel
        mi sfq / mi sfc / sending rate / exceeded the maximum number of messages
        send limit exceeded  # GMX
        excessive volume / receiving email too quickly / receiving email at a rate
        received too many messages
        traffic limit
        receiving too much mail / receiving too many
        messages in the last hour / messages per hour
        messages in the past
        sent too many / send too many
        too many identical emails / too many identical messages / too many similar messages
        null sender messages / send limit for * reached
        send limit for * exceeded
        exceed max messages / exceeded max messages / max messages exceeded
        sending too much mail / sending too many
        you sent too much / you have sent too much
        too much mail right now / getting too much mail / receiving too much mail
        mail too fast / mails too fast / messages too fast
        exceeded your messaging limits / exceeded your messaging limit
        """,
    ),
    *rows(
        Reason.SPEEDING,
        Strength.PLAIN,
        """
        mail rate / rate limit / rate limits / throttled / throttling / throttle / per hour
        message rate
        too many messages / message limit reached / exceeded allowed rate
        speeding
        too many recent messages / received too much email
        received too much mail
        hourly bounces
        sender rate
        """,
    ),
    # Too many connections or recipients at once.
    *rows(
        Reason.TOOMANYCONN,
        Strength.CERTAIN,
        """
        too many recipients
        """,
    ),
    *rows(
        Reason.TOOMANYCONN,
        Strength.DECISIVE,
        """
        max emails per hour  # cPanel, of a domain's quota
        too many connections / too many concurrent / too many simultaneous / too many rcpt
        too many rcpts / too many recipient / too many sessions / too many smtp sessions
        too many smtp connections / too many messages in this connection
        too many messages this session / too many invalid recipients
        too many failed recipients / too many envelopes / too many threads / too frequent
        toomanyrecipients / maxrecipients
        maximum number of concurrent / maximum number of simultaneous / maximum connections
        maximum recipients / maximum recipient / max message per connection
        max messages per connection / max connections / max recipients / maximum messages per
        connection limit / connection rate / connection frequency / connection count
        connections exceeded / concurrent connections / concurrent smtp / concurrency limit
        recipient count / recipient thread limit / number of recipients / numbers of recipients
        amount of recipients / recipients exceeds / recipients exceeded / more recipients than
        frequency limited  # QQ: "Ip frequency limited"
        frequency limit / exceeding outbound thread limit / exceeded permitted limits
        has exceeded * connection / exceeded the maximum * connections
        exceeded the rate / only one recipient / one recipient at a time / one recipient per
        no more recipients / cannot accept more recipients / domain policy size per transaction
        # NetEase: connections, recipients
        hl icc / hl ifc / rp qrc / rp rcl / rp trc
        too many open connections
        ports are busy
        sessions open / maximum clients / too many clients / sessions from your
        out of connection slots / rp drc / mi ccl / rp ccl / mi cel / rp cel
        mi dmc
        too many unknown recipients / too many recent unknown recipients
        too many rejections
        too many empty connections
        accepting limit
        """,
    ),
    *rows(
        Reason.TOOMANYCONN,
        Strength.PLAIN,
        """
        too many invalid / too many unknown / too many bad / too many errors / too many users
        connections per / recipients limit / recipient limit / recipients per
        sender has exceeded
        bounces are never sent to more than one
        accepted for null sender / messages per session
        """,
    ),
    *rows(
        Reason.POLICYVIOLATION,
        Strength.DECISIVE,
        """
        try again later gl
        """,
    ),
    *rows(
        Reason.POLICYVIOLATION,
        Strength.PLAIN,
        """
        try another server
        """,
    ),
)

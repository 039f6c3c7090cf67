"""What is said of who sends: the host, its name, its reputation, the envelope sender.

Must hold data only. None of these says anything about the recipient's address.
"""

from parsers.codes.phrases.table import rows
from parsers.codes.words import Strength
from parsers.report import Reason

__all__ = ["ROWS"]

_AUTHENTICATION = (
    *rows(
        Reason.AUTHFAILURE,
        Strength.DECISIVE,
        """
        dmarc policy
        dmarc verification
        dmarc validation
        dmarc evaluation
        dmarc fail
        dmarc failed
        dmarc failure
        dmarc reject
        dmarc rejected
        dmarc rejection
        dmarcrejection
        dmarc check
        dmarc violation
        dmarc sender invalid
        dmarc compliance
        dmarc unauthenticated
        dmarc quarantine
        fails dmarc
        failed dmarc
        pass dmarc
        violates dmarc
        evaluating dmarc
        violation of dmarc
        by dmarc
        rejected per dmarc
        due to dmarc
        unauthenticated email from
        unauthenticated email is not accepted
        unauthenticated senders
        multiple authentication checks failed
        does not have authentication information
        fails to pass authentication
        failed authentication checks
        blocked because the sender is unauthenticated
        sender is unauthenticated
        gmail requires all senders to authenticate
        authenticate with either spf or dkim
        required authentication level
        not pass authentication
        message fails authentication
        does not pass spf
        does not pass dkim
        spf record
        spf records
        spf check
        spf checks
        spf fail
        spf failed
        spf failure
        spf hard fail
        spf hardfail
        spf softfail
        spf soft fail
        spf error
        spf validation
        spf verification
        spf reject
        spf rejection
        spf policy
        spf sender invalid
        spf permerror
        spf temperror
        spf authentication
        spf lookup
        spf violation
        spf unauthorized mail
        spf unauthorised mail
        spf mail from
        spf result
        spf domain
        spf not pass
        spf did not pass
        bad spf
        fails spf
        failed spf
        failing spf
        pass spf
        passes spf
        violates spf
        invalid spf
        no spf
        is neither permitted nor denied by
        sender policy framework
        openspf
        not permitted to send mail from
        not permitted by spf
        not authorized to send mail on behalf of
        not authorized to send mail for
        not authorized by spf
        not allowed to send mail from
        not allowed to send mail for
        not allowed to send from
        not designated as a permitted sender
        not a designated mail
        does not designate
        isnt allowed to send mail as
        is not allowed to send mail from
        is not permitted by the domain owner
        missing or invalid domainkeys
        dkim signature
        dkim check
        dkim fail
        dkim failed
        dkim failure
        dkim validation
        dkim verification
        dkim sender invalid
        dkim policy
        dkim adsp
        dkim unauthenticated
        failed dkim
        no dkim
        bad dkim
        invalid dkim
        arc validation failure
        sender id check
        senderid check failed
        domainkeys verification
        purported responsible address * fail
        anti spoofing policy
        header based anti spoofing policy
        spoofed sender
        sender address spoofed
        spoofing detected
        domain impersonation
        """,
    ),
    *rows(
        Reason.SECURITYERROR,
        Strength.DECISIVE,
        """
        authentication required
        authentication is required
        authentication failed
        authentication failure
        authentication credentials invalid
        authentication mechanism is too weak
        authentication mechanism too weak
        authentication unsuccessful
        authentication rejected
        authentication not accepted
        authentication turned on in your email client
        authrequired                               # RESOLVER.RST.AuthRequired
        rst authrequired
        client was not authenticated
        sender not authenticated
        sender was not authenticated
        sender must be authenticated
        submitter failed to authenticate
        incorrect authentication data
        invalid credentials
        invalid user or password
        invalid login or password
        username and password not accepted
        bad username or password
        cannot authenticate
        could not authenticate
        must authenticate
        you must log in
        you are not authenticated
        you are not authorized to send mail authentication is required
        not authenticated
        not authorized to send to this group
        please authenticate
        please log in via your web browser
        please use smtp auth
        please turn on smtp authentication
        smtp auth required
        smtp authentication is required
        smtp auth is required
        smtpd authentication
        basic authentication is disabled
        application specific password required
        insecure password
        password transition
        trust relationship required
        verification failure * code
        cryptographic failure
        cryptographic algorithm not supported
        message integrity failure
        security features not supported
        security conversion required
        only authenticated
        unauthenticated sending
        account authentication failed
        domain authentication failed
        authorization failed
        """,
    ),
    *rows(
        Reason.SECURITYERROR,
        Strength.FAINT,
        """
        access denied
        access refused
        not authorized
        not authorised
        permission denied
        unauthorized
        security policy violation
        delivery not authorized
        """,
    ),
)

_REPUTATION = (
    *rows(
        Reason.BADREPUTATION,
        Strength.DECISIVE,
        """
        low reputation
        poor reputation
        bad reputation
        bad ip reputation
        reputation of the sending
        reputation of your
        reputation is too low
        reputation score
        reputation too low
        reputation service
        due to reputation
        due to ip reputation
        due to domain reputation
        due to ip address reputation
        ip reputation
        ip address reputation
        domain reputation
        url reputation
        sender reputation
        senderscore
        has a negative reputation
        has been found to be of poor reputation
        has been temporarily rate limited due to ip reputation
        temporarily deferred due to unexpected volume or user complaints    # Yahoo TSS04
        temporarily deferred due to user complaints
        due to unexpected volume or user complaints
        unusual rate of unsolicited mail
        poor sender reputation
        volume of complaints
        user complaints
        excessive complaints
        spam reputation
        """,
    ),
    *rows(
        Reason.REQUIREPTR,
        Strength.DECISIVE,
        """
        reverse dns
        reverse lookup
        reverse hostname
        reverse host
        reverse name
        reverse ip
        reverse mapping
        reverse record
        reverse pointer
        reverse resolution
        reverse dns lookup
        reversedns
        rdns
        r dns
        ptr record
        ptr records
        ptr lookup
        ptr entry
        ptr dns
        ptr for
        ptr mismatch
        no ptr
        dns ptr
        without ptr
        missing ptr
        missing or unresolvable ptr
        bad ptr
        a ptr
        in addr arpa
        ip6 arpa
        fcrdns
        mismatches client ip                       # Outlook.com
        cannot resolve your address
        cannot find your hostname
        cannot find your reverse
        client ip address does not resolve
        could not resolve your ip
        unable to resolve your ip
        unresolvable relay host name
        unresolvable client
        does not resolve to a name
        does not reverse resolve
        dns hostname for * not found
        host does not have a valid name
        your ip has no name
        no hostname found for ip
        no dns record for your ip
        all hosts must have
        sender ip must resolve
        dns nr                                     # AOL: (DNS:NR)
        hostname verification failed
        hostname for the ip
        """,
    ),
    *rows(
        Reason.BLOCKED,
        Strength.DECISIVE,
        """
        blocked using
        blocked by using
        blocked by spamcop
        blocked by spamhaus
        blocked by sorbs
        blocked by rbl
        blocked by an rbl
        blocked by our
        blocked by dnsbl
        blocked by barracuda
        blocked by cbl
        blocked by senderbase
        blocked by uceprotect
        blocked due to * spam activity
        blocked due to spam from
        blocked due to abuse
        blocked due to suspected spam source
        blocked for abuse
        blocked for spam
        blocked for spamming
        blocked for sending
        blocked from sending
        blocked for spamming issues
        blocked see
        blocked ip
        blocked your ip
        blocked your mail server
        blocked this ip
        blocked * dnsbl
        block list
        blocklist
        blocklisted
        blocklists
        block listed
        blacklist
        blacklists
        blacklisted
        black list
        black listed
        black hole list
        blackhole
        blackholed
        banned sending ip
        banned ip
        ip banned
        ip is banned
        ip is blocked
        ip blocked
        ip has been blocked
        ip was blocked
        ip range is blocked
        ip address is blocked
        ip address blocked
        ip address has been blocked
        ip address banned
        ip address rejected
        ip address refused
        ip address not allowed
        ip address listed
        ip address is listed
        ip address is not allowed
        ip has been banned
        ip refused
        ip rejected
        ip denied
        ip is on
        ip is listed
        ip listed
        ip found on
        ip * found in
        ip * is listed
        ip * is in a
        ip not allowed
        ip source bloquee
        adresse ip source
        address is on a
        rbl
        rbls
        rbldns
        dnsbl
        dnsrbl
        dnswl
        uribl dnsbl listed
        spamhaus
        spamcop
        sorbs
        abuseat
        uceprotect
        mailspike
        njabl
        barracudacentral
        spfbl
        cloudmark com reset request
        open relay
        open proxy
        open proxies
        mail server is an open
        dynamic ip
        dynamic address
        dynamic host
        dynamic or generic
        dynamic residential
        dynamic pool
        dynamically assigned
        dynamic dsl
        dynamic or dial
        dialup
        dial up
        dial in
        residential ip
        residential address
        generic hostname
        generic rdns
        dul
        please use the smtp server of your isp
        please use your isp
        use your isps
        use your providers mail server
        send via your isp
        relay your mail through your isp
        through your internet service provider
        client host * blocked
        client host blocked
        client host rejected
        client host * rejected
        client address rejected
        client blocked
        client * blocked
        client rejected
        client name rejected
        client was rejected
        client address refused
        helo command rejected
        helo name
        helo host
        helo string
        helo requires
        helo domain
        helo hostname
        helo invalid
        helo rejected
        helo refused
        helo argument
        helo access denied
        ehlo command rejected
        ehlo name
        invalid helo
        invalid ehlo
        bad helo
        bad ehlo
        forged helo
        fake helo
        hostname in helo
        bogus helo
        spoofed helo
        not a valid helo
        we do not accept mail from your
        we do not accept mail from hosts
        we do not accept mail from this ip
        dont accept mail from your
        do not accept mail from dynamic
        do not accept mail from ip
        not accept mail from your ip
        not accepting mail from your
        no access from mail server
        mail from your server
        mail from your network
        mail from your ip
        mail from your mail server
        mail from your ip address
        mail from * has been blocked
        mail from * not allowed
        mails from this ip
        messages from your
        messages from * will be permanently deferred        # Yahoo TS03
        messages from * temporarily deferred
        messages from your ip
        messages from this ip
        email from your ip
        emails from your ip
        email from this ip
        connections from your
        connections from this host
        connection from your
        connections from your ip
        connection from * refused
        connections will not be accepted from
        connection refused by
        connection rejected
        connection dropped due to
        connection denied
        connection blocked
        connections not accepted
        not accepting connections
        not allowed to connect
        not allowed to send mail to our
        not allowed to relay mail from ip
        your ip address
        your ip is
        your ip has
        your host is
        your host has been
        your host not allowed
        your mail server is
        your mail server has been
        your mail host is
        your server is
        your server has been
        your server ip
        your network is
        your network has been
        your access to this mail system has been rejected
        your access to this mail
        your access to submit messages
        your daily relay quota
        your machine is
        your mta is
        your e mail is redundant
        my name was rejected
        host * refused to talk to me
        host is blocked
        host blocked
        host not permitted
        host has been blocked
        host name is invalid
        hosts with dynamic ip
        smtp service not available from your
        sending host is
        sending ip
        sending server
        sending mta
        server ip * blocked
        sender ip
        senders ip
        sender server
        source ip
        source host
        source address * blocked
        mail server rejected
        mail server is not allowed
        mail server * is blocked
        mail exchanger * not allowed
        may not be mail exchanger
        you are not allowed to connect
        you are banned
        you are blocked
        you have been blocked
        you are listed
        you were blocked
        has been blocked by
        has been temporarily blocked
        has been permanently blocked
        is not allowed to connect
        is not allowed access
        refused because of * spam from
        refused by blackholes
        rejected because of * spam from
        rejected by rbl
        bad sender ip
        bad host name
        bogus host
        too many spam
        too many spams
        too many unsolicited
        spam source
        spam sources
        spammer
        spammers
        spam from your
        known spam
        known spammer
        problems with your
        invalid ip for sending mail of domain
        unacceptable domain name
        mailer * not allowed
        suspicious host
        esmtp not accepting
        access from ip
        access denied ip
        access denied your
        access denied banned
        access to this mail system
        country
        geographic
        geoip
        region is blocked
        policy of the recipient * your ip
        """,
    ),
    *rows(
        Reason.BLOCKED,
        Strength.PLAIN,
        """
        blocked by
        is blocked
        was blocked
        has been blocked
        been blocked
        host rejected
        hostname rejected
        connection refused
        connection reset by peer
        bad connection
        email blocked
        mail blocked
        message blocked
        banned
        invalid domain name
        mail rejected by
        """,
    ),
)

_PACE = (
    *rows(
        Reason.SPEEDING,
        Strength.DECISIVE,
        """
        receiving mail too quickly
        receiving mail at a rate
        receiving mail at rate
        sent to this user too quickly
        too many messages sent
        too many messages from
        too many emails
        too many mails from
        too many mail from
        sending too fast
        send too fast
        sending too quickly
        sending mail too
        sent too quickly
        sent too fast
        slow down
        please try again slower
        mail flood
        mail rate
        rate limit
        rate limited
        rate limiting
        rate limits
        ratelimit
        ratelimited
        rate exceeded
        rate control
        throttled
        throttling
        throttle
        per hour
        hourly limit
        messages per
        message rate
        hourly quota
        maximum sending rate
        maximum send rate
        """,
    ),
    *rows(
        Reason.EXCEEDLIMIT,
        Strength.DECISIVE,
        """
        daily sending quota
        daily sending limit
        daily user sending
        daily limit
        daily message limit
        sending limit
        sending quota
        email sending limits
        daily smtp relay limit
        """,
    ),
    *rows(
        Reason.TOOMANYCONN,
        Strength.DECISIVE,
        """
        too many connections
        too many concurrent
        too many simultaneous
        too many recipients
        too many rcpt
        too many rcpts
        too many recipient
        too many sessions
        too many smtp sessions
        too many smtp connections
        too many messages in this connection
        too many messages this session
        too many invalid recipients
        too many invalid
        too many unknown
        too many bad
        too many errors
        too many failed recipients
        too many envelopes
        too many hosts
        too many open
        too many sent
        too many users
        too many threads
        too frequent
        toomanyrecipients
        maxrecipients
        max number of recipients
        maximum number of connections
        maximum number of recipients
        maximum number of concurrent
        maximum number of simultaneous
        maximum connections
        maximum recipients
        maximum recipient
        max message per connection
        max messages per connection
        max connections
        max recipients
        maximum messages per
        connection limit
        connection rate
        connection frequency
        connection count
        connections exceeded
        connections per
        concurrent connections
        concurrent smtp
        concurrency limit
        recipients limit
        recipient limit
        recipients per
        recipient count
        recipient thread limit
        number of recipients
        numbers of recipients
        amount of recipients
        recipients exceeds
        recipients exceeded
        more recipients than
        frequency limited                          # QQ: "Ip frequency limited"
        frequency limit
        exceeding outbound thread limit
        exceeded permitted limits
        has exceeded * connection
        exceeded the maximum * connections
        exceeded the connection
        exceeded the rate
        only one recipient
        one recipient at a time
        one recipient per
        no more recipients
        cannot accept more recipients
        domain policy size per transaction
        sender has exceeded
        smtp connection limit
        """,
    ),
)

_ENVELOPE = (
    *rows(
        Reason.REJECTED,
        Strength.DECISIVE,
        """
        sender address rejected
        sender address * rejected
        sender address verification
        sender address verify
        sender address is
        sender address not
        sender address has been
        sender address must
        sender address does not
        sender address could not
        sender address refused
        sender address domain
        sender address invalid
        sender address blacklisted
        sender address blocked
        senders address
        sender rejected
        sender is rejected
        sender was rejected
        sender refused
        sender denied
        sender not allowed
        sender not permitted
        sender not accepted
        sender not authorized
        sender not exist
        sender not found
        sender not known
        sender is not allowed
        sender is not accepted
        sender is not permitted
        sender is not known
        sender is invalid
        sender is on
        sender is in my badmailfrom
        sender is spammer
        sender is blacklisted
        sender is blocked
        sender is blacklist
        sender invalid
        sender unknown
        sender ok but
        sender verify
        sender verification
        sender verify failed
        sender blocked
        sender blacklisted
        sender banned
        sender disallowed
        sender domain
        sender domains
        senders domain
        sender does not exist
        sender doesnt exist
        sender email address
        sender envelope
        sender mail address
        sender must
        sender mailbox
        sender name
        sender user
        sender account
        sender access
        sender has been
        sender host name
        sender in blacklist
        sender cannot
        senders mailbox
        senders email
        sender lies
        sender hostname
        sender on blacklist
        sender policy
        sender * does not exist
        domain of sender
        domain of the sender
        domain of your
        domain of your mail address
        domain name of sender
        domain does not exist for sender
        domain name of your
        mail from domain
        mailfrom domain
        mail from address
        mail from denied
        mail from must
        mail from not
        mail from rejected
        mail from refused
        mail from command rejected
        mail from user
        mail from your domain
        mail from unknown
        mail from invalid
        mail from this domain
        mail from * denied
        mailfrom rejected
        from domain
        from address
        from address is
        from header
        from field
        from domain is blocked
        from your domain
        from invalid domain
        invalid sender
        invalid sender address
        invalid sender domain
        invalid from
        invalid mail from
        invalid return address
        invalid return path
        invalid reply address
        invalid envelope sender
        invalid senders
        bad sender
        bad senders
        bad sender address
        bad originator
        bad from
        bad return
        badmailfrom
        badmailfromto
        unknown sender
        unknown domain in
        unknown sender domain
        unroutable sender
        unrouteable sender
        unresolvable sender
        unverified sender
        unverifiable sender
        unable to verify sender
        unable to verify the sender
        unable to verify return address
        unable to resolve sender
        could not verify sender
        could not verify the sender
        couldnt verify sender
        couldnt find any host * sender
        cannot verify sender
        cannot resolve sender
        cannot resolve domain of sender
        cannot find sender
        cannot find the sender
        cant verify sender
        cant determine purported responsible address
        can not verify sender
        verify your sender
        verify sender
        failed to verify sender
        refused sender
        rejected sender
        rejecting banned
        rejecting * sender
        blocked sender
        blocked senders
        banned sender
        blacklisted sender
        banned envelope sender
        denied sender
        disallowed sender
        forged sender
        fake sender
        spoofed from
        envelope sender
        envelope from
        envelope blocked
        return path domain
        return path must
        return path address
        return address
        returning sender
        reverse path
        originator
        null sender
        null senders
        null reverse path
        null return
        empty sender
        empty envelope
        empty from
        empty return
        blank sender
        single recipient * null
        bounce message not
        bounces not
        bounces are not accepted
        does not accept bounces
        doesnt accept bounces
        does not accept delivery reports
        dont accept * bounces
        this server does not accept bounces
        backscatter
        batv
        prvs
        you are sending to from an address that has been blacklisted
        an address that has been blacklisted
        your email address has been
        your email address is
        your email is blocked
        your e mail address
        your address is
        your address has been
        your domain is
        your domain has been
        your domain does not
        your domain has no
        your sender
        your senders
        your envelope
        you do not have permission to post     # Google Groups
        you may not have permission to post
        you are not allowed to post
        you are not allowed to send
        you are not permitted to send
        you are not authorized to send
        not allowed to post
        not allowed to send mail to this
        not allowed to send to
        not allowed to mail to
        not authorized to post
        not permitted to post
        not a member of the list
        only members
        only subscribers
        only list members
        not subscribed
        non member
        non members
        posting * not allowed
        posts by non
        post to this list
        closed list
        closed mailing list
        members only
        members only list
        private list
        moderated list
        restricted list
        senders allowed
        senders domain is
        isnt accepted from
        no mx record for sender
        no valid mx
        domain has no mx
        domain must have
        domain must exist
        domain must resolve
        must have a valid mx
        must have mx
        must have a
        does not have an mx
        does not have mx
        does not have a valid mx
        unregistered domain
        has no mx or a
        has neither a nor mx
        relaying mail from
        only accepting mail from
        outbound spam
        aup sndr
        """,
    ),
    *rows(
        Reason.NORELAYING,
        Strength.DECISIVE,
        """
        relay access denied
        relay denied
        relay not permitted
        relay not allowed
        relay operation rejected
        relay rejected
        relay refused
        relay prohibited
        relay is not permitted
        relay is not allowed
        relay attempt
        relay disabled
        relay requires
        relay not authorized
        relay blocked
        relay not configured
        relay for
        relay to
        relay mail
        relay from
        relay restriction
        relaying denied
        relaying not
        relaying is
        relaying prohibited
        relaying disallowed
        relaying disabled
        relaying blocked
        relaying to
        relaying for
        relaying requires
        relaying not permitted
        relaying refused
        relaying attempt
        relaying mail to
        relaying forbidden
        unauthenticated relaying
        unauthorized relay
        unauthorized relaying
        unable to relay
        cannot relay
        cant relay
        no relay
        no relays
        no relaying
        not a relay
        not a gateway
        not an open relay
        not relay
        not relayed
        not allowed to relay
        not authorized to relay
        not authorised to relay
        not permitted to relay
        not permitted to relay through
        insecure mail relay
        mail relay denied
        mail relaying
        mail server requires authentication when attempting to send to a non local
        third party relay
        third party mail relay
        3rd party relay
        relaying of
        wont relay
        will not relay
        doesnt relay
        does not relay
        dont relay
        do not relay
        is not a local domain
        not a local domain
        not local domain
        non local domain
        not a local
        not local host
        not one of my domains
        not our domain
        not my domain
        not hosted here
        not hosted on
        not handled here
        not handled by
        not responsible for
        not serviced
        not in my list of allowed rcpthosts        # qmail
        isnt in my list of allowed rcpthosts
        that domain isnt in my list
        domain isnt in my list
        domain not in my list
        domain isnt allowed to be relayed
        domain is not hosted
        domain not hosted
        domain not local
        domain not handled
        domain not found in our
        domain is not local
        domain not served
        rcpthosts
        email address is not verified              # Amazon SES
        address is not verified
        identities failed the check
        we do not relay
        we dont relay
        we dont handle mail for
        we are not relaying
        mail for * not accepted here
        mail to * not accepted here
        mail is not accepted for
        dont accept mail for
        does not accept mail for
        must not be relayed
        specified domain is not allowed
        requested mail action aborted unable to relay
        is currently not permitted to relay
        domain not allowed
        recipient address not accepted here
        transport rules * relay
        """,
    ),
)

ROWS = (*_AUTHENTICATION, *_REPUTATION, *_PACE, *_ENVELOPE)

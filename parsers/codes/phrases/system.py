"""What is said of domains, networks, queues, and the receiving system.

Must hold data only.
"""

from parsers.codes.phrases.table import rows
from parsers.codes.words import Strength
from parsers.report import Reason

__all__ = ["ROWS"]

ROWS = (
    *rows(
        Reason.NOTACCEPT,
        Strength.DECISIVE,
        """
        null mx
        nullmx
        doesnt receive email according to the administrator
        indicated no smtp service                  # Exim, RFC 7505
        does not accept mail
        does not accept any mail
        does not accept email
        does not accept any email
        doesnt accept mail
        domain does not receive
        host domain does not accept mail           # iPlanet
        host does not receive mail
        domain does not accept
        domain doesnt accept
        domain is not accepting
        domain * accepts no mail
        accepts no mail
        accepts no incoming
        recipient domain does not receive
        server does not accept mail
        server does not accept
        server doesnt accept
        system not accepting network messages
        system not accepting
        smtp protocol returned a permanent error
        not accepting mail at this
        no longer receives mail
        no longer handles mail
        no longer accepts email
        this domain does not have a mail
        this domain is not configured to receive
        we do not accept mail
        we dont accept mail
        we do not accept any mail
        we do not receive mail
        mail is not accepted
        mail receiving disabled
        mail server disabled
        name server loop for
        smtp service disabled
        sorry that domain does not accept mail
        """,
    ),
    *rows(
        Reason.HOSTUNKNOWN,
        Strength.DECISIVE,
        """
        host unknown
        host not found
        host or domain name not found
        host name not found
        host name not known
        host name unknown
        host is unknown
        host was not found
        host does not exist
        host doesnt exist
        host * does not exist
        hosts not found
        hostname not found
        hostname unknown
        hostname is unknown
        unknown host
        unknown hostname
        unknown domain
        unknown domain name
        unknown destination domain
        unknown mail host
        unknown mailer host
        unknown host or domain
        unknown or illegal host
        no such host
        no such hostname
        no such domain
        no such domain name
        no host by that name
        no host named
        no domain
        invalid host
        invalid host name
        invalid domain part
        invalid destination domain
        invalid recipient domain
        illegal host domain name
        illegal host
        bad destination system address
        bad destination system
        bad destination host
        bad domain
        domain unknown
        domain not found
        domain is unknown
        domain is not valid
        domain is invalid
        domain invalid
        domain does not exist
        domain doesnt exist
        domain name does not exist
        domain name doesnt exist
        domain name not found
        domain name couldnt be found
        domain name * couldnt be found             # Gmail
        domain name is unknown
        domain name unknown
        domain not exist
        domain * does not exist
        domain * couldnt be found
        domain * not found
        domain must exist in dns
        domain is not reachable
        domain not known
        domain not valid
        domain not existing
        domain part unknown
        domain non existent
        domain nonexistent
        domain cannot be found
        domain could not be found
        domain or host not found
        destination domain
        recipient domain not found
        recipient domain does not exist
        recipient domain
        recipients domain
        couldnt find any host named                # qmail
        couldnt find any host by that name
        could not find any host
        could not find host
        couldnt find host
        could not find domain
        couldnt find domain
        could not resolve host
        could not be resolved to
        cannot find host
        cant find host
        cannot resolve host
        cannot resolve domain
        cannot find the domain
        unable to find host
        unable to find recipient domain
        unable to resolve host
        unable to resolve domain
        unrouteable address                        # Exim
        unroutable address
        unrouteable domain
        unroutable domain
        unrouteable mail domain
        unroutable mail domain
        all relevant mx records point to non existent hosts
        mx records point to non existent
        all host address lookups failed permanently
        no mx or a record
        no mx or a records
        no mx record
        no mx records
        no mx hosts
        no a record
        no mx a
        no mail exchanger
        no mail servers
        no mail hosts for domain
        no dns entry
        no dns record
        no ip address
        no valid hosts
        no valid mx
        non existent domain
        non existent host
        nonexistent domain
        nonexistent host
        nxdomain not found
        has no mx
        has no dns
        misspelled domain
        the domain name is
        the account or domain may not exist
        name service error * host not found
        name or service not known
        name server host not found
        authoritative answer from name server
        nodename nor servname
        not a valid domain
        not a valid host
        isnt a valid domain
        addresses have unknown domains
        system unknown
        unknown system
        machine unknown
        host lookup did not complete permanent
        """,
    ),
    *rows(
        Reason.EXPIRED,
        Strength.DECISIVE,
        """
        delivery retry timeout exceeded
        retry timeout exceeded                     # Exim
        retry time not reached for any host
        retry time exceeded
        retry limit exceeded
        retries exceeded
        maximum retries
        max retries
        maximum retry
        maximum delivery attempts
        maximum number of retries
        maximum time in queue
        max time in queue
        delivery time expired
        delivery expired
        delivery timeout
        delivery timed out
        delivery attempts
        delivery failed * attempts                 # IMail
        delivery window
        delivery temporarily suspended
        message expired
        message timed out
        message time out
        message timeout
        message has expired
        message has timed out
        message could not be delivered for
        message could not be delivered within
        message has been in the queue
        message has been in queue
        message was in the queue
        message was not delivered within           # au
        message is too old
        message too old
        message lifetime
        message ttl
        message retry
        message will be retried
        mail expired
        mail is too old
        expired message
        expired in queue
        envelope expired                           # OpenSMTPD
        queue expired
        queue too long
        queue expire
        queue lifetime
        queue timeout
        in the queue too long
        in queue too long
        queued too long
        queued for too long
        been queued
        been in the mail queue
        could not deliver for the last             # DragonFly
        could not be delivered for
        could not be delivered in
        could not be delivered within
        couldnt be delivered within
        did not reach the following recipients before
        has been failing for a long time
        have been failing for a long time
        has been delayed
        was delayed
        is delayed
        been undeliverable for
        not been delivered within
        not delivered within
        undelivered for
        undeliverable for
        undelivered after
        not been collected after
        unable to deliver in
        unable to deliver after
        unable to deliver message in
        unable to deliver for
        unable to deliver mail after
        unable to deliver within
        attempts to deliver
        attempted to deliver * times
        after multiple attempts
        after several attempts
        after repeated attempts
        after * attempts
        still undelivered
        still trying
        will keep trying
        will be retried
        will retry
        warning could not send message for past
        giving up on delivering
        gave up after
        time limit exceeded
        timelimit exceeded
        too old
        was not reachable within the allowed queue period
        within the allowed queue period
        """,
    ),
    *rows(
        Reason.EXPIRED,
        Strength.PLAIN,
        """
        connection timed out
        connection time out
        connection timeout
        connect timed out
        connect timeout
        operation timed out
        conversation * timed out
        did not accept our requests to connect     # Gmail
        not accept our requests
        host not responding
        host is not responding
        server is not responding
        server not responding
        remote host is not responding              # au
        not responding
        not reachable
        host not reachable
        does not respond
        no answer from host
        timed out
        time out
        timeout
        idle timeout
        deferred
        temporarily deferred
        lost connection
        cannot contact
        unable to contact
        couldnt connect
        could not connect
        unable to connect
        failed to connect
        cannot connect
        cant connect
        """,
    ),
    *rows(
        Reason.NETWORKERROR,
        Strength.DECISIVE,
        """
        dns type
        lookup of * responded with code            # Gmail: "DNS type 'mx' lookup of"
        had no relevant answers
        dns error
        dns failure
        dns lookup failure
        dns lookup failed
        dns lookup error
        dns problem
        dns query failed
        dns server
        dns timeout
        dns temporary
        dns soft error
        dns resolution
        dns loop
        dns validation failed
        dnssec
        malformed or unexpected name server reply  # Postfix
        malformed name server
        name server error
        name server failure
        name server timeout
        name server temporary
        name server transient failure
        name server host not found try again
        name server connection refused
        nameserver
        name service error
        name resolution
        host name lookup failure
        host name resolution
        hostname lookup failure
        host lookup failed
        host lookup did not complete
        host not found try again
        temporary lookup
        temporary name resolution
        temporary dns
        temporary failure in name resolution
        cname lookup failed
        cname loop
        mx loop
        mx loops
        mx lookup
        mx list
        mx points back
        mx records loop
        mail loop
        mail loops
        mail loops back
        mail for * loops back
        mail forwarding loop
        mail routing loop
        mail looping
        loops back to myself
        loops back to me
        loop detected
        loop detection
        looping
        loop count
        message loop
        message loops
        message looping
        message is looping
        message probably in a routing loop
        routing loop
        routing error
        routing problem
        forwarding loop
        forwarding loops
        delivery loop
        hop count
        hop limit
        hops exceeded
        too many hops
        too many received
        too many received headers
        too many relays
        maximum hop
        maximum hops
        max hops
        local configuration error
        config error mail loops back
        no route to host
        no route
        host is unreachable
        host unreachable
        host is down
        host down
        network is unreachable
        network unreachable
        network error
        network problem
        network failure
        network failed
        network is down
        network timeout
        net unreachable
        unable to resolve route
        unable to route
        unable to establish a connection
        unable to establish an smtp connection
        wasnt able to establish an smtp connection # qmail
        could not establish
        cannot establish
        connection attempt failed
        connection failed
        connection lost
        connection closed
        connection dropped
        connection broken
        connection was dropped
        connection was closed
        connection aborted
        connection terminated
        connected to * but connection died         # qmail
        connection died
        could not connect and send the mail to
        error encountered while communicating
        all of the mail exchangers
        although im listed as a best preference mx # qmail
        best preference mx
        broken pipe
        socket error
        sockets error
        winsock
        remote protocol error
        point back to
        no mail hosts
        """,
    ),
    *rows(
        Reason.SYSTEMFULL,
        Strength.DECISIVE,
        """
        mail system full
        system full
        disk full
        disk is full
        no space left on device
        no space on device
        no disk space
        not enough disk space
        insufficient disk space
        insufficient system storage
        insufficient storage
        low disk space
        out of disk space
        lack of disk space
        out of space
        file system full
        filesystem full
        filesystem is full
        server full
        server is full
        useddiskspace
        mail spool full
        spool full
        queue full
        queue is full
        """,
    ),
    *rows(
        Reason.MAILERERROR,
        Strength.DECISIVE,
        """
        command died with status
        command failed
        command failure
        command time limit exceeded
        command output
        child process
        child crashed
        died with signal
        exit code
        exit status
        exited with
        mailer error
        mailer died
        mailer failed
        unknown mailer error
        unknown mailer
        pipe to
        pipe transport
        local mailer
        procmail
        maildrop
        qmail local
        failed to read response template
        can t create output
        cant create output
        x unix
        returned by the command
        service unavailable local
        """,
    ),
    *rows(
        Reason.SYSTEMERROR,
        Strength.DECISIVE,
        """
        could not load drd
        unable to contact ldap
        ldap server
        ldap error
        ldap lookup failure
        ldap attribute
        ldap bind
        directory server failure
        directory server
        directory service
        server failure
        server configuration
        server misconfiguration
        server configuration error
        system configuration error
        configuration error
        configuration problem
        misconfigured
        misconfiguration
        incorrectly configured
        system incorrectly configured
        insufficient system resources
        insufficient resources
        resources temporarily unavailable
        resources temporarily not available
        resource temporarily unavailable
        resource limit
        out of memory
        cannot allocate memory
        memory allocation
        internal error
        internal server
        internal software error
        internal problem
        internal failure
        system error
        system failure
        system problem
        system problems
        system resources
        system unavailable
        system is not available
        system is currently
        system busy
        systems busy
        server busy
        server is busy
        server too busy
        server error
        server temporarily
        server is temporarily
        temporary system problem
        temporary server error
        temporary error
        temporary local problem
        temporary problem
        temporary internal
        temporary failure
        temporary database
        temporary backend
        temporary authentication
        temporary mail
        temporarily out of service
        local error in processing
        local error
        local configuration
        error in processing
        error processing
        error writing
        error opening
        error reading
        queue file write error
        error queue file
        read error
        write error
        i o error
        input output error
        database error
        database failure
        database problem
        database connection
        mysql
        backend error
        backend failure
        cannot open mailbox
        cant open mailbox
        cannot open mailbox
        cannot open
        cannot access
        can t access mailbox
        unable to open mailbox
        could not open mailbox
        unable to lock
        cannot lock
        could not lock
        mailbox is locked by
        maildir delivery failed
        unable to chdir
        unable to switch to
        unable to append
        unable to stat home directory
        home directory
        home directories
        permission denied writing
        aliasing forwarding loop broken
        aliasing loop
        alias loop
        forwarding address
        mail server is currently
        mail system
        mail server temporarily
        service currently unavailable
        service temporarily unavailable
        service not available
        service is unavailable
        service is not available
        service is currently unavailable
        service refused
        service refuse
        service unavailable try
        service unavailable
        try again
        try later
        transaction failed
        transaction aborted
        transport error
        unable to deliver message after multiple retries   # Yahoo
        unable to process
        unexpected error
        unspecified error
        unknown error
        undefined error
        proxy session
        timeout waiting for client input
        cant create
        cannot create
        could not create
        software error
        requested action aborted
        requested action aborted local error
        requested mail action aborted
        unable to contact ldap server
        unable to verify address
        unable to verify recipient
        duplicated message id                      # fml
        storedrv
        mapi
        mapiexception
        it is a problem on the recipient
        pickup
        under maintenance
        maintenance
        currently unavailable
        """,
    ),
    *rows(
        Reason.FAILEDSTARTTLS,
        Strength.DECISIVE,
        """
        starttls
        does not support tls
        doesnt support tls
        requires tls
        require tls
        requiretls
        required tls
        tls required
        tls is required
        tls not available
        tls not supported
        tls not offered
        tls connection
        tls negotiation
        tls handshake
        tls session
        tls error
        tls failed
        tls failure
        tls engine
        tls policy
        tls currently
        tls encryption
        tls certificate
        ssl error
        ssl handshake
        ssl connection
        encryption required
        encryption is required
        encryption needed
        encryption not supported
        server certificate
        certificate not trusted
        certificate verification
        certificate verify
        certificate expired
        certificate has expired
        certificate host mismatch
        certificate mismatch
        certificate chain
        untrusted certificate
        tlsa
        mta sts
        dane
        secure connection
        cipher
        """,
    ),
    *rows(
        Reason.SYNTAXERROR,
        Strength.DECISIVE,
        """
        syntax error
        syntax errors
        syntax incorrect
        syntax invalid
        address syntax
        malformed address
        malformed recipient
        command not recognized
        command not implemented
        command unrecognized
        command not understood
        command not supported
        command rejected
        command unknown
        command out of sequence
        command parameter
        command arguments
        command syntax
        commands out of sequence
        unrecognized command
        unrecognised command
        unknown command
        invalid command
        bad command
        bad sequence
        bad syntax
        sequence of commands
        improper sequence
        improper command
        incorrect syntax
        invalid syntax
        invalid character
        invalid characters
        invalid parameter
        invalid argument
        invalid smtp
        illegal character
        illegal characters
        need mail
        need rcpt
        need mail command
        need rcpt command
        nested mail
        parameter not
        parameter unrecognized
        parameters not
        parse error
        unable to parse
        cannot parse
        unbalanced
        wrong protocol
        wrong protocol version
        localpart too long
        local part too long
        local part is too long
        local part contains
        domain name required
        does not conform
        """,
    ),
    *rows(
        Reason.SUPPRESSED,
        Strength.DECISIVE,
        """
        suppression list
        suppressed
        suppress list
        on the suppression
        bounced address
        unsubscribed address
        invalid sendgrid
        previously bounced
        history of bouncing
        history of hard
        """,
    ),
    *rows(
        Reason.DELIVERED,
        Strength.FAINT,
        """
        delivered to mailbox
        successfully delivered
        """,
    ),
)

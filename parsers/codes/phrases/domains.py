"""What is said of the recipient's domain, of names, routes and queues.

Must hold data only: table.py says how a table is read.
"""

from parsers.codes.phrases.table import rows
from parsers.codes.words import Strength
from parsers.report import Reason

__all__ = ["ROWS"]

ROWS = (
    # The domain or host takes no mail at all.
    *rows(
        Reason.NOTACCEPT,
        Strength.CERTAIN,
        """
        nullmx / doesnt receive email according to the administrator
        indicated no smtp service  # Exim, RFC 7505
        """,
    ),
    *rows(
        Reason.NOTACCEPT,
        Strength.DECISIVE,
        """
        domain does not receive
        host domain does not accept mail  # iPlanet
        host does not receive mail / domain is not accepting / accepts no mail
        accepts no incoming / server does not accept mail
        system not accepting network messages / no longer receives mail / no longer handles mail
        this domain does not have a mail / this domain is not configured to receive
        mail server disabled / sorry that domain does not accept mail
        destination seem to reject all mails  # OpenSMTPD
        null mx
        couldnt find a mail exchanger or ip address  # qmail, of a null MX too
        no host found for existing smtp connection  # Exim
        """,
    ),
    *rows(
        Reason.NOTACCEPT,
        Strength.PLAIN,
        """
        does not accept mail / does not accept any mail / does not accept email
        does not accept any email / doesnt accept mail / domain does not accept
        domain doesnt accept / server does not accept / server doesnt accept
        system not accepting / no longer accepts email / we do not accept mail
        we dont accept mail / we do not accept any mail / we do not receive mail
        mail is not accepted
        """,
    ),
    # The domain does not exist.
    *rows(
        Reason.HOSTUNKNOWN,
        Strength.CERTAIN,
        """
        the account or domain may not exist
        domain name * couldnt be found  # Gmail
        because the domain * couldnt be found
        # Gmail before 2016
        dns lookup failure host * not found  # DragonFly
        dns error domain name not found / dns error dns server returned answer with no data
        the destination computer was not found  # Netscape Messaging Server
        """,
    ),
    *rows(
        Reason.HOSTUNKNOWN,
        Strength.DECISIVE,
        """
        host unknown / host not found / host name not found / host name not known
        not appear to be registered  # MailEnable
        host name unknown / host is unknown / host was not found
        hostname not found / hostname unknown / hostname is unknown / unknown host
        unknown hostname / unknown destination domain / unknown mail host / unknown mailer host
        no such host / no such hostname / no such domain / no host by that name / no host named
        invalid domain part / invalid destination domain / invalid recipient domain
        illegal host / bad destination system / bad destination host
        domain name does not exist / domain name doesnt exist / domain name not found
        domain name is unknown / domain name unknown / domain not exist
        domain is not reachable / domain not existing / domain part unknown
        domain non existent / domain nonexistent / recipient domain not found
        recipient domain does not exist
        couldnt find any host named  # qmail
        couldnt find any host by that name / could not find any host / could not find host
        couldnt find host / could not resolve host / cannot find host
        cant find host / cannot resolve host / unable to find host
        unable to find recipient domain / unable to resolve host / unrouteable mail domain
        unroutable mail domain / mx records point to non existent
        all host address lookups failed permanently / no mx or a record / no mx or a records
        no mx hosts / no mx a / no mail servers / no mail hosts for domain / non existent host
        no mail server s for / no mail server for * found / no mail exchangers for
        no dns entries for  # James
        nonexistent host / nxdomain not found / misspelled domain / name or service not known
        authoritative answer from name server / nodename nor servname / isnt a valid domain
        addresses have unknown domains
        account or domain may not exist / domain * does not exist in dns
        dns domain * does not exist
        # Exchange
        destination email system is unknown or invalid
        could not be found in domain name service
        remote domain doesnt exist  # au
        unable to resolve mx / unable to lookup dns / nonexistentdomain / infodomainnonexistent
        000b099c  # MSEXCH:IMS
        destination computer was not found  # Netscape Messaging Server
        not existent domain / has no a aaaa and mx records
        domain of recipient / domain of the recipient
        dns records for * not found / no dns records for
        recipient domain has no / destination domain has no
        no valid mx hosts
        domain name in * does not exist / domain name in * is not valid
        no data by dns
        cant find an mx / cannot find an mx / could not find an mx / couldnt find an mx
        no valid mx or a / unable to route to domain
        routing invalidaddress
        recipient domain does not resolve / destination domain does not resolve
        no mx or a for / no mx nor a / neither mx nor a
        no address record / no address records
        """,
    ),
    *rows(
        Reason.HOSTUNKNOWN,
        Strength.PLAIN,
        """
        invalid domain name
        host does not exist / unknown domain / invalid host / domain unknown / domain not found
        domain is unknown / domain is not valid / domain is invalid / domain invalid
        domain does not exist / domain doesnt exist / domain * couldnt be found
        domain not known / domain not valid / domain cannot be found
        domain could not be found / could not find domain / couldnt find domain
        cannot resolve domain / cannot find the domain / unable to resolve domain
        unrouteable address  # Exim
        unroutable address / unrouteable domain / unroutable domain / no mx record
        no mx records / no mail exchanger / no dns entry / no dns record / non existent domain
        nonexistent domain / has no mx / not a valid domain / not a valid host
        bad domain / unknown system / no mx for
        invalid domain
        unable to route / no ip address found for
        nxdomain / no a or mx / can not resolve mx / cannot resolve mx
        domain has no dns records / host has no dns records
        domain unresolvable / host unresolvable / domain is unresolvable / host is unresolvable
        unable to find an mx / no mx record or address / find an mx record
        domain lookup failed
        no dns information / no dns records / no dns record / no dns entry / no dns data
        no valid mail exchanger / no valid mail exchangers / no mail exchangers
        no usable mail exchanger / no usable mail exchangers
        domain does not resolve / recipient domain does not resolve
        """,
    ),
    # Names that could not be looked up, loops, dead routes.
    *rows(
        Reason.NETWORKERROR,
        Strength.FAINT,
        """
        smtp communication problem  # Exchange 2000
        dns resolve error
        """,
    ),
    *rows(
        Reason.NETWORKERROR,
        Strength.CERTAIN,
        """
        host not found try again / routing loop / hop count / too many hops
        lookup of * responded with code  # Gmail: "DNS type 'mx' lookup of"
        had no relevant answers
        loopdetected  # ROUTING.LoopDetected
        server response was not rfc conformant
        temporary dns error / found dns error
        dropped due to socketerror / dropped due to connectionreset / dropped due to timeout
        dropped due to connection reset
        """,
    ),
    *rows(
        Reason.NETWORKERROR,
        Strength.DECISIVE,
        """
        dns error / dns failure / dns lookup failure / dns lookup failed / dns lookup error
        dns problem / dns query failed / dns timeout / dns temporary / dns soft error
        dns resolution / dns validation failed / dnssec
        malformed or unexpected name server reply  # Postfix
        malformed name server / name server error / name server failure / name server timeout
        name server temporary / name server transient failure / name server connection refused
        name resolution / host name lookup failure / hostname lookup failure
        host lookup failed / host lookup did not complete / temporary dns
        cname lookup failed / cname loop / mx loop / mx loops / mx lookup / mx list
        mx points back / mx records loop / mail loop / mail loops
        mail looping / loop detection / message loop
        message loops / message looping / message is looping / routing error / routing problem
        forwarding loop / forwarding loops / delivery loop / hop limit / hops exceeded
        too many received / maximum hop / maximum hops / max hops / no route to host
        host is unreachable / host unreachable / network is unreachable / network unreachable
        network problem / network failure / network is down / network timeout / net unreachable
        unable to resolve route / unable to establish a connection
        unable to establish an smtp connection / wasnt able to establish an smtp connection
        connection attempt failed
        connected to * but connection died  # qmail
        could not connect and send the mail to / all of the mail exchangers / best preference mx
        point back to
        no mx found for / could not retrieve source address  # OpenSMTPD
        all routes to destination blocked / address family mismatch on destination mxs
        no valid route to / network error on destination mxs
        # Exim
        remote host address is the local host
        already has my delivered to / due to a communications failure / mxloopback
        configured in a loop
        unix from loop / loop mail rejection / cant assign requested address
        forwarded between two recipients
        tcp active open / routing errors
        00120270  # MSEXCH:IMS
        records for the destination computer could not be found  # Netscape
        temporary domain failure
        hostname lookup failed / no name server found
        transient parse error
        dns resolving error / unreachable host
        tried all mxs / error reading smtp packet
        recursive dns cname / recursive cname
        no smtp servers were available / no hosts to try
        dns returned an invalid response
        reply read error  # Sendmail: the connection broke
        broken pipe / closed by peer / closed by the peer / closed by foreign host
        reset by foreign host
        mx record failed
        """,
    ),
    *rows(
        Reason.NETWORKERROR,
        Strength.PLAIN,
        """
        dns server / dns loop / nameserver / name service error / loop detected / looping
        loop count / too many relays / no route / host is down
        host down / network error / network failed / could not establish / cannot establish
        connection failed / connection lost / connection closed / connection dropped
        connection broken / connection was dropped / connection was closed / connection aborted
        connection terminated / connection died / error encountered while communicating
        socket error / sockets error / winsock / remote protocol error
        undefined network or routing status
        connect failed / no mail server could be reached / hosts unreachable / servers responded
        delivery failed timeout / ip unreachable / ip is not reachable
        ip lost / ip failed
        eof received / unexpected eof / eof from
        closed the connection / closed connection
        end of socket stream
        lookup defer
        mail hosts * failed / mx hosts * failed / mail servers * failed
        connection reset / cannot reach host / cannot reach server / cannot reach the host
        cannot reach the server
        """,
    ),
    # Tried long enough. PLAIN: the timeouts behind it.
    *rows(
        Reason.EXPIRED,
        Strength.CERTAIN,
        """
        within the allowed queue period  # Netscape: "most likely there is a network problem"
        did not accept our requests to connect  # Gmail
        exceeded retry limit
        """,
    ),
    *rows(
        Reason.EXPIRED,
        Strength.DECISIVE,
        """
        retry timeout exceeded  # Exim
        retry time not reached for any host / retry time exceeded / retries exceeded
        maximum retries / max retries / maximum retry / maximum delivery attempts
        maximum number of retries / maximum time in queue / max time in queue
        delivery time expired / delivery expired
        delivery failed * attempts  # IMail
        delivery temporarily suspended / message has expired
        message has timed out / message has been in the queue / message has been in queue
        message was in the queue / message is too old / message too old / message lifetime
        message ttl / message will be retried / mail expired / mail is too old / expired message
        expired in queue
        envelope expired  # OpenSMTPD
        queue expired / queue too long / queue expire / queue lifetime / queue timeout
        queued too long / has been in the mail queue
        could not deliver for the last  # DragonFly
        delivered for more than / could not be delivered within
        # not "for the following reason"
        be delivered for * day / be delivered for * days
        be delivered for * hour / be delivered for * hours
        be delivered in * day / be delivered in * days
        be delivered in * hour / be delivered in * hours
        not delivered for * day / not delivered for * days
        not delivered for * hour / not delivered for * hours
        undelivered for * day / undelivered for * days
        undelivered for * hour / undelivered for * hours
        undeliverable for * day / undeliverable for * days
        undeliverable for * hour / undeliverable for * hours
        unable to deliver for * day / unable to deliver for * days
        unable to deliver for * hour / unable to deliver for * hours
        unable to deliver in * day / unable to deliver in * days
        unable to deliver in * hour / unable to deliver in * hours
        couldnt be delivered within / did not reach the following recipients before
        not been delivered within / not delivered within
        undelivered after / not been collected after
        unable to deliver after / unable to deliver message in
        unable to deliver mail after / unable to deliver within / attempted to deliver * times
        after multiple attempts / after several attempts / after repeated attempts
        warning could not send message for past / gave up after / timelimit exceeded
        unable to deliver this message after / in the time limit specified / warning message still
        message has been deferred for / failed to deliver to domain after
        bad connection from / failing for a long time
        message expired
        no answer from host
        maximum number of delivery attempts
        cannot send message for  # Sendmail: "... 5 days"
        could not find a gateway for / server did not respond
        unable to deliver * within
        the retry limit / its time to live / in the queue for too long
        unable to be delivered within / unable to be delivered after
        """,
    ),
    *rows(
        Reason.EXPIRED,
        Strength.PLAIN,
        """
        retry limit exceeded / delivery timeout / message time out / message timeout
        has been delayed / attempts to deliver / after * attempts / still undelivered
        still trying / will keep trying / will be retried / giving up on delivering
        time limit exceeded / connection time out / connection timeout / not accept our requests
        not responding / host not reachable / timed out / idle timeout
        temporarily deferred / lost connection / couldnt connect / could not connect
        unable to connect / failed to connect / cannot connect / cant connect
        error dialing remote address / i o timeout / failed connect
        bad connection
        connection refused
        delivery attempts will continue / giving up on
        connection expired
        host failed to respond / server failed to respond
        not be sent for / not accepted within
        no response from
        giving up after
        too many delivery attempts / retry count exceeded / attempts exhausted
        delivery attempts failed / has been returned after
        ip did not respond
        message older than / session timeout / did not answer / time allowed / no reply to
        too long on system
        within the allotted time / read timeout / write timeout / read timed out
        write timed out
        server dropped connection
        smtp timeout / smtp time out
        was abandoned / abandoned after
        attempts exceeded / tried to deliver for / tried to deliver it for
        no reachable mx / no reachable mail / no reachable host
        couldnt reach any / could not reach any / cannot reach any / unable to reach any
        not be sent within
        not be completed within / trying for * days / tried for * days / trying for * hours
        no answer from
        trying to deliver this message without success / has stopped trying
        """,
    ),
    *rows(
        Reason.EXPIRED,
        Strength.FAINT,
        """
        deferred
        """,
    ),
)

"""What is said of who sends: authentication, the envelope sender, the right to relay.

Must hold data only: table.py says how a table is read.
"""

from parsers.codes.phrases.table import rows
from parsers.codes.words import Strength
from parsers.report import Reason

__all__ = ["ROWS"]

ROWS = (
    # SPF, DKIM, DMARC, ARC and what receivers write when they fail.
    *rows(
        Reason.AUTHFAILURE,
        Strength.CERTAIN,
        """
        due to domain owner policy
        """,
    ),
    *rows(
        Reason.AUTHFAILURE,
        Strength.DECISIVE,
        """
        dmarcrejection
        unauthenticated email from / unauthenticated email is not accepted
        unauthenticated senders / multiple authentication checks failed
        does not have authentication information / fails to pass authentication
        failed authentication checks / sender is unauthenticated
        gmail requires all senders to authenticate / authenticate with either spf or dkim
        required authentication level / not pass authentication / message fails authentication
        does not pass dkim / spf record / spf records / spf check / spf checks / spf fail
        spf failed / spf failure / spf hard fail / spf hardfail / spf softfail
        spf error / spf validation / spf verification / spf reject / spf rejection / spf policy
        spf sender invalid / spf permerror / spf temperror / spf authentication / spf lookup
        spf violation / spf unauthorized mail / spf unauthorised mail / spf mail from
        spf result / spf domain / spf not pass / spf did not pass / bad spf / fails spf
        failed spf / failing spf / pass spf / passes spf / violates spf / invalid spf / no spf
        is neither permitted nor denied by / sender policy framework / openspf
        not permitted by spf / not authorized to send mail on behalf of
        not authorized to send mail for / not authorized by spf
        not designated as a permitted sender / not a designated mail / does not designate
        isnt allowed to send mail as / is not allowed to send mail from
        is not permitted by the domain owner / missing or invalid domainkeys / dkim signature
        dkim check / dkim fail / dkim failed / dkim failure / dkim validation
        dkim verification / dkim sender invalid / dkim policy / dkim adsp / dkim unauthenticated
        failed dkim / no dkim / bad dkim / invalid dkim / arc validation failure
        sender id check / senderid check failed / domainkeys verification
        purported responsible address * fail / anti spoofing policy / spoofed sender
        sender address spoofed / spoofing detected / domain impersonation
        mi spf / spf soft
        dmarc
        in mfrom identity
        spoofed message / spoofed mail / spoofed email
        message not authenticated / message is not authenticated
        mi dma
        p reject / domains published policy
        spf pobox com / open spf org why
        spf sender verification
        dkim does not pass / dkim did not pass / spf does not pass
        """,
    ),
    *rows(
        Reason.AUTHFAILURE,
        Strength.PLAIN,
        """
        not permitted to send mail from / not allowed to send mail from
        not allowed to send mail for / not allowed to send from
        spf / dkim
        """,
    ),
    # Who are you? Submission without AUTH, groups for members only, cryptography.
    *rows(
        Reason.SECURITYERROR,
        Strength.CERTAIN,
        """
        cannot authenticate
        sendernotauthenticatedforgroup / sendernotauthenticatedformailbox  # RESOLVER.RST
        security conversion required
        sendernotinallowedsendersforgroup / sendernotinallowedsendersformailbox
        sendasdeniedexception
        unauthenticated senders not allowed / unauthenticated senders are not allowed
        """,
    ),
    *rows(
        Reason.SECURITYERROR,
        Strength.DECISIVE,
        """
        authentication is required / authentication failed / authentication failure
        authentication credentials invalid / authentication mechanism is too weak
        authentication mechanism too weak / authentication unsuccessful
        authentication rejected / authentication not accepted
        authentication turned on in your email client
        authrequired  # RESOLVER.RST.AuthRequired
        client was not authenticated / sender not authenticated / sender was not authenticated
        sender must be authenticated / submitter failed to authenticate
        incorrect authentication data / invalid credentials / invalid user or password
        invalid login or password / username and password not accepted
        bad username or password / could not authenticate
        you must log in / you are not authenticated / not authorized to send to this group
        please log in via your web browser / please use smtp auth
        please turn on smtp authentication / smtp auth required / smtp auth is required
        smtpd authentication / basic authentication is disabled
        application specific password required / insecure password / password transition
        trust relationship required / cryptographic failure
        cryptographic algorithm not supported / message integrity failure
        security features not supported / unauthenticated sending
        notinallowedsenders / attack to
        do not have permission to send to this recipient / violate the security policy in force
        000b0981 / could not retrieve credentials  # MSEXCH:IMS; OpenSMTPD
        insufficient security level
        identity changes
        requires authentication before / require authentication before
        determine the senders permission
        auth first
        no auth command
        """,
    ),
    *rows(
        Reason.SECURITYERROR,
        Strength.PLAIN,
        """
        authentication required / must authenticate / not authenticated / please authenticate
        only authenticated / permission denied
        undefined security status / delivery not authorized
        verification failure
        insufficient permission  # sysexits.h
        auth error
        authorization failed / auth failure / login before sending
        log on first / log in first / must log on / must log in / please log in
        authentication canceled / authentication cancelled
        authentication aborted
        check for new mail before / pop before smtp / check your mail before sending
        check mail before sending / retrieve your mail before
        to be logged in / must be logged in
        fail authentication / too many authentication failures / too many failed logins
        too many login failures / too many failed authentication
        auth failed
        permission or security issue
        """,
    ),
    *rows(
        Reason.SECURITYERROR,
        Strength.FAINT,
        """
        access denied / access refused / not authorized / not authorised / unauthorized
        security error
        """,
    ),
    # The envelope sender, its domain, or a bounce's empty one was refused.
    *rows(
        Reason.REJECTED,
        Strength.CERTAIN,
        """
        sender address rejected / domain of sender / an address that has been blacklisted
        sender verify failed / domain * of sender does not exist / unable to verify sender
        groups google com support  # Google Groups, in every language
        mailfrom domain is listed
        sender address blacklisted / sender is blacklisted / sender is blacklist
        sender blacklisted
        sender on blacklist / blacklisted sender
        email address has been blacklisted / email address is blacklisted
        domain name required for sender address
        sender address has null mx
        sender is on domains blacklist
        sending from unregistered domains
        your domain is on our / sender domain is on our
        server does not accept mail from
        sender address does not conform / envelope address * is locally blacklisted
        sender domain is listed / sender domain listed / from domain is listed
        sender is listed
        header from black listed / header from blacklisted / header reply black listed
        sender has non existent
        may not exist or dns check failed
        """,
    ),
    *rows(
        Reason.REJECTED,
        Strength.DECISIVE,
        """
        administrative prohibition  # Exim, of a host or sender
        sender address verification / sender address verify / sender address is
        sender address not / sender address has been / sender address must
        sender address does not / sender address could not / sender address refused
        sender address domain / sender address invalid
        sender address blocked / senders address / sender rejected / sender is rejected
        sender was rejected / sender refused / sender denied / sender not allowed
        sender not permitted / sender not accepted / sender not authorized / sender not exist
        sender not found / sender not known / sender is not allowed / sender is not accepted
        sender is not permitted / sender is not known / sender is invalid / sender is spammer
        sender is blocked / sender invalid
        sender unknown / sender verify / sender verification / sender blocked
        sender banned / sender disallowed
        sender mail address / sender mailbox / sender host name / senders mailbox
        senders email / sender hostname / domain of the sender
        domain of your / domain name of sender / domain does not exist for sender
        domain name of your / mail from domain / mailfrom domain / mail from address
        mail from denied / mail from must / mail from not / mail from rejected
        mail from refused / mail from command rejected / mail from user / mail from unknown
        mail from invalid / mail from this domain / mailfrom rejected / from address is
        from domain is blocked / from your domain / invalid sender / invalid mail from
        invalid return address / invalid return path / invalid reply address
        invalid envelope sender / bad sender / bad senders / bad originator / badmailfrom
        badmailfromto / unknown sender / unknown domain in / unroutable sender
        unrouteable sender / unresolvable sender / unverified sender / unverifiable sender
        unable to verify the sender / unable to verify return address / unable to resolve sender
        could not verify sender / could not verify the sender / couldnt verify sender
        couldnt find any host * sender / cannot verify sender / cannot resolve sender
        cannot find sender / cannot find the sender / cant verify sender
        cant determine purported responsible address / can not verify sender
        verify your sender / failed to verify sender / refused sender / rejected sender
        rejecting banned / rejecting * sender / blocked sender / blocked senders / banned sender
        banned envelope sender / denied sender / disallowed sender
        forged sender / fake sender / spoofed from / envelope blocked / return path must
        return path address / returning sender / empty sender / empty envelope / empty from
        empty return / blank sender / single recipient * null / bounce message not / bounces not
        bounces are not accepted / does not accept bounces / doesnt accept bounces
        does not accept delivery reports / dont accept * bounces / your domain has no
        you do not have permission to post  # Google Groups
        you may not have permission to post / you are not allowed to send
        you are not permitted to send / you are not authorized to send / not allowed to post
        not allowed to send mail to this / not allowed to send to / not allowed to mail to
        not authorized to post / not permitted to post / not a member of the list
        only subscribers / only list members / not subscribed / posting * not allowed
        posts by non / post to this list / closed mailing list / members only list
        moderated list / restricted list / senders domain is / isnt accepted from
        no mx record for sender / domain has no mx / must have a valid mx / does not have an mx
        does not have mx / does not have a valid mx / unregistered domain / has no mx or a
        has neither a nor mx / outbound spam / aup sndr
        # fml; NetEase
        not member article / you are not a member of / mi spb / which is not registered
        cannot post / delivery was refused attempt to resend
        your email is blocked
        verification failed for / callback setup failed
        rst notauthorized  # Exchange
        emetteur invalide / no third party dsns / fully qualified email address required
        sender not pre approved / valid address filter / senderfilterconfig
        sendasdenied / not allowed to send as
        restricted to subscribers / restricted to members
        you are not wanted / you are not welcome
        postmaster verification failed / sender mismatch
        wm blu
        host does not accept mail from
        site does not accept mail from / system does not accept mail from
        host does not accept email from / server does not accept email from
        we do not accept mail from / we dont accept mail from
        we do not accept email from
        all recipient addresses rejected access denied
        return email domain is invalid
        did not originate here / did not originate from here / in response to an old message
        invalid bounce / bounce address tag / no bounces accepted
        bounce with multiple recipients / bounce messages with more than one recipient
        multi recipient bounce / identical sender and recipient
        sender and recipient are identical / invalid srs / due to sender restrictions
        from sender name
        not allowed to send from address / not permitted to send from address
        not authorized to send from address
        not allowed to use this list / not allowed to use the list
        not authorized to use this list / posting to * restricted / sending paused
        does not accept masquerading / single envelope recipient / null from received
        header from have a invalid / header reply have a invalid / header sender have a invalid
        not me or ours
        mail from your address
        recipient rejected gl bl
        originating from that domain / denied domain name
        explicit blocking of sender
        list address must be in
        sender callback / sender callout / callback verification failed
        verify mailfrom failed / mailfrom verify failed / mail from verification failed
        mailfrom verification failed / verify mail from failed
        mail from * is not wanted
        unconfigured sending domain / configured to reject your mail
        configured to reject mail from you
        on behalf of this user unless / trying to send on behalf of / from non subscribers
        from nonsubscribers
        """,
    ),
    *rows(
        Reason.REJECTED,
        Strength.PLAIN,
        """
        sender domain / sender domains / senders domain / sender does not exist
        sender email address / from address / from header / from field / invalid from
        envelope sender / envelope from / return path domain / return address / reverse path
        null return / backscatter / batv / prvs / your email address has been
        your email address is / your e mail address / your address is
        your address has been / your domain is / your domain has been / your domain does not
        non member / non members / members only / private list / no valid mx / domain must have
        domain must exist / domain must resolve / must have mx
        originator address does not match
        permission to send on behalf
        """,
    ),
    # Not my domain.
    *rows(
        Reason.NORELAYING,
        Strength.CERTAIN,
        """
        not in my list of allowed rcpthosts  # qmail
        email address is not verified  # Amazon SES
        identities failed the check
        open relay not allowed / not an open relay
        openly use us to relay
        relay rejected for policy
        """,
    ),
    *rows(
        Reason.NORELAYING,
        Strength.DECISIVE,
        """
        relay access denied / relay denied / relay not permitted / relay not allowed
        relay operation rejected / relay rejected / relay refused / relay prohibited
        relay is not permitted / relay is not allowed / relay attempt / relay disabled
        relay not authorized / relay blocked / relay not configured / relay restriction
        relaying denied / relaying not / relaying is / relaying prohibited / relaying disallowed
        relaying disabled / relaying blocked / relaying requires / relaying refused
        relaying attempt / relaying mail to / relaying forbidden / unauthenticated relaying
        unauthorized relay / unauthorized relaying / unable to relay / cannot relay / cant relay
        no relaying / not a relay / not allowed to relay
        not authorized to relay / not authorised to relay / not permitted to relay
        insecure mail relay
        mail server requires authentication when attempting to send to a non local
        third party relay / third party mail relay / 3rd party relay / relaying of / wont relay
        will not relay / doesnt relay / does not relay / dont relay / do not relay
        not a local domain / not one of my domains / not hosted here / not hosted on
        not handled here / not responsible for / not serviced / domain isnt in my list
        domain not in my list / domain isnt allowed to be relayed / domain is not hosted
        domain not hosted / domain not handled / domain not found in our / domain is not local
        domain not served / address is not verified / we dont handle mail for
        we are not relaying / mail for * not accepted here / mail to * not accepted here
        mail is not accepted for / must not be relayed / specified domain is not allowed
        transport rules * relay
        mailing to remote domains not supported / doesnt accept mail for this domain
        non accepted domain / relaying issues
        authentication required for relay
        authentication needed to send / authentication is needed to send
        not an mx for / not the mx for / not mx for / not a mail exchanger for
        does not forward mail / doesnt forward mail / do not forward mail
        due to the following smtp relay error
        not allow to relay / relayaccessdenied
        as a relay
        relay forbidden
        unauthorized to relay / refusing to relay
        local user only / denies relay / denies relaying
        dont host that domain / that domain is not ours / not a domain we
        authenticate before sending / not accept mail for that domain / going to relay that
        relaying to
        not configured to relay / in my rcpthosts / before relaying
        domain isnt hosted
        relay check
        not our mx service
        only accepts local recipients / authentication is required for relay
        authentication is required to relay / must authenticate to relay
        must be authenticated to relay
        through this server is not allowed / through this server is not permitted
        through this server is denied / we do not host / we dont host
        relay through this server without
        not one of our domains / not among our domains / before you relay / before you can relay
        not allowed to non local
        forwarding to remote hosts / forwarding to remote domains
        """,
    ),
    *rows(
        Reason.NORELAYING,
        Strength.PLAIN,
        """
        relay requires / no relay / no relays / not a gateway / not relay / not local domain
        non local domain / not a local / not local host / not our domain / not my domain
        not handled by / domain not local / dont accept mail for / does not accept mail for
        recipient address not accepted here
        not use this host to / refusing to pass mail on / not use this server to
        through this host
        dont handle mail for / do not handle mail for / doesnt handle mail for
        does not handle mail for
        forward path is not allowed
        cannot accept mail for that / cannot accept mail for this domain
        """,
    ),
    *rows(
        Reason.NORELAYING,
        Strength.FAINT,
        """
        domain not allowed
        delivery is not allowed to this address
        """,
    ),
    *rows(
        Reason.BLOCKED,
        Strength.PLAIN,
        """
        no access for this ip
        """,
    ),
    *rows(
        Reason.FILTERED,
        Strength.CERTAIN,
        """
        definitively does not want your mail
        """,
    ),
)

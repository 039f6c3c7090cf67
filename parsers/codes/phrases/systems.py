"""What is said of the systems on the way: broken, full, or talking past each other.

Must hold data only: table.py says how a table is read.
"""

from parsers.codes.phrases.table import rows
from parsers.codes.words import Strength
from parsers.report import Reason

__all__ = ["ROWS"]

ROWS = (
    # The server's own disk.
    *rows(
        Reason.SYSTEMFULL,
        Strength.CERTAIN,
        """
        useddiskspace  # Exchange: "Insufficient system resources (UsedDiskSpace[...])"
        queue quota exceeded  # Microsoft, of an organization
        mailbox disk is full
        """,
    ),
    *rows(
        Reason.SYSTEMFULL,
        Strength.DECISIVE,
        """
        system full / no space left on device / no space on device / no disk space
        not enough disk space / insufficient disk space / insufficient system storage
        low disk space / out of disk space / lack of disk space / filesystem full
        filesystem is full / server is full / spool full
        mailbox unavailable not enough free space
        no space left to finish writing  # procmail
        mail system is full
        space shortage
        """,
    ),
    *rows(
        Reason.SYSTEMFULL,
        Strength.PLAIN,
        """
        disk full / disk is full / insufficient storage / queue full / queue is full
        mail system congestion
        """,
    ),
    # Something broke at their side.
    *rows(
        Reason.SYSTEMERROR,
        Strength.CERTAIN,
        """
        # Postfix and Sendmail of their own configuration
        mail for * loops back / loops back to myself / loops back to me / mail loops back
        could not load drd / insufficient system resources
        mailbox is locked by
        message relayed to non compliant mailer
        domains dns violates rfc  # Courier
        failure in the content
        content filter failed / content filter unavailable / spam filter unavailable
        virus scanner unavailable / virus scanner failed
        error in processing id
        error during virus scan / during virus scan / during spam scan
        mailbox database has moved / mapi session limit / server thread limit
        database thread limit
        lowest numbered mx record points to local host
        """,
    ),
    *rows(
        Reason.SYSTEMERROR,
        Strength.DECISIVE,
        """
        unable to contact ldap / ldap server / ldap lookup failure / ldap attribute / ldap bind
        directory server failure / server misconfiguration / server configuration error
        system configuration error / incorrectly configured / cannot allocate memory
        memory allocation / internal software error / internal problem / internal failure
        system resources / temporary system problem / temporary server error
        temporary authentication / local error in processing / queue file write error
        error queue file / input output error / database failure / database problem
        database connection / backend failure / cannot open mailbox / cant open mailbox
        can t access mailbox / unable to open mailbox / could not open mailbox
        maildir delivery failed / unable to chdir / unable to switch to
        unable to append / unable to stat home directory / permission denied writing
        unable to open * permission denied / could not open * permission denied
        cannot open * permission denied / maildir * permission denied
        service temporarily unavailable
        service is currently unavailable / service refused
        unable to deliver message after multiple retries  # Yahoo
        timeout waiting for client input / requested action aborted local error
        duplicated message id  # fml
        mapiexception
        several matches found in domino directory  # Domino
        000d06b5 / 00010256 / adr ambiguous / adr invalidinsmtp / adr badprimary  # Exchange
        delivery to file forbidden / delivery to pipe forbidden / lmtp error after  # Exim
        error while executing qmail forward / bad interpreter
        system config error / interrupted system call
        run out of memory / ran out of memory / not enough memory / failed to find user
        mailbox is too busy / mailbox too busy
        system not ready / unable to write file / mail store unavailable
        message store not available / message store unavailable / milter error
        unable to scan message / failed to chdir to / failed to open lock file
        home directory is writable
        bad forward file / world writable / group writable
        no transport provider was available / unable to open include
        unable to create lock file
        mailbox is currently reserved / has wrong uid / has wrong gid / has wrong mode
        is not a regular file / excessive recursion / unreasonable * map nesting
        unreasonable * map expansion / too many entries found
        file format unrecognized / crashed with / mail to file is restricted
        mail to command is restricted / problem running virus scanner
        setgid * failed / setuid * failed
        error running virus
        resolver con / resolver fwd / resolver pf / resolver mt
        directory object is misconfigured / directory misconfiguration / storedriver mdb
        unable to quarantine
        """,
    ),
    *rows(
        Reason.SYSTEMERROR,
        Strength.PLAIN,
        """
        ldap error / directory server / directory service / server failure
        server configuration / configuration error / configuration problem / misconfigured
        misconfiguration / insufficient resources / resources temporarily unavailable
        resources temporarily not available / resource temporarily unavailable / resource limit
        out of memory / internal error / internal server / system error / system failure
        system problem / system problems / system busy / systems busy / server busy
        server is busy / server too busy / server error / server temporarily
        server is temporarily / temporary error / temporary local problem / temporary problem
        temporary internal / temporary failure / temporary database / temporary backend
        temporary mail / temporarily out of service / local error / local configuration
        error in processing / error processing / error writing / error opening / error reading
        read error / write error / i o error / database error / backend error / cannot open
        unable to lock / cannot lock / could not lock / home directory / home directories
        aliasing loop / alias loop / mail server is currently / transaction aborted
        transport error / unable to process / unexpected error / unspecified error
        proxy session / cant create / cannot create / could not create / software error
        unable to verify address / unable to verify recipient / maintenance
        temporary lookup failure / badprimary / shutting down
        uh oh / file has been locked / unable to read message / wrong owner
        not capable of selected features / undefined mail system status
        unexpected failure / undefined protocol status
        tainted / too many links / transport unavailable / invalid format
        temporary delivery error / bad server response / server not ready
        server is not ready
        cannot retrieve / could not retrieve / unable to retrieve
        no known owner / address temporarily unavailable
        were busy right now / we are busy right now / too busy right now
        permanent message delivery failure
        cannot decode parameter
        local configuration error
        mail filters temporarily unavailable / mail filter temporarily unavailable
        filters temporarily unavailable
        temporary delivery failure
        timeout waiting for
        mailbox is busy / mailbox busy
        while writing spool / while writing to spool / handle timeout
        license expired / system load is too high / too busy to accept
        currently not accepting any messages
        """,
    ),
    *rows(
        Reason.SYSTEMERROR,
        Strength.FAINT,
        """
        system unavailable / system is not available / service not available
        service is unavailable / service is not available / service unavailable / try again
        try later / transaction failed / requested action aborted
        requested mail action aborted / storedrv / currently unavailable
        temporarily unavailable / temporarily not available / temporarily unable
        """,
    ),
    # The program behind the address failed.
    *rows(
        Reason.MAILERERROR,
        Strength.DECISIVE,
        """
        command died with status / command time limit exceeded / child process / child crashed
        died with signal / exited with / mailer died / mailer failed / unknown mailer error
        pipe transport / qmail local / failed to read response template / can t create output
        cant create output / returned by the command / service unavailable local
        preline fatal / prog delivery
        local delivery failed
        unable to run / pipe delivery process timed out / while opening mailbox
        command line usage error
        not available for sendmail programs
        cannot execute / could not execute / unable to execute
        cannot mail directly to / shell not in etc shells
        cannot exec / could not exec / unable to exec / cant exec / transport filter process
        lda fatal
        # what shells and programs leave behind
        cant locate * line / traceback most recent call last / exec format error
        segmentation fault / core dumped / syntax error near / syntax error at * line
        cannot open shared object / error while loading shared libraries / no module named
        fatal error uncaught / undefined subroutine / killed by signal / exited on signal
        terminated by signal
        error in forward file / error in filter file / error in redirect data  # Exim
        program * returned error
        """,
    ),
    *rows(
        Reason.MAILERERROR,
        Strength.PLAIN,
        """
        command failed / command failure / command output / exit code / exit status
        mailer error / unknown mailer / pipe to / local mailer / procmail / maildrop
        command not found / pipe failed / delivery agent failed / delivery agent error
        mailer terminated / error running filter / child status
        delivery command returned / returned non zero
        delivery program failed / delivery program has failed / procmail cannot
        command was killed / process was killed
        filter program failed / program failed
        """,
    ),
    # TLS.
    *rows(
        Reason.FAILEDSTARTTLS,
        Strength.CERTAIN,
        """
        unencrypted connections not accepted
        """,
    ),
    *rows(
        Reason.FAILEDSTARTTLS,
        Strength.DECISIVE,
        """
        does not support tls / doesnt support tls / requires tls / require tls / requiretls
        required tls / tls required / tls is required / tls not available / tls not supported
        tls not offered / tls negotiation / tls handshake / tls engine / tls policy
        tls currently / tls encryption / tls certificate / ssl handshake / ssl connection
        encryption required / encryption is required / encryption needed
        encryption not supported / certificate not trusted / certificate expired
        certificate has expired / certificate host mismatch / certificate mismatch
        certificate chain / untrusted certificate
        unencrypted connections are not
        could not negotiate tls / unable to negotiate tls
        start tls
        tls connect failed / tls connection failed
        dane error / tlsa
        tls configuration problem / no verified certificate
        negotiate an encrypted
        only encrypted connections / certificate * cannot be verified
        certificate * could not be validated
        is not sent over a tls / not sent over tls
        """,
    ),
    *rows(
        Reason.FAILEDSTARTTLS,
        Strength.PLAIN,
        """
        starttls / tls connection / tls session / tls error / tls failed / tls failure
        ssl error / server certificate / certificate verification / certificate verify / mta sts
        secure connection
        must use tls
        """,
    ),
    # A command or an address was not understood.
    *rows(
        Reason.SYNTAXERROR,
        Strength.CERTAIN,
        """
        syntax mail from / syntax rcpt to / syntax helo / syntax ehlo
        improper use of smtp command pipelining
        """,
    ),
    *rows(
        Reason.SYNTAXERROR,
        Strength.DECISIVE,
        """
        syntax errors / syntax invalid / malformed address / malformed recipient
        command not recognized / command not implemented / command unrecognized
        command not understood / command not supported / command unknown
        command out of sequence / command parameter / command arguments / command syntax
        commands out of sequence / unrecognized command / unrecognised command / unknown command
        bad syntax / sequence of commands / improper sequence / improper command
        incorrect syntax / invalid syntax / invalid smtp / need mail / need rcpt / nested mail
        parameter unrecognized / wrong protocol / localpart too long / local part too long
        local part is too long / local part contains
        invalid route address / data format error / unsupported address type
        angle brackets nested too deep / expected word or / domain missing in source routed  # Exim
        unknown rcpt to parameter / unknown mail from parameter / unknown parameter
        unsupported parameter / unsupported parameters
        nonmail commands / non mail commands / unrecognized commands / command pipelining
        pipelining not allowed / pipelining not permitted / pipelining is not allowed
        unauthorized pipelining / improper pipelining
        please say helo / please say mail / please say rcpt
        """,
    ),
    *rows(
        Reason.SYNTAXERROR,
        Strength.PLAIN,
        """
        syntax error / syntax incorrect / address syntax / invalid command
        bad command / bad sequence / invalid character / invalid characters / invalid parameter
        invalid argument / illegal character / illegal characters / parameter not
        parameters not / parse error / unable to parse / cannot parse / unbalanced
        domain name required / does not conform
        unqualified recipient / unqualified address
        restricted characters in address
        uucp addressing
        """,
    ),
    # Never tried.
    *rows(
        Reason.SUPPRESSED,
        Strength.DECISIVE,
        """
        suppression list / suppress list / on the suppression / unsubscribed address
        invalid sendgrid / previously bounced / history of bouncing / history of hard
        has suppressed sending to this address
        not delivering to a user who  # Mailgun
        """,
    ),
    *rows(
        Reason.SUPPRESSED,
        Strength.PLAIN,
        """
        suppressed
        """,
    ),
    *rows(
        Reason.SUPPRESSED,
        Strength.FAINT,
        """
        bounced address
        """,
    ),
    # Arrived.
    *rows(
        Reason.DELIVERED,
        Strength.FAINT,
        """
        delivered to mailbox / successfully delivered
        """,
    ),
    *rows(
        Reason.NORELAYING,
        Strength.CERTAIN,
        """
        isnt a sophos email protected domain
        """,
    ),
    *rows(
        Reason.MESGTOOBIG,
        Strength.PLAIN,
        """
        length of data content
        """,
    ),
    *rows(
        Reason.POLICYVIOLATION,
        Strength.PLAIN,
        """
        command rejected
        """,
    ),
)

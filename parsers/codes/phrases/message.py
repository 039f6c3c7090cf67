"""What is said of the message itself: spam, malware, size, form, policy.

Must hold data only.
"""

from parsers.codes.phrases.table import rows
from parsers.codes.words import Strength
from parsers.report import Reason

__all__ = ["ROWS"]

ROWS = (
    *rows(
        Reason.SPAMDETECTED,
        Strength.DECISIVE,
        """
        spam classification
        spam message
        spam messages
        spam mail
        spam email
        spam e mail
        spam filter
        spam filters
        spam filtering
        spam filtered
        spam detected
        spam detection
        spam content
        spam contents
        spam rejected
        spam refused
        spam score
        spam scored
        spam scoring
        spam level
        spam limit
        spam probability
        spam policy
        spam points
        spam blocked
        spam not accepted
        spam see
        spam like
        spam engine
        spam or virus
        spam signature
        spam heuristic
        spam related
        spam detector
        spam tag
        spam threshold
        spam firewall
        spam suspected
        spam abuse detected
        spam check
        spam control
        spam trap
        spam url
        spam word
        spam words
        spam porn
        is spam
        as spam
        to be spam
        be spam
        contains spam
        containing spam
        possible spam
        possibly spam
        probable spam
        probably spam
        suspected spam
        suspicious spam
        considered spam
        confirmed spam
        detected spam
        identified spam
        appears to be spam
        looks like spam
        look like spam
        looks too much like spam
        like spam
        classified spam
        flagged spam
        high probability of spam
        high spam
        your message spam
        anti spam
        antispam
        no spam
        blocked spam
        block spam
        rejected spam
        reject spam
        refused spam
        been found spam
        image spam
        url spam
        due to spam
        because of spam
        spamassassin
        spam assassin
        spamminess
        spamicity
        spammy
        spamcheck
        spamprobe
        spamscore
        spam see http
        rspamd
        unsolicited
        unsolicited bulk
        unsolicited commercial
        ube
        ubecheck
        uce
        bulk email
        bulk mail
        bulk e mail
        junk mail
        junkmail
        junk e mail
        junk email
        commercial email
        mass mailing
        phishing
        phish
        is phishy
        scam
        spamming
        rejected by content filter
        content filter
        content filters
        content filtering
        content control
        content blocked
        content rejected ube
        content scanner
        content denied
        content * appears to be
        content in this message
        mail content denied                        # QQ
        content rejected
        message content rejected
        message looks
        message looks suspicious
        message appears to be
        message is suspicious
        message suspicious
        suspicious due to the nature of the content
        suspicious message
        suspicious content
        suspicious mail
        suspicious
        objectionable
        offensive content
        blacklisted url
        blacklisted urls
        blacklisted link
        blocked url
        banned url
        listed in uribl
        uribl
        surbl
        url in message
        urls contained in
        url listed
        link in message
        ip address url
        contains a url
        contains url
        contains a blacklisted
        contains blacklisted
        bad url
        http urls
        high score
        too high score
        cyren
        cloudmark
        vade
        vaderetro
        vade retro
        brightmail
        symantec brightmail
        bayesian
        razor
        pyzor
        dcc
        distributed checksum
        greylist score
        scored
        gtube
        mail rejete
        mail rejected ofr
        reject id * spam
        the message was rejected because it contains prohibited
        rule imposed mailbox access
        considered unsolicited
        """,
    ),
    *rows(
        Reason.SPAMDETECTED,
        Strength.FAINT,
        """
        spam
        """,
    ),
    *rows(
        Reason.VIRUSDETECTED,
        Strength.DECISIVE,
        """
        virus detected
        virus found
        virus infected
        virus infection
        virus infections
        virus in
        virus scan
        virus scanner
        virus content
        virus signature
        virus contaminated
        virus was
        virus alert
        virus filter
        virus the
        virus rejected
        virus present
        viruses
        a virus
        the virus
        infected with
        infected message
        infected mail
        infected file
        infected email
        is infected
        contained a virus
        contains virus
        contains malware
        malware
        trojan
        worm
        worms
        clamav
        clamd
        eicar
        ransomware
        dangerous attachment
        antivirus
        anti virus
        message contains a virus
        viral
        has been detected virus
        """,
    ),
    *rows(
        Reason.MESGTOOBIG,
        Strength.DECISIVE,
        """
        message size exceeds
        message size exceeded
        message size too large
        message size limit
        message size larger
        message size violation
        message too large
        message too big
        message too long
        message is too large
        message is too big
        message is too long
        message exceeds
        message exceeded
        message exceeding
        message larger
        message length exceeds
        message length exceeded
        message length limit
        message was too large
        message header size
        message body size
        message content is too
        message is larger
        message over
        mail size exceeds
        mail size limit
        mail size exceeded
        mail size
        mail too large
        mail too big
        mail is too large
        mail is too big
        mail exceeds
        mail data too big
        email size
        email size exceeds
        email too large
        email is too large
        email message too large
        size limit
        size limits
        size exceeds
        size exceeded
        size too big
        size too large
        size over
        size larger
        size is larger
        size restriction
        size violation
        exceeds size limit
        exceeds maximum size
        exceeds maximum
        exceeds max size
        exceeds limit
        exceeds the limit
        exceeds the maximum
        exceeds fixed maximum message size
        exceeds local size
        exceeds our
        exceed maximum size
        exceeded maximum size
        exceeded maximum allowed size
        exceeded message size
        exceeded maximum message size
        exceeded the size
        maximum size
        maximum message size
        maximum email size
        maximum allowed size
        maximum line length
        maximum message length
        maximum content length
        max message size
        max size
        larger than
        larger than the
        bigger than
        greater than maximum
        line limit exceeded
        line too long
        lines too long
        line length
        lines longer than
        too large to
        too big
        too large
        header too large
        headers too large
        header size exceeds
        sizelimit
        data size exceeds
        requested mail action aborted size
        sized message
        """,
    ),
    *rows(
        Reason.CONTENTERROR,
        Strength.DECISIVE,
        """
        8 bit character
        8bit character
        8 bit mime
        8bitmime
        8 bit data
        bad attachment
        attachment type
        attachment types
        attachment not allowed
        attachment is not allowed
        attachment rejected
        attachment refused
        attachment denied
        attachment filter
        attachments not allowed
        attachments are not
        attachment blocked
        attachment name
        attachment contains
        attachment with
        attachment extension
        attachment exe
        blocked attachment
        blocked attachments
        banned attachment
        banned attachments
        banned file
        banned name
        banned content
        banned contents
        banned type
        forbidden attachment
        forbidden attachments
        forbidden file
        prohibited attachment
        prohibited file
        restricted attachment
        illegal attachment
        unacceptable attachment
        file type
        file types
        file extension
        file name extension
        file attachment
        filename extension
        executable attachment
        executable attachments
        executable files
        executable content
        zip file
        zip archive
        compressed file
        encrypted archive
        encrypted zip
        password protected
        html content
        html mail
        html only
        html messages
        plain text only
        improper use of 8
        improper use of
        media error
        media not supported
        mime header
        mime headers
        mime error
        mime defect
        mime syntax
        mime structure
        mime violation
        mime part
        mime boundary
        mime type
        malformed mime
        bad mime
        invalid mime
        broken mime
        broken html
        content type
        content transfer encoding
        content disposition
        content error
        content encoding
        content restrictions
        content conversion
        conversion required
        conversion with loss
        conversion failed
        conversion not supported
        conversion error
        charset not
        character set
        character sets
        unsupported character
        unsupported charset
        message content not available
        message format
        message is malformed
        malformed message
        malformed mail
        malformed content
        mail message is malformed
        binary data
        binary mime
        binarymime
        nul character
        null character
        nul octet
        null bytes
        nul byte
        nul bytes
        bare cr
        unsupported content
        utf 8
        smtputf8
        language
        russian
        chinese characters
        foreign character
        non ascii
        transfer encoding
        """,
    ),
    *rows(
        Reason.NOTCOMPLIANTRFC,
        Strength.DECISIVE,
        """
        rfc 5322
        rfc 2822
        rfc 822
        rfc5322
        rfc2822
        rfc822
        rfc 5321
        rfc 2821
        rfc5321
        rfc2821
        rfc compliant
        rfc compliance
        rfc violation
        rfc conform
        rfc conformant
        not rfc
        rfcmessagenoncompliant
        multiple addresses in from
        multiple from
        multiple subject
        multiple headers
        multiple to
        multiple date
        multiple message id
        multiple reply to
        duplicate header
        duplicate headers
        duplicate from
        duplicate subject
        duplicate to
        duplicate message id header
        duplicate message id headers
        missing from
        missing from header
        missing date
        missing date header
        missing header
        missing headers
        missing message id
        missing mandatory
        missing required header
        missing required headers
        missing subject
        missing to
        no from header
        no from
        no date header
        no date
        no message id
        no valid from
        no valid message id
        no subject
        no to header
        without a from
        without a date
        without message id
        without a message id
        without from
        from header is missing
        date header
        message id header
        invalid message id
        invalid date
        invalid header
        invalid headers
        invalid message format
        invalid from header
        bad header
        bad headers
        bad message id
        bad date
        bad message header
        illegal header
        header missing
        header is missing
        header syntax
        header format
        headers not
        malformed header
        malformed headers
        malformed from
        non compliant
        noncompliant
        not compliant
        bare lf
        bare lfs
        bare linefeed
        bare linefeeds
        bare newline
        stray newline
        stray newlines
        stray linefeed
        loose lf
        smtplf
        smtp smuggling
        violates internet standards
        violates rfc
        """,
    ),
    *rows(
        Reason.POLICYVIOLATION,
        Strength.DECISIVE,
        """
        policy reason
        policy reasons
        policy violation
        policy violations
        policy restriction
        policy restrictions
        policy rejection
        policy reject
        policy that prohibited
        policy analysis
        policy filter
        policy rule
        policy prohibits
        policy denied
        policy settings
        policy blocked
        policy error
        policy id
        policy
        policies
        local policy
        against policy
        by policy
        due to policy
        security policies
        acceptable use
        denied by administrator
        rejected by administrator
        administrative prohibition
        administratively prohibited
        administratively denied
        administrative lockout
        administrator rejected
        administrator has
        host network not allowed                   # Mimecast
        header error
        protocol violation
        protocol violations
        synchronization error
        potential security issue
        presents a potential
        because its content presents
        content examination
        message not allowed
        message prohibited
        message not accepted for policy
        mail not accepted for policy
        email not accepted for policy
        you have exceeded the
        you have sent
        you exceeded
        rejected for policy
        rejected due to policy
        rejected due to security
        delivery restriction
        delivery restrictions
        transport rule
        transport rules
        rejected by transport
        restricted by
        rule blocked
        rule violation
        rule triggered
        we have a policy
        not accept this message
        not wanted here
        is not wanted
        not welcome
        prohibited
        disallowed
        greylist
        greylisted
        greylisting
        grey listed
        grey listing
        graylist
        graylisted
        graylisting
        gray listed
        pre greeting
        pregreet
        early talker
        tarpit
        please try again later greylist
        confidential
        data loss
        data leak
        dlp
        closed to you
        keyword
        keywords
        prohibited content
        recipient address rejected denied by policy
        """,
    ),
    *rows(
        Reason.POLICYVIOLATION,
        Strength.FAINT,
        """
        message rejected
        message refused
        message denied
        message not accepted
        message was rejected
        message was refused
        mail rejected
        mail refused
        mail denied
        email rejected
        email refused
        not accepted
        denied
        prohibits
        """,
    ),
)

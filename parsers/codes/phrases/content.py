"""What is said of the message itself: spam, malware, size, form, policy.

Must hold data only: table.py says how a table is read.
"""

from parsers.codes.phrases.table import rows
from parsers.codes.words import Strength
from parsers.report import Reason

__all__ = ["ROWS"]

ROWS = (
    # Filters and what they call it.
    *rows(
        Reason.SPAMDETECTED,
        Strength.CERTAIN,
        """
        spam classification / blacklisted url / blacklisted urls
        likely unsolicited mail / classified as spam / marked as spam
        spam mail from a spammer is rejected
        blacklisted link / contains a blacklisted / contains blacklisted
        detected your message as spam / mail rejete
        spam firewall
        spam or virus content / hvu b1
        temporarily blocked by our filter
        likely unsolicited email / as spam or virus / message contains spam
        blocked as spam
        link to a blacklisted / links to a blacklisted / links to a blocked
        blocked by our spam / blocked by spam
        spamtitan
        blocked due to its content / blocked because of its content / blocked due to content
        banned word / banned words
        considered spam or virus
        rejected mail address
        matches known spam
        confirmed spam
        appears to be unsolicited
        matched known spam / known spam fingerprint / known spam fingerprints
        known spam pattern / known spam patterns / known spam signature / known spam content
        known spam url / blocked uri / blocked link
        """,
    ),
    *rows(
        Reason.SPAMDETECTED,
        Strength.DECISIVE,
        """
        spam message / spam messages / spam mail / spam email / spam e mail / spam filter
        spam filters / spam filtering / spam filtered / spam detected / spam detection
        spam content / spam contents / spam rejected / spam refused / spam score / spam scored
        spam scoring / spam level / spam limit / spam probability / spam policy / spam points
        spam blocked / spam not accepted / spam see / spam like / spam engine / spam or virus
        spam signature / spam heuristic / spam detector / spam tag
        spam threshold / spam suspected / spam abuse detected / spam check
        spam control / spam trap / spam porn / is spam / be spam / contains spam
        containing spam / possible spam / possibly spam / probable spam / probably spam
        suspected spam / suspicious spam / considered spam / detected spam
        consider spam / considers spam / consider to be spam / considers to be spam
        believed to be spam / judged to be spam / deemed spam / deemed to be spam
        looks like spam / thinks it is spam / spamshield / fortispamshield / fortiguard antispam
        identified spam / like spam / classified spam / flagged spam / high probability of spam
        high spam / your message spam / blocked spam / block spam / rejected spam / reject spam
        refused spam / has been found spam / image spam / url spam / due to spam / because of spam
        spamassassin / spam assassin / spamminess / spamicity / spammy / spamcheck / spamprobe
        spamscore / rspamd / unsolicited bulk / unsolicited commercial / ubecheck / junk mail
        junkmail / junk e mail / junk email / mass mailing / rejected by content filter
        content blocked / content rejected ube / content scanner / content * appears to be
        content in this message
        mail content denied  # QQ
        message content rejected / message looks suspicious / message is suspicious
        message suspicious / suspicious due to the nature of the content / objectionable
        blocked url / banned url / uribl / surbl / urls contained in
        url listed / ip address url
        too high score / vaderetro / vade retro / brightmail / bayesian / distributed checksum
        gtube / mail rejected ofr / reject id * spam
        the message was rejected because it contains prohibited / rule imposed mailbox access
        considered unsolicited
        dt spm / dt sum / under suspicion of spam  # NetEase; PowerMTA; Yandex
        spam related
        a url in this email
        recurrent pattern detection / bulk advertising / drbl imedia
        rejected bulk email / rejecting mail content / rejecting banned content
        scored too high
        as junk / is junk / like junk
        spamtrap
        spam * signature / suspect content
        outboundspamexception
        reports it as spam
        message scored / mail scored / bogofilter / pyzor / spambayes / dspam
        mass mailer program / mass mailing program / spam mailing
        mail data refused by
        message blocked by * anti spam / message blocked by * antispam
        message blocked by * spam filter / message is blocked by * anti spam
        message is blocked by * antispam / message is blocked by * spam filter
        email blocked by * spam filter / email is blocked by * spam filter
        mail blocked by * spam filter / mail is blocked by * spam filter
        """,
    ),
    *rows(
        Reason.SPAMDETECTED,
        Strength.PLAIN,
        """
        antispam engine / antispam filter / antispam system / anti spam system
        antispam gateway / anti spam gateway / antispam policy
        spam url / as spam / anti spam / antispam / no spam / unsolicited / ube / uce
        bulk mail / bulk e mail / commercial email / phishing / phish / spamming
        content filter / content filters / content filtering / content control / content denied
        content rejected / message looks / message appears to be / suspicious
        offensive content / url in message / link in message / contains a url / contains url
        bad url / http urls / cyren / cloudmark / dcc
        junk
        content reject / content refused
        """,
    ),
    *rows(
        Reason.SPAMDETECTED,
        Strength.FAINT,
        """
        spam
        """,
    ),
    # Scanners.
    *rows(
        Reason.VIRUSDETECTED,
        Strength.CERTAIN,
        """
        prohibited virus
        """,
    ),
    *rows(
        Reason.VIRUSDETECTED,
        Strength.FAINT,
        """
        virus
        viruses / antivirus
        """,
    ),
    *rows(
        Reason.VIRUSDETECTED,
        Strength.DECISIVE,
        """
        virus detected / virus found / virus infected / virus infection / virus infections
        virus content / virus signature / virus contaminated / virus alert / virus rejected
        virus present / infected with / infected mail / infected file / infected email
        contained a virus / contains virus / contains malware / clamd / eicar / ransomware
        dangerous attachment / message contains a virus / has been detected virus
        contains a virus / malicious code / malicious content / malicious attachment
        due to virus
        rejected by virus scanner
        virus email / virus mail / virus message
        contains troj / contains w32 / contains win32 / w32 / w97m / win32 trojan
        """,
    ),
    *rows(
        Reason.VIRUSDETECTED,
        Strength.PLAIN,
        """
        virus scan / virus scanner / virus filter
        malware / trojan / worm / worms / clamav
        infected
        """,
    ),
    # Too large for the server.
    *rows(
        Reason.MESGTOOBIG,
        Strength.CERTAIN,
        """
        storage allocation size limit
        """,
    ),
    *rows(
        Reason.MESGTOOBIG,
        Strength.DECISIVE,
        """
        message size exceeds / message size exceeded / message size too large
        message size limit / message size larger / message size violation / message too large
        message too big / message too long / message is too large / message is too big
        message is too long / message length exceeds / message length exceeded
        message length limit / message was too large / message header size / message body size
        mail size exceeds / mail size limit / mail size exceeded / mail too large / mail too big
        mail is too large / mail is too big / mail data too big / email size / email too large
        email is too large / exceeds size limit / exceeds maximum size / exceeds max size
        exceeds local size / exceed maximum size / exceeded maximum size / exceeded message size
        exceeded the size / maximum message size / maximum allowed size / maximum line length
        maximum message length / maximum content length / max message size / larger than the
        line limit exceeded / lines longer than / too large to / header too large
        headers too large / header size exceeds / data size exceeds
        requested mail action aborted size / sized message
        maximum inbound message size
        length exceeds limit / length exceeds the limit
        """,
    ),
    *rows(
        Reason.MESGTOOBIG,
        Strength.PLAIN,
        """
        message exceeds / message exceeded / message exceeding / message larger
        message is larger / mail exceeds / size limit / size limits / size exceeds
        size exceeded / size over / size larger / size is larger / size restriction
        size violation / exceeds maximum / exceeds the limit / exceeds the maximum
        maximum size / max size / larger than / bigger than / greater than maximum
        line too long / lines too long / line length / too big / too large / sizelimit
        mailsize / exceeded mail size
        """,
    ),
    # Attachments, encodings, character sets.
    *rows(
        Reason.CONTENTERROR,
        Strength.CERTAIN,
        """
        attachment with extension
        could not parse message / could not parse the message / unable to parse message
        unable to parse the message / message parse failed / cannot parse message
        cannot parse the message
        accept messages of mime
        risk file extension
        illegal characters in the message / illegal character in the message
        illegal characters in message / invalid characters in the message
        invalid characters in message / illegal characters in the body
        """,
    ),
    *rows(
        Reason.CONTENTERROR,
        Strength.DECISIVE,
        """
        8 bit character / 8bit character / 8 bit mime / 8bitmime / 8 bit data / bad attachment
        attachment type / attachment types / attachment not allowed / attachment is not allowed
        attachment rejected / attachment refused / attachment denied / attachment filter
        attachments not allowed / attachments are not / attachment blocked
        attachment extension / attachment exe / blocked attachment / blocked attachments
        banned attachment / banned attachments / banned file / banned name / banned content
        banned contents / banned type / forbidden attachment / forbidden attachments
        forbidden file / prohibited attachment / prohibited file / restricted attachment
        illegal attachment / unacceptable attachment / file extension / file name extension
        filename extension / executable attachment / executable attachments / executable files
        executable content / zip archive / encrypted archive / encrypted zip / html only
        html messages / plain text only / improper use of / media error / media not supported
        mime error / mime defect / mime syntax / mime structure / mime violation / mime boundary
        malformed mime / bad mime / invalid mime / broken mime / broken html
        content transfer encoding / content error / content restrictions / content conversion
        conversion required / conversion with loss / conversion failed
        conversion not supported / conversion error / charset not / unsupported character
        unsupported charset / message content not available / message is malformed
        malformed message / malformed mail / malformed content / binary data / binary mime
        binarymime / nul character / null character / nul octet / null bytes / nul byte
        nul bytes / bare cr / unsupported content / foreign character
        content type that is not supported / content related
        of a forbidden type
        00050311 / 000502cc / too many received headers  # MSEXCH:IMS; Exim
        improperly formatted / messages containing images / unsafe content
        blocked extension / attachments are blocked
        reject id * banned  # amavis
        attachments of type
        content of attachment / content of the attachment / empty subject
        words in the message / words in your message
        header lines are too many / too many header lines
        binary body / no binary messages / no base 64 messages / no quoted printable messages
        accept encoded messages / executable code / with the below content / too short message
        empty or too short / empty message body
        unacceptable mime content type
        mime reject
        """,
    ),
    *rows(
        Reason.CONTENTERROR,
        Strength.PLAIN,
        """
        attachment name / attachment contains / file type / file types / zip file
        compressed file / password protected / html content / html mail / mime header
        mime headers / mime part / content disposition / content encoding / character set
        character sets / message format / utf 8 / smtputf8 / chinese characters / non ascii
        conversion of the body / conversion of the message / unable to convert
        could not be converted
        message too short / accept encoded / empty message
        """,
    ),
    # Headers that break RFC 5322.
    *rows(
        Reason.NOTCOMPLIANTRFC,
        Strength.DECISIVE,
        """
        rfc 5322 / rfc 2822 / rfc5322 / rfc2822
        rfc compliant / rfc compliance / rfc violation / rfc conform / rfc conformant / not rfc
        rfcmessagenoncompliant / multiple addresses in from / duplicate header
        duplicate headers / duplicate from / duplicate subject
        missing from header / missing date header
        missing header / missing headers / missing message id / missing required header
        missing required headers / no valid from / no valid message id / without message id
        without from / without date / without subject / without to or cc
        without a message id / invalid message id / invalid header / invalid headers
        invalid message format / invalid from header / bad header / bad headers / bad message id
        bad message header / illegal header / header syntax / malformed header
        malformed headers / malformed from / bare lf / bare lfs / bare linefeed / bare linefeeds
        bare newline / stray newline / stray newlines / stray linefeed / loose lf / smtplf
        smtp smuggling / violates internet standards / violates rfc
        fail syntax check / headers fail syntax
        disallowed header / encoded word syntax
        header line
        comply with rfc / nul characters in / headers are malformed
        header is malformed / missing a valid messageid / missing messageid header
        not conform to standards / not conform to rfc
        required header * missing / date header is too / date is too far / date header is in
        date in the future
        not crlf terminated
        no to cc or bcc / no headers at all / no subject or body / but not have a valid address
        exactly one address / exactly one from / illegal messageid / invalid messageid
        no subject header
        """,
    ),
    *rows(
        Reason.NOTCOMPLIANTRFC,
        Strength.PLAIN,
        """
        multiple from / multiple subject / multiple headers / multiple date
        multiple message id / multiple reply to / duplicate to / missing from / missing date
        missing subject / no from header / no date header / no message id / without a from
        without a date / message id header / invalid date / bad date / header missing
        header is missing / header format / headers not / non compliant / noncompliant
        not compliant
        rfc 5321 / rfc 2821 / rfc5321 / rfc2821
        illegal bom
        illegal message id / no subject / illegal from
        """,
    ),
    # Rules of the site that say no more than that.
    *rows(
        Reason.POLICYVIOLATION,
        Strength.CERTAIN,
        """
        greylisted / greylisting / graylisted / graylisting
        rejected for policy reasons / rejectmessage  # TRANSPORT.RULES.RejectMessage
        resolver grp blocked / resolver fwd blocked
        recipient organizations * policy / recipients organization * policy
        recipient organisations * policy / recipients organisation * policy
        """,
    ),
    *rows(
        Reason.POLICYVIOLATION,
        Strength.DECISIVE,
        """
        policy reason / policy reasons / policy violation / policy violations
        policy restriction / policy restrictions / policy rejection / policy reject
        policy that prohibited / policy analysis / policy filter / policy prohibits
        policy denied / policy settings / policy blocked / policy error / by policy
        due to policy / acceptable use / denied by administrator / rejected by administrator
        administratively prohibited / administratively denied
        administrative lockout / administrator rejected
        host network not allowed  # Mimecast
        protocol violation / protocol violations / synchronization error
        potential security issue / presents a potential / because its content presents
        content examination / message not allowed / message prohibited
        message not accepted for policy / mail not accepted for policy
        email not accepted for policy / rejected for policy / rejected due to security
        delivery restriction / delivery restrictions / transport rule / transport rules
        rejected by transport / rule violation / rule triggered / we have a policy
        not accept this message / grey listed / grey listing / gray listed / pre greeting
        pregreet / early talker / please try again later greylist / data loss / data leak
        closed to you
        organizational settings / message given low priority / using a mass mailer
        mail with embedded images / unauthenticated mail is prohibited
        by content policy
        by recipient policy / recipient domain policy
        duplicate message rejected
        encrypted messages are not / encrypted mail is not / encrypted email is not
        encrypted messages not
        not following the smtp protocol
        by company rules / company rules / by our rules
        mailpolicy violation / mail policy violation
        message blocked by * policy / message is blocked by * policy / email blocked by * policy
        email is blocked by * policy / mail blocked by * policy / mail is blocked by * policy
        administrators rule
        """,
    ),
    *rows(
        Reason.POLICYVIOLATION,
        Strength.PLAIN,
        """
        policy rule / local policy / against policy / security policies
        header error / you have exceeded the / restricted by / rule blocked / not wanted here
        is not wanted / not welcome / greylist / graylist / tarpit / confidential / dlp
        keyword / keywords / prohibited content
        rejected by destination domain  # Zoho
        forbidden content / rejected by mail filter / rejected by rule / rejected by filter
        not meet our delivery requirements
        not accepting this mail / not accepting this message
        not accepting this email
        """,
    ),
    *rows(
        Reason.POLICYVIOLATION,
        Strength.FAINT,
        """
        policy / policies / prohibited / disallowed / message rejected / message refused
        message denied / message not accepted / message was rejected / message was refused
        mail rejected / mail refused / mail denied / email rejected / email refused / prohibits
        denied mode normal  # MX Logic
        administrator has
        denied * mode normal  # MX Logic
        """,
    ),
)

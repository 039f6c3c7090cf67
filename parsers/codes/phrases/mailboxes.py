"""What is said of a mailbox that exists: moved, full, closed, choosy.

Must hold data only: table.py says how a table is read.
"""

from parsers.codes.phrases.table import rows
from parsers.codes.words import Strength
from parsers.report import Reason

__all__ = ["ROWS"]

ROWS = (
    # There was somebody, elsewhere now.
    *rows(
        Reason.HASMOVED,
        Strength.DECISIVE,
        """
        mailbox has moved / account has moved / address has moved / user has moved / user moved
        address has been changed to / address has changed
        email address has been changed / mail address was changed / please use my new
        new email address is / new e mail address is
        recipient no longer on server  # Apple
        user not local please try
        user not local will forward  # RFC 5321 251/551
        has relocated to / has a new address / has a new email / has a new e mail
        mailbox owner has changed / domain owner has changed
        address has been replaced by
        account has been replaced by
        mailbox moved / mailbox was moved / account moved / account was moved / recipient has moved
        recipient moved / no longer uses this address
        """,
    ),
    *rows(
        Reason.HASMOVED,
        Strength.PLAIN,
        """
        address changed / please use the new address / new address is / please try * instead
        has been replaced by
        has moved to another / moved to another provider
        """,
    ),
    # Over quota, in every mail system's own grammar.
    *rows(
        Reason.MAILBOXFULL,
        Strength.CERTAIN,
        """
        automatically rejected not enough disk space  # Dovecot
        """,
    ),
    *rows(
        Reason.MAILBOXFULL,
        Strength.DECISIVE,
        """
        mailbox full / mailbox too full / mailbox is too full
        mailbox too large / mailbox has exceeded / mailbox exceeded / mailbox exceeds
        mailbox size limit / mailbox size exceeded / mailbox quota / mailbox storage
        mailbox disk / mailbox would exceed / mailbox reached / mailbox has reached
        mailbox temporarily full / mail box full / mail box is full / mailboxes are full
        mailfolder is full / mail folder is full / mail quota / mail storage full
        maildir delivery failed * quota / mailfolder full / inbox full / inbox is full
        inbox is out of / account is full / account full / account over storage
        account storage limit / over quota / overquota / over its quota / over their quota
        over the quota / over his quota / over the storage limit / over the allowed quota
        over the maximum allowed mailbox size / over allocated quota / quota exceed
        quota exceeded / quota exceeds / quota is full / quota would be exceeded
        quota violation / quota reached / quota has been reached / quota limit / quota error
        exceeded storage
        exceeded the storage / exceeded its storage / exceeded their storage
        exceeded maximum mailbox / exceeded mailbox
        exceeded * disk space / exceeding quota
        exceeding the quota / exceed * quota / out of storage / disk quota / disk space quota
        storage quota / storage space * full / not enough storage
        not enough space in * mailbox / not enough quota / no room in mailbox
        no space left in mailbox / no more space in mailbox
        insufficient storage space in mailbox / insufficient mailbox / insufficient quota
        too many messages on this mailbox
        too many messages in * mailbox
        too much mail data  # qmail-ldap, Zimbra
        user has exhausted / user has exceeded / user has too many messages / users disk
        recipient exceeded / recipient storage full / recipient quota / recipient has exceeded
        recipient has reached / recipients mailbox is over / allocated message quota
        exceptionmailboxquotaexceeded  # Exchange store
        quotaexceededexception / mapiexceptionshutoffquotaexceeded
        submissionquotaexceededexception
        diskspace quota / overlimit mailbox
        sorry the user has reached
        mailbox filled / quota issues / recipquota
        mailbox is full
        mailbox currently full
        mailbox is over its / mailbox over size limit / mailbox is over size limit
        user over size limit
        account over size limit / mailbox has run out of disk space
        user has run out of disk space / account has run out of disk space
        recipient has run out of disk space / mailbox is out of disk space
        error writing message file too large
        exceed the mailbox size
        used all of its storage / used all of their storage / used all its storage
        no more room / no room for mail / no room left / no more space for
        cannot accept more mail / cannot accept more messages / cannot accept any more mail
        cannot receive more / cannot receive any more
        cannot hold any more / cannot store more / cannot store any more / cannot take any more
        storage exceeded
        not fit into * mailbox / not fit in * mailbox
        space not enough / mailbox space is not enough / not enough free space in mailbox
        mailbox has not enough / zu viele mails auf dem server / zuviele mails auf dem server
        """,
    ),
    *rows(
        Reason.MAILBOXFULL,
        Strength.PLAIN,
        """
        storage full / user disk / user full / full mailbox / has no space left / has used up
        there is not enough space / quota / no space left for / mailbox has too many
        exceeded maximum inbox / exceeds the maximum storage / too many mails
        is over its limit
        """,
    ),
    # Too large for this recipient, or more than this sender may send.
    *rows(
        Reason.EXCEEDLIMIT,
        Strength.CERTAIN,
        """
        too large for this recipient
        recipsizelimit  # RESOLVER.RST.RecipSizeLimit
        larger than the current system limit or the recipients mailbox is full  # Exchange 2003
        daily message quota  # Amazon SES
        sending quota
        sending limit exceeded
        """,
    ),
    *rows(
        Reason.EXCEEDLIMIT,
        Strength.DECISIVE,
        """
        too big for this recipient / rst sendsizelimit / exceeds administrative limit
        exceeds the maximum size * recipient / maximum message size the recipient
        message size exceeds recipient
        larger than the recipients / message is larger than the * recipient
        size limit for this user / recipients size limit
        daily user sending / daily limit / daily message limit / sending limit
        reached a limit for sending  # Gmail
        email sending limits / daily smtp relay limit
          # qmail-ldap
        daily send limit
        """,
    ),
    # There, but switched off.
    *rows(
        Reason.SUSPEND,
        Strength.DECISIVE,
        """
        account is disabled / account disabled / account has been disabled / accounts disabled
        account is not active / account not active / account inactive
        account is currently inactive
        account is currently suspended / account is suspended / account suspended
        account has been suspended
        account has been temporarily / account temporarily unavailable
        account temporarily disabled / account temporarily suspended
        account is locked
        account locked / account has been locked / account has been blocked / account is blocked
        account blocked / account frozen / account is frozen / account deactivated
        account is deactivated / account has been deactivated / account discontinued
        account expired / account has expired / account is expired
        account that you tried to reach is disabled  # Gmail
        account that you tried to reach is suspended / account terminated / account cancelled
        account canceled / account not activated / account not enabled / account barred
        account on hold / disabled account / disabled mailbox / disabled user
        disabled recipient / disabled due to inactivity
        disabled or discontinued  # Yahoo [#102]
        inactive account / inactive user / inactive mailbox / inactive recipient
        suspended account / suspended mailbox / suspended user / mailbox disabled
        mailbox is disabled / mailbox has been disabled / mailbox temporarily disabled
        mailbox is temporarily disabled / mailbox currently suspended / mailbox suspended
        mailbox is suspended / mailbox has been suspended / mailbox is frozen / mailbox frozen
        mailbox inactive / mailbox is not active / mailbox not active
        mailbox has been deactivated / mailbox deactivated / mailbox is blocked
        mailbox blocked / mailbox has been blocked / mailbox locked / mailbox is locked
        mailbox has expired / mailbox expired / mailbox has been locked / mailbox closed
        mailbox presently disabled / mailbox unavailable or access denied
        email account that you tried to reach is / address is disabled
        address disabled / address deactivated / address is deactivated / address is suspended
        address is temporarily disabled / address no longer accepts mail
        no longer accepting mail / no longer accepting email / no longer accepting messages
        not accepting any mail  # AOL
        not currently accepting mail / not currently accepting email
        not presently accepting mail / user is disabled / user has been disabled
        user is suspended / user has been suspended / user not active
        user is not active / user is locked / user deactivated / user is temporarily blocked
        user temporarily blocked / user temporarily disabled / user temporarily denied
        user email temporary disabled / user accounts is disabled / username disabled
        recipient disabled / recipient is disabled / recipient inactive
        recipient suspended / recipient suspend the service / recipient is suspended
        recipient account is / recipient blocked temporarily / recipient temporarily deactivated
        recipient has been suspended / recipient has been disabled
        has been inactive
        mail delivery is suspended / out of service mailbox / deactivated mailbox
        temporarily not available mailbox / domain has been suspended / domain suspended
        domain is suspended / domain has been disabled / domain disabled / domain is disabled
        domain is not active
        mailaddress is administrative disabled  # au; qmail-ldap
        recipient is not active / user is terminated
        mailbox cannot be accessed  # Outlook.com
        excessive number of bounces / account is on hold
        has not logged in / not logged in for / not logged in since / not been accessed for
        not been accessed since / not been checked for / not poped for / not popped for
        not been used for
        dormant account
        user hangup  # Coremail
        administratively disabled / has been put on hold / not permitted to receive mail
        mailbox has been closed / mailbox is closed
        user is blocked / user has been blocked / recipient is blocked
        on vacation hold
        mail service for this account has been stopped
        recipient mailbox quarantined / recipient mailbox is quarantined
        now disabled / account is not allowed
        closed by owner / closed by its owner / closed by the owner / closed by user
        closed by the user / closed by its user / closed at the request
        closed by the administrator
        put out of service / taken out of service / subscription has ended / subscription ended
        mail receiving disabled
        """,
    ),
    *rows(
        Reason.SUSPEND,
        Strength.PLAIN,
        """
        no longer accepts mail / user disabled / user suspended / user inactive / user locked
        user blocked / user expired / service suspended
        has been suspended / recipient rejected temporarily inactive
        address locked or / locked or deactivated
        domain not active
        dormant / unused account
        """,
    ),
    *rows(
        Reason.SUSPEND,
        Strength.FAINT,
        """
        inactive
        """,
    ),
    # There, and does not want it.
    *rows(
        Reason.FILTERED,
        Strength.CERTAIN,
        """
        per user blacklist / personal blacklist / users blacklist
        blocked by the recipient / blocked by recipient
        account is locked email bounced  # vpopmail
        by recipients rule / by the recipients rule / by a rule of the recipient
        does not accept mail from you / does not accept messages from unknown senders
        personal block list / personal blocklist / recipients block list / recipients blocklist
        recipient does not accept mail from your
        user does not accept mail from your
        sender not in whitelist / sender is not in the whitelist
        sender is not on the whitelist / sender not whitelisted / sender is not whitelisted
        """,
    ),
    *rows(
        Reason.FILTERED,
        Strength.DECISIVE,
        """
        state 18  # Gmail's number for "after the final dot"
        recipient does not accept mail from / blocked by user
        he does not accept mail from / user does not accept mail from
        user does not accept email from / address does not accept mail from
        address does not accept email from / mailbox does not accept mail from
        mailbox does not accept email from / recipient does not accept email from
        they are not accepting mail from  # AOL
        000c0595 / cannot route mail to user / cannot route to user  # MSEXCH:IMS; Domino
        has restricted sms / refuse to receive mail / refuse to receive this mail
        recipient preferences / due to user rules / not found recipient account
        wish to receive
        mailbox refuses mail / mailbox refuses messages
        chosen not to accept your / recipient filter rejected / user filter rejected
        mailbox refuses your / mailbox rejected your message / mailbox has rejected your message
        mailbox does not want
        by personal filter / on the recipients whitelist / on recipients whitelist
        rejected by this user / rejected by this recipient
        mail to that recipient is not accepted / mail to this recipient is not accepted
        from outside the organization is not / from outside our organization is not
        from outside the company is not / from external senders is not
        only from local network / only from the local network / only from inside
        only from internal / intranet user
        rejected by sieve / by sieve script / by sieve filter
        not being accepted at this address
        recipient refuses to accept / user refuses to accept / recipient does not wish to
        user does not wish to / recipient declines / recipient has declined
        recipient has chosen not to / recipient has opted out / user has opted out
        """,
    ),
    *rows(
        Reason.FILTERED,
        Strength.PLAIN,
        """
        message filtered / mail filtered / email filtered / has been filtered / was filtered
        address is protected by / because the recipient is accepting mail only from
        only accepts mail from / only accepting mail from / only accepts messages from
        only accept mail from
        not accepting mail from this sender  # AOL, per user
        not accept mail from this address / not accepting mail with attachments
        not accepting messages with attachments
        recipient does not want / recipient rejected your message / recipient has refused
        recipient has rejected / recipient has blocked / recipient blocked your
        recipient refused to accept your mail / user refuses to receive / user refused
        user rejected / user not willing to accept / user has blocked / users filter
        user filter / user does not want / user is not accepting
        rejected by user
        rejected by recipient / rejected by the recipient / rejected by receiver
        refused by recipient / refused by the recipient / refused by user / denied by recipient
        sieve * reject / sieve filter
        due to extended inactivity new mail is not currently being accepted for this mailbox
        has been refused by your correspondent / your correspondent has not authorised
        challenge response / list expansion problem / mailing list expansion prohibited
        bounced by user
        mailbox address ambiguous / undefined mailbox status
        user refuse / user reject
        unavailable to take delivery  # Exchange 5.5
        refuses to accept mail
        has opted out
        was automatically rejected / automatically rejected mail
        recipient reject
        matches up to the filter
        rcpt is rejected
        accepts mail from * only / accepts messages from * only / accepts email from * only
        """,
    ),
    *rows(
        Reason.FILTERED,
        Strength.FAINT,
        """
        refused to accept
        filtered / refused by the destination
        """,
    ),
)

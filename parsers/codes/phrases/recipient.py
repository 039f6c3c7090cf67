"""What is said of the recipient's address and mailbox.

Must hold data only. "User unknown" after DATA, or where nobody tells when it was
said, is how mobile carriers and content filters say "refused by this user":
verdict.py turns PLAIN userunknown into filtered there; DECISIVE stays.
"""

from parsers.codes.phrases.table import rows
from parsers.codes.words import Strength
from parsers.report import Reason

__all__ = ["ROWS"]

_UNKNOWN = (
    *rows(
        Reason.USERUNKNOWN,
        Strength.DECISIVE,
        """
        # A local directory was asked and did not have it
        not listed in domino directory
        not listed in public name * address book
        not found in domino directory
        the recipient name is not recognized
        000c05a6                                   # MSEXCH:IMS, Exchange 5.5
        recipnotfound                              # RESOLVER.ADR.RecipNotFound
        recipientnotfound
        exrecipnotfound
        not found by smtp address lookup
        not found by exchange legacy encapsulated email address lookup
        wasnt found at
        because the address couldnt be found       # Gmail
        e mail address you entered couldnt be found
        email address you entered couldnt be found
        account does not exist at the organization # Exchange 2003
        and other recipients in the same domain    # InterScan
        invalid user address                       # vtext.com
        no mailbox here by that name               # qmail, vpopmail
        no longer works
        no longer employed
        no longer with the company
        left the company
        not listed in post office                  # cc:Mail
        doesnt have a * account                    # Yahoo
        doesnt have an account
        couldnt find a mailbox by that name
        could not find a match for that name       # Domino
        not a known user on this
        no such local user
        the user * is not known on this
        unknown local part                         # Exim
        local part is unknown
        not a valid mailbox here
        no such mailbox at this location
        account closed
        account has been closed
        account was closed
        address no longer exists
        account no longer exists
        mailbox no longer exists
        user no longer exists
        user no longer on server
        this address is no longer valid
        address is no longer in use
        mail address is no longer used
        nosuchuser                                 # Gmail's help link ?p=NoSuchUser
        """,
    ),
    *rows(
        Reason.USERUNKNOWN,
        Strength.PLAIN,
        """
        user unknown
        unknown user
        unknown recipient
        recipient unknown
        unknown recipients
        unknown address
        unknown addressee
        unknown mailbox
        unknown account
        unknown or illegal user
        unknown or illegal alias
        unknown or invalid
        unknown to address
        unknown rcpt
        unknown virtual
        unknown email address
        unknown e mail address
        unknown mail address
        unknown username
        unknown user name
        unknown local user
        address unknown
        addressee unknown
        mailbox unknown
        account unknown
        username unknown
        is unknown here
        name unknown
        no such user
        no such users
        no such recipient
        no such mailbox
        no such address
        no such account
        no such email
        no such e mail
        no such person
        no such alias
        no such name
        no such virtual user
        no such addressee
        nosuch user
        no mailbox here
        no mailbox found
        no mailbox by that name
        no mailbox named
        no mailbox with
        no mailbox for
        no account by that name
        no account with
        no account found
        no user by that name
        no user with that name
        no user here
        no user found
        no recipient by that name
        no matching users
        no matches to nameserver query             # CSO ph, universities of the nineties
        no valid recipient
        no valid recipients
        no valid cert for                          # Gmail simulator of old
        no forwarding address
        no one here by that name
        nobody here by that name
        not a valid user
        not a valid recipient
        not a valid mailbox
        not a valid email
        not a valid e mail
        not a valid address
        not a known user
        not a known recipient
        not a user here
        not a local user
        not a subscriber
        not a customer here
        not found in directory
        not found in ldap
        not found in the directory
        not in address book
        not in the address book
        not in my list of users
        not in our database
        not in database
        not listed in
        not known at this
        not known here
        not known in this domain
        not our customer
        not on this system
        not on our system
        not on this server
        not in userdb
        not in passwd
        is not a member of                         # closed groupware
        isnt a valid user
        isnt in my list
        isnt a known
        user not found
        user not known
        user not exist
        user not listed
        user not local
        user not valid
        user not recognized
        users not found
        user does not exist
        user doesnt exist
        user didnt exist
        user isnt known
        user is not found
        user is not known
        user is unknown
        user invalid
        user account not found
        user account does not exist
        user account doesnt exist
        user address is invalid
        username not found
        username does not exist
        invalid user
        invalid users
        invalid recipient
        invalid recipients
        invalid recipient address
        invalid mailbox
        invalid address
        invalid account
        invalid alias
        invalid username
        invalid local address
        invalid local part
        invalid localpart
        invalid final delivery
        invalid e mail address
        invalid email address
        invalid destination address
        invalid mail address
        invalid domain address
        is not valid here
        recipient invalid
        recipient is invalid
        recipient not found
        recipient not known
        recipient not exist
        recipient not recognized
        recipient not valid
        recipient not available
        recipient is not valid
        recipient is not found
        recipient is unknown
        recipient is not exist
        recipient is not local
        recipient not local
        recipient does not exist
        recipient doesnt exist
        recipient do not exist
        recipient could not be found
        recipient cannot be found
        recipient cannot be verified
        recipient no longer exists
        recipient address does not exist
        recipient address not found
        recipient address doesnt exist
        recipient address unknown
        recipient address is invalid
        recipient address * not recognized
        recipient address invalid
        recipient verification failed
        recipient verify failed
        recipients mailbox does not exist
        recipient email address does not exist
        recipient email address is possibly incorrect
        destination address unknown
        destination user unknown
        destination mailbox address invalid
        destination addresses were unknown
        destination email address is invalid
        destination not valid
        mailbox not found
        mailbox not exist
        mailbox not exists
        mailbox not known
        mailbox does not exist
        mailbox doesnt exist
        mailbox do not exist
        mailbox invalid
        mailbox is not valid
        mailbox name not allowed
        mailbox name not found
        mailbox non existent
        mailbox or domain does not exist
        mailbox could not be found
        mailbox cannot be found
        mailbox is not found
        mailbox not present
        mailbox * does not exist
        account not found
        account not exist
        account does not exist
        account doesnt exist
        account is invalid
        account invalid
        account is not available
        account not available
        account that you tried to reach does not exist   # Gmail
        account is not found
        account closed due to inactivity
        address does not exist
        address doesnt exist
        address not exist
        address not found
        address not known
        address not exists
        address not recognized
        address not valid
        address not present in directory
        address not listed
        address invalid
        address is invalid
        address is not valid
        address is not known
        address is unknown
        address is incorrect
        address is not correct
        address could not be found
        address couldnt be found
        address cannot be found
        address not found in table
        address was not found
        address wasnt found
        address isnt valid
        address you * does not exist
        address doesnt seem to exist
        address does not seem to exist
        addresses does not exist
        addresses do not exist
        addressee not found
        addressee does not exist
        aliased to nonexistent
        alias does not exist
        alias not found
        bad destination email
        bad destination mailbox address
        bad address
        bad recipient
        bad recipient address
        bad user
        bad mailbox
        bad email address
        nonexistent user
        nonexistent mailbox
        nonexistent address
        nonexistent recipient
        nonexistent account
        non existent user
        non existent recipient
        non existent mailbox
        non existing
        nonexisting
        non existent address
        non local recipient
        does not exist here
        does not exist at this
        does not exist on this
        does not exist in this
        doesnt exist here
        doesnt exist on this
        doesnt exist at this
        does not have an account
        dosnt exist
        dosent exist
        did not match any
        could not be resolved to a user
        cant resolve user
        cannot find user
        cannot find recipient
        cannot find your recipient
        cant find user
        cant find recipient
        could not find the user
        could not find user
        user lookup failed
        lookup failed for recipient
        login not found
        ldap lookup returned no match
        message for * users could not be delivered
        local delivery failed no such
        local user not found
        recipient not a valid
        recipient rejected no such
        recipient undeliverable
        undeliverable address
        undeliverable recipient
        undeliverable user
        undeliverable username
        unrouteable mailbox
        unresolvable address
        unverified recipient address
        vdeliver invalid or unknown virtual user
        virtual alias table
        virtual mailbox table
        local recipient table
        relay recipient table
        person not found
        please check the recipient
        check the recipients e mail address
        check the recipients email address
        check the email address
        check the spelling of the e mail address
        delivery to this address is restricted no such
        this is not a valid
        this account does not
        this address is not
        this recipient e mail address was not found
        this user does not have
        this user doesnt have
        that user does not
        there is no user
        there is no such
        there is no one at this address
        there are no users
        the following destination addresses were unknown
        the mailbox specified in the address does not exist
        sorry i couldnt find any mailbox
        we do not have a user
        we have no user
        requested action not taken no such user
        rcpt to * unknown
        r wrong user
        wrong user
        wrong address
        wrong recipient
        wrong mailbox
        incorrect address
        incorrect recipient
        incorrect user
        misspelled or does not exist
        might be misspelled or it might not exist
        may be misspelled or may not exist
        """,
    ),
    *rows(
        Reason.USERUNKNOWN,
        Strength.FAINT,
        """
        recipient address rejected
        recipient rejected
        address rejected
        rejected recipient
        recipient refused
        recipient denied
        does not like recipient
        not like recipient
        mailbox unavailable                        # RFC 5321 4.2.3 on 550, and Outlook.com
        mailbox not available
        mailbox is unavailable
        mailbox is not available
        does not exist
        doesnt exist
        not a mailbox
        no such
        account or domain may not exist
        """,
    ),
)

_MOVED = (
    *rows(
        Reason.HASMOVED,
        Strength.DECISIVE,
        """
        mailbox has moved
        account has moved
        address has moved
        user has moved
        user moved
        has been replaced by
        address has been changed to
        address has changed
        address changed
        email address has been changed
        mail address was changed
        please use the new address
        please use my new
        new address is
        new email address is
        new e mail address is
        recipient no longer on server              # Apple
        user not local please try
        user not local will forward                # RFC 5321 251/551
        is now at
        please try * instead
        """,
    ),
)

_FULL = (
    *rows(
        Reason.MAILBOXFULL,
        Strength.DECISIVE,
        """
        mailbox full
        mailbox is full
        mailbox too full
        mailbox is too full
        mailbox too large
        mailbox has exceeded
        mailbox exceeded
        mailbox exceeds
        mailbox size limit exceeded
        mailbox size exceeded
        mailbox is over
        mailbox over
        mailbox quota
        mailbox limit
        mailbox storage
        mailbox disk
        mailbox would be over quota
        mailbox would exceed
        mailbox reached
        mailbox has reached
        mailbox at or over quota
        mailbox is out of
        mailbox currently full
        mailbox is currently full
        mailbox temporarily full
        mail box full
        mail box is full
        mailboxes are full
        mailfolder is full
        mail folder is full
        mail quota
        mail storage full
        maildir over quota
        maildir delivery failed * quota
        maildir overquota
        mailfolder full
        inbox full
        inbox is full
        inbox is out of
        inbox out of storage
        account is full
        account full
        account is over
        account over quota
        account over storage
        account has exceeded * quota
        account exceeded * quota
        account exceeds * quota
        account storage limit
        over quota
        overquota
        over its quota
        over their quota
        over the quota
        over his quota
        over disk quota
        over storage quota
        over the storage limit
        over the allowed quota
        over the maximum allowed mailbox size
        over its disk quota
        over their disk quota
        over allocated quota
        quota exceed
        quota exceeded
        quota exceeds
        quota full
        quota is full
        quota would be exceeded
        quota violation
        quota reached
        quota over
        quota has been reached
        quota limit
        quota error
        exceed the quota
        exceeded quota
        exceeded the quota
        exceeded its quota
        exceeded his quota
        exceeded their quota
        exceeded your quota
        exceeded storage
        exceeded the storage
        exceeded storage allocation
        exceeded its storage
        exceeded their storage
        exceeded email quota
        exceeded e mail quota
        exceeded maximum mailbox
        exceeded mailbox
        exceeded * disk space
        exceeds quota
        exceeds * quota
        exceeds allotted quota
        exceeding quota
        exceeding the quota
        exceed mailbox quota
        exceed * quota
        out of storage
        out of disk quota
        disk quota
        disk space quota
        storage quota
        storage limit
        storage space * full
        storage exceeded
        storage full
        not enough storage
        not enough space in * mailbox
        not enough quota
        no room in mailbox
        no space left in mailbox
        no more space in mailbox
        insufficient storage space in mailbox
        insufficient mailbox
        insufficient quota
        too many messages on this mailbox
        too many messages in the mailbox
        too many messages in * mailbox
        too much mail data                         # qmail-ldap, Zimbra
        user is overquota
        user is over
        user over
        users mailbox is full
        user mailbox exceeds
        user has exhausted
        user has exceeded
        user has too many messages
        user quota
        user disk
        user inbox full
        users disk
        user full
        recipient over
        recipient is over
        recipient is overquota
        recipient overquota
        recipient exceeded
        recipient mailbox is full
        recipient mailbox full
        recipient storage full
        recipient quota
        recipient has exceeded
        recipients mailbox is full
        recipients mailbox has exceeded
        recipient reached disk quota
        recipient has reached
        recipients mailbox is over
        allocated message quota
        hard limit of
        exceptionmailboxquotaexceeded              # Exchange store
        quotaexceededexception
        rst recipquota
        mapiexceptionshutoffquotaexceeded
        submissionquotaexceededexception
        boite du destinataire pleine
        delivery failed over quota
        size of mailbox exceeds
        message size exceeds remaining quota
        would put * over quota
        would exceed * quota
        would exceed mailbox
        will be over quota
        will exceed * quota
        full mailbox
        full mail box
        has no space left
        has used up
        currently over
        diskspace quota
        overlimit mailbox
        temporarily over quota
        sorry the user has reached
        this mailbox has reached
        there is not enough space
        """,
    ),
    *rows(
        Reason.MAILBOXFULL,
        Strength.PLAIN,
        """
        quota
        no space left for
        mailbox has too many
        exceeded maximum inbox
        exceeds the maximum storage
        too many mails
        """,
    ),
    *rows(
        Reason.EXCEEDLIMIT,
        Strength.DECISIVE,
        """
        too large for this recipient
        too big for this recipient
        recipsizelimit                             # RESOLVER.RST.RecipSizeLimit
        rst sendsizelimit
        message length exceeds administrative limit
        exceeds administrative limit
        exceeds the maximum size * recipient
        maximum message size the recipient
        message size exceeds recipient
        larger than the size limit for this recipient
        larger than the recipients
        message is larger than the * recipient
        message too large for this mailbox
        message too big for this mailbox
        size limit for this user
        exceeds size limit of recipient
        recipients size limit
        """,
    ),
)

_SUSPENDED = (
    *rows(
        Reason.SUSPEND,
        Strength.DECISIVE,
        """
        account is disabled
        account disabled
        account has been disabled
        accounts disabled
        account is not active
        account not active
        account is inactive
        account inactive
        account is currently inactive
        account is temporarily disabled
        account is currently suspended
        account is suspended
        account suspended
        account has been suspended
        account is temporarily suspended
        account has been temporarily
        account temporarily unavailable
        account temporarily disabled
        account temporarily suspended
        account is temporarily unavailable
        account is temporarily locked
        account is locked
        account locked
        account has been locked
        account has been blocked
        account is blocked
        account blocked
        account frozen
        account is frozen
        account deactivated
        account is deactivated
        account has been deactivated
        account discontinued
        account expired
        account has expired
        account is expired
        account is closed
        account that you tried to reach is disabled   # Gmail
        account that you tried to reach is inactive
        account that you tried to reach is suspended
        account terminated
        account cancelled
        account canceled
        account not activated
        account not enabled
        account barred
        account on hold
        account closed temporarily
        disabled account
        disabled mailbox
        disabled user
        disabled recipient
        disabled due to inactivity
        disabled or discontinued                   # Yahoo [#102]
        inactive account
        inactive user
        inactive mailbox
        inactive recipient
        suspended account
        suspended mailbox
        suspended user
        mailbox disabled
        mailbox is disabled
        mailbox has been disabled
        mailbox temporarily disabled
        mailbox is temporarily disabled
        mailbox currently suspended
        mailbox suspended
        mailbox is suspended
        mailbox has been suspended
        mailbox is frozen
        mailbox frozen
        mailbox is inactive
        mailbox inactive
        mailbox is not active
        mailbox not active
        mailbox has been deactivated
        mailbox deactivated
        mailbox is blocked
        mailbox blocked
        mailbox has been blocked
        mailbox locked
        mailbox is locked
        mailbox has expired
        mailbox expired
        mailbox has been locked
        mailbox closed
        mailbox presently disabled
        mailbox unavailable or access denied
        mailbox unavailable for this user
        email account that you tried to reach is
        email address is inactive
        address is inactive
        address is disabled
        address disabled
        address deactivated
        address is deactivated
        address is suspended
        address is temporarily disabled
        address no longer accepts mail
        no longer accepts mail
        no longer accepting mail
        no longer accepting email
        no longer accepting messages
        not accepting any mail                     # AOL
        not currently accepting mail
        not currently accepting email
        not presently accepting mail
        user disabled
        user is disabled
        user has been disabled
        user suspended
        user is suspended
        user has been suspended
        user inactive
        user is inactive
        user not active
        user is not active
        user locked
        user is locked
        user deactivated
        user blocked
        user expired
        user is temporarily blocked
        user temporarily blocked
        user temporarily disabled
        user temporarily denied
        user email temporary disabled
        user account is disabled
        user account has expired
        user accounts is disabled
        user s account is disabled                 # au: "The user(s) account is disabled."
        username disabled
        recipient disabled
        recipient is disabled
        recipient is inactive
        recipient inactive
        recipient suspended
        recipient suspend the service
        recipient is suspended
        recipient account is
        recipient blocked temporarily
        recipient temporarily deactivated
        recipient has been suspended
        recipient has been disabled
        service suspended
        not been used for a long time
        has been inactive
        invalid inactive user
        boite du destinataire archivee
        mail delivery is suspended
        out of service mailbox
        is a deactivated mailbox
        deactivated mailbox
        temporarily not available mailbox
        domain has been suspended
        domain suspended
        domain is suspended
        domain has been disabled
        domain disabled
        domain is disabled
        domain is inactive
        domain is not active
        """,
    ),
)

_FILTERED = (
    *rows(
        Reason.FILTERED,
        Strength.PLAIN,
        """
        message filtered
        mail filtered
        email filtered
        has been filtered
        was filtered
        address is protected by
        because the recipient is only accepting mail from specific email addresses
        because the recipient is accepting mail only from
        only accepts mail from
        only accepting mail from
        only accepts messages from
        only accept mail from
        not accepting mail from this sender        # AOL, per user
        not accept mail from this address
        not accepting mail with attachments
        not accepting messages with attachments
        recipient does not accept mail from
        recipient does not want
        recipient rejected your message
        recipient has refused
        recipient has rejected
        recipient has blocked you
        recipient has blocked
        recipient blocked your
        recipient refused to accept your mail
        user refuses to receive
        user reject
        user refused
        user rejected
        user not willing to accept
        user has blocked
        users filter
        user filter
        user does not want
        user is not accepting
        mail from * blocked by recipient
        blocked by user
        blocked by recipient
        blocked by the recipient
        rejected by user
        rejected by recipient
        rejected by the recipient
        rejected by receiver
        refused by recipient
        refused by the recipient
        refused by user
        denied by recipient
        sender blocked by recipient
        user configuration
        per user blacklist
        personal blacklist
        sieve * reject
        sieve filter
        due to extended inactivity new mail is not currently being accepted for this mailbox
        has been refused by your correspondent
        your correspondent has not authorised
        challenge response
        this message was rejected by recipient
        list expansion problem
        mailing list expansion prohibited
        resolver rst notauthorized
        bounced by user
        """,
    ),
    *rows(
        Reason.FILTERED,
        Strength.FAINT,
        """
        requested action not taken mailbox unavailable
        refused to accept
        state 18                                   # Gmail's number for "after the final dot"
        """,
    ),
)

ROWS = (*_UNKNOWN, *_MOVED, *_FULL, *_SUSPENDED, *_FILTERED)

"""What is said of an address that leads to no mailbox.

Must hold data only: table.py says how a table is read.
"""

from parsers.codes.phrases.table import rows
from parsers.codes.words import Strength
from parsers.report import Reason

__all__ = ["ROWS"]

ROWS = (
    # Nobody there. PLAIN ones become filtered where the address was not what was answered.
    *rows(
        Reason.USERUNKNOWN,
        Strength.CERTAIN,
        """
        recipnotfound  # RESOLVER.ADR.RecipNotFound
        recipient address * is not a valid rfc  # Gmail
        exrecipnotfound
        character in mailbox address
        user unknown command output / recipient unknown command output / refused user invalid
        """,
    ),
    *rows(
        Reason.USERUNKNOWN,
        Strength.DECISIVE,
        """
        not listed in domino directory / not listed in public name * address book
        not found in domino directory / the recipient name is not recognized
        000c05a6  # MSEXCH:IMS, Exchange 5.5
        recipientnotfound / not found by smtp address lookup
        not found by exchange legacy encapsulated email address lookup
        because the address couldnt be found  # Gmail
        e mail address you entered couldnt be found / email address you entered couldnt be found
        account does not exist at the organization
        and other recipients in the same domain  # InterScan
        invalid user address  # vtext.com
        no mailbox here by that name  # qmail, vpopmail
        no longer employed / no longer with the company
        not listed in post office  # cc:Mail
        couldnt find a mailbox by that name
        could not find a match for that name  # Domino
        not a known user on this / no such local user
        unknown local part  # Exim
        local part is unknown / not a valid mailbox here / no such mailbox at this location
        account closed / account has been closed / account was closed / address no longer exists
        account no longer exists / mailbox no longer exists / user no longer exists
        address is no longer in use
        mail address is no longer used
        nosuchuser  # Gmail's help link ?p=NoSuchUser
        not in my validrcptto list / not found in the recipients e mail system  # qmail, Exchange
        no such user here / no valid recipients for this mm  # RFC 821's own words; vtext.com
        dd this user doesnt have a  # Yahoo until 2019
        # nameserver query: CSO ph, the phone book of universities
        not a local user / no matches to nameserver query
        at this post office / invalid final delivery userid  # cc:Mail; IMail
        destination addresses were unknown / doesnt have a * account 5  # InterMail; Yahoo's [-5]
        following e mail address was not found / following email address was not found
        mail e nosuchusr  # VMS
        no longer works at / no longer works for / no longer works here
        receiver not found / is not on file / cuda nsu  # CompuServe; LLNL; Barracuda
        listed in public address book
        maildrop invalid user specified / invalid or unknown virtual user  # vmailmgr
        unknown base user or domain / does not refer to a virtual user / invalid mailbox path
        user missing home directory / automatically rejected mailbox doesnt exist  # mail.local
        cant accept user / server rejected recipients / recipient not ok / badrcptto
        badrecipientto / wrong or no longer valid / envelope recipient has been denied
        is no longer valid
        recipient has been deleted or has no / no longer on server
        invalid rcptto
        unknown or illegal alias / not found d101 / i cannot deliver mail for
        invalid one time address / at least one valid recipient
        556 address unavailable / procmail unknown user
        unknown user name in / find user in post office
        local user does not exist / no local mailbox / no local user
        wasnt found at  # Exchange Online
        not be resolved to a mailbox / cannot be resolved to a mailbox
        cannot be resolved to a recipient
        cannot be resolved to a valid
        """,
    ),
    *rows(
        Reason.USERUNKNOWN,
        Strength.PLAIN,
        """
        left the company / user unknown / unknown user / unknown recipient / recipient unknown
        unknown recipients / unknown address / unknown addressee / unknown mailbox
        unknown account
        unknown or invalid / unknown to address / unknown rcpt / unknown virtual
        unknown mail address / unknown username
        unknown local user / address unknown / addressee unknown / mailbox unknown
        account unknown / username unknown / is unknown here / name unknown / no such user
        no such users / no such recipient / no such mailbox / no such address / no such account
        no such email / no such e mail / no such alias / no such addressee / nosuch user
        no mailbox here / no mailbox found / no mailbox by that name / no mailbox named
        no mailbox with / no mailbox for / no account by that name / no account with
        no account found / no user by that name / no user with that name / no user here
        no user found / no recipient by that name / no matching users
        no valid recipient / no valid recipients
        no valid cert for  # Gmail simulator of old
        no forwarding address
        not a valid user / not a valid recipient / not a valid mailbox / not a valid email
        not a valid e mail / not a valid address / not a known user / not a known recipient
        not a user here / not a subscriber / not a customer here
        not a registered * user / no matching directory entry  # gateways
        not found in directory / not found in ldap / not found in the directory
        not in address book / not in the address book / not in my list of users
        not in our database / not in database / not known at this / not known here
        users unknown / users are unknown / unknown users
        unknown addresses / unknown addressees / unknown local users
        recipients were not found / recipients not found / not in the nodelist
        not a valid officevision user / mailbox name is not in / could not find the following user
        user not defined / cannot find this name in / not recognised by the / not an active member
        recipients unknown / recipients are unknown
        # of X.400, OpenMail and cc:Mail; BITNET
        recipient name could not be matched
        name not found in the address book / name not found in address book
        name not in the directory
        not in cp directory / not in the cp directory
        not in the phone directory / user is not defined
        not our user / not one of our users / no account here
        no longer with our company
        not known in this domain / not our customer / not on this system / not on our system
        not on this server / not in userdb / not in passwd / isnt in my list
        user not found / user not known / user not exist / user not listed / user not local
        user not valid / user not recognized / users not found / user does not exist
        user doesnt exist / user didnt exist / user isnt known / user is not found
        user is not known / user is unknown / user invalid / username not found
        username does not exist / invalid user / invalid users / invalid recipient
        invalid recipients / invalid mailbox / invalid address / invalid account / invalid alias
        invalid username / invalid local address / invalid local part / invalid localpart
        invalid destination address / invalid mail address
        is not valid here / recipient invalid / recipient is invalid / recipient not found
        recipient not known / recipient not exist / recipient not recognized
        recipient not valid / recipient not available / recipient is not valid
        recipient is not found / recipient is unknown / recipient is not exist
        recipient is not local / recipient not local / recipient does not exist
        recipient doesnt exist / recipient do not exist / recipient could not be found
        recipient cannot be found / recipient cannot be verified / recipient no longer exists
        recipient address * not recognized / recipient verification failed
        recipient email address is possibly incorrect
        destination not valid / mailbox not found
        mailbox not exist / mailbox not exists / mailbox not known / mailbox does not exist
        mailbox doesnt exist / mailbox do not exist / mailbox invalid / mailbox is not valid
        mailbox name not allowed / mailbox name not found / mailbox non existent
        mailbox could not be found / mailbox cannot be found
        mailbox is not found / mailbox not present / account not found / account not exist
        account does not exist / account doesnt exist / account is invalid / account invalid
        account is not available / account not available
        account that you tried to reach does not exist  # Gmail
        account is not found / address does not exist / address doesnt exist / address not exist
        address not found / address not known / address not exists / address not recognized
        address not valid / address not listed
        address invalid / address is invalid / address is not valid / address is not known
        address is unknown / address is incorrect / address is not correct
        address could not be found / address couldnt be found / address cannot be found
        address was not found / address wasnt found / address isnt valid
        address doesnt seem to exist / address does not seem to exist / addresses does not exist
        addresses do not exist / addressee not found / addressee does not exist
        aliased to nonexistent / alias does not exist / alias not found / bad destination email
        bad destination mailbox address / bad address / bad recipient / bad user / bad mailbox
        bad email address / nonexistent user / nonexistent mailbox / nonexistent address
        nonexistent recipient / nonexistent account / non existent user / non existent recipient
        non existent mailbox / non existing / nonexisting / non existent address
        non local recipient / does not exist here / does not exist at this
        does not exist on this / does not exist in this / doesnt exist here
        doesnt exist on this / doesnt exist at this / does not have an account / dosnt exist
        dosent exist / did not match any / could not be resolved to a user / cant resolve user
        cannot find user / cannot find recipient / cannot find your recipient / cant find user
        cant find recipient / could not find the user / could not find user / user lookup failed
        lookup failed for recipient / login not found / ldap lookup returned no match
        message for * users could not be delivered
        recipient not a valid / recipient rejected no such / recipient undeliverable
        undeliverable address / undeliverable recipient / undeliverable user
        undeliverable username / unrouteable mailbox / unresolvable address
        unverified recipient address / virtual alias table / virtual mailbox table
        local recipient table / relay recipient table / person not found
        please check the recipient / check the recipients e mail address
        check the recipients email address / check the email address
        check the spelling of the e mail address
        delivery to this address is restricted no such / this is not a valid
        this account does not / this address is not / this user does not have
        this user doesnt have / that user does not / there is no user / there is no such
        there are no users / sorry i couldnt find any mailbox
        we do not have a user / we have no user / wrong user / wrong address / wrong recipient
        wrong mailbox / incorrect address / incorrect recipient / incorrect user
        misspelled or does not exist / might be misspelled or it might not exist
        may be misspelled or may not exist
        no such person / no such name / resolver adr / wasnt found in
        doesnt have a * account / doesnt have an account
        recipient is not known
        email name is not found
        not in recipient list / marked as invalid
        not in route list
        not listed in the
        not user of / unavailable mail user / dont exists
        nobody by that name / not one of ours / not a deliverable address / does not live here
        left the organisation / left the organization / address retired
        unrecognised / is not recognised / not a recognised
        is not in use / not in use any
        does not match any
        illegal user / illegal alias / illegal recipient / illegal mailbox
        not know such user / not know such a user / not know this user / not know that user
        user does not reside
        phone number is not valid / phone number is invalid
        invalid phone number / not a valid phone number
        number is not in service / not a valid mobile number
        invalid mobile number
        user address required
        recipient verify * failed
        improper recipient
        mailbox has been purged / account has been purged
        never heard of / not a customer of ours / not one of our customers
        mailbox currently unavailable / mailbox is currently unavailable
        cannot find * in our directory / cannot find * in the directory
        cannot find * in our system
        not among our / not one of our users / not one of our mailboxes
        has never existed / never existed here
        wrong recipients / user path no exist / all recipients invalid
        all recipients are invalid / mailbox unallocated
        unrouteable local / unroutable local
        no such list / no such mailing list / no list by that name
        """,
    ),
    *rows(
        Reason.USERUNKNOWN,
        Strength.FAINT,
        """
        recipient rejected / address rejected / rejected recipient / recipient refused
        recipient denied / not like recipient
        mailbox unavailable  # RFC 5321 4.2.3 on 550, and Outlook.com
        mailbox not available / mailbox is unavailable / mailbox is not available
        does not exist / doesnt exist / not a mailbox
        no longer exists
        """,
    ),
)

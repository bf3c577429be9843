"""Mail that members wrote or got elsewhere, put on the record by sending a copy to an address of their own.

The address is secret: its signature is the only credential, for whoever writes may be anybody.
"""

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from campaigns import signing
from campaigns.inbound.parsing import Mail
from campaigns.models import Mailbox, Message, Sender
from campaigns.reading import entry_of
from campaigns.services import enrolling, threads
from campaigns.services.composing import domain_of
from candidates.models import Candidate, EmailAddress, Notification, Touchpoint
from candidates.services.identifying import normalize_email
from candidates.services.notifying import notify
from candidates.services.timeline import add_touchpoint
from crm.accounts.models import User
from crm.audit.services import record
from crm.tenancy.models import Membership, Organization
from crm.tenancy.roles import EDITORS
from crm.tenancy.scope import current_organization


def filing_address(membership: Membership) -> str:
    """Where this member sends copies to."""
    reference = signing.Reference(
        membership.organization_id, membership.pk, membership.address_version
    )
    slug = membership.organization.slug
    return signing.reply_address(reference, slug=slug, purpose=signing.Purpose.FILE)


@transaction.atomic
def renew_filing_address(membership: Membership, *, by: User) -> None:
    """Give a member another address, for theirs came into wrong hands: nothing that is sent to the old one is filed."""
    Membership.objects.filter(pk=membership.pk).update(address_version=F("address_version") + 1)
    membership.refresh_from_db(fields=["address_version"])
    record("filing_address.renewed", membership, by=by)


def is_open(address: signing.ReplyAddress, organization: Organization) -> bool:
    """Whether this is the address that a member has now."""
    membership = Membership.objects.filter(pk=address.message_id, organization=organization).first()
    return membership is not None and address.is_signed_for(
        organization.pk, version=membership.address_version
    )


def member_behind(membership_id: int) -> User | None:
    """Whose address it is, if they still are here and may put things on records."""
    membership = (
        Membership.objects.select_related("user")
        .filter(
            pk=membership_id,
            organization=current_organization(),
            user__is_active=True,
            role__in=EDITORS,
        )
        .first()
    )
    return membership.user if membership else None


def is_from_us(address: str) -> bool:
    """Whether a member wrote it: from the address they sign in with, a sender's, or a mailbox of theirs."""
    organization = current_organization()
    return (
        Membership.objects.filter(organization=organization, user__email__iexact=address).exists()
        or Sender.objects.filter(address__iexact=address).exists()
        or Mailbox.objects.filter(address__iexact=address).exists()
    )


def people_written_to(mail: Mail) -> dict[str, Candidate]:
    """Who of those that a mail names as recipients is here, by address."""
    normalized = {found: one for one in mail.recipients if (found := normalize_email(one))}
    emails = EmailAddress.objects.filter(normalized__in=normalized).select_related("candidate")
    return {normalized[email.normalized]: email.candidate for email in emails}


@transaction.atomic
def keep_sent(mail: Mail, people: dict[str, Candidate], *, message_id: str, by: User) -> Message:
    """Put a mail that a member sent elsewhere on the record of everybody whom it went to; returns the first.

    It counts as contact like any other. The same copy again changes nothing.
    """
    kept = [
        _keep_one(mail, address, candidate, message_id=message_id, by=by)
        for address, candidate in sorted(people.items(), key=lambda one: one[1].pk)
    ]
    return kept[0]


@transaction.atomic
def keep_in_thread(
    mail: Mail, original: Message, candidate: Candidate, *, message_id: str
) -> Message:
    """Put what one of us wrote into a thread with `candidate` on the record: a mail of ours, and no answer of theirs.

    `original` is the mail of the thread that it answers; the owner of its sequence is told.
    """
    theirs = (address for address, one in people_written_to(mail).items() if one == candidate)
    address = next(theirs, "") or next(iter(mail.recipients), "")
    by = _writer_among_us(mail.from_address)
    return _keep_one(mail, address, candidate, message_id=message_id, by=by, after=original)


def _writer_among_us(address: str) -> User | None:
    """The member whose address it is; nobody behind a sender that the team shares."""
    members = Membership.objects.filter(organization=current_organization()).select_related("user")
    member = members.filter(
        Q(user__email__iexact=address)
        | Q(user__in=Sender.objects.filter(address__iexact=address).values("user"))
        | Q(user__in=Mailbox.objects.filter(address__iexact=address).values("user"))
    ).first()
    return member.user if member else None


def _keep_one(
    mail: Mail,
    address: str,
    candidate: Candidate,
    *,
    message_id: str,
    by: User | None,
    after: Message | None = None,
) -> Message:
    # The lock that comes first everywhere: a copy that comes twice at once is kept once.
    enrolling.lock_running(candidate)
    known: Message | None = Message.objects.filter(
        direction=Message.Direction.OUT, message_id=message_id, candidate=candidate
    ).first()
    if known:
        return known
    now = timezone.now()
    message = Message(
        direction=Message.Direction.OUT,
        state=Message.State.SENT,
        candidate=candidate,
        from_address=mail.from_address,
        to_address=address[:254],
        to_domain=domain_of(address),
        subject=mail.subject[:300],
        body_text=mail.text,
        body_html=mail.html,
        message_id=message_id,
        in_reply_to=mail.in_reply_to,
        references=mail.references,
        handed_at=now,
        sent_at=now,
        matched_by="filed",
        member=by,
    )
    begins_private = by is not None and _begins_private(mail.from_address, by)
    readers = threads.join(message, after=after, begins_private=begins_private)
    message.save()
    threads.let_read([message], readers)
    entry = entry_of(message)
    add_touchpoint(
        candidate,
        Touchpoint.Kind.MAIL_SENT,
        entry.summary,
        body=entry.body,
        link=entry.link,
        actor=by,
    )
    if after and after.enrollment:
        notify(
            after.enrollment.sequence.owner,
            kind=Notification.Kind.REPLY,
            text=f"{by or mail.from_address} wrote in your thread with {candidate}: {entry.summary}",
            link=f"candidates/{candidate.pk}/",
            candidate=candidate,
            by=by,
        )
    record("mail.filed", message, by=by)
    return message


def _begins_private(address: str, by: User) -> bool:
    """Whether the member writes from a mailbox of theirs whose threads begin private."""
    own = Mailbox.objects.filter(user=by, address__iexact=address, begins_private=True)
    return own.exists()


def tell_nobody_known(mail: Mail, *, by: User) -> None:
    """A copy that is about nobody here is not kept; who sent it is told, for they think that it is."""
    subject = " ".join(mail.subject.split())[:120] or "without a subject"
    notify(
        by,
        kind=Notification.Kind.SENDER,
        text=f"Your copy “{subject}” was not kept: it names no address of anybody here. Add the person first.",
        link="settings/mailboxes/",
    )

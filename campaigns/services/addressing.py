"""Where a received mail belongs: by the address that it was sent to, or the mails of ours that it answers."""

from dataclasses import dataclass

from campaigns import signing
from campaigns.inbound.classifying import Writer, who_wrote
from campaigns.inbound.parsing import Mail
from campaigns.models import Mailbox
from campaigns.services import filing
from crm.tenancy.models import Organization


@dataclass(frozen=True)
class Place:
    """Where a received mail belongs: an organization, and the mail of ours that it answers."""

    organization: Organization
    message_id: int | None = None
    matched_by: str = ""
    wants_out: bool = False
    # The membership whose own address a copy was sent to.
    filed_by: int | None = None
    # The member's own mailbox that it came through.
    mailbox: Mailbox | None = None


def find_places(mail: Mail) -> list[Place]:
    """By signed reply addresses: one for each mail of ours that it answers, in whatever organization. Else one: by a
    member's own address, by the mails that it answers, or only whose address it went to; none where it is for nobody here.
    """
    addresses = [
        address
        for recipient in mail.recipients
        if (address := signing.read_reply_address(recipient))
    ]
    slugs = {address.slug for address in addresses}
    organizations = {found.slug: found for found in Organization.objects.filter(slug__in=slugs)}
    answered: dict[Place, None] = {}
    filed: Place | None = None
    for address in addresses:
        organization = organizations.get(address.slug)
        if organization and address.purpose is signing.Purpose.FILE:
            if filed is None and filing.is_open(address, organization):
                filed = Place(organization, matched_by="filed", filed_by=address.message_id)
        elif organization and address.is_signed_for(organization.pk):
            wants_out = address.purpose is signing.Purpose.UNSUBSCRIBE
            answered[Place(organization, address.message_id, "address", wants_out)] = None
    if answered:
        return list(answered)
    if filed:
        return [filed]
    for reference in _references(mail):
        organization = Organization.objects.filter(pk=reference.organization_id).first()
        if organization:
            return [Place(organization, reference.message_id, "thread")]
    for address in addresses:
        if address.slug in organizations:
            return [Place(organizations[address.slug])]
    return []


def _references(mail: Mail) -> list[signing.Reference]:
    thread = signing.read_message_ids(f"{mail.references} {mail.in_reply_to}")
    if thread or who_wrote(mail) not in {Writer.BOUNCE, Writer.COMPLAINT}:
        return thread
    return signing.read_message_ids(f"{mail.text} {mail.enclosed}")

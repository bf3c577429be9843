"""Telling people where we have their data from (GDPR Art. 14): with the first mail, or with one of its own."""

from campaigns import clock
from campaigns.models import CarriedNotice, Message, Sender
from campaigns.services import enrolling, markup, rendering
from campaigns.services.reaching import Obstacle, reach
from candidates.models import Candidate, PrivacyNotice
from candidates.queries.notices import notice_rules, organization_day, untold
from candidates.services.informing import note_told
from crm.tenancy.scope import current_organization

How = PrivacyNotice.How
# What the notice may name: all of it is known of everybody, so that no notice waits for data.
FIELDS = (
    "source",
    "stored_on",
    "basis",
    "organization",
    "postal_address",
    "sender_name",
    "sender_address",
)
TOLD_ALREADY = "Was told in the meantime."


def problems_of(text: str) -> list[str]:
    """What would keep a wording from being saved: unknown fields, and that it names no source."""
    found = [str(problem) for problem in rendering.check(text, known=FIELDS)]
    names = {match.group(1).strip() for match in rendering.find_fields(text)}
    if not found and "source" not in names:
        found.append("The notice must say where the data came from: write {{ source }} into it.")
    return found


def words_for(notice: PrivacyNotice, candidate: Candidate, sender: Sender, *, text: str) -> str:
    """The notice for one person, with the signs of `markup`; a value is never read as a sign or a field."""
    organization = current_organization()
    stored_on = organization_day(notice.stored_at)
    values = {
        "source": notice.source,
        "stored_on": f"{stored_on:%-d %B %Y}",
        "basis": str(candidate.get_lawful_basis_display()).lower(),
        "organization": organization.name,
        "postal_address": ", ".join(organization.postal_address.split("\n")),
        "sender_name": sender.name,
        "sender_address": sender.address,
    }
    return rendering.fill(text, values, quote=markup.quote)


def carry(message: Message, sender: Sender) -> str:
    """The notice that a locked mail takes along, if its person is still to be told; written down as proof."""
    if message.candidate is None:
        return ""
    notice = untold().filter(candidate=message.candidate_id).first()
    if notice is None:
        # Told since an earlier try, perhaps by another mail.
        if message.attempts > 1:
            CarriedNotice.objects.filter(message=message).delete()
        return ""
    words = words_for(notice, message.candidate, sender, text=notice_rules().wording)
    CarriedNotice.objects.update_or_create(message=message, defaults={"text": words})
    return words


def is_notice(message: Message) -> bool:
    """Whether the mail is nothing but a notice."""
    return bool(CarriedNotice.objects.filter(message=message, is_own=True).exists())


def why_not_sent(message: Message) -> str:
    """The last check of a mail that is a notice: why it must not go, or nothing. Sets its address."""
    if message.candidate is None or not untold().filter(candidate=message.candidate_id).exists():
        return TOLD_ALREADY
    found = reach([message.candidate], is_notice=True)[message.candidate.pk]
    if isinstance(found, Obstacle):
        return found.sentence
    message.to_address = found.address
    return ""


def note_gone(message: Message) -> None:
    """A locked mail has gone: whom it told knows now, and sequences that waited for that go on."""
    carried = CarriedNotice.objects.filter(message=message).first()
    if carried is None or message.candidate_id is None:
        return
    how = How.OWN_MAIL if carried.is_own else How.FIRST_MAIL
    told = note_told([message.candidate_id], how=how, at=message.handed_at or clock.now())
    enrolling.go_on_told(told)


def take_back(message: Message) -> None:
    """A mail came back: nobody was told by it. Whoever was told otherwise stays told."""
    if message.handed_at and CarriedNotice.objects.filter(message=message).exists():
        PrivacyNotice.objects.filter(
            candidate=message.candidate_id,
            told_at=message.handed_at,
            how__in=[How.FIRST_MAIL, How.OWN_MAIL],
        ).update(told_at=None, how="")

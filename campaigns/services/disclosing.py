"""Telling people where we have their data from (GDPR Art. 14): with the first mail, or with one of its own."""

from collections import Counter
from collections.abc import Sequence as Ids
from typing import Any

from django.db import transaction
from django.db.models import DateField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet

from campaigns import clock
from campaigns.models import CarriedNotice, Enrollment, Message, Sender, Sequence, Step
from campaigns.services import enrolling, markup, permissions, rendering, resuming
from campaigns.services.reaching import Obstacle, reach
from candidates.models import Candidate, ChangeSet, PrivacyNotice
from candidates.queries.notices import notice_rules, organization_day, silent, untold
from candidates.services.bulk import Applied, BulkAction
from candidates.services.informing import note_told
from crm.accounts.models import User
from crm.audit.services import record
from crm.tenancy.bulk import among
from crm.tenancy.scope import current_organization
from crm.web.errors import DomainError

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
SUBJECT = "{organization}: what we know of you, and from where"


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
    resuming.go_on_told(told)


def take_back(message: Message) -> None:
    """A mail came back: nobody was told by it. Whoever was told otherwise stays told."""
    if message.handed_at and CarriedNotice.objects.filter(message=message).exists():
        PrivacyNotice.objects.filter(
            candidate=message.candidate_id,
            told_at=message.handed_at,
            how__in=[How.FIRST_MAIL, How.OWN_MAIL],
        ).update(told_at=None, how="")


class SenderGone(DomainError):
    def __init__(self) -> None:
        super().__init__("The sender is not there any more. Choose another one and send again.")


def sendable(waiting: "QuerySet[PrivacyNotice]") -> "QuerySet[PrivacyNotice]":
    """Of these, who gets a notice of its own: with an address, no notice on its way, and no sequence that tells them."""
    return waiting.filter(~silent(), ~Exists(telling()), ~Exists(_queued(OuterRef("candidate"))))


def telling() -> "QuerySet[Enrollment]":
    """Of each notice of a query: sequences that run for its person, and write to them by the last day."""
    mail_steps = Step.objects.filter(
        sequence=OuterRef("sequence"),
        version=OuterRef("version"),
        kind=Step.Kind.MAIL,
        position__gte=OuterRef("next_step__position"),
    )
    on_the_way = Message.objects.filter(
        enrollment=OuterRef("pk"),
        direction=Message.Direction.OUT,
        state__in=enrolling.IN_FLIGHT,
    )
    last_day = ExpressionWrapper(OuterRef("due_on"), output_field=DateField())
    found: QuerySet[Enrollment] = Enrollment.objects.alias(last_day=last_day).filter(
        Exists(on_the_way) | Exists(mail_steps) & Q(next_at__date__lte=F("last_day")),
        candidate=OuterRef("candidate"),
        state=Enrollment.State.ACTIVE,
        sequence__state=Sequence.State.ACTIVE,
        # Whoever is late gets nothing before the notice.
        last_day__gte=organization_day(),
    )
    return found


def _queued(candidate: Any) -> "QuerySet[CarriedNotice]":
    """Notices of their own that are on their way to somebody."""
    on_the_way: QuerySet[CarriedNotice] = CarriedNotice.objects.filter(
        is_own=True, message__candidate=candidate, message__state__in=enrolling.IN_FLIGHT
    )
    return on_the_way


def queue_notices(candidate_ids: Ids[int], *, sender: Sender, by: User) -> tuple[int, Counter[str]]:
    """Put a notice of its own into the outbox for each of these; how many, and why the others get none.

    Locks their rows: two who ask at the same moment write to nobody twice.
    """
    permissions.refuse_others(sender, by)
    waiting = untold().filter(candidate__in=among(candidate_ids)).select_for_update(of=("self",))
    notices = {notice.candidate_id: notice for notice in waiting.order_by("pk")}
    wanted = set(sendable(untold().filter(pk__in=[one.pk for one in notices.values()])).values_list("candidate", flat=True))  # fmt: skip
    people = Candidate.objects.in_bulk(sorted(wanted))
    reached = reach(people.values(), is_notice=True)
    on_sequences = untold().filter(Exists(telling()), candidate__in=among(notices)).count()
    others = len(set(candidate_ids) - wanted) - on_sequences
    left_out = Counter({"on a sequence that tells them": on_sequences})
    left_out["told or on the way already"] = others
    text, organization = notice_rules().wording, current_organization()
    mails: list[tuple[Message, str]] = []
    for pk, person in people.items():
        found = reached[pk]
        if isinstance(found, Obstacle):
            left_out[found.sentence[:1].lower() + found.sentence[1:].rstrip(".")] += 1
            continue
        words = words_for(notices[pk], person, sender, text=text)
        message = Message(
            direction=Message.Direction.OUT,
            state=Message.State.QUEUED,
            candidate=person,
            sender=sender,
            from_address=sender.address,
            to_address=found.address,
            subject=SUBJECT.format(organization=organization.name)[:300],
            body_text=markup.to_plain(words),
            body_html=markup.to_html(words),
            due_at=clock.now(),
            member=by,
        )
        mails.append((message, words))
    Message.objects.bulk_create([message for message, _ in mails])
    CarriedNotice.objects.bulk_create(
        CarriedNotice(message=message, text=words, is_own=True) for message, words in mails
    )
    if mails:
        record("notice.queued", by=by, count=len(mails))
    return len(mails), +left_out


def _tell(change_set: ChangeSet | None, chosen: dict[str, Any], ids: Ids[int], by: User) -> Applied:
    """One batch of people who get a notice of its own: sent mail is never taken back."""
    sender = Sender.objects.filter(pk=chosen["sender"]).first()
    if sender is None:
        raise SenderGone
    queued, left_out = queue_notices(ids, sender=sender, by=by)
    return Applied(queued, dict(left_out))


TELL = BulkAction("tell", _tell, is_undoable=False, batch=500)


@transaction.atomic
def mark_told(candidate: Candidate, *, by: User) -> bool:
    """Somebody told the person in another way, such as on the phone; False where there was nothing to tell."""
    enrolling.lock_running(candidate)
    told = note_told([candidate.pk], how=How.BY_HAND, at=clock.now(), by=by)
    resuming.go_on_told(told)
    if told:
        record("notice.told_by_hand", candidate, by=by)
    return bool(told)

"""Why was this sent, or not: one enrollment's story, out of the outbox and the log of what was held back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from campaigns import clock
from campaigns.models import Enrollment, Hold, Message, MessageEvent, SendingRules
from campaigns.reading import veil
from campaigns.schedule import Window
from campaigns.services import last_check, pacing, stopping, timing
from campaigns.services.reaching import Obstacle, reach
from campaigns.services.sending_rules import sending_rules
from candidates.services.snoozing import snooze_of
from crm.accounts.models import User
from crm.audit.models import AuditEntry

LINES = 200


@dataclass(frozen=True)
class Line:
    """One thing that happened, or kept something from happening."""

    at: datetime
    words: str
    detail: str = ""
    tone: str = ""
    mail_id: int | None = None


def explain(enrollment: Enrollment, *, viewer: User) -> list[Line]:
    """Everything that decided over this enrollment's mails, the latest first."""
    mails = list(
        Message.objects.filter(enrollment=enrollment, direction=Message.Direction.OUT)
        .select_related("step", "sender", "candidate")
        .order_by("created_at", "pk")
    )
    veil(mails, viewer)
    lines = [
        _joined(enrollment),
        *(line for mail in mails for line in _of_mail(mail)),
        *_holds(enrollment, mails),
        *_events(enrollment),
        *_ended(enrollment),
    ]
    return sorted(lines, key=lambda line: line.at, reverse=True)[:LINES]


def what_now(enrollment: Enrollment) -> str:
    """What it waits for at this moment, or why nothing more comes; a sentence."""
    if enrollment.state == Enrollment.State.FINISHED:
        return "All steps are done."
    if enrollment.state == Enrollment.State.STOPPED:
        return f"Stopped: {enrollment.ended_because}."
    obstacle = reach([enrollment.candidate])[enrollment.candidate_id]
    if stopping.waits_for_address(enrollment.sequence, obstacle):
        return f"It waits for {stopping.ADDRESS}."
    if isinstance(obstacle, Obstacle) and obstacle.reason == Enrollment.StopReason.NOT_TOLD:
        return f"It waits: {obstacle.sentence}"
    if isinstance(obstacle, Obstacle) and _is_checked(enrollment):
        return f"The next check will end it: {obstacle.sentence}"
    if because := pacing.organization_obstacle():
        return f"{because}."
    sequence = enrollment.sequence
    if sequence.state != sequence.State.ACTIVE:
        return f"The sequence is not running ({sequence.get_state_display().lower()})."
    if enrollment.waits_for:
        paused = pacing.why_paused(sequence.sender)
        return f"{enrollment.waits_for}.{f' {paused}.' if paused else ''}"
    waiting = enrollment.messages.filter(state__in=(Message.State.QUEUED, Message.State.SENDING))
    mail = waiting.select_related("sender", "enrollment__sequence").first()
    if mail:
        if mail.state == Message.State.SENDING:
            return "A mail is in the queue: it is being sent."
        return f"A mail is in the queue: {why_queued([mail])[mail.pk] or 'it goes within seconds'}."
    step = enrollment.next_step
    if step is None:
        return "Nothing is left to do."
    if step.paused_at:
        return f"Step {step.position} is next, but it is paused."
    if because := pacing.why_paused(sequence.sender):
        return f"Step {step.position} is next. {because}."
    return f"Step {step.position} is next."


def _is_checked(enrollment: Enrollment) -> bool:
    """Whether its next check meets what keeps the person from mail now: none comes while it is held, and of who is
    left alone until a day only where that comes before."""
    if enrollment.state == Enrollment.State.PAUSED:
        return False
    snooze = snooze_of(enrollment.candidate)
    if snooze is None:
        return True
    queued = enrollment.messages.filter(state=Message.State.QUEUED).values_list("due_at", flat=True)
    due = enrollment.next_at or queued.first()
    back = timing.after_rest(snooze.until_on, Window.of(enrollment.sequence.sender))
    return due is None or due < back


def why_queued(mails: Iterable[Message]) -> dict[int, str]:
    """What each mail of these that has not gone waits for; "" where it goes within seconds.

    A row knows why it rests itself. What holds it with others is said by those: its person, sequence, sender, or the
    organization.
    """
    waiting = [mail for mail in mails if mail.state == Message.State.QUEUED]
    if not waiting:
        return {}
    obstacle, rules = pacing.organization_obstacle(), sending_rules()
    return {mail.pk: obstacle or _why_queued(mail, rules) for mail in waiting}


def _why_queued(mail: Message, rules: SendingRules) -> str:
    sender, enrollment, now = mail.sender, mail.enrollment, clock.now()
    held = last_check.why_held(enrollment) or enrollment.waits_for if enrollment else ""
    if because := (pacing.why_paused(sender) if sender else "") or held:
        return because
    if mail.due_at and mail.due_at > now and mail.waits_for:
        return mail.waits_for
    full = pacing.why_full(rules, sender, now) or pacing.why_blocked(sender, now) if sender else ""
    return full or mail.waits_for


def _joined(enrollment: Enrollment) -> Line:
    by = enrollment.enrolled_by
    how = "by a rule" if enrollment.auto_id else f"by {by}" if by else ""
    return Line(enrollment.enrolled_at, f"Put on the sequence {how}".strip())


def _of_mail(mail: Message) -> list[Line]:
    step = f"Step {mail.step.position}" if mail.step else "Mail"
    variant = f", wording {mail.variant}" if mail.variant else ""
    lines = [Line(mail.created_at, f"{step}{variant} came into the queue", mail.subject)]
    state = Message.State(mail.state)
    at = mail.handed_at or mail.claimed_at or mail.created_at
    if state == Message.State.SENT:
        detail = f"To {mail.to_address} from {mail.from_address}"
        if mail.attempts > 1:
            detail += f", after {mail.attempts} tries"
        lines.append(Line(mail.sent_at or at, f"{step} was sent", detail, "ok", mail.pk))
    elif state == Message.State.AMBIGUOUS:
        lines.append(Line(at, f"{step} may have been sent", mail.problem, "warn", mail.pk))
    elif state in {Message.State.FAILED, Message.State.CANCELLED}:
        words = f"{step} was not sent: {mail.get_state_display().lower()}"
        lines.append(Line(at, words, mail.problem, "warn", mail.pk))
    return lines


def _holds(enrollment: Enrollment, mails: list[Message]) -> list[Line]:
    """What held this person's mails back; what held everybody's counts while one of theirs waited."""
    until = enrollment.ended_at or clock.now()
    everybody = Q(enrollment=None, message=None) & (
        Q(sequence=enrollment.sequence_id)
        | Q(sender__in={mail.sender_id for mail in mails})
        | Q(sequence=None, sender=None)
    )
    rows = Hold.objects.filter(
        Q(enrollment=enrollment) | everybody, at__gte=enrollment.enrolled_at, at__lte=until
    ).order_by("-at")
    waited = [(mail.created_at, mail.handed_at or until) for mail in mails]
    return [
        Line(hold.at, "Had to wait", hold.because, "warn")
        for hold in rows[:LINES]
        if hold.enrollment_id
        or hold.sequence_id
        or any(begins <= hold.at <= ends for begins, ends in waited)
    ]


def _events(enrollment: Enrollment) -> list[Line]:
    events = MessageEvent.objects.filter(message__enrollment=enrollment).order_by("at")
    acts = AuditEntry.objects.filter(
        action__in=("enrollment.paused", "enrollment.resumed", "enrollment.stopped"),
        object_type=Enrollment._meta.label_lower,
        object_id=enrollment.pk,
    )
    words = {
        "enrollment.paused": "Was paused",
        "enrollment.resumed": "Was resumed",
        "enrollment.stopped": "Was taken off",
    }
    return [
        *(
            Line(event.at, f"Provider: {event.get_kind_display()}", event.description)
            for event in events
        ),
        *(Line(act.at, words[act.action], f"by {act.actor}" if act.actor else "") for act in acts),
    ]


def _ended(enrollment: Enrollment) -> list[Line]:
    if enrollment.ended_at is None:
        return []
    if enrollment.state == Enrollment.State.FINISHED:
        return [Line(enrollment.ended_at, "All steps were done", tone="ok")]
    return [Line(enrollment.ended_at, f"Stopped: {enrollment.ended_because}")]


def pressure(candidate_id: int) -> tuple[int, int, int]:
    """How much of the contact budget is used: mails, of how many, in how many days."""
    rules = sending_rules()
    since = clock.now() - timedelta(days=rules.budget_days)
    used = Message.objects.filter(
        candidate=candidate_id, direction=Message.Direction.OUT, handed_at__gt=since
    ).count()
    return used, rules.budget_mails, rules.budget_days

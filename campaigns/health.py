"""How a sender does: what it sent last, what waits and why, what went wrong."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count, Max, Min, Q

from campaigns.models import Message, MessageEvent, Sender
from campaigns.services.sending_rules import sending_rules

DAY = timedelta(hours=24)
MONTH = timedelta(days=30)
MOST_PROBLEMS = 10


@dataclass(frozen=True)
class Health:
    """The numbers of one sender; a rate is of what was sent in 30 days, None where too little was."""

    last_success: datetime | None
    sent_today: int
    sent_this_month: int
    waiting: int
    oldest_due: datetime | None
    doubtful: int
    refused: int
    bounced: int
    complained: int
    answers: int
    problems: list[Message] = field(default_factory=list)

    @property
    def bounce_rate(self) -> float | None:
        return _rate(self.bounced, self.sent_this_month)

    @property
    def complaint_rate(self) -> float | None:
        return _rate(self.complained, self.sent_this_month)

    @property
    def reply_rate(self) -> float | None:
        return _rate(self.answers, self.sent_this_month)


def _rate(count: int, of: int) -> float | None:
    return round(100 * count / of, 1) if of >= 20 else None


@dataclass(frozen=True)
class Deliverability:
    """What became of all mail of the last 30 days; limits in percent, beyond which a sender is stopped."""

    sent: int
    answered: int
    bounced: int
    complained: int
    unsubscribed: int
    bounce_limit: float
    complaint_limit: float

    @property
    def bounce_rate(self) -> float | None:
        return _rate(self.bounced, self.sent)

    @property
    def complaint_rate(self) -> float | None:
        return _rate(self.complained, self.sent)

    @property
    def is_bad(self) -> bool:
        """Whether the whole organization is beyond a limit: filters judge its domain, not its senders."""
        return (self.bounce_rate or 0) > self.bounce_limit or (
            self.complaint_rate or 0
        ) > self.complaint_limit


def deliverability(*, now: datetime) -> Deliverability:
    """How the organization's mail does: four queries over the mails and reports of 30 days."""
    since = now - MONTH
    incoming = Message.objects.filter(
        direction=Message.Direction.IN, is_automatic=False, created_at__gt=since
    )
    kinds = MessageEvent.Kind
    reports = MessageEvent.objects.filter(at__gt=since).aggregate(
        bounced=Count("message", distinct=True, filter=Q(kind=kinds.BOUNCED)),
        complained=Count("message", distinct=True, filter=Q(kind=kinds.COMPLAINED)),
        unsubscribed=Count("message", distinct=True, filter=Q(kind=kinds.UNSUBSCRIBED)),
    )
    rules = sending_rules()
    return Deliverability(
        sent=Message.objects.filter(handed_at__gt=since).count(),
        answered=incoming.aggregate(people=Count("candidate", distinct=True))["people"],
        **reports,
        bounce_limit=float(rules.bounce_limit),
        complaint_limit=float(rules.complaint_limit),
    )


def health_of(sender: Sender, *, now: datetime) -> Health:
    """Three queries, whatever the sender has sent."""
    State = Message.State  # noqa: N806
    mails = Message.objects.filter(sender=sender)
    out, month = Q(direction=Message.Direction.OUT), Q(handed_at__gt=now - MONTH)
    due = out & Q(state=State.QUEUED, due_at__lte=now)
    numbers = mails.aggregate(
        last_success=Max("sent_at"),
        sent_today=Count("pk", filter=out & Q(handed_at__gt=now - DAY)),
        sent_this_month=Count("pk", filter=out & month),
        waiting=Count("pk", filter=out & Q(state=State.QUEUED)),
        oldest_due=Min("due_at", filter=due),
        doubtful=Count("pk", filter=out & month & Q(state=State.AMBIGUOUS)),
        refused=Count("pk", filter=out & Q(state=State.FAILED, created_at__gt=now - MONTH)),
        answers=Count(
            "candidate",
            distinct=True,
            filter=Q(
                direction=Message.Direction.IN, is_automatic=False, created_at__gt=now - MONTH
            ),
        ),
    )
    kinds = MessageEvent.Kind
    events = MessageEvent.objects.filter(message__sender=sender, at__gt=now - MONTH).aggregate(
        bounced=Count("message", distinct=True, filter=Q(kind=kinds.BOUNCED)),
        complained=Count("message", distinct=True, filter=Q(kind=kinds.COMPLAINED)),
    )
    wrong = mails.filter(out, state__in=(State.AMBIGUOUS, State.FAILED)).select_related("candidate")
    problems = wrong.defer("body_text", "body_html").order_by("-created_at", "-pk")
    return Health(**numbers, **events, problems=list(problems[:MOST_PROBLEMS]))

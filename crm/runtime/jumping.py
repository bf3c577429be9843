"""One day passes in a second: so that a sequence of a week can be watched in a minute. Local mode only."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from campaigns.models import Enrollment, Message, Sender
from campaigns.services import delivering, dispatching, pacing
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in
from crm.web.errors import DomainError

DAY = timedelta(days=1)
MAILS_AT_ONCE = 500
SECONDS_EACH = 20.0


class OnlyLocally(DomainError):
    def __init__(self) -> None:
        super().__init__("Time passes by itself here: only the local mode can jump ahead.")


@dataclass
class JumpReport:
    """What became due and left."""

    mails: int = 0
    tasks: int = 0


def jump_one_day() -> JumpReport:
    """Move what waits in every organization a day nearer, then do what is due, at any hour.

    The senders' caps see a day pass too; only their hours are not kept, or a visitor at night or on a
    Sunday would wait for Monday. Runs outside any organization and transaction.
    """
    if not settings.DEMO_MAILBOX:
        raise OnlyLocally
    for organization in Organization.objects.filter(closed_at=None):
        with acting_in(organization):
            _shift()
    report = JumpReport()
    with pacing.at_any_hour():
        report.tasks = dispatching.dispatch_due().tasks
        for organization in dispatching.organizations_with_work():
            done = delivering.deliver_due(organization, limit=MAILS_AT_ONCE, seconds=SECONDS_EACH)
            report.mails += done.states[Message.State.SENT]
    return report


def _shift() -> None:
    """A day passes for the schedule, the queue and the caps of the organization being acted in."""
    Enrollment.objects.filter(state=Enrollment.State.ACTIVE).update(next_at=F("next_at") - DAY)
    Message.objects.filter(state=Message.State.QUEUED).update(due_at=F("due_at") - DAY)
    Message.objects.filter(handed_at__gt=timezone.now() - DAY).exclude(
        state=Message.State.SENDING
    ).update(handed_at=F("handed_at") - DAY)
    Sender.objects.exclude(blocked_until=None).update(blocked_until=None, blocked_because="")

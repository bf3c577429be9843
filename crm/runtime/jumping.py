"""One day passes in a second: so that a sequence of a week can be watched in a minute. Local mode only."""

from datetime import timedelta

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from campaigns.models import Enrollment, Message, Sender, SendingRules
from campaigns.services import delivering, dispatching, pacing
from candidates.models import Notification, SavedSearch
from candidates.services import mailing, saved_searches
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in
from crm.web.errors import DomainError

DAY = timedelta(days=1)
# As far back as caps and contact budgets look, and more.
COUNTED = timedelta(days=60)
MAILS_AT_ONCE = 100
SECONDS_EACH = 20.0


class OnlyLocally(DomainError):
    def __init__(self) -> None:
        super().__init__("Time passes by itself here: only the local mode can jump ahead.")


def jump_one_day() -> None:
    """Move what waits in every organization a day nearer; `send_at_any_hour` then does what is due.

    The senders' caps see a day pass too. Runs outside any organization and transaction.
    """
    _check_mode()
    for organization in Organization.objects.filter(closed_at=None):
        with acting_in(organization):
            _shift()


def send_at_any_hour() -> bool:
    """Do what is due, whatever the senders' hours: a visitor at night or on a Sunday need not wait for Monday.

    True while there is more. Runs outside any organization and transaction.
    """
    _check_mode()
    more = False
    with pacing.at_any_hour():
        dispatching.dispatch_due()
        for organization in dispatching.organizations_with_work():
            done = delivering.deliver_due(organization, limit=MAILS_AT_ONCE, seconds=SECONDS_EACH)
            more |= done.states.total() == MAILS_AT_ONCE
    for organization in Organization.objects.filter(closed_at=None):
        saved_searches.tell_of_matches(organization)
        mailing.mail_due(organization)
    return more


def _check_mode() -> None:
    if not settings.DEMO_MAILBOX:
        raise OnlyLocally


def _shift() -> None:
    """A day passes for the schedule, the queue, the caps, saved searches and mails to members of the organization."""
    Enrollment.objects.filter(state=Enrollment.State.ACTIVE).update(next_at=F("next_at") - DAY)
    Message.objects.filter(state=Message.State.QUEUED).update(due_at=F("due_at") - DAY)
    Enrollment.objects.filter(started_at__gt=timezone.now() - COUNTED).update(
        started_at=F("started_at") - DAY
    )
    Message.objects.filter(handed_at__gt=timezone.now() - COUNTED).exclude(
        state=Message.State.SENDING
    ).update(handed_at=F("handed_at") - DAY)
    SavedSearch.objects.exclude(alert="").update(told_at=F("told_at") - DAY)
    Notification.objects.filter(mail_due_at__isnull=False).update(
        mail_due_at=F("mail_due_at") - DAY
    )
    Sender.objects.exclude(blocked_until=None).update(blocked_until=None, blocked_because="")
    SendingRules.objects.update(blocked_until=None)

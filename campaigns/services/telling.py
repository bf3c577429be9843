"""What every mail that comes in has: somebody who is to answer it, a day, and a line on the timeline."""

from datetime import date
from zoneinfo import ZoneInfo

from django.utils import timezone

from campaigns.models import Enrollment, Message
from campaigns.reading import entry_of, mail_link
from candidates.models import Candidate, Touchpoint
from candidates.services.timeline import add_touchpoint
from crm.accounts.models import User
from crm.tenancy.models import Membership
from crm.tenancy.scope import current_organization


def today() -> date:
    return timezone.now().astimezone(ZoneInfo(current_organization().time_zone)).date()


def answerer_of(message: Message, candidate: Candidate, running: list[Enrollment]) -> User | None:
    """Who is to answer: whose private thread it is, else the sequence's owner, else the candidate's, if they are
    still here."""
    sequence = message.enrollment.sequence if message.enrollment else None
    if sequence is None and running:
        sequence = running[0].sequence
    reader = message.member if message.is_private else None
    for user in (reader, sequence.owner if sequence else None, candidate.owner):
        if user and _is_member(user):
            return user
    return None


def _is_member(user: User) -> bool:
    return Membership.objects.filter(
        user=user, user__is_active=True, organization=current_organization()
    ).exists()


def tell_timeline(
    message: Message, candidate: Candidate, kind: Touchpoint.Kind, running: list[Enrollment]
) -> None:
    entry = entry_of(message)
    link = entry.link
    if link == mail_link(message) and running and not message.is_private:
        link = f"sequences/{running[0].sequence_id}/"
    add_touchpoint(candidate, kind, entry.summary, body=entry.body, link=link)

"""The people who are still to be told where we have their data from, as the page lists them."""

from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet, Subquery

from campaigns.models import CarriedNotice, Enrollment
from campaigns.services import disclosing
from campaigns.services.enrolling import IN_FLIGHT
from campaigns.services.reaching import Obstacle, reach
from candidates.models import PrivacyNotice
from candidates.queries.notices import due_soon, organization_day, silent, untold
from crm.tenancy.bulk import among
from crm.web.pagination import KeysetPage, keyset_page

ORDER = ("due_on", "id")
SHOWS = {"": "Everybody", "soon": "Due within 10 days", "stuck": "Cannot be mailed"}


@dataclass(frozen=True)
class Row:
    """One person: how far it is, and what is to be done where no mail of ours does it."""

    notice: PrivacyNotice
    state: str
    advice: str = ""
    is_late: bool = False


def waiting(show: str) -> "QuerySet[PrivacyNotice]":
    """Who is to be told: everybody, whose day is near, or whom no mail can reach."""
    if show == "soon":
        return due_soon(organization_day())
    return untold().filter(silent()) if show == "stuck" else untold()


def page_of(show: str, *, cursor: str) -> tuple[KeysetPage[PrivacyNotice], list[Row]]:
    """One page, the most pressing first, with what each of them waits for; seven queries for all."""
    found = waiting(show).select_related("candidate")
    page = keyset_page(found, order=ORDER, cursor=cursor)
    people = among(notice.candidate_id for notice in page.rows)
    names = disclosing.telling().order_by("-pk").values("sequence__name")
    telling = dict(
        untold()
        .filter(candidate__in=people)
        .annotate(sequence_name=Subquery(names[:1]))
        .values_list("candidate", "sequence_name")
    )
    queued = set(
        CarriedNotice.objects.filter(
            is_own=True, message__candidate__in=people, message__state__in=IN_FLIGHT
        ).values_list("message__candidate", flat=True)
    )
    reached = reach([notice.candidate for notice in page.rows], is_notice=True)
    today = organization_day()
    return page, [
        _row(notice, reached[notice.candidate_id], telling, queued, today) for notice in page.rows
    ]


def _row(
    notice: PrivacyNotice,
    reached: object,
    telling: dict[int, str | None],
    queued: set[int],
    today: date,
) -> Row:
    is_late = notice.due_on < today
    if isinstance(reached, Obstacle):
        what = (
            "Add an address, or tell them in another way and mark it here."
            if reached.reason == Enrollment.StopReason.NO_ADDRESS
            else "No mail goes to them: tell them in another way and mark it here, or erase the record."
        )
        return Row(notice, reached.sentence, what, is_late)
    if notice.candidate_id in queued:
        return Row(notice, "The notice is in the outbox", is_late=is_late)
    if name := telling.get(notice.candidate_id):
        return Row(notice, f"On the sequence “{name}”: its next mail tells them", is_late=is_late)
    if is_late:
        return Row(notice, "Nobody writes to them before the notice went", is_late=True)
    return Row(notice, "Waiting for a first mail or the notice")

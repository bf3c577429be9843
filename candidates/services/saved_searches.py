"""Keeping searches, and telling their owners of new matches: nobody is told of twice."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from candidates.models import Notification, SavedSearch, SearchMatch, SearchPin
from candidates.queries.search import PeopleQuery, Prepared, QueryError, Searcher, prepare
from candidates.services.notifying import notify
from crm.accounts.models import User
from crm.audit.services import record
from crm.tenancy.bulk import insert_rows
from crm.tenancy.models import Membership, Organization
from crm.tenancy.roles import READERS
from crm.tenancy.scope import acting_in, current_organization
from crm.web.errors import DomainError

Alert = SavedSearch.Alert
# Who a search finds is kept, so that nobody is told of twice: more than this is no news.
MOST_WATCHED = 10_000
EVERY = {Alert.DAILY: timedelta(hours=23), Alert.WEEKLY: timedelta(days=6, hours=23)}


class CannotBeSaved(DomainError):
    """The search is empty, wrong, or its name is taken."""


class NotTheOwner(DomainError):
    def __init__(self) -> None:
        super().__init__("Only who saved this search can change or delete it.")


@transaction.atomic
def save_search(
    prepared: Prepared, *, by: User, name: str, is_shared: bool, alert: str = ""
) -> SavedSearch:
    """Keep the search under a name; one's own of the same name is replaced. Whoever matches now is no news."""
    if prepared.problems:
        raise CannotBeSaved(prepared.problems[0])
    if not prepared.query:
        raise CannotBeSaved("This search says nothing yet: everybody matches. Filter first.")
    search, is_new = SavedSearch.objects.update_or_create(
        owner=by,
        name=name,
        defaults={
            "query": prepared.query.as_json(),
            "is_shared": is_shared,
            "alert": alert,
            "told_at": timezone.now(),
        },
    )
    search.matches.all().delete()
    if alert:
        found = _found(prepared)
        if len(found) > MOST_WATCHED:
            raise CannotBeSaved(
                f"More than {MOST_WATCHED:,} people match. Narrow the search to be told of new ones."
            )
        _remember(search, found)
    if is_new:
        SearchPin.objects.create(search=search, user=by)
    record("search.saved", search, by=by, shared=is_shared, alert=alert)
    return search


@transaction.atomic
def delete_search(search: SavedSearch, *, by: User) -> None:
    if search.owner_id != by.pk:
        raise NotTheOwner
    record("search.deleted", search, by=by)
    search.delete()


def set_pinned(search: SavedSearch, *, is_pinned: bool, by: User) -> None:
    """Keep the search at hand, or not any more. Twice changes nothing."""
    if is_pinned:
        SearchPin.objects.get_or_create(search=search, user=by)
    else:
        SearchPin.objects.filter(search=search, user=by).delete()


def tell_of_matches(organization: Organization, now: datetime | None = None) -> int:
    """Tell owners whose day or week has come how many people are new; returns how many were told.

    Each search in a transaction of its own: of a worker that dies the next sweep goes on where it was. A due search is
    locked, so that two sweeps at once tell once.
    """
    now = now or timezone.now()
    told, after = 0, 0
    while True:
        with acting_in(organization):
            search = _due(now).filter(pk__gt=after).first()
            if search is None:
                return told
            told, after = told + _tell(search), search.pk
            search.told_at = now
            search.save(update_fields=["told_at"])


def _due(now: datetime) -> "QuerySet[SavedSearch]":
    whose_time_has_come = Q()
    for alert, span in EVERY.items():
        whose_time_has_come |= Q(alert=alert, told_at__lte=now - span)
    due = SavedSearch.objects.select_for_update(of=("self",), skip_locked=True)
    return due.filter(whose_time_has_come).select_related("owner").order_by("pk")


def _tell(search: SavedSearch) -> bool:
    member = Membership.objects.filter(
        organization=current_organization(), user=search.owner, role__in=READERS
    ).first()
    if member is None:
        return False
    try:
        query = PeopleQuery.from_json(search.query)
    except QueryError:
        return False
    prepared = prepare(query, searcher=Searcher(member))
    link = f"searches/{search.pk}/"
    if prepared.wrong:
        text = f"“{search}” finds nobody any more: {prepared.wrong}"
        notify(search.owner, kind=Notification.Kind.SEARCH, text=text[:300], link=link)
        return True
    known = set(search.matches.values_list("candidate_id", flat=True))
    new = [pk for pk in _found(prepared) if pk not in known]
    _remember(search, new)
    if new:
        people = "1 new person matches" if len(new) == 1 else f"{len(new):,} new people match"
        notify(search.owner, kind=Notification.Kind.SEARCH, text=f"{people} “{search}”", link=link)
    return bool(new)


def _found(prepared: Prepared) -> list[int]:
    newest = prepared.people().order_by("-created_at", "-id")
    return list(newest.values_list("pk", flat=True)[: MOST_WATCHED + 1])


def _remember(search: SavedSearch, ids: list[int]) -> None:
    insert_rows(SearchMatch, {"candidate_id": ids}, search_id=search.pk, ignore_conflicts=True)

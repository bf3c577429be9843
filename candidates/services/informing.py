"""The clock of GDPR Art. 14: whoever's data came from others is told of it within a month.

Every door where data does not come from the person starts the clock once: imports for a whole batch, all
others for one person. What tells people is above: mail carries the notice, or somebody tells them otherwise.
"""

import calendar
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from django.db import connection, transaction

from candidates.models import Candidate, NoticeRules, PrivacyNotice
from candidates.queries.notices import notice_rules, organization_day
from crm.accounts.models import User
from crm.audit.services import record
from crm.tenancy.bulk import among, array_of
from crm.tenancy.scope import current_organization

# Where the data came from, for people without a source. They are read by the person.
OWN_RESEARCH = "our own research"
A_FILE = "a list of people that we imported"
A_RESUME = "a résumé that we were given"


def last_day(stored_on: date, days: int | None) -> date:
    """The last day to tell somebody whose data was stored on a day: so many days later, else a calendar month.

    The month of Art. 14(3)(a) ends on the day of the same number, or with the month where it has no such day.
    """
    if days:
        return stored_on + timedelta(days=days)
    year, month = divmod(stored_on.year * 12 + stored_on.month, 12)
    month += 1
    return date(year, month, min(stored_on.day, calendar.monthrange(year, month)[1]))


def start_clock(candidate_ids: Sequence[int], *, learned_from: str, at: datetime) -> None:
    """Note that these new people are to be told, in one statement for all of them.

    The words are those of each person's source, else `learned_from`. Whose source says that people come from there
    by themselves is not to be told.
    """
    if not candidate_ids:
        return
    due_on = last_day(organization_day(at), notice_rules().days)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO candidates_privacynotice"
            " (organization_id, candidate_id, source, stored_at, due_on, how)"
            " SELECT person.organization_id, person.id, coalesce(source.name, %s), %s, %s, ''"
            " FROM candidates_candidate AS person LEFT JOIN candidates_source AS source"
            " ON source.organization_id = person.organization_id AND source.id = person.source_id"
            " WHERE person.organization_id = %s AND person.id = ANY(%s::bigint[])"
            " AND NOT coalesce(source.gives_own_data, false)"
            " ON CONFLICT DO NOTHING",
            [learned_from, at, due_on, current_organization().pk, array_of(candidate_ids)],
        )


def correct_source(candidate: Candidate) -> None:
    """Somebody corrected where a person comes from: whoever was not told yet is told the new one."""
    waiting = PrivacyNotice.objects.filter(candidate=candidate, told_at=None)
    if candidate.source is None:
        return
    if candidate.source.gives_own_data:
        waiting.delete()
    else:
        waiting.update(source=candidate.source.name)


def note_told(
    candidate_ids: Iterable[int],
    *,
    how: PrivacyNotice.How,
    at: datetime,
    by: User | None = None,
) -> list[int]:
    """These people know now; returns who did not before. Whoever was told already keeps that day."""
    waiting = PrivacyNotice.objects.filter(candidate__in=among(candidate_ids), told_at=None)
    ids = dict(waiting.select_for_update().order_by("pk").values_list("pk", "candidate"))
    PrivacyNotice.objects.filter(pk__in=among(ids)).update(told_at=at, how=how, told_by=by)
    return list(ids.values())


@transaction.atomic
def save_rules(rules: NoticeRules, *, by: User) -> NoticeRules:
    """Store changed rules. Days already set stay: they were counted by the rules of their time."""
    rules.save()
    record("notice.rules_changed", rules, by=by, is_enabled=rules.is_enabled, days=rules.days)
    return rules

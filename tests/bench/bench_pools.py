"""Smart pools, acts on many people and exports of the largest organization, against the bare SQL.

The bare SQL leaves the same rows, or the same columns, in one statement for each table: with the keys checked and
the triggers run, as whoever wrote it by hand would have to, but in one piece, without progress, resuming or audit.
"""

import io
import resource
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from statistics import median

from django.db import connection, connections, transaction

from candidates.models import BulkAct, Candidate, Export, Tag, TalentPool
from candidates.queries.search import ANY_READER, PeopleQuery, parse
from candidates.services import bulk, pools
from candidates.services.exporting import running
from candidates.services.smart_pools import fill, refresh_members
from crm.accounts.models import User
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in
from tests.bench.measuring import Result, ratio
from tests.bench.servers import PLAIN, Database

CHANGED, MOST = 1000, 100_000
# What a worker may grow by while it does to everybody what it did to `MOST` people before.
MOST_GROWTH = 64.0
BARE_TAGGING = (
    "INSERT INTO candidates_candidatetag (organization_id, tag_id, candidate_id)"
    " SELECT organization_id, %(tag)s, id FROM candidates_candidate"
    " WHERE organization_id = %(org)s::bigint AND id = ANY(%(ids)s)",
    "INSERT INTO candidates_touchpoint (organization_id, candidate_id, kind, at, summary, body, link)"
    " SELECT organization_id, candidate_id, 'tag', now(), 'Tagged Measured', '', ''"
    " FROM candidates_candidatetag WHERE organization_id = %(org)s::bigint AND tag_id = %(tag)s",
    "INSERT INTO candidates_change (organization_id, change_set_id, candidate_id, action, model, object_id, field,"
    " after, outcome, reason) SELECT organization_id,"
    " (SELECT max(id) FROM candidates_changeset WHERE organization_id = %(org)s::bigint), candidate_id,"
    " 'create', 'candidates.CandidateTag', id, '', to_jsonb(worn), '', ''"
    " FROM candidates_candidatetag worn WHERE organization_id = %(org)s::bigint AND tag_id = %(tag)s",
)
# What the file holds of a person beside the columns of the table: values of several rows in one cell each.
SEVERAL = {
    "emails": "SELECT candidate_id, string_agg(address, E'\n'), string_agg(state, E'\n') FROM candidates_emailaddress t",
    "phones": "SELECT candidate_id, string_agg(number, E'\n') FROM candidates_phonenumber t",
    "links": "SELECT candidate_id, string_agg(url, E'\n') FROM candidates_profilelink t",
    "notes": "SELECT candidate_id, string_agg(body, E'\n\n') FROM candidates_note t",
    "skills": "SELECT candidate_id, string_agg(name, E'\n' ORDER BY name) FROM candidates_candidateskill t"
    " JOIN candidates_skill word ON word.id = t.skill_id",
    "tags": "SELECT candidate_id, string_agg(name, E'\n' ORDER BY name) FROM candidates_candidatetag t"
    " JOIN candidates_tag word ON word.id = t.tag_id",
    "pools": "SELECT candidate_id, string_agg(name, E'\n' ORDER BY name) FROM candidates_poolmembership t"
    " JOIN candidates_talentpool word ON word.id = t.pool_id",
    "own": "SELECT candidate_id, max(t.number) FILTER (WHERE kind = 'number'),"
    " max(choice.name) FILTER (WHERE kind = 'single'), max(t.day) FILTER (WHERE kind = 'date')"
    " FROM candidates_candidatecustomvalue t JOIN candidates_customfield field ON field.id = t.field_id"
    " LEFT JOIN candidates_customfieldoption choice ON choice.id = t.option_id",
}


class TakenBack(Exception):
    """Rolls one measured turn back."""


def measure(database: Database) -> list[Result]:
    organization = Organization.objects.get(slug="org-1")
    user = User.objects.get(email=f"owner-{organization.pk}@example.com")
    with acting_in(organization):
        query = PeopleQuery(parse("title:engineer country:de", searcher=ANY_READER))
        pool = TalentPool.objects.filter(name="Measured").first()
        pool = pool or pools.create_pool(by=user, name="Measured", query=query)
        fill(pool)
        ids = list(Candidate.objects.order_by("pk").values_list("pk", flat=True)[:MOST])
        tag, _ = Tag.objects.get_or_create(name="Measured", normalized="measured")
    changed = ids[:: max(1, len(ids) // CHANGED)][:CHANGED]
    refreshed = [_refreshing(organization, changed) for _ in range(7)]
    bare = [_bare_refreshing(organization, pool, changed) for _ in range(7)]
    tagged = [_tagging(organization, user, tag, ids) for _ in range(3)]
    inserted = [_bare_tagging(organization, tag, ids) for _ in range(3)]
    exported, copied = [], []
    for _ in range(2):
        exported.append(_exporting(organization, user))
        copied.append(_copying(organization))
    return [
        ratio(
            "pools",
            "smart pool after 1,000 changed / bare SQL",
            median(refreshed),
            median(bare),
            "<= 5",
        ),
        ratio(
            "pools",
            f"bulk tag of {len(ids):,} / INSERT SELECT",
            median(tagged),
            median(inserted),
            "<= 3",
        ),
        ratio(
            "pools",
            "export to CSV / COPY TO of the columns",
            median(exported),
            median(copied),
            "<= 8",
        ),
        *_everybody(organization, user, tag, without=median(refreshed)),
    ]


def _everybody(organization: Organization, user: User, tag: Tag, *, without: float) -> list[Result]:
    """All people of the organization at once: tagged by an act, and in a smart pool whose rule is true for all."""
    with acting_in(organization):
        ids = list(Candidate.objects.order_by("pk").values_list("pk", flat=True))
        query = PeopleQuery(parse("added:>=2000-01-01", searcher=ANY_READER))
        pool = pools.create_pool(by=user, name="Everybody", query=query)
    before = _peak()
    inserted = [_bare_tagging(organization, tag, ids) for _ in range(2)]
    tagged = [_tagging(organization, user, tag, ids) for _ in range(2)]
    grown_by_tagging = _peak() - before
    before = _peak()
    with acting_in(organization):
        filled = _timed(lambda: fill(pool))
        assert pool.memberships.count() == len(ids)
        again = _timed(lambda: fill(pool))
    changed = ids[:: max(1, len(ids) // CHANGED)][:CHANGED]
    refreshed = [_refreshing(organization, changed) for _ in range(5)]
    grown_by_refreshing = _peak() - before
    with acting_in(organization):
        # Other measures do not find it.
        pool.memberships.all()._raw_delete("default")
        pool.delete()
        tag.candidate_tags.all()._raw_delete("default")
    everybody = f"{len(ids):,}"
    return [
        ratio(
            "pools",
            f"bulk tag of {everybody} / INSERT SELECT",
            median(tagged),
            median(inserted),
            "<= 3",
        ),
        ratio(
            "pools",
            f"memory grown by tagging {everybody}, MB",
            grown_by_tagging,
            MOST_GROWTH,
            "<= 1",
            "MB",
        ),
        ratio(
            "pools",
            f"filling a smart pool with {everybody} again / anew",
            again,
            filled,
            "<= 1",
        ),
        ratio(
            "pools",
            f"1,000 changed with a pool of {everybody} / without",
            median(refreshed),
            without,
            "<= 3",
        ),
        ratio(
            "pools",
            f"memory grown by refreshing {everybody}, MB",
            grown_by_refreshing,
            MOST_GROWTH,
            "<= 1",
            "MB",
        ),
    ]


def _peak() -> float:
    """Megabytes that this process ever had at once."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _refreshing(organization: Organization, changed: Sequence[int]) -> float:
    with acting_in(organization):
        # A fifth of them is to leave, as after a change of title.
        Candidate.objects.filter(pk__in=changed[::5]).update(headline="Pilot")
        seconds = _timed(lambda: refresh_members(changed))
        Candidate.objects.filter(pk__in=changed[::5]).update(headline="Backend Engineer")
        return seconds


def _bare_refreshing(organization: Organization, pool: TalentPool, changed: Sequence[int]) -> float:
    wanted = "headline ILIKE '%%engineer%%' AND country = 'DE'"
    seconds = 0.0
    with suppress(TakenBack), transaction.atomic(using=PLAIN):
        with connections[PLAIN].cursor() as cursor:
            started = time.perf_counter()
            cursor.execute(
                "DELETE FROM candidates_poolmembership member USING candidates_candidate person"
                " WHERE member.organization_id = %s::bigint AND member.pool_id = %s"
                " AND member.candidate_id = ANY(%s) AND person.id = member.candidate_id"
                f" AND NOT ({wanted})",
                [organization.pk, pool.pk, list(changed)],
            )
            cursor.execute(
                "INSERT INTO candidates_poolmembership"
                " (organization_id, pool_id, candidate_id, reason, added_at, origin)"
                " SELECT organization_id, %s, id, '', now(), 'rule' FROM candidates_candidate"
                f" WHERE organization_id = %s::bigint AND id = ANY(%s) AND {wanted}"
                " ON CONFLICT DO NOTHING",
                [pool.pk, organization.pk, list(changed)],
            )
            seconds = time.perf_counter() - started
        raise TakenBack
    return seconds


def _tagging(organization: Organization, user: User, tag: Tag, ids: Sequence[int]) -> float:
    with acting_in(organization):
        tag.candidate_tags.all()._raw_delete("default")
        act = bulk.start("tag", ids, chosen={"tag": tag.pk}, title="Measured", by=user)
    seconds = _timed(lambda: bulk.work_on(organization, act.pk))
    with acting_in(organization):
        assert BulkAct.objects.get(pk=act.pk).changed_count == len(ids)
    return seconds


def _bare_tagging(organization: Organization, tag: Tag, ids: Sequence[int]) -> float:
    """The tag, its entry in each timeline and its line in a change set, in one statement each."""
    given = {"org": organization.pk, "tag": tag.pk, "ids": list(ids)}
    seconds = 0.0
    with suppress(TakenBack), transaction.atomic(using=PLAIN):
        with connections[PLAIN].cursor() as cursor:
            cursor.execute("DELETE FROM candidates_candidatetag WHERE tag_id = %(tag)s", given)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
            started = time.perf_counter()
            for statement in BARE_TAGGING:
                cursor.execute(statement, given)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            seconds = time.perf_counter() - started
        raise TakenBack
    return seconds


def _exporting(organization: Organization, user: User) -> float:
    with acting_in(organization):
        export = running.request_export(Export.Kind.PEOPLE, by=user)
    return _timed(lambda: running.work_on(organization, export.pk))


def _copying(organization: Organization) -> float:
    own = f"organization_id = {organization.pk}::bigint"
    several = " ".join(
        f"LEFT JOIN ({query} WHERE t.{own} GROUP BY candidate_id) {name} ON {name}.candidate_id = person.id"
        for name, query in SEVERAL.items()
    )
    columns = (
        "person.id, full_name, preferred_name, headline, company, city, country, salary_expectation, source.name,"
        f" last_contacted_at, member.name, status, lawful_basis, created_at, {', '.join(f'{name}.*' for name in SEVERAL)}"
    )
    query = (
        f"SELECT {columns} FROM candidates_candidate person LEFT JOIN accounts_user member ON member.id = owner_id"
        f" LEFT JOIN candidates_source source ON source.id = source_id {several}"
        f" WHERE person.{own} ORDER BY created_at DESC, person.id DESC"
    )

    def copy() -> None:
        file = io.BytesIO()
        with (
            connections[PLAIN].cursor() as cursor,
            cursor.copy(f"COPY ({query}) TO STDOUT WITH CSV") as rows,
        ):
            for chunk in rows:
                file.write(chunk)

    connection.ensure_connection()
    with transaction.atomic(using=PLAIN):
        return _timed(copy)

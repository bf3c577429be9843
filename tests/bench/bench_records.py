"""The record of a person with whom very much happened, against one with a usual history."""

from candidates.models import Candidate, Touchpoint
from crm.accounts.models import User
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in
from tests.bench.bench_lists import server
from tests.bench.filling import insert
from tests.bench.measuring import Result, medians, ratio
from tests.bench.servers import Database, plain_connection

LONG, USUAL = 5000, 50
KINDS = "('{note,mail_sent,call,edited,pool,stage}'::text[])[1 + n %% 6]"


def measure(database: Database) -> list[Result]:
    organization = Organization.objects.get(slug="org-1")
    with acting_in(organization):
        long, usual = Candidate.objects.order_by("pk").values_list("pk", flat=True)[:2]
        have = Touchpoint.objects.filter(candidate=long).count()
    user = User.objects.get(email=f"owner-{organization.pk}@example.com")
    if have < LONG:
        _happen(database, organization.pk, long, user.pk, LONG - have)
        _happen(database, organization.pk, usual, user.pk, USUAL)
    get = server(user)
    path = f"/{organization.slug}/candidates/{{}}/"
    pages = medians(
        {
            "long": lambda: get(path.format(long)),
            "usual": lambda: get(path.format(usual)),
            "notes of long": lambda: get(f"{path.format(long)}?show=notes&by=me"),
        },
        rounds=60,
    )
    return [
        ratio(
            "records",
            "record at 5,000 touchpoints / at 50",
            pages["long"],
            pages["usual"],
            "<= 1.5",
        ),
        ratio(
            "records",
            "filtered at 5,000 / unfiltered at 50",
            pages["notes of long"],
            pages["usual"],
            "<= 1.5",
        ),
    ]


def _happen(database: Database, organization: int, candidate: int, user: int, times: int) -> None:
    with plain_connection(database) as connection:
        insert(
            connection,
            "candidates.Touchpoint",
            {
                "organization_id": str(organization),
                "candidate_id": str(candidate),
                "kind": KINDS,
                "at": "now() - n * interval '3 hours'",
                "actor_id": f"CASE WHEN n %% 3 = 0 THEN {user} END",
                "summary": "'Something happened'",
                "body": "repeat('What was said. ', 20)",
            },
            f"FROM generate_series(1, {times}) n",
            {},
        )
        connection.execute("ANALYZE candidates_touchpoint")

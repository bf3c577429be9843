"""The candidate list of the largest organization: under row-level security, deep, and as a whole page."""

import psycopg
from django.db import connection
from django.test import Client

from candidates.models import Candidate
from crm.accounts.models import User
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in
from crm.web.pagination import keyset_page
from tests.bench.measuring import Result, medians, ratio
from tests.bench.servers import Database, plain_connection

DEEP = 1000
NEWEST = "SELECT * FROM candidates_candidate WHERE organization_id = %s ORDER BY created_at DESC, id DESC LIMIT 51"


def measure(database: Database) -> list[Result]:
    organization = Organization.objects.get(slug="org-1")
    with acting_in(organization):
        cursor = ""
        for _ in range(min(DEEP, Candidate.objects.count() // 50 - 1)):
            cursor = keyset_page(
                Candidate.objects.only("id", "created_at"), cursor=cursor
            ).next_cursor
    client = Client()
    client.force_login(User.objects.get(email=f"owner-{organization.pk}@example.com"))

    with plain_connection(database) as plain, acting_in(organization):
        sql = medians(
            {
                "plain": lambda: plain.execute(NEWEST, [organization.pk]).fetchall(),
                "walled": lambda: _walled(organization.pk),
            },
            rounds=200,
        )
    with plain_connection(database) as plain:
        seconds = medians(
            {
                "first": lambda: _page(organization, ""),
                "deep": lambda: _page(organization, cursor),
                "raw page": lambda: _raw_page(plain, organization.pk),
                "whole page": lambda: client.get("/org-1/candidates/").content,
            },
            rounds=40,
        )
    return [
        ratio(
            "lists",
            "SQL of page 1 under RLS / without",
            sql["walled"],
            sql["plain"],
            "<= 1.3",
        ),
        ratio("lists", "keyset page deep / page 1", seconds["deep"], seconds["first"], "<= 2"),
        ratio(
            "lists",
            "whole page / raw two-query page",
            seconds["whole page"],
            seconds["raw page"],
            "<= 4",
        ),
    ]


def _walled(organization_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(NEWEST, [organization_id])
        cursor.fetchall()


def _page(organization: Organization, cursor: str) -> None:
    with acting_in(organization):
        keyset_page(Candidate.objects.all(), cursor=cursor)


def _raw_page(plain: psycopg.Connection[tuple[object, ...]], organization_id: int) -> None:
    rows = plain.execute(NEWEST, [organization_id]).fetchall()
    plain.execute(
        "SELECT m.candidate_id, p.name FROM candidates_poolmembership m JOIN candidates_talentpool p ON p.id = m.pool_id"
        " WHERE m.organization_id = %s AND m.candidate_id = ANY(%s)",
        [organization_id, [row[0] for row in rows]],
    ).fetchall()

"""What the walls cost: the tenant context round every request."""

from django.db import connection, transaction

from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in
from tests.bench.measuring import Result, medians, ratio
from tests.bench.servers import Database


def measure(database: Database) -> list[Result]:
    organization = Organization.objects.get(slug="org-1")

    def select() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()

    def bare() -> None:
        with transaction.atomic():
            select()

    def acting() -> None:
        with acting_in(organization):
            select()

    seconds = medians({"bare": bare, "acting": acting}, rounds=500)
    return [
        ratio(
            "tenancy", "context / BEGIN+SELECT+COMMIT", seconds["acting"], seconds["bare"], "<= 1.6"
        )
    ]

"""The form in which companies are compared stands beside each company, so that nobody works it out while searching.

A page asks of its fifty people only whether they work, or worked, at a company of the do-not-contact list: their keys are read,
not made. The tables are written anew while this runs: minutes for a million people.
"""

from importlib import import_module

from django.db import migrations, models

from crm.tenancy.search_views import SearchViews

words = import_module("candidates.migrations.0006_search_index_and_views")
rules = import_module("candidates.migrations.0044_companies_not_to_contact")
people = import_module("candidates.migrations.0046_people_of_company_rules")

# Table and the index by which a rule finds its people there.
KEPT = {
    "candidates_candidate": "candidate_company_key",
    "candidates_workexperience": "experience_company_key",
}


def keep(table: str, index: str) -> str:
    return f"""
DROP INDEX {index};
ALTER TABLE {table} ADD COLUMN company_key text GENERATED ALWAYS AS (candidates_company_key(company)) STORED;
CREATE INDEX {index} ON {table} (organization_id, company_key) WHERE company <> '';
"""


def work_out(table: str, index: str) -> str:
    return f"""
DROP INDEX {index};
ALTER TABLE {table} DROP COLUMN company_key;
CREATE INDEX {index} ON {table} (organization_id, candidates_company_key(company)) WHERE company <> '';
"""


BEFORE = {
    "candidate_search": words.VIEWS["candidate_search"],
    "email_search": words.VIEWS["email_search"],
    "company_rule_match": rules.VIEW,
    "company_rule_person": people.VIEW,
}


def with_key(view: str) -> str:
    for name in ("person", "held"):
        view = view.replace(f"candidates_company_key({name}.company)", f"{name}.company_key")
    return view


DOMAIN = rules.DOMAIN.format("normalized")
VIEWS = {
    "candidate_search": BEFORE["candidate_search"].replace(", heat,", ", heat, company_key,"),
    "email_search": BEFORE["email_search"].replace(
        " FROM",
        f", {DOMAIN} AS domain, substr({DOMAIN}, strpos({DOMAIN}, '.') + 1) AS parent_domain FROM",
    ),
    "company_rule_match": with_key(rules.VIEW),
    "company_rule_person": with_key(people.VIEW),
}
POSITIONS = {
    "position_search": (
        "SELECT id, candidate_id, company_key, is_current, end_year, end_month"
        " FROM candidates_workexperience WHERE company <> ''"
    )
}


class Migration(migrations.Migration):
    dependencies = [("candidates", "0048_certain_by_identifiers")]

    operations = [
        migrations.CreateModel(
            name="PositionSearch",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("candidate", models.BigIntegerField(db_column="candidate_id")),
                ("company_key", models.TextField()),
                ("is_current", models.BooleanField()),
                ("end_year", models.PositiveSmallIntegerField(null=True)),
                ("end_month", models.PositiveSmallIntegerField(null=True)),
            ],
            options={"db_table": "position_search", "abstract": False, "managed": False},
        ),
        *(
            migrations.RunSQL(keep(table, index), work_out(table, index))
            for table, index in KEPT.items()
        ),
        SearchViews(VIEWS, before=BEFORE),
        SearchViews(POSITIONS),
    ]

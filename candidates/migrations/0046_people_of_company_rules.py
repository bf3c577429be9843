"""Whom the do-not-contact list of companies concerns, rule by rule.

`company_rule_match` is asked about some people; who asks it about everybody lets the planner work out the key of each
company there is. Here each rule finds its people by the indexes (OFFSET 0 keeps the planner from turning it round).
"""

from importlib import import_module

from django.db import migrations, models

from crm.tenancy.search_views import SearchViews

rules = import_module("candidates.migrations.0044_companies_not_to_contact")


# Organization and domain in one: with two columns the planner may read all addresses of the organization for each rule,
# because most of them have one of few domains.
ADDRESS = "(email.organization_id::text || '@' || {0})"
INDEXES = {
    name: f"CREATE INDEX {name} ON candidates_emailaddress ("
    f"{ADDRESS.format(column.format('normalized')).replace('email.', '')})"
    for name, column in (("email_at_domain", rules.DOMAIN), ("email_below_domain", rules.PARENT))
}


def by_domain(column: str) -> str:
    return (
        "SELECT email.candidate_id FROM candidates_emailaddress email WHERE rule.domain <> ''"
        f" AND {ADDRESS.format(column.format('email.normalized'))} = (rule.organization_id::text || '@' || rule.domain)"
        " AND email.state NOT IN ('bounced', 'wrong')"
    )


VIEW = (
    "SELECT rule.id, found.candidate_id, rule.effect FROM candidates_companyrule rule CROSS JOIN LATERAL ("
    "SELECT person.id AS candidate_id FROM candidates_candidate person"
    " WHERE person.organization_id = rule.organization_id"
    " AND candidates_company_key(person.company) = rule.key AND person.company <> ''"
    " UNION ALL SELECT held.candidate_id FROM candidates_workexperience held"
    " WHERE held.organization_id = rule.organization_id"
    " AND candidates_company_key(held.company) = rule.key AND held.company <> ''"
    " AND (held.is_current OR rule.scope = 'ever' OR (rule.scope = 'recent' AND ("
    "held.end_year IS NULL OR make_date(held.end_year, coalesce(held.end_month, 12), 1) + interval '1 month'"
    " > CURRENT_DATE - make_interval(years => rule.years))))"
    f" UNION ALL {by_domain(rules.DOMAIN)} UNION ALL {by_domain(rules.PARENT)} OFFSET 0"
    f") found WHERE {rules.IN_FORCE}"
)


class Migration(migrations.Migration):
    dependencies = [("candidates", "0045_marks_by_index")]

    operations = [
        migrations.CreateModel(
            name="CompanyRulePerson",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("candidate", models.BigIntegerField(db_column="candidate_id")),
                (
                    "effect",
                    models.CharField(
                        choices=[
                            ("block", "Block: nobody writes to them"),
                            ("warn", "Warn: say so before writing"),
                        ],
                        max_length=10,
                    ),
                ),
            ],
            options={
                "db_table": "company_rule_person",
                "abstract": False,
                "managed": False,
            },
        ),
        *(migrations.RunSQL(sql, f"DROP INDEX {name}") for name, sql in INDEXES.items()),
        SearchViews({"company_rule_person": VIEW}),
    ]

"""The do-not-contact list of companies, and the view that says whom it concerns today.

A company is compared by `candidates_company_key`: folded, without signs, and without the legal forms at its end. Indexes on it,
and on the domains of addresses, let the list find its people instead of people being held against the list.
"""

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import crm.tenancy.walls
from crm.tenancy.search_views import SearchViews

LEGAL_FORMS = (
    "ab,ag,and,aps,as,asa,bv,co,company,corp,corporation,doo,ev,gbr,gmbh,inc,incorporated,kft,kg,kgaa,kk,limited,llc,llp,lp,"
    "ltd,ltda,mbh,nv,ohg,oy,oyj,plc,private,pte,pty,pvt,sa,sarl,sas,se,sl,slu,sp z oo,sp zoo,spa,spol sro,srl,sro,ug,und"
)
# Stops of abbreviations go before signs become spaces: S.A.R.L. is SARL.
KEY = f"""
CREATE FUNCTION candidates_company_key(company text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $key$
    SELECT left(regexp_replace(
        btrim(regexp_replace(public.candidates_words(public.candidates_fold(replace(company, '.', ''))), '\\s+', ' ', 'g')),
        '( ({LEGAL_FORMS.replace(",", "|")}))+$', ''), 200)
$key$;
"""
DOMAIN = "split_part({0}, '@', 2)"
PARENT = "substring({0} from '@[^.@]+[.](.+)$')"
INDEXES = f"""
CREATE INDEX candidate_company_key ON candidates_candidate (organization_id, candidates_company_key(company))
    WHERE company <> '';
CREATE INDEX experience_company_key ON candidates_workexperience (organization_id, candidates_company_key(company))
    WHERE company <> '';
CREATE INDEX email_domain ON candidates_emailaddress (organization_id, {DOMAIN.format("normalized")});
CREATE INDEX email_parent_domain ON candidates_emailaddress (organization_id, ({PARENT.format("normalized")}));
"""
NO_INDEXES = """
DROP INDEX email_parent_domain;
DROP INDEX email_domain;
DROP INDEX experience_company_key;
DROP INDEX candidate_company_key;
"""
IN_FORCE = "(rule.expires_on IS NULL OR rule.expires_on >= CURRENT_DATE)"
WHAT = "rule.organization_id, rule.id AS rule_id, rule.name, rule.effect"


def by_domain(expression: str) -> str:
    """People with an address at the rule's domain that is not known to be dead."""
    return (
        f"SELECT {WHAT}, '2 mail' AS cause, email.candidate_id FROM candidates_companyrule rule"
        " JOIN candidates_emailaddress email ON email.organization_id = rule.organization_id"
        f" AND {expression.format('email.normalized')} = rule.domain AND email.state NOT IN ('bounced', 'wrong')"
        f" WHERE rule.domain <> '' AND {IN_FORCE}"
    )


VIEW = (
    "SELECT rule_id AS id, candidate_id, rule_id, name, effect, cause FROM ("
    f"SELECT {WHAT}, '1 now' AS cause, person.id AS candidate_id FROM candidates_companyrule rule"
    " JOIN candidates_candidate person ON person.organization_id = rule.organization_id"
    " AND candidates_company_key(person.company) = rule.key AND person.company <> ''"
    f" WHERE {IN_FORCE}"
    f" UNION ALL SELECT {WHAT}, CASE WHEN held.is_current THEN '1 now' ELSE '3 past' END, held.candidate_id"
    " FROM candidates_companyrule rule"
    " JOIN candidates_workexperience held ON held.organization_id = rule.organization_id"
    " AND candidates_company_key(held.company) = rule.key AND held.company <> ''"
    f" WHERE {IN_FORCE} AND (held.is_current OR rule.scope = 'ever' OR (rule.scope = 'recent' AND ("
    "held.end_year IS NULL OR make_date(held.end_year, coalesce(held.end_month, 12), 1) + interval '1 month'"
    " > CURRENT_DATE - make_interval(years => rule.years))))"
    f" UNION ALL {by_domain(DOMAIN)} UNION ALL {by_domain(PARENT)}"
    ") concerned WHERE true"
)


class Migration(migrations.Migration):
    dependencies = [
        ("candidates", "0043_words_in_one_pass"),
        ("tenancy", "0001_tables"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CompanyRuleMatch",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("candidate", models.BigIntegerField(db_column="candidate_id")),
                ("rule", models.BigIntegerField(db_column="rule_id")),
                ("name", models.CharField(max_length=120)),
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
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("1 now", "Works at"),
                            ("2 mail", "Has a mail address of"),
                            ("3 past", "Worked at"),
                        ],
                        max_length=10,
                    ),
                ),
            ],
            options={
                "db_table": "company_rule_match",
                "abstract": False,
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="CompanyRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        help_text="However it is spelled in the records: case, accents and GmbH, Ltd or Inc. do not matter.",
                        max_length=120,
                        verbose_name="company",
                    ),
                ),
                ("key", models.CharField(editable=False, max_length=200)),
                (
                    "domain",
                    models.CharField(
                        blank=True,
                        help_text="Such as acme.com: whoever has an address there works there.",
                        max_length=120,
                        verbose_name="mail domain",
                    ),
                ),
                (
                    "scope",
                    models.CharField(
                        choices=[
                            ("now", "Works there now"),
                            ("recent", "Works there, or left in the last years"),
                            ("ever", "Works there, or ever has"),
                        ],
                        default="now",
                        max_length=10,
                        verbose_name="whom",
                    ),
                ),
                (
                    "years",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Only with “left in the last years”. A position without an end counts as one that just ended.",
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(50),
                        ],
                        verbose_name="years since they left",
                    ),
                ),
                (
                    "effect",
                    models.CharField(
                        choices=[
                            ("block", "Block: nobody writes to them"),
                            ("warn", "Warn: say so before writing"),
                        ],
                        default="block",
                        max_length=10,
                        verbose_name="what happens",
                    ),
                ),
                (
                    "expires_on",
                    models.DateField(
                        blank=True,
                        help_text="The last day on which it holds; empty: always.",
                        null=True,
                        verbose_name="expires on",
                    ),
                ),
                (
                    "note",
                    models.CharField(
                        blank=True, help_text="Why, for your colleagues.", max_length=200
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.organization",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["organization", "domain"], name="company_rule_of_domain")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization", "key"), name="one_rule_of_company"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("scope", "recent"), ("years__isnull", False)),
                            models.Q(models.Q(("scope", "recent"), _negated=True), ("years", None)),
                            _connector="OR",
                        ),
                        name="years_of_recent_alone",
                    ),
                ],
            },
        ),
        crm.tenancy.walls.BuildWalls(name="companyrule"),
        migrations.RunSQL(KEY, "DROP FUNCTION candidates_company_key(text);"),
        migrations.RunSQL(INDEXES, NO_INDEXES),
        SearchViews({"company_rule_match": VIEW}),
    ]

"""Whom the do-not-contact list of companies concerns today."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    BooleanField,
    DateField,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce, JSONObject

from candidates.models import (
    CompanyRule,
    CompanyRuleMatch,
    CompanyRulePerson,
    EmailAddress,
    EmailSearch,
    PositionSearch,
    SearchRow,
)
from crm.tenancy.bulk import among, array_of

Effect, Scope = CompanyRule.Effect, CompanyRule.Scope
# As the views have it.
TODAY = RawSQL("CURRENT_DATE", [], output_field=DateField())


def concerned(effect: CompanyRule.Effect) -> "QuerySet[CompanyRuleMatch]":
    """A row for each reason why a person is concerned by a rule of this effect."""
    found: QuerySet[CompanyRuleMatch] = CompanyRuleMatch.objects.filter(effect=effect)
    return found


def ids_blocked() -> "QuerySet[CompanyRulePerson, Any]":
    """Whom a blocking rule concerns today, found rule by rule, for a query that is no search: worked out once inside it."""
    return CompanyRulePerson.objects.filter(effect=Effect.BLOCK).values("candidate")


class OneOf(Func):
    """Whether a text is one of many, which are one parameter."""

    template = "%(expressions)s::text[])"
    arg_joiner = " = ANY("
    output_field = BooleanField()

    def __init__(self, column: str, texts: Iterable[str]) -> None:
        super().__init__(column, Value(array_of(texts)))


def works_where_blocked() -> Q | None:
    """Of `CandidateSearch`: that a blocking rule concerns the person today; None where there is no such rule. One query.

    Rules are few and read beforehand; each person is then held against them on their own, so that a page costs its
    people only. Agrees with `CompanyRuleMatch`, which also says why.
    """
    in_force = Q(expires_on=None) | Q(expires_on__gte=TODAY)
    rules = list(
        CompanyRule.objects.filter(in_force, effect=Effect.BLOCK).values_list(
            "key", "domain", "scope", "years", TODAY
        )
    )
    if not rules:
        return None
    today = rules[0][-1]
    keys = [key for key, *_ in rules]
    held = Q(OneOf("company_key", keys), is_current=True)
    ever = [key for key, _, scope, *_ in rules if scope == Scope.EVER]
    if ever:
        held |= Q(OneOf("company_key", ever))
    spans = {years for _, _, scope, years, _ in rules if scope == Scope.RECENT}
    for span in sorted(spans):
        recent = [
            key for key, _, scope, years, _ in rules if (scope, years) == (Scope.RECENT, span)
        ]
        # Whoever left in that very month was there on its day, as far as anybody knows.
        left = Q(end_year=None) | Q(end_year__gt=today.year - span)
        left |= Q(end_year=today.year - span) & (Q(end_month=None) | Q(end_month__gte=today.month))
        held |= Q(OneOf("company_key", recent)) & left
    found = Q(OneOf("company_key", keys)) | _has(PositionSearch, held)
    domains = [domain for _, domain, *_ in rules if domain]
    if domains:
        alive = ~Q(state__in=EmailAddress.UNUSABLE)
        at_one = Q(OneOf("domain", domains)) | Q(OneOf("parent_domain", domains))
        found |= _has(EmailSearch, at_one & alive)
    return found


def _has(rows: type[SearchRow], wanted: Q) -> Q:
    return holds_alone(rows.objects.filter(wanted, candidate=OuterRef("pk")))


def holds_alone(own: "QuerySet[Any]") -> Q:
    """As `Exists`, but asked of each person alone: the planner would find such rows of everybody for one page."""
    return Q(Coalesce(Subquery(own.values(yes=Value(value=True))[:1]), Value(value=False)))


def blocked_by(candidate: str) -> Subquery:
    """To annotate with: why a company keeps the person in the column `candidate` from being written to, or nothing."""
    first = concerned(Effect.BLOCK).filter(candidate=OuterRef(candidate)).order_by("cause", "name")
    return Subquery(first.values(found=JSONObject(cause="cause", name="name"))[:1])


def sentence_of(cause: str, company: str) -> str:
    """Such as “Works at Acme, which is on the do-not-contact list.”"""
    return f"{CompanyRuleMatch.Cause(cause).label} {company}, which is on the do-not-contact list."


@dataclass(frozen=True)
class Concern:
    """That a rule concerns a person, and what to say of it."""

    effect: CompanyRule.Effect
    sentence: str


def concerns_of(candidate_ids: Iterable[int]) -> dict[int, list[Concern]]:
    """The rules that concern each of these people, where there are any: once for each company; one query."""
    rows = (
        CompanyRuleMatch.objects.filter(candidate__in=among(candidate_ids))
        .order_by("candidate", "effect", "cause", "name")
        .values_list("candidate", "rule", "effect", "cause", "name")
    )
    found: dict[int, dict[int, Concern]] = {}
    for candidate_id, rule_id, effect, cause, name in rows:
        concern = Concern(CompanyRule.Effect(effect), sentence_of(cause, name))
        found.setdefault(candidate_id, {}).setdefault(rule_id, concern)
    return {candidate_id: list(concerns.values()) for candidate_id, concerns in found.items()}

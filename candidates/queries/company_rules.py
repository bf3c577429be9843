"""Whom the do-not-contact list of companies concerns today."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject

from candidates.models import CompanyRule, CompanyRuleMatch, CompanyRulePerson
from crm.tenancy.bulk import among

Effect = CompanyRule.Effect


def concerned(effect: CompanyRule.Effect) -> "QuerySet[CompanyRuleMatch]":
    """A row for each reason why a person is concerned by a rule of this effect."""
    found: QuerySet[CompanyRuleMatch] = CompanyRuleMatch.objects.filter(effect=effect)
    return found


def people_blocked() -> list[int]:
    """Whom a blocking rule concerns today, found rule by rule: rules are few, people are many."""
    return list(ids_blocked().values_list("candidate", flat=True).distinct())


def ids_blocked() -> "QuerySet[CompanyRulePerson, Any]":
    """The same, for a query that is no search: worked out once inside it."""
    return CompanyRulePerson.objects.filter(effect=Effect.BLOCK).values("candidate")


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

"""How templates do: how often they were used, and how many of the people answered."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, F, Max, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from campaigns.answered import GONE, written_by_people
from campaigns.models import Message, Template

# Below so many people a rate says nothing.
ENOUGH = 50
UNUSED = timedelta(days=180)


@dataclass(frozen=True)
class TemplateNumbers:
    """People written to with a template, and of these who answered later."""

    people: int = 0
    answered: int = 0
    last_used: datetime | None = None

    @property
    def reply_rate(self) -> int | None:
        return round(100 * self.answered / self.people) if self.people >= ENOUGH else None


def numbers_of(templates: Iterable[Template]) -> dict[int, TemplateNumbers]:
    """One query for all. Someone who got a template twice counts once."""
    answers = written_by_people().filter(
        candidate=OuterRef("candidate"),
        created_at__gt=OuterRef("sent_at"),
    )
    rows = (
        Message.objects.filter(direction=Message.Direction.OUT, state__in=GONE)
        .annotate(of=Coalesce(F("template"), F("step__template")))
        .filter(of__in=[template.pk for template in templates])
        .values("of")
        .annotate(
            people=Count("candidate", distinct=True),
            answered=Count("candidate", distinct=True, filter=Q(Exists(answers))),
            last_used=Max("handed_at"),
        )
        .order_by()
    )
    return {
        row["of"]: TemplateNumbers(row["people"], row["answered"], row["last_used"]) for row in rows
    }


def hint(template: Template, numbers: TemplateNumbers, *, of_all: TemplateNumbers) -> str:
    """Why a template may be retired; "" where there is no reason."""
    last = numbers.last_used or template.created_at
    if last < timezone.now() - UNUSED:
        return "Nobody used it for half a year."
    rate, usual = numbers.reply_rate, of_all.reply_rate
    if rate is not None and usual is not None and rate * 2 < usual:
        return f"{rate} % answer it, {usual} % answer mail in general."
    return ""


def total(numbers: Iterable[TemplateNumbers]) -> TemplateNumbers:
    numbers = list(numbers)
    return TemplateNumbers(sum(one.people for one in numbers), sum(one.answered for one in numbers))

"""Which cards of a board or a list are looked at: read from the address, applied to candidacies."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import DurationField, ExpressionWrapper, F, QuerySet, Value
from django.utils import timezone

from candidates.services.identifying import fold
from pipelines.models import Candidacy


@dataclass(frozen=True)
class CardFilter:
    """What the cards must have in common; an empty one lets all through."""

    q: str = ""
    owner: int | None = None
    origin: str = ""
    rating: int | None = None
    is_waiting: bool = False
    is_shortlisted: bool = False

    @classmethod
    def of(cls, data: Mapping[str, str]) -> "CardFilter":
        """The filter that an address says; what cannot be read is passed over."""
        origin = data.get("origin", "")
        return cls(
            q=data.get("q", "").strip()[:100],
            owner=_number(data.get("owner", "")),
            origin=origin if origin in Candidacy.Origin.values else "",
            rating=_number(data.get("rating", "")),
            is_waiting=data.get("waiting") == "1",
            is_shortlisted=data.get("shortlisted") == "1",
        )

    def __bool__(self) -> bool:
        return self != CardFilter()

    @property
    def is_beyond_words(self) -> bool:
        """Whether more is asked than what the search field shows."""
        return self != CardFilter(q=self.q)

    def apply(self, candidacies: QuerySet[Candidacy]) -> QuerySet[Candidacy]:
        for word in fold(self.q).split():
            candidacies = candidacies.filter(candidate__search_text__contains=word)
        exact = {
            "candidate__owner": self.owner,
            "origin": self.origin or None,
            "rating__gte": self.rating,
        }
        candidacies = candidacies.filter(**{k: v for k, v in exact.items() if v is not None})
        if self.is_waiting:
            day = Value(timedelta(days=1), output_field=DurationField())
            allowed = ExpressionWrapper(
                F("stage__stale_after_days") * day, output_field=DurationField()
            )
            candidacies = candidacies.filter(
                closed_at=None, entered_stage_at__lte=timezone.now() - allowed
            )
        if self.is_shortlisted:
            candidacies = candidacies.exclude(shortlisted_at=None)
        return candidacies


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 10 else None

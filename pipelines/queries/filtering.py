"""Which cards of a board or a list are looked at: read from the address, applied to candidacies."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db.models import CharField, DurationField, ExpressionWrapper, F, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from candidates.services.identifying import fold
from crm.tenancy.models import Membership
from crm.web.ids import read_id
from pipelines.models import Candidacy, PoolPlace
from pipelines.queries.blinding import PSEUDONYM, is_hidden, judges_blind, shown_to


@dataclass(frozen=True)
class CardFilter:
    """What the cards must have in common; an empty one lets all through."""

    q: str = ""
    owner: int | None = None
    origin: str = ""
    rating: int | None = None
    is_waiting: bool = False
    is_shortlisted: bool = False
    # Who looks: hiring managers are not shown everybody, and find nobody by a name that is hidden from them.
    reader: Membership | None = field(default=None, compare=False)

    @classmethod
    def of(cls, data: Mapping[str, str], membership: Membership) -> "CardFilter":
        """The filter that an address says, for this reader; what cannot be read is passed over."""
        origin = data.get("origin", "")
        return cls(
            q=data.get("q", "").strip()[:100],
            owner=read_id(data.get("owner", "")),
            origin=origin if origin in Candidacy.Origin.values else "",
            rating=read_id(data.get("rating", "")),
            is_waiting=data.get("waiting") == "1",
            is_shortlisted=data.get("shortlisted") == "1",
            reader=membership,
        )

    def __bool__(self) -> bool:
        return self != CardFilter()

    @property
    def is_beyond_words(self) -> bool:
        """Whether more is asked than what the search field shows."""
        return self != CardFilter(q=self.q)

    @property
    def is_narrow(self) -> bool:
        """Whether the reader is not shown everybody."""
        return self.reader is not None and judges_blind(self.reader)

    def shown(self, candidacies: QuerySet[Any]) -> QuerySet[Any]:
        """Those of the cards that the reader is shown, wanted or not. Who is not shown everybody sees no pools."""
        if self.reader is None or not self.is_narrow:
            return candidacies
        return candidacies.filter(shown_to(self.reader))

    def apply(self, candidacies: QuerySet[Any]) -> QuerySet[Any]:
        """Those of the cards that are wanted. What only candidacies have, places in pools are not asked for."""
        is_pool = candidacies.model is PoolPlace
        candidacies = self._with_words(self.shown(candidacies))
        exact = {
            "candidate__owner": self.owner,
            "origin": None if is_pool else self.origin or None,
            "rating__gte": None if is_pool else self.rating,
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
        if self.is_shortlisted and not is_pool:
            candidacies = candidacies.exclude(shortlisted_at=None)
        return candidacies

    def _with_words(self, candidacies: QuerySet[Any]) -> QuerySet[Any]:
        found: QuerySet[Any]
        words = fold(self.q).split()
        known = Q(*(Q(candidate__search_text__contains=word) for word in words))
        if not (words and self.is_narrow):
            return candidacies.filter(known)
        # Who is hidden is found by what the card says, never by what it hides.
        shown = Concat(Value(f"{fold(PSEUDONYM)} "), Cast("pk", CharField()))
        called = Q(*(Q(shown_as__contains=word) for word in words))
        found = candidacies.alias(shown_as=shown).filter(
            Q(is_hidden(), called) | Q(~is_hidden(), known)
        )
        return found

"""Stored queries that name a tag, a skill or a source: the rules of pools and saved searches."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from candidates.models import SavedSearch, Skill, Source, Tag, TalentPool

Named = Tag | Skill | Source

_FIELDS: dict[type[Named], str] = {Tag: "tag", Skill: "skill", Source: "source"}


@dataclass(frozen=True)
class Askers:
    """Pools whose rule names the row, and how many saved searches do, private ones among them."""

    pools: list[TalentPool]
    searches: int

    def __str__(self) -> str:
        """The words for a warning, empty where nobody asks: "the pool Berliners and 2 saved searches"."""
        parts = [f"the pool “{pool}”" for pool in self.pools[:3]]
        if len(self.pools) > 3:
            parts.append(f"{len(self.pools) - 3:,} more pools")
        if self.searches:
            parts.append(
                "1 saved search" if self.searches == 1 else f"{self.searches:,} saved searches"
            )
        return ", ".join(parts[:-1]) + (" and " if parts[:-1] else "") + "".join(parts[-1:])


def askers_of(row: Named) -> Askers:
    """Who asks for this row; two queries."""
    pools = [pool for pool in _pools() if _names(pool.query, row)]
    searches = sum(_names(search.query, row) for search in SavedSearch.objects.only("query"))
    return Askers(pools, searches)


def ask_instead(row: Named, *, into: Named) -> None:
    """Let every stored query that names `row` name `into`, which it is merged with. Pools are compared anew."""
    for pool in _pools():
        if _replaced(pool.query, row, into):
            pool.due_at = timezone.now()
            pool.save(update_fields=["query", "due_at"])
    for search in SavedSearch.objects.all():
        if _replaced(search.query, row, into):
            search.save(update_fields=["query"])


def _pools() -> list[TalentPool]:
    return list(TalentPool.objects.filter(query__isnull=False).order_by("name"))


def _names(query: object, row: Named) -> bool:
    return any(str(row.pk) in values for values in _values_of(query, _FIELDS[type(row)]))


def _replaced(query: object, row: Named, into: Named) -> bool:
    """Whether the query named `row`; it names `into` now."""
    is_changed = False
    for values in _values_of(query, _FIELDS[type(row)]):
        if str(row.pk) in values:
            named = [str(into.pk) if value == str(row.pk) else value for value in values]
            values[:] = list(dict.fromkeys(named))
            is_changed = True
    return is_changed


def _values_of(data: object, field: str) -> Iterator[list[Any]]:
    """The values of each condition on the field, in the stored form; nothing stored is trusted to be well-formed."""
    if isinstance(data, list):
        for part in data:
            yield from _values_of(part, field)
    elif isinstance(data, dict):
        if data.get("field") == field and isinstance(data.get("of"), list):
            yield data["of"]
        for part in data.values():
            yield from _values_of(part, field)

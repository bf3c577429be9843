"""Searching by skills as people say them."""

from collections.abc import Iterable
from dataclasses import dataclass

from candidates.queries.search.values import Rows
from candidates.services.skills.resolving import canonical_names


@dataclass(frozen=True)
class Skills(Rows):
    """Skills by name, or else by another word for them: "golang" is Go, here as in forms and imports."""

    def find(self, names: Iterable[str]) -> dict[str, str]:
        names = list(names)
        found = super().find(names)
        missing = [name for name in names if name not in found]
        if not missing:
            return found
        meant = canonical_names(missing)
        by_name = super().find(meant.values())
        return found | {word: by_name[name] for word, name in meant.items() if name in by_name}

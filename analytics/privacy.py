"""Analytics keeps no rows of its own: it asks the other apps' data, so there is nothing to map or to erase."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Model

from candidates.models import Candidate
from crm.data_map import ModelMap

DATA_MAP: dict[type[Model], ModelMap] = {}


def export_candidate(candidate: Candidate) -> dict[str, Any]:
    """Nothing: the numbers are counted anew each time."""
    return {}


def erase_candidates(candidate_ids: Sequence[int]) -> dict[str, int]:
    """Nothing to do: who is gone from the other apps is gone from the numbers."""
    return {}

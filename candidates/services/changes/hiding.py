"""Change sets that not every editor may look into, as higher apps say."""

from collections.abc import Callable

from candidates.models import ChangeSet
from crm.tenancy.models import Membership

Hides = Callable[[ChangeSet, Membership], bool]
_hides: list[Hides] = []


def register_hiding(hides: Hides) -> None:
    """Let an app keep bulk edits from members: `hides` says whether it does. Called in `AppConfig.ready()`."""
    _hides.append(hides)


def is_hidden(change_set: ChangeSet, membership: Membership) -> bool:
    """Whether the member may not know what the change set did, and to whom."""
    is_bulk = change_set.kind == ChangeSet.Kind.BULK_EDIT
    return is_bulk and any(hides(change_set, membership) for hides in _hides)

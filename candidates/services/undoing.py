"""Taking back what was just done to many people: the act itself travels in the signed address of Undo."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.core import signing
from django.db import transaction
from django.urls import reverse

from candidates.models import Tag, TalentPool
from candidates.services.candidates import assign_owner
from candidates.services.pools import add_to_pool, remove_from_pool
from candidates.services.tagging import untag_candidates
from crm.accounts.models import User
from crm.tenancy.scope import current_organization
from crm.web.errors import DomainError

SALT = "candidates.undo"
# More would not fit into an address. So many are done only after a confirmation anyway.
MOST_IDS = 300
GOOD_FOR = timedelta(hours=1)


class UndoExpired(DomainError):
    def __init__(self) -> None:
        super().__init__("This can no longer be undone from here.")


def undo_joining(pool: TalentPool, joined: Sequence[int], *, by: User) -> str:
    """The address that takes these people out of the pool again; empty where they are too many."""
    return _address({"unpool": pool.pk, "ids": list(joined)}, len(joined), by)


def undo_leaving(pool: TalentPool, left: Sequence[int], *, by: User) -> str:
    """The address that puts these people back into the pool."""
    return _address({"rejoin": pool.pk, "ids": list(left)}, len(left), by)


def undo_tagging(tag: Tag, tagged: Sequence[int], *, by: User) -> str:
    return _address({"untag": tag.pk, "ids": list(tagged)}, len(tagged), by)


def undo_assigning(owners: Mapping[int, int | None], *, by: User) -> str:
    """The address that gives people back to their former owners (`owners`: candidate to user)."""
    return _address({"owners": list(owners.items())}, len(owners), by)


def _address(act: dict[str, Any], count: int, by: User) -> str:
    if not 0 < count <= MOST_IDS:
        return ""
    act |= {"organization": current_organization().pk, "by": by.pk}
    return reverse("candidates:undo", args=[signing.dumps(act, salt=SALT, compress=True)])


@transaction.atomic
def undo(token: str, *, by: User) -> str:
    """Take the act in `token` back; return a sentence that says so. Only who did it may."""
    try:
        act = signing.loads(token, salt=SALT, max_age=GOOD_FOR)
    except signing.BadSignature as error:
        raise UndoExpired from error
    if (act["organization"], act["by"]) != (current_organization().pk, by.pk):
        raise UndoExpired
    if "unpool" in act:
        pool = TalentPool.objects.filter(pk=act["unpool"]).first()
        if pool is None:
            raise UndoExpired
        return (
            f"Removed {_people(len(remove_from_pool(pool, act['ids'], by=by)))} from {pool} again."
        )
    if "rejoin" in act:
        pool = TalentPool.objects.filter(pk=act["rejoin"]).first()
        if pool is None:
            raise UndoExpired
        return f"Added {_people(add_to_pool(pool, act['ids'], by=by))} to {pool} again."
    if "untag" in act:
        tag = Tag.objects.filter(pk=act["untag"]).first()
        if tag is None:
            raise UndoExpired
        return f"Untagged {_people(untag_candidates(tag, act['ids'], by=by))} again."
    former: dict[int | None, list[int]] = {}
    for candidate_id, owner_id in act["owners"]:
        former.setdefault(owner_id, []).append(candidate_id)
    owners = User.objects.in_bulk([pk for pk in former if pk])
    count = 0
    for owner_id, ids in former.items():
        count += len(assign_owner(ids, owner=owners.get(owner_id or 0), by=by))
    return f"Gave {_people(count)} back to their former owners."


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count:,} people"

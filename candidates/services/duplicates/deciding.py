"""What people say of pairs: that they are two people, and which spellings are one mailbox."""

from collections.abc import Sequence

from django.db import transaction

from candidates.models import Distinction, DuplicatePair, MatchingRules
from candidates.services.duplicates.grouping import people_of, refresh_leaders
from candidates.services.duplicates.refreshing import note, note_everybody
from crm.accounts.models import User
from crm.audit.services import record


@transaction.atomic
def tell_apart(pair_ids: Sequence[int], *, by: User) -> int:
    """Remember for good that these pairs are two people each; returns how many pairs left the queue."""
    pairs = list(DuplicatePair.objects.filter(pk__in=pair_ids))
    Distinction.objects.bulk_create(
        (
            Distinction(candidate_id=pair.candidate_id, other_id=pair.other_id, decided_by=by)
            for pair in pairs
        ),
        ignore_conflicts=True,
    )
    DuplicatePair.objects.filter(pk__in=[pair.pk for pair in pairs]).delete()
    refresh_leaders(people_of(pairs))
    record("duplicates.told_apart", by=by, count=len(pairs))
    return len(pairs)


@transaction.atomic
def take_back_apart(distinction: Distinction, *, by: User) -> None:
    """These two may be one person after all: they are compared again."""
    people = [distinction.candidate_id, distinction.other_id]
    distinction.delete()
    note(people)
    record("duplicates.told_apart_undone", by=by)


@transaction.atomic
def set_rules(*, ignores_dots: bool, ignores_plus: bool, by: User) -> MatchingRules:
    """Say which spellings name one mailbox; everybody is compared anew."""
    rules, _ = MatchingRules.objects.update_or_create(
        defaults={"ignores_dots": ignores_dots, "ignores_plus": ignores_plus}
    )
    note_everybody()
    record("duplicates.rules", rules, by=by, dots=ignores_dots, plus=ignores_plus)
    return rules

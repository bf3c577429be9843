"""What becomes of interviews, answers and referrals when people are merged."""

from collections.abc import Sequence

from candidates.services.merging.moving import move
from candidates.services.merging.rules import Rule, follow
from pipelines.models import Candidacy, Interview, Interviewer, Referral, Review, Unblinding

RULES: dict[type, Rule] = {
    Interview: follow,
    Interviewer: follow,
    Review: follow,
    Unblinding: follow,
    Referral: move(Referral),
}


def hand_on(kept: Candidacy, others: Sequence[Candidacy]) -> None:
    """What hangs on candidacies that go is the kept one's. Of two answers of one reviewer the later one stays."""
    Interview.objects.filter(candidacy__in=others).update(candidacy=kept)
    _drop_doubles(kept, others)
    Review.objects.filter(candidacy__in=others).update(candidacy=kept)
    Unblinding.objects.filter(candidacy__in=others).update(candidacy=kept)


def _drop_doubles(kept: Candidacy, others: Sequence[Candidacy]) -> None:
    seen = set()
    for review in Review.objects.filter(candidacy__in=[kept, *others]).order_by("-at", "-pk"):
        key = (review.stage_id, review.email)
        if key in seen:
            review.delete()
        seen.add(key)
    uncovered = set()
    for row in Unblinding.objects.filter(candidacy__in=[kept, *others]).order_by("at", "pk"):
        if row.stage_id in uncovered:
            row.delete()
        uncovered.add(row.stage_id)

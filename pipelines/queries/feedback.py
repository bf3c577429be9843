"""What was said of a candidacy, stage by stage: scorecards, and hiring managers' answers."""

from dataclasses import dataclass, field

from crm.tenancy.models import Membership
from pipelines.models import Candidacy, Interview, Interviewer, Review, Scorecard, Stage
from pipelines.queries.blinding import judges_blind


@dataclass
class StageFeedback:
    """One stage: the reader's own scorecard, and what of others may be read.

    Others' scorecards are `hidden` as long as the reader interviews at the stage, or has a draft for it, and has
    not handed in the own one: they would color it.
    """

    stage: Stage
    mine: Scorecard | None = None
    others: list[Scorecard] = field(default_factory=list)
    hidden: int = 0
    reviews: list[Review] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        is_mine_shown = self.mine is not None and self.mine.submitted_at is not None
        return not (is_mine_shown or self.others or self.hidden or self.reviews)


def feedback_on(candidacy: Candidacy, membership: Membership) -> list[StageFeedback]:
    """Stage by stage, the present one first; four statements.

    A hiring manager reads no other manager's answer, and nobody's word on whom a blind stage hides.
    """
    found = {candidacy.stage_id: StageFeedback(candidacy.stage)}
    for card in _scorecards(candidacy, membership):
        of_stage = found.setdefault(card.stage_id, StageFeedback(card.stage))
        if card.author_id == membership.user_id:
            of_stage.mine = card
        elif card.submitted_at:
            of_stage.others.append(card)
    speaks_at = _stages_of_interviewer(candidacy, membership)
    for of_stage in found.values():
        mine = of_stage.mine
        owes = not mine.submitted_at if mine else of_stage.stage.pk in speaks_at
        if owes:
            of_stage.hidden, of_stage.others = len(of_stage.others), []
    for review in _reviews(candidacy, membership):
        found.setdefault(review.stage_id, StageFeedback(review.stage)).reviews.append(review)
    first, *others = found.values()
    return [first, *sorted(others, key=lambda one: -one.stage.position)]


def _stages_of_interviewer(candidacy: Candidacy, membership: Membership) -> set[int]:
    """At which stages the member speaks, or spoke, with the candidate."""
    talks = Interviewer.objects.filter(
        interview__candidacy=candidacy, user=membership.user_id, removed_at=None
    ).exclude(interview__state__in=[Interview.State.CANCELLED, Interview.State.NO_SHOW])
    return set(talks.values_list("interview__stage", flat=True))


def _scorecards(candidacy: Candidacy, membership: Membership) -> list[Scorecard]:
    rows = Scorecard.objects.filter(candidacy=candidacy)
    if candidacy.is_veiled:
        rows = rows.filter(author=membership.user_id)
    shown = rows.select_related("stage", "author").prefetch_related("ratings")
    return list(shown.order_by("submitted_at", "pk"))


def _reviews(candidacy: Candidacy, membership: Membership) -> list[Review]:
    rows = Review.objects.filter(candidacy=candidacy)
    if judges_blind(membership):
        rows = rows.filter(by=membership.user_id)
    return list(rows.select_related("by", "stage").order_by("-at", "-pk"))

"""What becomes of candidacies when people are merged: one a job, the one that came further, with both histories."""

from collections.abc import Sequence

from django.db.models import Count, F
from django.utils import timezone

from candidates.services.custom_fields.combining import combine_values
from candidates.services.merging.rules import Merge, MergeRules, follow
from pipelines import merging_of_talks
from pipelines.models import (
    Candidacy,
    CandidacyCustomValue,
    PoolPlace,
    PoolStageChange,
    RuleRun,
    Scorecard,
    ScorecardRating,
    Stage,
    StageChange,
)
from pipelines.signals import mail_unwanted

Origin = Candidacy.Origin
# Who applied or was referred was not found by us.
STRONGEST_ORIGIN = (Origin.APPLIED, Origin.REFERRED, Origin.SOURCED)


def merge_candidacies(merge: Merge) -> None:
    """Of two candidacies for one job the further one stays and gets the other's stage changes."""
    rows = (
        Candidacy.objects.filter(candidate__in=merge.everybody)
        .select_related("stage")
        .select_for_update(of=("self",))
        .order_by("pk")
    )
    by_job: dict[int, list[Candidacy]] = {}
    for row in rows:
        by_job.setdefault(row.job_id, []).append(row)
    for of_job in by_job.values():
        if len(of_job) > 1:
            _merge_job(of_job)
    Candidacy.objects.filter(candidate__in=merge.losers).update(candidate=merge.survivor)


def _merge_job(candidacies: list[Candidacy]) -> None:
    kept = max(candidacies, key=_how_far)
    others = [row for row in candidacies if row != kept]
    StageChange.objects.filter(candidacy__in=others).update(candidacy=kept)
    for row in others:
        # Somebody who is still considered is not told otherwise.
        mail_unwanted.send(Candidacy, candidacy=row, because="Merged with an open candidacy")
    RuleRun.objects.filter(candidacy__in=others).update(candidacy=kept)
    _merge_scorecards(kept, others)
    combine_values(CandidacyCustomValue, [kept.pk, *(row.pk for row in others)])
    kept.rating = kept.rating or max((row.rating or 0 for row in others), default=0) or None
    if kept.shortlisted_at is None:
        shown = next((row for row in others if row.shortlisted_at), kept)
        kept.shortlisted_at, kept.shortlisted_by_id = shown.shortlisted_at, shown.shortlisted_by_id
    kept.origin = min((row.origin for row in candidacies), key=STRONGEST_ORIGIN.index)
    kept.created_at = min(row.created_at for row in candidacies)
    # Whoever has an old card before them sees that it changed.
    kept.version += 1
    merging_of_talks.hand_on(kept, others)
    Candidacy.objects.filter(pk__in=[row.pk for row in others]).delete()
    kept.save(
        update_fields=[
            *("origin", "created_at", "version", "rating"),
            *("shortlisted_at", "shortlisted_by"),
        ]
    )


def _merge_scorecards(kept: Candidacy, others: Sequence[Candidacy]) -> None:
    """Of two words of one colleague on one stage, the one that was handed in later stays."""
    rows = Scorecard.objects.filter(candidacy__in=[kept, *others]).order_by(
        F("submitted_at").desc(nulls_last=True), "-pk"
    )
    seen = set()
    for row in rows:
        key = (row.stage_id, row.author_id)
        if row.author_id and key in seen:
            row.delete()
        seen.add(key)
    Scorecard.objects.filter(candidacy__in=others).update(candidacy=kept)


def _how_far(candidacy: Candidacy) -> tuple[int, int, float]:
    """Hired, then the open one that is further, then rejected; among equals who is there for longer."""
    ranks = {Stage.Kind.HIRED: 2, Stage.Kind.REJECTED: 0}
    rank = ranks.get(Stage.Kind(candidacy.stage.kind), 1)
    return (rank, candidacy.stage.position, -candidacy.entered_stage_at.timestamp())


def merge_places(merge: Merge) -> None:
    """All places are the survivor's. Of two in one pool one stays, in the stage that either had reached.

    Which one says the membership that stays: the memberships are merged later, and the database closes the place
    of the one that goes.
    """
    open_ones = (
        PoolPlace.objects.filter(candidate__in=merge.everybody, closed_at=None)
        .select_related("stage")
        .select_for_update(of=("self",))
        .order_by("pk")
    )
    by_pool: dict[int, list[PoolPlace]] = {}
    for place in open_ones:
        by_pool.setdefault(place.pool_id, []).append(place)
    for places in by_pool.values():
        if len(places) > 1:
            _advance(places)
    PoolPlace.objects.filter(candidate__in=merge.losers).update(candidate=merge.survivor)


def _advance(places: Sequence[PoolPlace]) -> None:
    """Let each of these places stand where the furthest does: which membership stays is not known yet."""
    furthest = max(places, key=lambda place: (place.stage.position, -place.pk))
    behind = [place for place in places if place.stage_id != furthest.stage_id]
    PoolStageChange.objects.bulk_create(
        PoolStageChange(place=place, origin=place.stage, to=furthest.stage, at=timezone.now())
        for place in behind
    )
    PoolPlace.objects.filter(pk__in=[place.pk for place in behind]).update(
        stage=furthest.stage,
        entered_stage_at=furthest.entered_stage_at,
        version=F("version") + 1,
    )


def foretell(candidate_ids: Sequence[int]) -> list[str]:
    """For which jobs several of them are considered."""
    twice = (
        Candidacy.objects.filter(candidate__in=candidate_ids)
        .values_list("job__title")
        .annotate(count=Count("pk"))
        .filter(count__gt=1)
        .order_by("job__title")
    )
    return [
        f"Of the {count} candidacies for {title} the one that came further stays, with both histories."
        for title, count in twice
    ]


RULES = MergeRules(
    {
        Candidacy: merge_candidacies,
        StageChange: follow,
        CandidacyCustomValue: follow,
        Scorecard: follow,
        ScorecardRating: follow,
        RuleRun: follow,
        PoolPlace: merge_places,
        PoolStageChange: follow,
        **merging_of_talks.RULES,
    },
    foretell=foretell,
)

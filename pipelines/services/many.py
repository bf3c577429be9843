"""Moving many cards of one board as one act, set-based, and taking it back as one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.core import signing
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from candidates.models import RejectionReason, Touchpoint
from candidates.services.timeline import add_touchpoints
from crm.accounts.models import User
from crm.audit.services import record
from crm.tenancy.bulk import among
from crm.tenancy.scope import current_organization
from crm.web.errors import DomainError
from pipelines import extensions
from pipelines.models import (
    Candidacy,
    Card,
    Job,
    PoolStageChange,
    Scorecard,
    Stage,
    StageChange,
)
from pipelines.queries import StageOwner, cards_on
from pipelines.services.candidacies import WrongStage, tell_apps
from pipelines.services.keeping import let_go
from pipelines.services.planning import note_entries
from pipelines.signals import candidacies_closed

MOST_AT_ONCE = 500
SALT = "pipelines.undo_many"
UNDO_GOOD_FOR = timedelta(hours=1)


class TooManyCards(DomainError):
    def __init__(self) -> None:
        super().__init__(f"At most {MOST_AT_ONCE} cards at once. Select fewer of them.")


class NoCards(DomainError):
    def __init__(self) -> None:
        super().__init__("These cards are no longer here. Reload the board.")


class UndoManyExpired(DomainError):
    def __init__(self) -> None:
        super().__init__("This can no longer be undone from here.")


@dataclass
class ManyMoved:
    """Which cards moved (with the version they have now), which were in the stage already, and whom it left where
    they are, by reason.
    """

    versions: dict[int, int] = field(default_factory=dict)
    there: list[int] = field(default_factory=list)
    left: dict[str, list[str]] = field(default_factory=dict)

    def leave(self, card: Card, because: str) -> None:
        self.left.setdefault(because, []).append(card.candidate.full_name)

    @property
    def words(self) -> str:
        """Who stayed, as a sentence for each reason; empty where all moved."""
        return " ".join(f"{_names(names)}: {because}." for because, names in self.left.items())


def _names(names: Sequence[str]) -> str:
    shown = ", ".join(names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown


@transaction.atomic
def move_many(
    owner: StageOwner,
    seen: Mapping[int, int],
    *,
    to: Stage,
    by: User,
    reason: RejectionReason | None = None,
    note: str = "",
) -> ManyMoved:
    """Move these cards (id to the version that was seen) to one stage of the job or pool.

    Cards that somebody else has moved meanwhile, that are closed, or that lack a scorecard stay, and are told.
    The number of statements does not grow with the cards.
    """
    if to.pipeline_id != owner.pipeline_id:
        raise WrongStage(to)
    result = ManyMoved()
    going = []
    cards = _locked(owner, list(seen))
    if not cards:
        raise NoCards
    unjudged = _without_scorecard(cards, to)
    for card in cards:
        if card.stage_id == to.pk:
            # Done already: pressed twice, or somebody else had the same in mind.
            result.there.append(card.pk)
        elif card.version != seen[card.pk]:
            result.leave(card, "somebody else has moved the card meanwhile")
        elif card.closed_at:
            result.leave(card, f"closed in “{card.stage}” already")
        elif card.pk in unjudged:
            result.leave(card, f"“{card.stage}” asks for a scorecard")
        else:
            going.append(card)
    _enter_many(
        going, {card.pk: to for card in going}, by=by, verb="Moved", reason=reason, note=note
    )
    _record(owner, going, by=by, to=to.pk)
    result.versions = {card.pk: card.version for card in going}
    return result


@transaction.atomic
def undo_many(owner: StageOwner, versions: Mapping[int, int], *, by: User) -> ManyMoved:
    """Put these cards back where they came from; those that were moved again since stay."""
    result = ManyMoved()
    last = _last_changes(owner, versions)
    targets: dict[int, Stage] = {}
    going = []
    for card in _locked(owner, list(versions)):
        change = last.get(card.pk)
        if card.version != versions[card.pk]:
            result.leave(card, "somebody else has moved the card since")
        elif change and change.origin and change.origin.pipeline_id == owner.pipeline_id:
            targets[card.pk] = change.origin
            going.append(card)
    if isinstance(owner, Job):
        let_go((last[card.pk] for card in going), job=owner, by=by)
    _enter_many(going, targets, by=by, verb="Moved back", is_return=True)
    _record(owner, going, by=by)
    result.versions = {card.pk: card.version for card in going}
    return result


def undo_token(versions: Mapping[int, int], *, by: User) -> str:
    """What names an act that can be taken back: by whom it was, and which version each card has since."""
    act = {
        "organization": current_organization().pk,
        "by": by.pk,
        "cards": [list(pair) for pair in versions.items()],
    }
    return signing.dumps(act, salt=SALT, compress=True)


def read_undo_token(token: str, *, by: User) -> dict[int, int]:
    """The cards that the token names. Only who moved them may take it back, and only for an hour."""
    try:
        act = signing.loads(token, salt=SALT, max_age=UNDO_GOOD_FOR)
    except signing.BadSignature as error:
        raise UndoManyExpired from error
    if (act["organization"], act["by"]) != (current_organization().pk, by.pk):
        raise UndoManyExpired
    return dict(act["cards"])


def _record(owner: StageOwner, going: Sequence[Card], *, by: User, **details: int) -> None:
    if going:
        about = owner if isinstance(owner, Job) else owner.pool
        record(f"{going[0].RECORDED_AS}.many_moved", about, by=by, count=len(going), **details)


def _last_changes(
    owner: StageOwner, ids: Iterable[int]
) -> dict[int, StageChange | PoolStageChange]:
    """The last move of each of these cards."""
    model, card = (
        (StageChange, "candidacy") if isinstance(owner, Job) else (PoolStageChange, "place")
    )
    changes: QuerySet[Any] = (
        model._default_manager.filter(**{f"{card}__in": among(ids)})
        .select_related("origin", "to", card)
        .order_by(card, "-at", "-id")
        .distinct(card)
    )
    return {getattr(change, f"{card}_id"): change for change in changes}


def _locked(owner: StageOwner, ids: Sequence[int]) -> list[Card]:
    if len(ids) > MOST_AT_ONCE:
        raise TooManyCards
    rows = cards_on(owner).filter(pk__in=among(ids)).select_related("candidate", "stage")
    if isinstance(owner, Job):
        rows = rows.select_related("job").annotate(is_watched=extensions.is_watched())
    else:
        rows = rows.select_related("pool")
    return list(rows.select_for_update(of=("self",), no_key=True).order_by("pk"))


def _without_scorecard(cards: Sequence[Card], to: Stage) -> set[int]:
    """Those whose stage asks for a scorecard that nobody has handed in, where `to` is further on."""
    asked = {
        card.pk
        for card in cards
        if isinstance(card, Candidacy)
        and card.stage.requires_scorecard
        and to.position > card.stage.position
        and to.kind != Stage.Kind.REJECTED
    }
    if not asked:
        return asked
    handed_in = Scorecard.objects.filter(
        candidacy__in=among(asked), stage=F("candidacy__stage"), submitted_at__isnull=False
    )
    return asked - set(handed_in.values_list("candidacy_id", flat=True))


def _enter_many(
    cards: Sequence[Card],
    targets: Mapping[int, Stage],
    *,
    by: User,
    verb: str,
    reason: RejectionReason | None = None,
    note: str = "",
    is_return: bool = False,
) -> None:
    """Put the locked cards into their targets: a statement for each way, however many take it."""
    now = timezone.now()
    ways: dict[tuple[Stage, Stage], list[Card]] = {}
    for card in cards:
        ways.setdefault((card.stage, targets[card.pk]), []).append(card)
    note_entries(cards, targets, by=by, at=now, reason=reason, note=note, is_return=is_return)
    for (origin, to), there in ways.items():
        first = there[0]
        why = (
            {"rejection_reason": reason, "rejection_note": note}
            if isinstance(first, Candidacy)
            else {}
        )
        rows: QuerySet[Any] = type(first)._default_manager.filter(
            pk__in=among(card.pk for card in there)
        )
        rows.update(
            stage=to,
            entered_stage_at=now,
            closed_at=now if to.is_closing else None,
            version=F("version") + 1,
            **why,
        )
        add_touchpoints(
            [card.candidate_id for card in there],
            Touchpoint.Kind.STAGE,
            f"{verb} from {origin.name} to {to.name} · {first.told_as}",
            actor=by,
            link=first.told_at,
        )
        for card in there:
            card.stage, card.entered_stage_at, card.version = to, now, card.version + 1
            card.closed_at = now if to.is_closing else None
        candidacies = [card for card in there if isinstance(card, Candidacy)]
        tell_apps(candidacies, origin, to, by=by, verb=verb)
    closed = [card for card in cards if isinstance(card, Candidacy) and card.closed_at]
    if closed:
        candidacies_closed.send(Candidacy, candidacies=closed, by=by)

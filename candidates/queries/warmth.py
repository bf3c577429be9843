"""Warmth: how alive the contact with a person is, 0 to 100, from two-way contact that fades.

Each contact gives points at its moment (`WEIGHTS`): to the person's side, where they did something (answered, spoke,
met), and to ours. All points halve every 90 days. Of our side only as much counts in full as the person's side has,
the rest counts a tenth: writing much to somebody who never answers makes nobody warm. What was before an
unsubscription counts a tenth from then on. Of the sum `x` the score is 100 * (1 - 2^(-x / 40)): one answer of today gives
about 40, an answer, a call and a meeting about 80, and nobody is above 100.

The weights are Rapport's own choice: effort of the other side, as recruiters judge it; there is no outside norm for
them. Opens and clicks give nothing, machines make them. Only kind and time of a contact are looked at, never a text.

Because all points fade alike, their order never changes by itself: stored is `Candidate.heat`, the sum as it would be
worth at `EPOCH`. It is written when something happens to the person (by triggers, in the same transaction), and is
right at any later moment: sorting and filtering compare it with the heat that a score has now (`heat_of`).
The migration that made the triggers has the same numbers; a test compares the two.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import log2

from django.utils import timezone

from candidates.models import Candidate, Touchpoint

Kind = Touchpoint.Kind

HALF_LIFE = timedelta(days=90)
EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
# What one side gives that the other does not answer.
ONE_SIDED = 0.1
AFTER_UNSUBSCRIBING = 0.1
# So many points are a score of 50.
HALF_SCORE = 40
TREND_DAYS = 30
_MOST_CONTACTS = 2000


@dataclass(frozen=True)
class Weight:
    """Points that a contact gives at its moment: to the person's side and to ours."""

    theirs: int
    ours: int


WEIGHTS: dict[str, Weight] = {
    Kind.MEETING: Weight(30, 10),
    Kind.MAIL_RECEIVED: Weight(30, 0),
    Kind.CALL: Weight(18, 7),
    Kind.TEXT: Weight(0, 5),
    Kind.SOCIAL: Weight(0, 5),
    Kind.MAIL_SENT: Weight(0, 3),
}
_NAMES = {
    Kind.MEETING: ("meeting", "meetings"),
    Kind.MAIL_RECEIVED: ("answer", "answers"),
    Kind.CALL: ("call", "calls"),
    Kind.TEXT: ("text message", "text messages"),
    Kind.SOCIAL: ("LinkedIn message", "LinkedIn messages"),
    Kind.MAIL_SENT: ("mail of ours", "mails of ours"),
}
# A kind of contact and its moment.
Contact = tuple[str, datetime]


@dataclass(frozen=True)
class WarmthTerm:
    """What contacts of one kind are worth today."""

    kind: str
    count: int
    last_at: datetime
    theirs: float
    ours: float

    @property
    def words(self) -> str:
        one, many = _NAMES[Kind(self.kind)]
        return f"{self.count} {one if self.count == 1 else many}"

    @property
    def points(self) -> float:
        return round(self.theirs + self.ours, 1)


@dataclass(frozen=True)
class Warmth:
    """A person's score, what it is made of, and how it went: `months` are scores of a year, the oldest first."""

    score: int
    before: int
    terms: tuple[WarmthTerm, ...]
    months: tuple[int, ...]
    unsubscribed_at: datetime | None = None

    @property
    def trend(self) -> int:
        """By how much it rose or fell in the last 30 days."""
        return self.score - self.before

    @property
    def fell(self) -> int:
        return max(0, -self.trend)

    @property
    def theirs(self) -> float:
        return sum(term.theirs for term in self.terms)

    @property
    def ours(self) -> float:
        return sum(term.ours for term in self.terms)

    @property
    def unanswered(self) -> float:
        """Points of our side beyond what the person gave: they count a tenth."""
        return round(max(0.0, self.ours - self.theirs), 1)

    @property
    def level(self) -> str:
        return level_of(self.score)

    @property
    def line(self) -> str:
        """The months as points of an SVG line, 110 wide and 28 high."""
        return " ".join(
            f"{number * 10},{28 - value * 0.28:.1f}" for number, value in enumerate(self.months)
        )


def level_of(score: int) -> str:
    """A word for a score."""
    if score >= 60:
        return "Warm"
    if score >= 30:
        return "Lukewarm"
    return "Cool" if score else "Cold"


def score_of(heat: float, now: datetime) -> int:
    """The score, 0 to 100, that a stored heat is worth at `now`."""
    return round(_curve(heat / _scale(now)))


def heat_of(score: float, now: datetime) -> float:
    """The least heat that shows as this score (above 0 and up to 100) or more at `now`: what filters compare with."""
    part = min(max(score - 0.5, 0.0), 99.9) / 100
    return -log2(1 - part) * HALF_SCORE * _scale(now)


def warmth_of(candidate: Candidate, now: datetime | None = None) -> Warmth:
    """A person's warmth with its reasons: one query."""
    now = now or timezone.now()
    found = Touchpoint.objects.filter(
        candidate=candidate, kind__in=[*WEIGHTS, Kind.UNSUBSCRIBE], at__lte=now
    )
    rows = list(found.order_by("-at", "-pk").values_list("kind", "at")[:_MOST_CONTACTS])
    month = timedelta(days=30)
    return Warmth(
        score=_score(rows, now),
        before=_score(rows, now - timedelta(days=TREND_DAYS)),
        terms=_terms(rows, now),
        months=tuple(_score(rows, now - month * back) for back in range(11, -1, -1)),
        unsubscribed_at=next((at for kind, at in rows if kind == Kind.UNSUBSCRIBE), None),
    )


def _terms(contacts: Sequence[Contact], now: datetime) -> tuple[WarmthTerm, ...]:
    terms = []
    for kind in WEIGHTS:
        of_kind = [at for one, at in contacts if one == kind]
        if of_kind:
            theirs, ours = _sides(contacts, now, only=kind)
            terms.append(WarmthTerm(kind, len(of_kind), max(of_kind), theirs, ours))
    return tuple(sorted(terms, key=lambda term: -term.points))


def _score(contacts: Sequence[Contact], moment: datetime) -> int:
    theirs, ours = _sides(contacts, moment)
    return round(_curve(theirs + min(ours, theirs) + ONE_SIDED * max(0.0, ours - theirs)))


def _sides(contacts: Sequence[Contact], moment: datetime, *, only: str = "") -> tuple[float, float]:
    """What both sides' points are worth at a moment, by what had happened until then."""
    before = [contact for contact in contacts if contact[1] <= moment]
    left_at = max((at for kind, at in before if kind == Kind.UNSUBSCRIBE), default=None)
    theirs = ours = 0.0
    for kind, at in before:
        if kind not in WEIGHTS or (only and kind != only):
            continue
        worth = 2 ** -((moment - at) / HALF_LIFE)
        if left_at is not None and at < left_at:
            worth *= AFTER_UNSUBSCRIBING
        theirs += WEIGHTS[kind].theirs * worth
        ours += WEIGHTS[kind].ours * worth
    return theirs, ours


def _curve(points: float) -> float:
    return 100 * (1 - 2 ** -(points / HALF_SCORE))


def _scale(moment: datetime) -> float:
    """What a point of `EPOCH` has to be at this moment to be worth one."""
    return float(2 ** ((moment - EPOCH) / HALF_LIFE))

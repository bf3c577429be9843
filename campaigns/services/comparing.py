"""Wordings of a step compared: how often each got a positive answer, and whether that can be chance.

Positive is an answer that somebody sorted as “Interested”, or that reads so and nobody has sorted yet: an angry answer is
no success of a wording. Fisher's exact test on people who got the mail and answered so. No winner is named
before every wording has gone to 100 people, nor unless the best differs from each other one at the 5 % level,
corrected for the number of comparisons (Bonferroni).
"""

from dataclasses import dataclass
from math import exp, lgamma

from django.db.models import Count, Exists, OuterRef, Q

from campaigns.answered import GONE, follows_an_answer, has_replied, written_by_people
from campaigns.models import Enrollment, Message, Step

ENOUGH = 100
LEVEL = 0.05


@dataclass(frozen=True)
class Arm:
    """One wording: people who got it, of them who answered positively, and who answered at all."""

    letter: str
    sent: int = 0
    won: int = 0
    answered: int = 0

    @property
    def rate(self) -> float:
        return self.won / self.sent if self.sent else 0.0


@dataclass(frozen=True)
class Comparison:
    """The arms, and what may be said of them."""

    arms: list[Arm]
    verdict: str
    winner: str = ""


def compare_variants(steps: list[Step]) -> dict[int, Comparison]:
    """By step with several wordings; two queries for all, none where there are none."""
    others = {step.pk: [one.letter for one in step.variants.all() if one.letter] for step in steps}
    tried = [step for step in steps if others[step.pk]]
    if not tried:
        return {}
    counts: dict[tuple[object, str], tuple[int, int, int]] = {}
    later = Message.objects.filter(
        ~follows_an_answer(),
        enrollment=OuterRef("enrollment"),
        state__in=GONE,
        handed_at__gt=OuterRef("handed_at"),
    )
    mails = Message.objects.filter(
        direction=Message.Direction.OUT,
        state__in=GONE,
        step__lineage__in=[step.lineage for step in tried],
    ).exclude(variant="")
    # An answer counts for the mail that was the last before it, also where the sequence goes on.
    replied = Enrollment.objects.filter(has_replied())
    answered = Q(~Exists(later), ~follows_an_answer(), enrollment__in=replied)
    interested = Q(intent=Message.Intent.INTERESTED) | Q(
        intent="", suggested_intent=Message.Intent.INTERESTED
    )
    positive = written_by_people().filter(
        interested,
        Q(enrollment=OuterRef("enrollment")) | Q(enrollment=None),
        candidate=OuterRef("candidate"),
        created_at__gte=OuterRef("handed_at"),
    )
    rows = (
        mails.order_by()
        .values("step__lineage", "variant")
        .annotate(
            sent=Count("pk"),
            won=Count("pk", filter=Q(answered, Exists(positive))),
            answered=Count("pk", filter=answered),
        )
    )
    for row in rows:
        counts[row["step__lineage"], row["variant"]] = (
            row["sent"],
            row["won"],
            row["answered"],
        )
    found = {}
    for step in tried:
        letters = ["A", *others[step.pk]]
        found[step.pk] = judge(
            [Arm(letter, *counts.get((step.lineage, letter), (0, 0, 0))) for letter in letters]
        )
    return found


def judge(arms: list[Arm]) -> Comparison:
    """Which of these is better, or why nobody can say yet."""
    short = min(arm.sent for arm in arms)
    if short < ENOUGH:
        return Comparison(arms, f"No winner before each has gone to {ENOUGH} people.")
    best = max(arms, key=lambda arm: arm.rate)
    others = [arm for arm in arms if arm is not best]
    chance = max(
        fisher(best.won, best.sent, other.won, other.sent) * len(others) for other in others
    )
    if chance < LEVEL:
        return Comparison(
            arms,
            f"{best.letter} gets more positive answers (Fisher's exact test, p = {chance:.3f}).",
            best.letter,
        )
    return Comparison(
        arms,
        f"No difference in positive answers that could not be chance (Fisher's exact test, p = {min(chance, 1):.2f}).",
    )


def fisher(won: int, sent: int, other_won: int, other_sent: int) -> float:
    """Two-sided p of Fisher's exact test: how likely tables at least as uneven are by chance."""
    wins, total = won + other_won, sent + other_sent

    def log_choose(of: int, some: int) -> float:
        return lgamma(of + 1) - lgamma(some + 1) - lgamma(of - some + 1)

    def likelihood(first: int) -> float:
        return exp(
            log_choose(sent, first) + log_choose(other_sent, wins - first) - log_choose(total, wins)
        )

    lowest, highest = max(0, wins - other_sent), min(wins, sent)
    seen = likelihood(won)
    # A table exactly as likely counts too; floats of equal likelihoods differ in their last digits.
    return min(
        1.0,
        sum(
            chance
            for chance in map(likelihood, range(lowest, highest + 1))
            if chance <= seen * (1 + 1e-9)
        ),
    )

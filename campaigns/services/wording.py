"""Which words of a step a person gets: their own, or one of its variants, always the same one."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from campaigns.models import PersonalMail, Step, StepVariant

# The step's own words.
FIRST = "A"


@dataclass(frozen=True)
class Wording:
    """Subject and text with their merge fields; `variant` is a letter where a step has several."""

    subject: str
    body: str
    variant: str = ""


def choose_variant(step: Step, candidate_id: int, letters: list[str]) -> str:
    """Evenly, by chance, and the same whenever it is asked: nothing needs to be remembered."""
    digest = sha256(f"{step.lineage}:{candidate_id}".encode()).digest()
    return letters[int.from_bytes(digest[:8]) % len(letters)]


def wordings(pairs: Iterable[tuple[Step, int]]) -> dict[tuple[int, int], Wording]:
    """By step and candidate what each gets, in two queries for all."""
    pairs = list(pairs)
    steps = {step.pk for step, _ in pairs}
    variants: dict[int, dict[str, StepVariant]] = defaultdict(dict)
    for variant in StepVariant.objects.filter(step__in=steps):
        variants[variant.step_id][variant.letter] = variant
    own = {
        (mail.step_id, mail.candidate_id): Wording(mail.subject, mail.body)
        for mail in PersonalMail.objects.filter(
            step__in=steps, candidate__in={candidate_id for _, candidate_id in pairs}
        )
    }
    return {
        (step.pk, candidate_id): own.get((step.pk, candidate_id))
        or _of_step(step, candidate_id, variants.get(step.pk, {}))
        for step, candidate_id in pairs
    }


def wording_of(step: Step, candidate_id: int) -> Wording:
    return wordings([(step, candidate_id)])[step.pk, candidate_id]


def _of_step(step: Step, candidate_id: int, variants: dict[str, StepVariant]) -> Wording:
    if not variants:
        return Wording(step.subject, step.body)
    letter = choose_variant(step, candidate_id, [FIRST, *sorted(variants)])
    chosen = variants.get(letter, step)
    return Wording(chosen.subject, chosen.body, letter)

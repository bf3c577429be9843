"""Which words of a step a person gets: their own, those in their language, or one of its variants, always the same one."""

from collections import defaultdict
from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple

from campaigns.models import PersonalMail, Step, StepVariant
from campaigns.reading import readable_personal_mails
from campaigns.services.languages import best_languages
from crm.accounts.models import User
from crm.tenancy.bulk import among

# The step's own words.
FIRST = "A"


class Wording(NamedTuple):
    """Subject and text with their merge fields; `variant` is a letter where a step has several.

    Of a step in several languages `language` is the one that it is in, "" for the common text, and `spoken` those
    that the person speaks best; of any other step it is None.
    """

    subject: str
    body: str
    variant: str = ""
    language: str = ""
    spoken: tuple[str, ...] | None = None


def choose_variant(step: Step, candidate_id: int, letters: list[str]) -> str:
    """Evenly, by chance, and the same whenever it is asked: nothing needs to be remembered."""
    digest = sha256(f"{step.lineage}:{candidate_id}".encode()).digest()
    return letters[int.from_bytes(digest[:8]) % len(letters)]


def wordings(
    pairs: Iterable[tuple[Step, int]], *, viewer: User | None = None
) -> dict[tuple[int, int], Wording]:
    """By step and candidate what each gets, in two queries for all; three where there are several languages.

    For a `viewer` as far as they may read it: the step's own words stand for those of a private thread.
    """
    pairs = list(pairs)
    steps = {step.pk for step, _ in pairs}
    people = {candidate_id for _, candidate_id in pairs}
    variants: dict[int, dict[str, StepVariant]] = defaultdict(dict)
    for variant in StepVariant.objects.filter(step__in=steps):
        variants[variant.step_id][variant.letter or variant.language] = variant
    personal = readable_personal_mails(viewer) if viewer else PersonalMail.objects.all()
    own = {
        (mail.step_id, mail.candidate_id): Wording(mail.subject, mail.body)
        for mail in personal.filter(step__in=steps, candidate__in=among(people))
    }
    is_translated = any(one.language for found in variants.values() for one in found.values())
    spoken = best_languages(people) if is_translated else {}
    return {
        (step.pk, candidate_id): own.get((step.pk, candidate_id))
        or _of_step(step, candidate_id, variants.get(step.pk, {}), spoken.get(candidate_id, []))
        for step, candidate_id in pairs
    }


def wording_of(step: Step, candidate_id: int) -> Wording:
    return wordings([(step, candidate_id)])[step.pk, candidate_id]


def _of_step(
    step: Step, candidate_id: int, variants: dict[str, StepVariant], spoken: list[str]
) -> Wording:
    if not variants:
        return Wording(step.subject, step.body)
    letters = sorted(key for key, variant in variants.items() if variant.letter)
    languages: tuple[str, ...] | None = None
    if len(letters) < len(variants):
        languages = tuple(spoken)
        for language in languages:
            if found := variants.get(language):
                return Wording(found.subject, found.body, language=language, spoken=languages)
    if not letters:
        return Wording(step.subject, step.body, spoken=languages)
    letter = choose_variant(step, candidate_id, [FIRST, *letters])
    chosen = variants.get(letter, step)
    return Wording(chosen.subject, chosen.body, letter, spoken=languages)

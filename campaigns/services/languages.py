"""The languages that mails are written in, and which of them a person is written to in."""

from collections import defaultdict
from collections.abc import Iterable

from candidates.models import SpokenLanguage
from candidates.services.identifying import fold
from crm.tenancy.bulk import among

# How a record may name the languages that mails are written in (folded), by ISO 639-1.
LANGUAGES: dict[str, tuple[str, ...]] = {
    "en": ("english", "englisch", "anglais", "ingles", "inglese"),
    "de": ("german", "deutsch", "allemand", "aleman", "tedesco"),
    "fr": ("french", "francais", "franzosisch", "frances", "francese"),
    "es": ("spanish", "espanol", "spanisch", "espagnol", "castellano"),
    "it": ("italian", "italiano", "italienisch", "italien"),
    "nl": ("dutch", "nederlands", "niederlandisch"),
    "pt": ("portuguese", "portugues", "portugiesisch"),
    "sv": ("swedish", "svenska", "schwedisch"),
    "da": ("danish", "dansk", "danisch"),
    "no": ("norwegian", "norsk", "norwegisch"),
    "fi": ("finnish", "suomi", "finnisch"),
    "pl": ("polish", "polski", "polnisch"),
    "cs": ("czech", "cestina", "tschechisch"),
    "ru": ("russian", "русскии", "russisch"),
    "ja": ("japanese", "日本語", "japanisch"),
    "zh": ("chinese", "mandarin", "中文", "chinesisch"),
}
_CODES = {name: code for code, names in LANGUAGES.items() for name in (code, *names)}
# The better somebody speaks a language, the higher; one whose level nobody noted counts as spoken well.
_LEVELS: dict[str, int] = {
    level: rank
    for rank, level in enumerate(
        [
            SpokenLanguage.Level.A1,
            SpokenLanguage.Level.A2,
            SpokenLanguage.Level.B1,
            SpokenLanguage.Level.B2,
            SpokenLanguage.Level.UNKNOWN,
            SpokenLanguage.Level.C1,
            SpokenLanguage.Level.C2,
            SpokenLanguage.Level.NATIVE,
        ]
    )
}


def language_name(code: str) -> str:
    """Such as “German”; nothing for the text that is for everybody else."""
    return LANGUAGES[code][0].capitalize() if code in LANGUAGES else code.upper()


def best_languages(candidate_ids: Iterable[int]) -> dict[int, list[str]]:
    """The codes of the languages that each of these people speaks best, in the order their records name them.

    Only those of their highest level: whoever grew up with English is not written to in the German they learned.
    One query for all.
    """
    spoken: dict[int, list[tuple[int, str]]] = defaultdict(list)
    rows = SpokenLanguage.objects.filter(candidate__in=among(candidate_ids)).order_by("pk")
    for candidate_id, name, level in rows.values_list("candidate", "name", "level"):
        spoken[candidate_id].append((_LEVELS.get(level, 0), _CODES.get(fold(name).strip(), "")))
    best = {}
    for candidate_id, languages in spoken.items():
        highest = max(rank for rank, _ in languages)
        best[candidate_id] = [code for rank, code in languages if rank == highest and code]
    return best

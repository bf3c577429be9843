"""Comparing names: short and foreign forms, swapped parts, other alphabets, initials, a wrong letter."""

import re
from dataclasses import dataclass
from enum import IntEnum
from functools import cache, lru_cache
from pathlib import Path

from rapidfuzz.distance import Levenshtein

from candidates.services.identifying import digits_of, fold

# As passports and most of the web write them.
_LETTERS = str.maketrans(
    dict(zip("абвгдезийклмнопрстуфыэіїєґў", "abvgdeziyklmnoprstufyeiieguw", strict=False))
    | {"ё": "e", "ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ь": ""}
    | {"ю": "yu", "я": "ya", "ї": "yi", "є": "ye", "ґ": "g", "ў": "u", "і": "i"}
    | dict(zip("αβγδεζηικλμνξοπρστυφωςχψθ", "avgdeziiklmnxoprstyfos", strict=False))
    | {"θ": "th", "χ": "ch", "ψ": "ps", "ς": "s", "ξ": "x"}
)  # fmt: skip
# Words that are written or left out at will: titles, and what stands before or behind a name.
_ORNAMENTS = frozenset(
    {"dr", "prof", "mr", "mrs", "ms", "miss", "herr", "frau", "ing", "dipl", "phd", "msc", "bsc"}
    | {"mba", "jr", "sr", "ii", "iii", "von", "van", "de", "der", "den", "da", "di", "del", "la"}
    | {"le", "dos", "das", "do", "el", "al", "bin", "ibn", "ter", "zu"}
)
# Spellings that sound alike, longest first.
_SOUNDS = (
    ("sch", "sh"), ("tch", "ch"), ("ph", "f"), ("th", "t"), ("ck", "k"), ("kh", "h"), ("ou", "u"),
    ("ey", "ai"), ("ei", "ai"), ("ay", "ai"), ("ae", "a"), ("oe", "o"), ("ue", "u"), ("ie", "i"),
    ("ks", "x"), ("qu", "kv"), ("dt", "t"), ("y", "i"), ("j", "i"), ("w", "v"), ("z", "s"),
)  # fmt: skip


class Likeness(IntEnum):
    """How well two words agree, from not at all to letter for letter."""

    NONE = 0
    INITIAL = 1
    TYPO = 2
    FORM = 3
    SPELLING = 4
    SAME = 5


@dataclass(frozen=True)
class Comparison:
    """What two names have in common, and a sentence that says it ("" where they differ)."""

    likeness: Likeness
    sentence: str = ""
    is_swapped: bool = False
    # One name has words that the other lacks: a second given name.
    is_partial: bool = False
    # A single word of the one was found in the other: too little to go by.
    is_single: bool = False
    # Where the whole does not agree: which part does.
    same_given: bool = False
    same_family: bool = False


DIFFERENT = Comparison(Likeness.NONE)


def words_of(name: str) -> list[str]:
    """The words of a name, folded and in Latin letters, without titles: "Dr. Müller, Anna" → anna muller."""
    return list(_words_of(name))


# A person is compared with dozens: the same names come again and again.
@lru_cache(maxsize=50_000)
def _words_of(name: str) -> tuple[str, ...]:
    plain = fold(name).translate(_LETTERS) if not name.isascii() else fold(name)
    family, comma, given = plain.partition(",")
    ordered = f"{given} {family}" if comma and given.strip() else plain
    found = [word for word in re.split(r"[^\w']+|_", ordered) if word]
    return tuple([word for word in found if word not in _ORNAMENTS] or found)


@lru_cache(maxsize=100_000)
def skeleton(word: str) -> str:
    """A word as it sounds, roughly: Meyer, Meier and Maier are one; so are Müller and Mueller."""
    for spelling, sound in _SOUNDS:
        word = word.replace(spelling, sound)
    return re.sub(r"([^\W\d])\1+", r"\1", word.replace("c", "k") if "ch" not in word else word)


@cache
def _given_names() -> tuple[dict[str, frozenset[int]], list[str]]:
    """Each word's names by line number, and the long form of each line."""
    lines = Path(__file__).with_name("given_names.tsv").read_text(encoding="utf-8").splitlines()
    found: dict[str, set[int]] = {}
    longs = []
    for number, line in enumerate(line for line in lines if not line.startswith("#")):
        words = line.split("\t")
        longs.append(words[0])
        for word in words:
            found.setdefault(word, set()).add(number)
    return {word: frozenset(numbers) for word, numbers in found.items()}, longs


def forms_of(word: str) -> list[str]:
    """What a word is looked up by: the long forms of a given name, else how it sounds."""
    names, longs = _given_names()
    numbers = names.get(word)
    return [f"={longs[number]}" for number in sorted(numbers)] if numbers else [skeleton(word)]


def compare_names(one: str, other: str) -> Comparison:
    """How far two full names may be one person's."""
    words, others = words_of(one), words_of(other)
    if not words or not others:
        return DIFFERENT
    if words == others:
        return Comparison(Likeness.SAME, "same name", is_single=len(words) == 1)
    if len(words) > 1 and sorted(words) == sorted(others):
        return Comparison(
            Likeness.SAME, "same name, given and family name swapped", is_swapped=True
        )
    if "".join(words) == "".join(others):
        return Comparison(Likeness.SPELLING, "same name, written apart")
    return _compare_words(words, others, _as_written(one) | _as_written(other))


def _as_written(name: str) -> dict[str, str]:
    """The words of a name as they are shown, by how they are compared."""
    return {
        folded[0]: word
        for word in re.split(r"[\s,.]+", name)
        if word and len(folded := words_of(word)) == 1
    }


def _compare_words(words: list[str], others: list[str], shown: dict[str, str]) -> Comparison:
    """Each word of the shorter name has to be found in the longer one."""
    if len(words) > len(others):
        words, others = others, words
    left = list(others)
    matched: list[tuple[Likeness, str, str]] = []
    # The surest first, so that an initial does not take the word that another one equals.
    for word in sorted(words, key=lambda word: -_best(word, others)):
        match = max(left, key=lambda known: _likeness(word, known), default="")
        likeness = _likeness(word, match) if match else Likeness.NONE
        if likeness:
            left.remove(match)
            matched.append((likeness, word, match))
        else:
            return _compare_parts(words, others)
    weakest = min(matched)
    if all(likeness == Likeness.INITIAL for likeness, _, _ in matched):
        return DIFFERENT
    return Comparison(
        weakest[0],
        _sentence(matched, shown, missing=bool(left)),
        is_partial=bool(left),
        is_single=len(words) == 1,
        is_swapped=len(words) == 2 and not left and _likeness(words[0], others[-1]) > 1,
    )


def _compare_parts(words: list[str], others: list[str]) -> Comparison:
    """Names that do not agree as a whole: the same family, or the same given name after a marriage."""
    given = _likeness(words[0], others[0]) > Likeness.TYPO and len(words) > 1
    family = _likeness(words[-1], others[-1]) > Likeness.FORM
    sentence = "same given name, another family name" if given else ""
    return Comparison(Likeness.NONE, sentence, same_given=given, same_family=family)


def _best(word: str, others: list[str]) -> int:
    return max(_likeness(word, known) for known in others)


def _likeness(one: str, other: str) -> Likeness:
    if one == other:
        return Likeness.SAME
    if min(len(one), len(other)) == 1 and one[0].isalpha():
        return Likeness.INITIAL if one[0] == other[0] else Likeness.NONE
    if digits_of(one) != digits_of(other):
        # Digits in a name count people: one that differs is no slip of the pen.
        return Likeness.NONE
    if skeleton(one) == skeleton(other):
        return Likeness.SPELLING
    names, _ = _given_names()
    if names.get(one, frozenset()) & names.get(other, frozenset()):
        return Likeness.FORM
    if one in names and other in names:
        # Two names that both exist are two names: Daniel and Daniela, Jan and Jana.
        return Likeness.NONE
    is_typo = (
        min(len(one), len(other)) > 4
        and (one[0], one[-1]) == (other[0], other[-1])
        and Levenshtein.distance(one, other, score_cutoff=1) == 1
    )
    return Likeness.TYPO if is_typo else Likeness.NONE


def _sentence(
    matched: list[tuple[Likeness, str, str]], shown: dict[str, str], *, missing: bool
) -> str:
    """Where the names differ, in words, such as “Bob is short for Robert”."""
    said = []
    for likeness, word, match in sorted(matched):
        short, long = sorted([word, match], key=lambda found: (len(found), found))
        shorter, longer = (shown.get(found, found.capitalize()) for found in (short, long))
        if likeness == Likeness.INITIAL:
            said.append(f"{shorter[0]}. may stand for {longer}")
        elif likeness == Likeness.TYPO:
            said.append(f"{shorter} and {longer} differ by a letter")
        elif likeness == Likeness.FORM:
            is_short = long in _given_names()[1] and len(short) < len(long)
            said.append(
                f"{shorter} is short for {longer}"
                if is_short
                else f"{shorter} and {longer} are forms of one name"
            )
        elif likeness == Likeness.SPELLING and shorter != longer:
            said.append(f"{shorter} and {longer} are spellings of one name")
    if missing:
        said.append("one has a further name" if said else "same name, one has a further one")
    return ", ".join(said) or "same name, in another order"

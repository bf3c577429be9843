"""The person's name: among the first lines, by its look, its size, and what address, link and file name say."""

import re
from itertools import pairwise
from pathlib import Path

from candidates.resumes.found import Found, fold, words
from candidates.resumes.sections import Part, Placed, heading_of

_FIRST_LINES = 40
_LEAST = 0.28
_FILE_WORDS = frozenset(
    {"new", "final", "updated", "latest", "copy", "draft", "version", "eng", "english", "fr"}
    | {"french", "de", "hard", "pdf", "doc", "docx", "the", "my", "of"}
)
_WORD = r"[^\W\d_][^\W\d_'’.\-‐]*(?:[.'’\-‐][^\W\d_]+)*\.?"
_NAME = re.compile(rf"{_WORD}(?: {_WORD}){{1,5}}")
# Score, name, and where it stands.
_Candidate = tuple[float, str, int, int]
_ONE_WORD = re.compile(_WORD)
# Where a line goes on with how to reach the person.
_CONTACT = re.compile(
    r"(?:\s+[\d@+(]|\s*\b(?:e-?mails?|mail(?: id)?|mob(?:ile)?|phone|ph|tel(?:ephone)?|cell|contact|cont|add(?:ress)?|mo no|dob|d\.o\.b"
    r"|skype|www|https?|linkedin|github|whatsapp|passport|nationality|nric|ic no)\b).*$",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"^\W*(?:\d{1,2}[.)]\s*)?(?:full name|candidate(?:'s)? name|name of (?:the )?candidate|applicant(?:'s)? name|my name|name in full|name"
    r"|nom et prenom|nom complet|nombre completo|nombre|nome completo|nome|vor- und nachname|vorname und name|imie i nazwisko)"
    r"(?: \([^)]*\))?\s*[:\-–\t]+\s*(.+)$",
    re.IGNORECASE,
)
_LABEL_ALONE = re.compile(r"^\W*(?:full |candidate )?name\s*[:\-–]?\s*$", re.IGNORECASE)
_FIRST = re.compile(
    r"^\W*(?:first name|given name|prenom|prénom|vorname|nombre)s?\s*[:\t]\s*(.+)$", re.IGNORECASE
)
_LAST = re.compile(
    r"^\W*(?:last name|surname|family name|nom|nachname|familienname|apellidos?)\s*[:\t]\s*(.+)$",
    re.IGNORECASE,
)
_TITLE = re.compile(
    r"^(?:(?:curriculum vitae|resume|résumé|cv|bio-?data|lebenslauf)\s*(?:of|for|de|von|–|—|-|:|\|)*\s+)+"
    r"|^(?:mr|mrs|ms|miss|dr|prof|engr|er|ing|dipl\.?-ing|herr|frau|monsieur|madame|m\.|mme|sir)(?:\.\s*|\s+)(?=\w)",
    re.IGNORECASE,
)
_SUFFIX = re.compile(
    r"(?:\s*[,|(/–—-]\s*|\s+)(?:ph\.?d\.?|mba|m\.?sc\.?|b\.?sc\.?|m\.?a\.?|b\.?a\.?|b\.?tech|m\.?tech|b\.?e\.?|pmp|cpa|cfa"
    r"|acca|fca|aca|ca|csm|cissp|md|esq|rn|mcp|itil|phr|sphr|shrm-cp|pe|p\.?e\.?|he|she|they|him|her)\b[\s.,)|/]*.*$",
    re.IGNORECASE,
)
_TAIL = re.compile(r"\s*(?:[|•·;:]|\s[–—-]\s|\t|,|\().*$")
_NOT_NAMES = frozenset(
    word
    for line in Path(__file__).with_name("no_names.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
    for word in line.split()
)
_PARTICLES = frozenset(
    {
        "de",
        "da",
        "do",
        "dos",
        "das",
        "del",
        "della",
        "di",
        "du",
        "la",
        "le",
        "van",
        "von",
        "der",
        "den",
        "ten",
    }
    | {"ter", "zu", "zur", "y", "e", "bin", "binti", "al", "el", "ibn", "abu", "st", "of"}
)


def find_names(
    placed: list[Placed], *, emails: list[Found], links: list[str], file_name: str
) -> list[Found]:
    """What may be the person's name, the likeliest first."""
    handles = [
        words(re.sub(r"\d+", " ", one.value.partition("@")[0]))
        for one in emails[:3]
        if one.confidence >= 0.3
    ]
    handles += [
        words(re.sub(r"\d+", " ", match[1]))
        for link in links
        if (match := re.search(r"linkedin\.com/(?:in|pub)/([^/?#]+)", link, re.IGNORECASE))
    ]
    from_file = set(words(re.sub(r"[\d_+.-]+", " ", file_name.rpartition(".")[0])))
    found: dict[str, Found] = {}
    sizes = sorted(one.line.size for one in placed[:120] if one.line.size and one.text)
    usual = sizes[len(sizes) // 2] if sizes else 0.0
    largest = max(
        (one.line.size for one in placed[:_FIRST_LINES] if as_name(one.text)), default=0.0
    )
    told = [*_candidates(placed), *_single_words(placed, handles)]
    if guessed := _from_file_name(file_name):
        told.append((0.1, guessed, -1, -1))
    for score, value, start, end in told:
        name = _tidied(value)
        line = next((one for one in placed if one.start <= start <= one.end), None)
        if line is not None and line.line.size and usual and start == line.start:
            if line.line.size >= largest > usual * 1.15:
                score += 0.3
            elif line.line.size < usual * 0.95:
                score -= 0.1
        score += _agreement(name, handles, from_file)
        key = fold(name)
        if key not in found or found[key].confidence < score:
            found[key] = Found(name, score, start, end)
    best = sorted(found.values(), key=lambda one: (-one.confidence, one.start))[:3]
    for one in best:
        one.confidence = min(0.98, one.confidence)
    # Less than that is a guess among any two words.
    return [one for one in best if one.confidence >= _LEAST]


def _candidates(placed: list[Placed]) -> list[_Candidate]:
    found: list[_Candidate] = []
    seen = 0
    for position, one in enumerate(placed):
        if not one.text:
            continue
        labeled = _labeled(placed, position)
        if labeled and one.part != Part.REFERENCES:
            text, at = _CONTACT.sub("", labeled[0]).strip(), labeled[1]
            start = at.start + max(0, at.text.find(text))
            score = 0.75 if seen < 60 or one.part == Part.PERSONAL else 0.55
            if name := as_name(text, is_labeled=True):
                found.append((score, name, start, start + len(text)))
        seen += 1
        if seen > _FIRST_LINES or one.is_heading:
            continue
        # The head comes first, but some layouts begin with a column of something else.
        score = max(0.1, 0.5 - 0.05 * (seen - 1)) if one.part == Part.HEAD else 0.12
        for segment in re.finditer(r"[^\t|•·]+", one.text):
            raw = segment.group().strip()
            name = as_name(raw) or as_name(
                _CONTACT.sub("", raw), is_labeled=seen == 1 and bool(_CONTACT.search(raw))
            )
            if name:
                start = one.start + segment.start()
                found.append(
                    (score - _doubt(name), name, start, start + len(segment.group().rstrip()))
                )
    found += _in_two_lines([one for one in placed if one.text][:12])
    return found


def _in_two_lines(top: list[Placed]) -> list[_Candidate]:
    """Given name and surname, each in a line of its own, mostly of the same size."""
    found: list[_Candidate] = []
    for first, second in pairwise(top):
        counts = sorted([len(first.text.split()), len(second.text.split())])
        is_one = counts[0] == 1 and counts[1] <= 2
        # "JANE" above "Doe" are two things; "Jane" above "DOE" are one.
        is_loud = first.text.isupper() <= second.text.isupper()
        name = as_name(f"{first.text} {second.text}") if is_one and is_loud else ""
        if name and not first.is_heading and not second.is_heading:
            is_even = abs(first.line.size - second.line.size) < 2
            found.append((0.42 if is_even else 0.3, name, first.start, second.end))
    return found


def _doubt(name: str) -> float:
    """A word in lower case is rare in names."""
    return 0.15 * sum(part[0].islower() and fold(part) not in _PARTICLES for part in name.split())


def _single_words(placed: list[Placed], handles: list[list[str]]) -> list[_Candidate]:
    """Who has one name only: a lone word near the top that the address begins with."""
    top = [one for one in placed[:12] if one.text and not one.is_heading][:4]
    return [
        (0.35, one.text, one.start, one.end)
        for one in top
        if _ONE_WORD.fullmatch(one.text)
        and len(one.text) > 3
        and not _has_other_words(one.text)
        and any(fold(one.text)[:6] in "".join(handle) for handle in handles)
    ]


def _from_file_name(file_name: str) -> str:
    """The name in a file name such as "CV_Jane_Doe_2024.pdf"."""
    stem = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", file_name.rpartition(".")[0])
    parts = [
        part
        for part in re.findall(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", stem)
        if fold(part) not in _NOT_NAMES
    ]
    kept = [part for part in parts if len(part) > 1 and fold(part) not in _FILE_WORDS]
    return (
        " ".join(part.capitalize() if part.islower() else part for part in kept)
        if 2 <= len(kept) <= 3
        else ""
    )


def _labeled(placed: list[Placed], position: int) -> tuple[str, Placed] | None:
    one = placed[position]
    text = one.text
    if match := _LABEL.match(text):
        return match[1], one
    nearby = [other for other in placed[max(0, position - 2) : position + 3] if other is not one]
    if match := _LAST.match(text):
        for other in nearby:
            if first := _FIRST.match(other.text):
                return f"{first[1].strip()} {match[1].strip()}", one
    if _LABEL_ALONE.match(text) and position + 1 < len(placed):
        after = next(
            (other for other in placed[position + 1 : position + 3] if other.text.strip(": ")), None
        )
        if after:
            return after.text.lstrip(": "), after
    return None


def as_name(text: str, *, is_labeled: bool = False) -> str:
    """`text` without titles and degrees if it looks like a name, else ""."""
    if not text or len(text) > 90:
        return ""
    text = text.strip(" .,:;*•-–|_#>")
    # Letters set apart: "J A N E   D O E".
    if re.fullmatch(r"(?:\w ){3,}\w", text):
        return ""
    before = None
    while before != text:
        before, text = text, _TITLE.sub("", text).strip(" .,:-–|")
    if comma := re.fullmatch(rf"({_WORD}(?: {_WORD})?), ({_WORD}(?: {_WORD}){{0,2}})", text):
        surname, given = comma[1], comma[2]
        # "SMITH, Jane" is turned round; "Jane Smith, Painter" is not.
        is_turned = " " not in surname or (surname.isupper() and not given.isupper())
        if is_turned and not _is_degree(given) and not _has_other_words(given):
            text = f"{given} {surname}"
    text = _TAIL.sub("", text)
    # The initial of a logo: "V Valentin Michel".
    text = re.sub(r"^([^\W\d_]) (?=\1[^\W\d_]+ )", "", text)
    text = _SUFFIX.sub("", text).strip(" .,:-–|(") if len(text.split()) > 2 else text
    parts = text.split()
    if not 1 <= len(parts) <= 6 or not (_NAME if len(parts) > 1 else _ONE_WORD).fullmatch(text):
        return ""
    # "BALAMURUGAN.P" is two words.
    if len(parts) == 1 and not is_labeled and not re.search(r"\w\.\w", text):
        return ""
    if heading_of(text) or _has_other_words(text) or not re.search(r"[^\W\d_]{2}", text):
        return ""
    # Scripts without capitals have no say in this.
    if parts[0][0].islower() and not is_labeled:
        return ""
    if (
        sum(part[0].islower() and fold(part) not in _PARTICLES for part in parts) > 2
        and not is_labeled
    ):
        return ""
    return text


def _has_other_words(text: str) -> bool:
    # "CURRICULAMVITAE RAHULMORE": the heading in one word, and in any spelling.
    return any(
        (len(word) > 1 and word in _NOT_NAMES) or word.startswith("curric") for word in words(text)
    )


def _is_degree(text: str) -> bool:
    return bool(_SUFFIX.fullmatch(f" {text}"))


def _agreement(name: str, handles: list[list[str]], from_file: set[str]) -> float:
    """How much address, link and file name speak for `name`."""
    parts = [part for part in words(name) if len(part) > 1]
    score = 0.0
    for handle in handles:
        joined = "".join(handle)
        hits = sum(part in joined for part in parts if len(part) > 2)
        initials = "".join(part[0] for part in parts)
        if hits >= 2:
            score = max(score, 0.4)
        elif hits == 1:
            score = max(score, 0.28)
        elif len(joined) > 4 and any(
            joined.startswith(initials[:1]) and part[:4] in joined
            for part in parts[1:]
            if len(part) > 3
        ):
            score = max(score, 0.2)
    hits = sum(part in from_file for part in parts if len(part) > 2)
    if hits:
        score += 0.25 if hits >= 2 else 0.12
    return score


def agrees(name: str, handle: list[str]) -> bool:
    """Whether an address, whose words these are, may be made of `name`."""
    return _agreement(name, [handle], set()) > 0


def _tidied(name: str) -> str:
    """`name` as people write it: not in capitals, each word spaced once."""
    parts = name.split()
    if sum(part.isupper() and len(part) > 3 for part in parts) == 0 and not name.islower():
        return " ".join(parts)
    return " ".join(_capitalized(part, position) for position, part in enumerate(parts))


def _capitalized(part: str, position: int) -> str:
    if not (part.isupper() or part.islower()) or len(part.strip(".")) == 1:
        return part
    lower = part.lower()
    if position and lower in _PARTICLES:
        return lower
    if lower in {"md", "md."}:
        return lower.capitalize()
    if lower.startswith("mc") and len(lower) > 4:
        return "Mc" + lower[2:].capitalize()
    return (
        re.sub(r"[^\W\d_]+", lambda word: word.group().capitalize(), lower)
        if "'" not in lower
        else re.sub(r"[^\W\d_]{2,}|\b[^\W\d_]", lambda word: word.group().capitalize(), lower)
    )

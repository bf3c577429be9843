"""Taking out of a text who it is about: names, ways to be reached, age, schools, employers.

On the server, so that nothing of it reaches the page. Words are compared without case and accents. What cannot
be known from the record is caught by its form: addresses, links, numbers, dates of birth, names of schools.
"""

import re
import unicodedata
from collections.abc import Iterable

HIDDEN = "▮▮▮"

_EMAIL = re.compile(r"[^\s<>()\[\],;:|]+@[^\s<>()\[\],;|]+\.[^\s<>()\[\],;|]+")
_LINK = re.compile(
    r"(?:https?://|www\.)\S+|\b(?:[a-z0-9-]+\.)+(?:com|org|net|io|dev|de|me|ai|co|eu|fr|uk|ch|at|nl|app)\b(?:/\S*)?",
    re.I,
)
# Seven digits or more with what stands between the digits of a number; a year range has eight with one dash.
_PHONE = re.compile(r"(?<![\w.])\+?\(?\d[\d\s().\-/]{6,}\d(?!\w)")
_YEARS = re.compile(
    r"(?:19|20)\d\d\s*[-–/]\s*(?:(?:19|20)\d\d|\d{1,2})|\d{1,2}[./-]\d{1,2}[./-](?:19|20)?\d\d"
)
_AGE = re.compile(
    r"\b(?:date of birth|born(?: on| in)?|d\.?o\.?b\.?|birthday|age|geburtsdatum|geboren(?: am| in)?|geb\.|alter"
    r"|né(?:e)? le|date de naissance|fecha de nacimiento|nacid[oa] el|data di nascita|nato il|nata il)\b[ \t:]*"
    r"[^\n,;|]{0,40}",
    re.I,
)
_AGED = re.compile(r"\b\d{2}[- ]years?[- ]old\b", re.I)
_SCHOOL = re.compile(
    r"(?:[^\W\d_][\w.&'’-]*[ \t]+){0,5}"
    r"\b(?:universit(?:y|ät|é|à|et|eit)|universi(?:dad|dade|tà|teit|tet)|college|institute of technology|polytechnic|politecnico"
    r"|polit[eé]cnica|hochschule|fachhochschule|école|ecole|grande école|gymnasium|lyc[eé]e|high school|business school|academy)\b"
    r"(?:[ \t]+(?:of|de|di|der|für|for|at|do|da|in|the|and|&|und|[A-ZÄÖÜÉÈ][\w.'’-]*)){0,6}",
    re.I,
)
# Said of a firm by every second one: no name by itself.
_LEGAL = re.compile(
    r"[\s,]+(?:gmbh(?: & co\.? kg)?|ag|se|inc\.?|ltd\.?|llc|plc|corp\.?|co\.?|s\.?a\.?s?|s\.?r\.?l\.?|b\.?v\.?|oy|ab|group|company)\s*$",
    re.I,
)
# Too common to be hidden wherever they stand.
_COMMON = frozenset(
    {"and", "the", "der", "die", "das", "von", "van", "de", "la", "le", "del", "den", "for", "of"}
)

# First words of firms that say nothing of which.
_GENERAL = frozenset(
    {
        "advanced",
        "american",
        "bank",
        "british",
        "central",
        "city",
        "data",
        "deutsche",
        "digital",
        "european",
    }
    | {
        "federal",
        "first",
        "french",
        "general",
        "german",
        "global",
        "great",
        "group",
        "indian",
        "international",
    }
    | {
        "mobile",
        "national",
        "open",
        "public",
        "royal",
        "software",
        "state",
        "swiss",
        "team",
        "united",
        "university",
    }
)


def redact(
    text: str,
    *,
    names: Iterable[str],
    places_of_work: Iterable[str] = (),
    schools: Iterable[str] = (),
    keep_links: bool = False,
) -> str:
    """`text` without the person's names (each part of them), employers and schools, and without anything that
    has the form of an address, a link, a number to call, an age, or a school's name.

    `keep_links` is for places to meet: the link or number there is the call's.
    """
    hidden = text
    for pattern in (_EMAIL, _AGE, _AGED) if keep_links else (_EMAIL, _LINK, _AGE, _AGED):
        hidden = pattern.sub(HIDDEN, hidden)
    if not keep_links:
        hidden = _PHONE.sub(_hide_number, hidden)
    for term in sorted(_firms(places_of_work) | _firms(schools), key=len, reverse=True):
        hidden = _hide(hidden, term, inside=False)
    hidden = _SCHOOL.sub(HIDDEN, hidden)
    for part in sorted(_parts(names), key=len, reverse=True):
        hidden = _hide(hidden, part, inside=len(part) >= 6)
    return re.sub(rf"{HIDDEN}(?:[ \t]*{HIDDEN})+", HIDDEN, hidden)


def _hide_number(match: re.Match[str]) -> str:
    found = match[0]
    digits = re.sub(r"\D", "", found)
    if len(digits) < 7 or _YEARS.fullmatch(found.strip()):
        return found
    return HIDDEN


def _parts(names: Iterable[str]) -> set[str]:
    parts = set()
    for name in names:
        for part in re.split(r"[\s,./]+", _fold(name)[0]):
            word = part.strip("'’\"()-")
            if len(word) >= 2 and word not in _COMMON:
                parts.add(word)
                parts |= {piece for piece in word.split("-") if len(piece) >= 3}
    # As file names and accounts run them together.
    return parts | {one + other for one in parts for other in parts if one != other}


def _firms(names: Iterable[str]) -> set[str]:
    """Folded, as they are and without what says only their legal form."""
    terms = set()
    for name in names:
        for form in (name, _LEGAL.sub("", name)):
            folded = " ".join(_fold(form)[0].split())
            if len(folded) >= 2 and folded not in _COMMON:
                terms.add(folded)
            first, space, _ = folded.partition(" ")
            if space and len(first) >= 4 and first not in _GENERAL:
                terms.add(first)
    return terms


def _hide(text: str, term: str, *, inside: bool) -> str:
    """Hide a folded term as a word of its own, or also inside of longer ones; over line breaks too."""
    folded, places = _fold(text)
    words = r"\s+".join(map(re.escape, term.split()))
    pattern = words if inside else rf"(?<!\w){words}(?!\w)"
    out, last = [], 0
    for match in re.finditer(pattern, folded):
        start, end = places[match.start()], places[match.end()]
        if start < last:
            continue
        out += [text[last:start], HIDDEN]
        last = end
    return "".join([*out, text[last:]])


def _fold(text: str) -> tuple[str, list[int]]:
    """Lower case without accents, and for each of its characters (and the end) where it stands in `text`."""
    folded: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(text):
        for plain in unicodedata.normalize("NFKD", letter.casefold()):
            if not unicodedata.combining(plain):
                folded.append(plain)
                places.append(place)
    return "".join(folded), [*places, len(text)]

"""Taking out of a text who it is about: names, ways to be reached, age, schools, employers.

On the server, so that nothing of it reaches the page. Words are compared without case and accents, and as they are
written where a keyboard has no accents. What cannot be known from the record is caught by its form.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from pipelines.services.reviews import telltales

HIDDEN = "▮▮▮"
# Where in the text something stands that says who it is.
Span = tuple[int, int]

# Letters that no accent can be taken off of.
_PLAIN = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i"}
)
_WRITTEN_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})
_CONTRACTED = re.compile("(?<=[ao])e|(?<=u)e")
# Longer parts of names are looked for inside of words, too.
_TELLING = 6


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

    `keep_links` is for places to meet: the link, the number or the street there is the meeting's.
    """
    firms, schools = list(places_of_work), list(schools)
    by_form = [telltales.EMAIL, telltales.AGE, telltales.AGED, telltales.SCHOOL]
    by_form.append(telltales.SCHOOL_IN_SHORT)
    if not keep_links:
        by_form += [telltales.LINK, telltales.ADDRESS]
    spans = [match.span() for pattern in by_form for match in pattern.finditer(text)]
    if not keep_links:
        spans += _numbers(text)
    if short := _in_short([*firms, *schools]):
        spans += [match.span() for match in _as_words(short).finditer(text)]
    folded, places = _fold(text)
    for pattern in _known(names, [*firms, *schools]):
        for match in pattern.finditer(folded):
            end = places[match.end() - 1] + 1
            age = telltales.AGE_OF_NAME.match(text, end)
            spans.append((places[match.start()], age.end() if age else end))
    return _without(text, spans)


def _without(text: str, spans: list[Span]) -> str:
    """`text` with one mark for all that touches or has nothing but spaces between."""
    out: list[str] = []
    last = 0
    for start, end in sorted(spans):
        if end <= last:
            continue
        between = text[last:start]
        if not out or between.strip(" \t"):
            out += [between, HIDDEN]
        last = end
    return "".join([*out, text[last:]])


def _numbers(text: str) -> Iterator[Span]:
    for match in telltales.PHONE.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        if len(digits) >= 7 and not telltales.YEARS.fullmatch(match[0].strip()):
            yield match.span()


def _known(names: Iterable[str], firms: Iterable[str]) -> Iterator["re.Pattern[str]"]:
    """What finds the person's names, employers and schools in a folded text, over line breaks too."""
    terms = _firms(firms)
    if terms:
        yield _as_words(terms)
    parts = _parts(names)
    if not parts:
        return
    # Names are run together in the names of files and accounts, so one part may follow the other.
    yield _as_words(parts, most=4)
    together = {one + other for one in parts for other in parts if one != other}
    inside = {word for word in parts | together if len(word) >= _TELLING}
    if inside:
        yield re.compile(_any_of(inside))


def _as_words(terms: Iterable[str], *, most: int = 1) -> "re.Pattern[str]":
    """Finds these, up to `most` in a row, where no letter stands before or behind: digits and underscores may."""
    # A firm such as 3M is not in 13M.
    return re.compile(rf"(?<![^\W\d_])(?!(?<=\d)\d)(?:{_any_of(terms)}){{1,{most}}}(?![^\W\d_])")


def _any_of(terms: Iterable[str]) -> str:
    longest_first = sorted(terms, key=lambda term: (-len(term), term))
    return "|".join(r"\s+".join(map(re.escape, term.split())) for term in longest_first)


def _parts(names: Iterable[str]) -> set[str]:
    """The words of these names, folded."""
    parts = set()
    for spelled in _spellings(names):
        for part in re.split(r"[\s,./_]+", spelled):
            word = part.strip("'’\"()-")
            if len(word) >= 2 and word not in telltales.COMMON:
                parts.add(word)
                parts |= {piece for piece in word.split("-") if len(piece) >= 3}
    return parts


def _firms(names: Iterable[str]) -> set[str]:
    """Folded, as they are and without what says only their legal form."""
    terms = set()
    forms = {form for name in names for form in (name, telltales.LEGAL_FORM.sub("", name))}
    for spelled in _spellings(forms):
        term = " ".join(spelled.split())
        if len(term) >= 2 and term not in telltales.COMMON:
            terms.add(term)
        first, space, _ = term.partition(" ")
        if space and len(first) >= 4 and first not in telltales.GENERAL:
            terms.add(first)
    return terms


def _in_short(names: Iterable[str]) -> set[str]:
    """How firms and schools are called in short, to be found in this case only: ETH, MIT, TU Berlin."""
    found = set()
    for name in names:
        words = re.findall(r"[^\W\d_][\w'’.-]*", telltales.LEGAL_FORM.sub("", name))
        telling = [word for word in words if word[0].isupper()]
        if len(words) > 1 and 2 < len(words[0]) < 6 and words[0].isupper():
            found.add(words[0])
        initials = "".join(word[0] for word in telling)
        found |= {initials[:length] for length in range(3, len(initials) + 1)}
        if len(telling) > 2:
            found.add(f"{initials[:-1]} {telling[-1]}")
    return found


def _spellings(names: Iterable[str]) -> set[str]:
    """Each of them folded; and Müller as Mueller, Mueller as Muller is folded."""
    found = set()
    for name in filter(str.strip, names):
        folded = _fold(name)[0]
        written_out = _fold(unicodedata.normalize("NFC", name.casefold()).translate(_WRITTEN_OUT))
        contracted = [
            short if len(short) > 3 else word
            for word in folded.split()
            for short in [_CONTRACTED.sub("", word)]
        ]
        found |= {folded, written_out[0], " ".join(contracted)}
    return found


def _fold(text: str) -> tuple[str, list[int]]:
    """Lower case without accents, and for each of its characters where it stands in `text`."""
    folded: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(text):
        if letter.isascii():
            folded.append(letter.lower())
            places.append(place)
            continue
        for plain in unicodedata.normalize("NFKD", letter.casefold()).translate(_PLAIN):
            # Accents, and what takes no room: a name with a soft hyphen or a joiner in it is that name.
            if not unicodedata.combining(plain) and unicodedata.category(plain) != "Cf":
                folded.append(plain)
                places.append(place)
    return "".join(folded), places

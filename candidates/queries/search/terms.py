"""Words that are searched for, and what they mean to the search index.

A term is `word` (words of a record that begin so; in notes and résumés the whole word), `word*` (anything that
begins so), `"several words"` (exactly these, one after the other) or `word~` (words that look like it).
"""

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchVectorField, TrigramWordSimilarity
from django.db import connection
from django.db.models import BooleanField, F, Func, Q, TextField
from django.db.models.lookups import GreaterThanOrEqual

from candidates.folding import fold, words_of
from candidates.queries.search.tree import QueryError

# How much alike a word must be: below it come words that share three letters.
LIKENESS = 0.5
SHORTEST_LIKE = 3
_NUMBER = re.compile(r"[+(]?[\d\s()./+-]{5,}")


@dataclass(frozen=True)
class Term:
    """A term taken apart: its words, and how they are meant."""

    words: tuple[str, ...]
    is_exact: bool = False
    is_beginning: bool = False
    is_like: bool = False
    digits: str = ""

    @property
    def folded(self) -> str:
        return " ".join(self.words)

    def exchanged(self) -> list[str]:
        """The single word with each two neighbouring letters exchanged; nothing of several words.

        One letter wrong, missing or too many leaves most groups of three as they are. Two exchanged in a name of six
        letters do not, and are as common a slip (F. J. Damerau, CACM 7, 1964).
        """
        if len(self.words) != 1:
            return []
        (word,) = self.words
        pairs = pairwise(word)
        return [
            f"{word[:at]}{second}{first}{word[at + 2 :]}"
            for at, (first, second) in enumerate(pairs)
            if first != second
        ]


def read_term(text: str) -> Term:
    """The term in its written form; refuses one without a letter or digit."""
    body, sign = text.strip(), ""
    is_exact = len(body) >= 2 and body[0] == body[-1] == '"'
    if is_exact:
        body = body[1:-1]
    elif body[-1:] in {"*", "~"}:
        body, sign = body[:-1], body[-1]
    words = tuple(words_of(fold(body)))
    if not words:
        raise QueryError(f"“{text}” has no letter or digit to search for.")
    if sign == "~" and len("".join(words)) < SHORTEST_LIKE:
        raise QueryError(f"“{text}”: likeness needs at least {SHORTEST_LIKE} letters.")
    return Term(words, is_exact, sign == "*", sign == "~", digits_of(body))


def digits_of(text: str) -> str:
    """The digits of what looks like a phone number, without what is only dialed at home; else nothing."""
    digits = re.sub(r"\D", "", text)
    if not _NUMBER.fullmatch(text) or len(digits) < 5:
        return ""
    return digits.removeprefix("00") if digits.startswith("00") else digits.lstrip("0")


def index_holds(term: Term, *, record: bool = True, long_texts: str = "CD") -> Q:
    """Whether the index holds the term: in the record (weight A), in long texts of these weights, or both.

    PostgreSQL takes the beginning of a word for one in 200 whatever it is, and would read all people in
    order for a rare one. Said twice, once exactly and once loosely, it counts as one in 40,000, and what is
    known to be common still as common. The second time it is only looked at in rows that are found: the index
    reads the words of a beginning once.
    """
    precise = Q(search=_text_query(term, record=record, long_texts=long_texts))
    if term.is_exact:
        return precise
    *before, last = [f"'{word}'" for word in term.words]
    return precise & Q(_Doubted(F("search"), _raw(" & ".join([*before, f"{last}:*"]))))


def _text_query(term: Term, *, record: bool, long_texts: str) -> SearchQuery:
    *before, last = [f"'{word}'" for word in term.words]
    parts = []
    if record:
        sign = ":A" if term.is_exact else ":*A"
        parts.append(" <-> ".join([*(f"{word}:A" for word in before), last + sign]))
    if long_texts:
        sign = f":*{long_texts}" if term.is_beginning else f":{long_texts}"
        parts.append(" <-> ".join([*(f"{word}:{long_texts}" for word in before), last + sign]))
    return _raw(" | ".join(f"({part})" for part in parts))


def _raw(text: str) -> SearchQuery:
    return SearchQuery(text, search_type="raw", config="simple")


def column_holds(column: str, term: Term) -> Q:
    """Whether the words of one text column hold the term: found by the index, then looked at one by one.

    The index is asked once here: the look at the column already counts as rare, and were both doubted, everybody who
    has a common word would be looked at before the first page is shown.
    """
    return record_holds(term) & row_holds(column, term)


def record_holds(term: Term) -> Q:
    """Whether the record's words hold the term, or one that looks like it: to be looked at more closely."""
    if term.is_like:
        return looks_like(term)
    return Q(search=_text_query(term, record=True, long_texts=""))


def row_holds(column: str, term: Term, *, is_long: bool = False) -> Q:
    """Whether the words of a text column hold the term, row by row: in long texts as whole words."""
    folded = Func(F(column), function="candidates_fold", output_field=TextField())
    if term.is_like:
        alike = Q(GreaterThanOrEqual(TrigramWordSimilarity(term.folded, folded), LIKENESS))
        exchanged = term.exchanged()
        if not exchanged:
            return alike
        anyone = _raw(" | ".join(f"'{word}'" for word in exchanged))
        return alike | Q(_Matches(_vector(folded), anyone))
    is_whole = term.is_exact or (is_long and not term.is_beginning)
    sign = "" if is_whole else ":*"
    *before, last = [f"'{word}'" for word in term.words]
    return Q(_Matches(_vector(folded), _raw(" <-> ".join([*before, last + sign]))))


def _vector(folded: "Func[Any]") -> "Func[Any]":
    return Func(folded, function="candidates_vector", output_field=SearchVectorField())


def column_looks_like(column: str, term: Term) -> Q:
    """Whether a word of one text column of the person looks like the term."""
    return looks_like(term) & row_holds(column, term)


class _Matches(Func):
    """`vector @@ query` as a condition."""

    template = "(%(expressions)s)"
    arg_joiner = " @@ "
    output_field = BooleanField()
    conditional = True


class _Doubted(_Matches):
    """The same, said so that it counts when the plan is made, but is not asked of the index."""

    template = "(%(expressions)s) IS TRUE"


def looks_like(term: Term) -> Q:
    """Whether a word of the record looks like the term: it shares half of its groups of three letters, or two letters of it are exchanged."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('pg_trgm.word_similarity_threshold', %s, true)", [str(LIKENESS)]
        )
    alike = Q(search_text__trigram_word_similar=term.folded)
    exchanged = term.exchanged()
    if not exchanged:
        return alike
    return alike | Q(search=_raw(" | ".join(f"'{word}':A" for word in exchanged)))


def number_holds(term: Term) -> Q:
    """Whether a phone number of the record holds these digits."""
    return Q(search_text__contains=term.digits)

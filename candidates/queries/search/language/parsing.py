"""From text to a tree, with names looked up and errors that point at their place."""

import re
from dataclasses import dataclass, replace
from typing import NoReturn

from rapidfuzz import fuzz, process

from candidates.folding import fold
from candidates.queries.search.compiling import fields_of
from candidates.queries.search.custom import custom_search_fields, prefixes
from candidates.queries.search.fields import Field, Kind, registry
from candidates.queries.search.language.reading import Reader, Token
from candidates.queries.search.searcher import Searcher
from candidates.queries.search.terms import read_term
from candidates.queries.search.tree import (
    DEEPEST,
    LONGEST_VALUE,
    Combine,
    Condition,
    Group,
    Node,
    QueryError,
    refuse_large,
    simplified,
)
from candidates.queries.search.values import day_of

WORDS = "text"
_COMPARED = re.compile(r"(>=|<=|>|<|=)(.*)", re.DOTALL)
_RANGE = re.compile(r"(.+)\.\.(.+)", re.DOTALL)
_NUMBERED = re.compile(r"#(\d{1,18})")
_WHOLE_KINDS = {Kind.DATE, Kind.NUMBER}


@dataclass(frozen=True)
class _Named:
    """A condition whose values are names still, each at its place."""

    condition: Condition
    tokens: tuple[Token, ...]


def parse(text: str, *, searcher: Searcher) -> Group:
    """The tree that `text` means to `searcher`. Raises QueryError, which knows the place.

    Names are looked up once for each field, custom fields once for all.
    """
    return _Parser(text, searcher).tree()


class _Parser:
    def __init__(self, text: str, searcher: Searcher) -> None:
        self.reader, self.searcher = Reader(text), searcher
        self.named: dict[int, _Named] = {}
        self.custom: dict[str, Field] | None = None
        self.depth = 0

    def tree(self) -> Group:
        whole = self._any()
        left = self.reader.peek()
        if left is not None:
            raise QueryError(
                "A parenthesis is closed here that was not opened.", at=left.at, length=1
            )
        tree = simplified(self._with_ids(whole)) if whole else Group()
        refuse_large(tree)
        return tree

    def _any(self) -> Node | None:
        parts = [self._all()]
        while (token := self.reader.peek()) and token.kind == "OR":
            self.reader.take(token)
            following = self._all()
            if parts[-1] is None or following is None:
                raise QueryError(
                    "OR stands between two things: one is missing here.", at=token.at, length=2
                )
            parts.append(following)
        found = tuple(part for part in parts if part is not None)
        return found[0] if len(found) == 1 else Group(Combine.ANY, found) if found else None

    def _all(self) -> Node | None:
        parts: list[Node] = []
        while token := self.reader.peek():
            if token.kind in {"OR", ")"}:
                break
            if token.kind == "AND":
                self.reader.take(token)
                following = self.reader.peek()
                if not parts or following is None or following.kind in {"OR", ")", "AND"}:
                    raise QueryError(
                        "AND stands between two things: one is missing here.",
                        at=token.at,
                        length=3,
                    )
                continue
            parts.append(self._one(token))
        if len(parts) == 1:
            return parts[0]
        return Group(Combine.ALL, tuple(parts)) if parts else None

    def _one(self, token: Token) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            raise QueryError(f"Groups lie at most {DEEPEST} deep.", at=token.at, length=1)
        self.reader.take(token)
        if token.kind == "NOT":
            found = self._negated(token)
        elif token.kind == "(":
            found = self._grouped(token)
        elif token.kind == "field":
            found = self._compared(token)
        else:
            found = self._word(token)
        self.depth -= 1
        return found

    def _negated(self, token: Token) -> Node:
        following = self.reader.peek()
        if following is None or following.kind in {"OR", "AND", ")"}:
            raise QueryError("Say after this what must not be.", at=token.at, length=token.length)
        return Group(Combine.NONE, (self._one(following),))

    def _grouped(self, token: Token) -> Node:
        found = self._any()
        closing = self.reader.peek()
        if closing is None or closing.kind != ")":
            raise QueryError("A parenthesis is opened here and not closed.", at=token.at, length=1)
        if found is None:
            raise QueryError("There is nothing in these parentheses.", at=token.at, length=2)
        self.reader.take(closing)
        return found

    def _word(self, token: Token) -> Node:
        value = self.reader.number() or self.reader.value()
        if value is None:
            # A lone comma or so: no word to search for, and no harm.
            sign = self.reader.text[self.reader.at]
            raise QueryError(f"“{sign}” stands here alone.", at=self.reader.at, length=1)
        # "berlin, germany", "Müller & Söhne", "smith - london": signs between words are no words.
        self.reader.take_between()
        return Condition(WORDS, "any", (_term(value),))

    def _compared(self, token: Token) -> Node:
        if token.text.lower() in {"has", "no"}:
            return self._known(token)
        field = self._field(token)
        if field.kind in _WHOLE_KINDS:
            return self._ranged(field, token)
        tokens, operator = self._values(token, tail=field.tail)
        if field.kind == Kind.YES_NO:
            return self._yes_or_no(field, tokens[0])
        if field.kind == Kind.TEXT:
            asked = Condition(field.key, operator, tuple(map(_term, tokens)))
            self._refuse_wrong(field, asked, token)
            return asked
        values = tuple(one.text for one in tokens)
        asked = Condition(field.key, operator, values)
        if field.names is not None:
            self.named[id(asked)] = _Named(asked, tuple(tokens))
        else:
            self._refuse_wrong(field, asked, tokens[0])
        return asked

    def _values(self, token: Token, *, tail: str) -> tuple[list[Token], str]:
        """The values of a list, and how they are joined; `tail` belongs to a bare value before it."""
        tokens = [self.reader.with_tail(self._value(token), tail)]
        signs = set()
        while sign := next((one for one in ",&" if self.reader.takes(one)), ""):
            signs.add(sign)
            if len(signs) > 1:
                raise QueryError(
                    "Write either a comma (any) or an & (all) between the values, not both.",
                    at=self.reader.at - 1,
                    length=1,
                )
            tokens.append(self.reader.with_tail(self._value(token), tail))
        return tokens, "all" if "&" in signs else "any"

    def _value(self, token: Token, *, is_whole: bool = False) -> Token:
        value = self.reader.value(is_whole=is_whole)
        if value is None or not value.text.strip():
            raise QueryError(
                f"Say after “{token.text}:” what to compare with.",
                at=token.at,
                length=token.length,
            )
        return value

    def _known(self, token: Token) -> Node:
        value = self._value(token)
        field = self._field(replace(value, text=value.text))
        operator = "set" if token.text.lower() == "has" else "empty"
        if field.kind == Kind.YES_NO:
            operator = "yes" if operator == "set" else "no"
        asked = Condition(field.key, operator)
        self._refuse_wrong(field, asked, token)
        return asked

    def _yes_or_no(self, field: Field, value: Token) -> Node:
        answers = {"yes": "yes", "true": "yes", "no": "no", "false": "no"}
        if fold(value.text) not in answers:
            raise QueryError(f"“{field.label}” is yes or no.", at=value.at, length=value.length)
        return Condition(field.key, answers[fold(value.text)])

    def _ranged(self, field: Field, token: Token) -> Node:
        value = self._value(token, is_whole=True)
        text, sign = value.text, ""
        if not value.is_quoted and (found := _COMPARED.fullmatch(text)):
            sign, text = found[1], found[2]
            if not text and self.reader.text[self.reader.at : self.reader.at + 1] == '"':
                text = self._value(token).text
        ranged = None if sign else _RANGE.fullmatch(text)
        if ranged:
            asked = Condition(field.key, "between", (ranged[1], ranged[2]))
        elif field.kind == Kind.NUMBER:
            if sign in {">", "<"}:
                raise QueryError(
                    f"Write {sign}= before a number: it counts itself.",
                    at=value.at,
                    length=value.length,
                )
            operators = {">=": "at_least", "<=": "at_most", "": "equals", "=": "equals"}
            asked = Condition(field.key, operators.get(sign, sign), (text,))
        else:
            asked = _dated(field, sign, text)
        asked = replace(asked, values=tuple(one.replace(" ", "") for one in asked.values))
        self._refuse_wrong(field, asked, value)
        return asked

    def _refuse_wrong(self, field: Field, asked: Condition, token: Token) -> None:
        try:
            field.refuse_wrong(asked)
        except QueryError as wrong:
            raise QueryError(wrong.sentence, at=token.at, length=token.length) from None

    def _field(self, token: Token) -> Field:
        key = token.text.lower()
        if key in registry.fields:
            return registry.fields[key]
        if self.custom is None:
            self.custom = custom_search_fields(None, self.searcher.role)
        found = self.custom.get(key)
        for prefix in prefixes():
            # A bare name: that of a person's field before that of a candidacy's.
            found = found or self.custom.get(f"{prefix}{key}")
        if found is None:
            self._refuse_field(token)
        return found

    def _refuse_field(self, token: Token) -> NoReturn:
        known = [*registry.fields, *(self.custom or {})]
        guess = _nearest(token.text.lower(), known)
        raise QueryError(
            f"There is no field “{token.text}”.{guess} To search for the words, put them in quotes.",
            at=token.at,
            length=len(token.text),
        )

    def _with_ids(self, node: Node) -> Node:
        """The tree with ids where names stood: one query for each field."""
        wanted: dict[str, list[str]] = {}
        for one in self.named.values():
            wanted.setdefault(one.condition.field, []).extend(
                token.text for token in one.tokens if not _is_id(token)
            )
        found = {}
        fields = fields_of(wanted, self.searcher) | (self.custom or {})
        for key, names in wanted.items():
            known = fields[key].names_for(self.searcher)
            found[key] = known.find(set(names)) if known is not None else {}
        return self._renamed(node, found, fields)

    def _renamed(
        self, node: Node, found: dict[str, dict[str, str]], fields: dict[str, Field]
    ) -> Node:
        if isinstance(node, Group):
            return replace(
                node, parts=tuple(self._renamed(part, found, fields) for part in node.parts)
            )
        named = self.named.get(id(node))
        if named is None:
            return node
        field = fields[node.field]
        values = tuple(self._id_of(token, found[node.field], field) for token in named.tokens)
        renamed = replace(node, values=values)
        self._refuse_wrong(field, renamed, named.tokens[0])
        return renamed

    def _id_of(self, token: Token, known: dict[str, str], field: Field) -> str:
        if _is_id(token):
            return token.text.removeprefix("#")
        if token.text in known:
            return known[token.text]
        names = field.names_for(self.searcher)
        guess = _nearest(token.text, [name for _, name in names.choices()] if names else [])
        raise QueryError(
            f"There is no {field.label.lower()} “{token.text}”.{guess}",
            at=token.at,
            length=token.length,
        )


def _dated(field: Field, sign: str, text: str) -> Condition:
    if text.startswith("next") and not sign:
        return Condition(field.key, "next", (text.removeprefix("next"),))
    if text[-1:] in set("dwmy") and sign not in {">=", "="}:
        # More than 90 days ago; otherwise within them.
        return Condition(field.key, "older" if sign == ">" else "within", (text,))
    if sign in {">", "<="}:
        # After a day is from the next one on, and up to a day is before the next one.
        text = _next_day(text)
    operators = {">=": "from", ">": "from", "<": "before", "<=": "before", "": "on", "=": "on"}
    return Condition(field.key, operators[sign], (text,))


def _next_day(text: str) -> str:
    """The day after the one written; what is no day stays, to be refused with the words for it."""
    try:
        return day_of(text.strip()).fromordinal(day_of(text.strip()).toordinal() + 1).isoformat()
    except ValueError:
        return text


def _is_id(token: Token) -> bool:
    return not token.is_quoted and (
        bool(_NUMBERED.fullmatch(token.text)) or (len(token.text) > 1 and token.text.endswith("*"))
    )


def _nearest(text: str, known: list[str]) -> str:
    """“Did you mean …?”, where something is near enough: written nearly so, or with a word that begins so."""
    folded, asked = [fold(one) for one in known], fold(text)
    found = process.extractOne(asked, folded, scorer=fuzz.ratio, score_cutoff=65)
    if found:
        return f" Did you mean “{known[found[2]]}”?"
    begun = [
        name for name, low in zip(known, folded, strict=True) if f" {low}".find(f" {asked}") >= 0
    ]
    return f" Did you mean “{min(begun, key=len)}”?" if begun else ""


def _term(value: Token) -> str:
    text = f'"{value.text}"' if value.is_quoted else "".join(value.text.split())
    if len(text) > LONGEST_VALUE:
        raise QueryError(
            f"Words between quotes or blanks have at most {LONGEST_VALUE} letters.",
            at=value.at,
            length=value.length,
        )
    try:
        read_term(text)
    except QueryError as wrong:
        raise QueryError(wrong.sentence, at=value.at, length=value.length) from None
    return text

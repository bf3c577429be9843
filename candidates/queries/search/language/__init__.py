"""The text language of searches: what one types into the box is the same tree that the builder makes.

`python (berlin OR lisbon) -tag:"Not a fit" skill:go,rust contacted:>90d` and so on. Words are joined by AND;
OR binds weaker, NOT (or `-` right before) stronger; parentheses group. `field:value` compares a field, `a,b` is
any of them and `a&b` all; `has:field` and `no:field` ask whether something is known. See `docs/search.md`.
"""

from candidates.queries.search.language.parsing import parse
from candidates.queries.search.language.writing import write

__all__ = ["parse", "write"]

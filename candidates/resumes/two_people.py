"""Two résumés in one file: two addresses far apart, each with a name of its own beside it."""

import re

from candidates.resumes.found import Found, fold, words
from candidates.resumes.names import agrees, as_name
from candidates.resumes.sections import Part, Placed

# So far from an address its person's name may stand, in lines.
_BEFORE, _AFTER = 6, 1
# Nearer to each other they are two ways to reach one person.
_APART = 5
_TOP = 3
_PARTS = {Part.WORK, Part.EDUCATION, Part.SKILLS, Part.LANGUAGES, Part.PERSONAL}


def find_two_people(placed: list[Placed], *, emails: list[Found], named: list[Found]) -> list[str]:
    """The names of both where a file seems to be about two people, else nothing.

    A referee, a superior or a second address of one's own make none: the second name is that of its address and not
    the first one's, and behind it the parts of a résumé begin again, or with it a page.
    """
    lines = [one for one in placed if one.text]
    own = [one for one in emails if one.start >= 0 and one.confidence >= 0.5]
    if len(own) < 2:
        return []
    own.sort(key=lambda one: one.start)
    first_at = _line_of(lines, own[0])
    first = _name_beside(lines, first_at, own[0], "") or (named[0].value if named else "")
    if not first:
        return []
    for other in own[1:]:
        at = _line_of(lines, other)
        if at - first_at < _APART or lines[at].part == Part.REFERENCES:
            continue
        if agrees(first, _handle(other)):
            continue
        name = _name_beside(lines, at, other, first)
        if name and (_begins_page(lines, at, name) or _begins_again(lines, at)):
            return [first, name]
    return []


def _line_of(lines: list[Placed], email: Found) -> int:
    return max(
        (position for position, one in enumerate(lines) if one.start <= email.start), default=0
    )


def _handle(email: Found) -> list[str]:
    return words(re.sub(r"\d+", " ", email.value.partition("@")[0]))


def _name_beside(lines: list[Placed], at: int, email: Found, other: str) -> str:
    """The name near the address that it is made of; not one that has a word of `other`."""
    near = lines[max(0, at - _BEFORE) : at + _AFTER + 1]
    for one in reversed(near):
        if one.is_heading or one.part == Part.REFERENCES:
            continue
        for segment in re.split(r"[\t|•·]+", one.text):
            bare = re.sub(r"^\W*(?:full name|name)\s*[:\t]\s*", "", segment.strip(), flags=re.I)
            name = as_name(bare)
            parts, handle = set(words(name)), _handle(email)
            is_theirs = agrees(name, handle) or parts & set(handle)
            if name and is_theirs and not parts & set(words(other)):
                return name.title() if name.isupper() else name
    return ""


def _begins_page(lines: list[Placed], at: int, name: str) -> bool:
    page = lines[at].line.page
    top = [one for one in lines if one.line.page == page][:_TOP]
    return page > lines[0].line.page and any(fold(name) in fold(one.text) for one in top)


def _begins_again(lines: list[Placed], at: int) -> bool:
    """Whether a part that a résumé has once stands before the address and again behind it."""
    before = {one.part for one in lines[:at] if one.is_heading}
    behind = {one.part for one in lines[at:] if one.is_heading}
    return bool(before & behind & _PARTS)

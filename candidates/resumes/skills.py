"""Skills, by a list that Rapport brings and by the organization's own words."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from candidates.resumes.found import Found, fold
from candidates.resumes.sections import Part, Placed

_FILE = Path(__file__).with_name("skills.tsv")
# Words as skills have them: "C++", "C#", ".NET", "Node.js", "CI/CD" hold together.
_TOKEN = re.compile(r"\.?[^\W_]+(?:[.'/-][^\W_]+)*(?:\+\+|#)?|[^\W_]+[+#]*")
_MOST_WORDS = 4
_MOST_SKILLS = 60
# Said of themselves by everybody: not worth a recruiter's look unless a list names them.
_SOFT = frozenset(
    {
        "Communication",
        "Leadership",
        "Teamwork",
        "Problem solving",
        "Time management",
        "Critical thinking",
        "Training",
        "Research",
        "Sales",
    }
    | {
        "Analytical thinking",
        "Administration",
        "Negotiation",
        "Public speaking",
        "Statistics",
        "Manufacturing",
        "Insurance",
        "Retail",
        "Editing",
    }
    | {
        "Chemistry",
        "Physics",
        "Mathematics",
        "Economics",
        "Accounting",
        "Nursing",
        "Teaching",
        "Agriculture",
        "Compliance",
        "Treasury",
        "Lean",
    }
)

Taxonomy = dict[tuple[str, ...], str]


@dataclass(frozen=True)
class ShippedSkill:
    """One skill of the list: other ways to write it, and the names of skills that are near it."""

    name: str
    family: str
    aliases: tuple[str, ...]
    related: tuple[str, ...]
    # A word or a letter of its own: read out of running text only in this very spelling.
    is_exact: bool


@cache
def shipped_skills() -> tuple[ShippedSkill, ...]:
    """The list that Rapport brings, in the order of the file."""
    family, skills = "", []
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            family = line[3:]
        elif line and not line.startswith("#"):
            name, aliases, related = [*line.split("\t"), "", ""][:3]
            words, near = (tuple(filter(None, cell.split("|"))) for cell in (aliases, related))
            is_exact = name.startswith("=")
            skills.append(ShippedSkill(name.lstrip("="), family, words, near, is_exact))
    return tuple(skills)


@cache
def shipped() -> tuple[Taxonomy, dict[str, str]]:
    """Ways to write a skill to its name; and names that count in one spelling only."""
    taxonomy: Taxonomy = {}
    exact: dict[str, str] = {}
    for skill in shipped_skills():
        if skill.is_exact:
            exact[skill.name] = skill.name
        else:
            taxonomy[_key(skill.name)] = skill.name
        for alias in skill.aliases:
            taxonomy.setdefault(_key(alias), skill.name)
    return taxonomy, exact


def _key(name: str) -> tuple[str, ...]:
    return tuple(fold(match.group()) for match in _TOKEN.finditer(name))


def find_skills(text: str, placed: list[Placed], *, own: Iterable[str] = ()) -> list[Found]:
    """Skills in the order of the text, each at its first place; those that are listed count for more."""
    taxonomy, exact = shipped()
    ours = {_key(name): name for name in own if name.strip()}
    found: dict[str, Found] = {}
    for one in placed:
        if not one.text or one.is_heading or one.part in {Part.REFERENCES, Part.PERSONAL}:
            continue
        is_listed = one.part == Part.SKILLS
        tokens = [
            (match.group(), match.start(), match.end()) for match in _TOKEN.finditer(one.text)
        ]
        folded = [fold(token) for token, _, _ in tokens]
        position = 0
        while position < len(tokens):
            name, taken = _at(tokens, folded, position, ours, taxonomy, exact, is_listed=is_listed)
            if name:
                start = one.start + tokens[position][1]
                end = one.start + tokens[position + taken - 1][2]
                confidence = 0.9 if is_listed else (0.45 if name in _SOFT else 0.7)
                known = found.get(name)
                if known is None or known.confidence < confidence:
                    found[name] = Found(name, confidence, start, end)
            position += max(1, taken)
    return sorted(found.values(), key=lambda skill: (-skill.confidence, skill.start))[:_MOST_SKILLS]


def _at(
    tokens: list[tuple[str, int, int]],
    folded: list[str],
    position: int,
    ours: Taxonomy,
    taxonomy: Taxonomy,
    exact: dict[str, str],
    *,
    is_listed: bool,
) -> tuple[str, int]:
    """The longest skill that begins at `position`, and how many words it takes."""
    for taken in range(min(_MOST_WORDS, len(tokens) - position), 0, -1):
        key = tuple(folded[position : position + taken])
        if name := ours.get(key) or taxonomy.get(key):
            return name, taken
    token = tokens[position][0]
    if is_listed and token in exact:
        return exact[token], 1
    # "Java/J2EE", "HTML/CSS": words that a stroke joins.
    if "/" in token:
        for half in token.split("/"):
            if name := ours.get((fold(half),)) or taxonomy.get((fold(half),)):
                return name, 1
    return "", 0

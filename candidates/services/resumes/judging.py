"""What the jail answered, believed no further than its form: a file may have taken the reader over."""

from dataclasses import dataclass, field
from typing import Any

from candidates.resumes.kinds import CONTENT_TYPES

FOUND_FIELDS = (
    "name", "people", "headline", "company", "city", "country", "email", "phone", "link", "language", "skill",
)  # fmt: skip
ENTRY_FIELDS = ("work", "education")
_MOST_TEXT = 220_000
_MOST_FOUND = 60
_MOST_VALUE = 300
_MOST_SUMMARY = 2000


@dataclass(frozen=True)
class Reading:
    kind: str
    pages: int
    text: str
    notices: list[str]
    fields: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


def judge(answer: dict[str, Any]) -> Reading:
    """The answer with only what has the right form and size."""
    text = _text(answer.get("text"), _MOST_TEXT)
    told = answer.get("fields")
    told = told if isinstance(told, dict) else {}
    fields: dict[str, list[dict[str, Any]]] = {}
    for name in FOUND_FIELDS:
        found = [_found(one, len(text)) for one in _list(told.get(name)) if isinstance(one, dict)]
        fields[name] = [one for one in found if one["value"]]
    for name in ENTRY_FIELDS:
        entries = [_entry(one, len(text)) for one in _list(told.get(name)) if isinstance(one, dict)]
        fields[name] = [one for one in entries if one["title"] or one["organization"]]
    kind = answer.get("kind")
    return Reading(
        kind=kind if kind in CONTENT_TYPES else "",
        pages=_number(answer.get("pages"), 1, 100_000),
        text=text,
        notices=[_text(notice, _MOST_VALUE) for notice in _list(answer.get("notices"))][:10],
        fields={name: found for name, found in fields.items() if found},
    )


def _list(value: Any) -> list[Any]:
    return value[:_MOST_FOUND] if isinstance(value, list) else []


def _text(value: Any, most: int) -> str:
    return value.replace("\x00", "")[:most] if isinstance(value, str) else ""


def _number(value: Any, least: int, most: int) -> int:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return max(least, min(most, value)) if is_number else least


def _span(one: dict[str, Any], length: int) -> dict[str, Any]:
    confidence = one.get("confidence")
    start, end = _number(one.get("start"), -1, length), _number(one.get("end"), -1, length)
    return {
        "confidence": min(1.0, max(0.0, float(confidence)))
        if isinstance(confidence, int | float)
        else 0.0,
        "start": start if start <= end else -1,
        "end": end if start <= end else -1,
    }


def _found(one: dict[str, Any], length: int) -> dict[str, Any]:
    return {"value": _text(one.get("value"), _MOST_VALUE).strip(), **_span(one, length)}


def _entry(one: dict[str, Any], length: int) -> dict[str, Any]:
    return {
        **{
            name: _text(one.get(name), 200).strip()
            for name in ("title", "organization", "started", "ended")
        },
        "is_current": one.get("is_current") is True,
        "summary": _text(one.get("summary"), _MOST_SUMMARY),
        **_span(one, length),
    }

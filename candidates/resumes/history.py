"""Jobs and schools with their dates: each begins near a span of months."""

import re
from dataclasses import dataclass, field
from typing import Any

from candidates.resumes.dates import Span, find_point, find_span
from candidates.resumes.found import Found, fold
from candidates.resumes.places import is_place
from candidates.resumes.sections import Part, Placed, heading_of

_MOST_ENTRIES = 25
_MOST_SUMMARY = 1500
_BULLET = re.compile(
    r"^\s*(?:[•▪●○◦‣⁃∙·*➢➤✓✔■□❖♦►▶]|[-–—]\s|o\s(?=[A-Z])|\uf0b7|\uf0a7|\d{1,2}[.)]\s)"
)
_SEPARATOR = re.compile(r"\s*(?:\t+|\s[|•·–—-]\s|\s*[|•·]\s*|,\s+(?:at\s+)?|\s+@\s+|\s{3,})\s*")
_AT = re.compile(r"\s+(?:at|@|bei|chez|w firmie|presso|en)\s+(?=[A-ZÀ-Ž0-9])")
_TITLES = re.compile(
    r"\b(?:engineer|developer|programmer|manager|analyst|consultant|designer|director|architect|specialist|administrator"
    r"|assistant|associate|officer|executive|intern|internship|trainee|lead|leader|head|chief|coordinator|technician"
    r"|teacher|professor|lecturer|instructor|tutor|accountant|auditor|nurse|doctor|physician|lawyer|attorney|secretary"
    r"|supervisor|representative|scientist|researcher|research fellow|fellow|president|vice president|vp|ceo|cto|cfo|coo"
    r"|founder|co-founder|owner|partner|advisor|adviser|buyer|planner|writer|editor|journalist|recruiter|operator|driver"
    r"|cashier|clerk|agent|chef|cook|waiter|waitress|receptionist|volunteer|freelancer?|contractor|tester|qa|sre|devops"
    r"|admin|merchandiser|pharmacist|electrician|mechanic|foreman|inspector|member|strategist|marketer|controller"
    r"|treasurer|banker|broker|trader|underwriter|actuary|surveyor|draftsman|draughtsman|captain|expert|generalist"
    r"|entwickler(?:in)?|ingenieur(?:in)?|leiter(?:in)?|berater(?:in)?|mitarbeiter(?:in)?|praktikant(?:in)?|werkstudent(?:in)?"
    r"|geschäftsführer(?:in)?|kaufmann|kauffrau|referent(?:in)?|développeur|développeuse|ingénieur|ingénieure|stagiaire"
    r"|responsable|chargée?|chef de projet|directeur|directrice|technicien|alternante?|gestionnaire|vendeur|vendeuse"
    r"|desarrollador(?:a)?|ingeniero|ingeniera|gerente|analista|sviluppatore|ingegnere|desenvolvedor|engenheiro"
    r"|ontwikkelaar|medewerker|adviseur|programista|inżynier|kierownik|utvecklare|ingenjör)s?\b",
    re.IGNORECASE,
)
_COMPANIES = re.compile(
    r"\b(?:ltd|limited|inc|llc|llp|gmbh|ag|kg|se|s\.?a\.?s?|s\.?r\.?l|s\.?p\.?a|b\.?v|n\.?v|ab|oy|plc|pvt|pty|corp|corporation"
    r"|co|company|group|bank|university|college|school|institute|hospital|agency|technologies|solutions|systems|services"
    r"|consulting|labs?|studios?|industries|enterprises?|foundation|ministry|council|association|international|holdings?)\b\.?",
    re.IGNORECASE,
)
_DEGREES = re.compile(
    r"\b(?:bachelor(?:'?s)?|master(?:'?s)?|b\.?\s?sc|m\.?\s?sc|b\.?\s?a|m\.?\s?a|b\.?\s?tech|m\.?\s?tech|b\.?\s?e|b\.?\s?eng"
    r"|m\.?\s?eng|b\.?\s?com|m\.?\s?com|bba|mba|bca|mca|b\.?s|m\.?s|ph\.?\s?d|phd|doctorate|doctor of|diploma|degree|associate of"
    r"|a-?levels?|o-?levels?|h\.?s\.?c|s\.?s\.?c|higher secondary|secondary school|high school|ged|certificate|certification"
    r"|diplom|magister|abitur|staatsexamen|promotion|licence|baccalaur[ée]at|bac|dut|bts|ma[îi]trise|ing[ée]nieur|doctorat"
    r"|licenciatura|grado|laurea|dottorato|licencjat|kandidat|intermediate|matriculation|cbse|icse|honou?rs)\b\.?",
    re.IGNORECASE,
)
_SCHOOLS = re.compile(
    r"\b(?:universit\w*|college|school|institut\w*|academy|académie|polytechni\w*|faculty|lyc[ée]e|gymnasium|hochschule|fachhochschule"
    r"|[ée]cole|escuela|universidad|università|politecnico|uniwersytet|iit|nit|mit|eth|board|campus|madrasah?|bootcamp)\b",
    re.IGNORECASE,
)
_FIELD_LABEL = re.compile(
    r"^\W*(?:company|company name|organi[sz]ation|employer|name of (?:the )?(?:company|organi[sz]ation)|client|institute|institution)\s*(?:name)?\s*[:–-]\s*(.+)$",
    re.IGNORECASE,
)
_TITLE_LABEL = re.compile(
    r"^\W*(?:designation|position|post|title|job title|role|position held|rank)\s*(?:held)?\s*[:–-]\s*(.+)$",
    re.IGNORECASE,
)

# What stands below names and is no title: headings of the whole, ways to be reached, facts about the person.
_NO_HEADLINE = re.compile(
    r"[\d@:/\\]|www|[.!?]$|^\W"
    r"|\b(?:curriculum|vitae|resume|résumé|cv|bio-?data|lebenslauf|profile?|confidential|page|address|phone|mobile|e-?mail"
    r"|linkedin|github|street|road|avenue|lane|rue|stra(?:ß|ss)e|calle|via|nationality|citizen|married|single|born|gender"
    r"|male|female|passport|visa|driving|availab\w*|references?|he|him|she|her|they|them)\b",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Entry:
    """A job (title, organization) or a school (degree, school), with months and a summary."""

    title: str = ""
    organization: str = ""
    started: str = ""
    ended: str = ""
    is_current: bool = False
    summary: str = ""
    confidence: float = 0.4
    start: int = -1
    end: int = -1

    def as_json(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "organization": self.organization,
            "started": self.started,
            "ended": self.ended,
            "is_current": self.is_current,
            "summary": self.summary,
            "confidence": round(self.confidence, 2),
            "start": self.start,
            "end": self.end,
        }


@dataclass(slots=True)
class _Anchor:
    """A line that holds an entry's dates."""

    position: int
    span: Span
    first: int = 0
    rest: list[str] = field(default_factory=list)


def find_work(placed: list[Placed]) -> list[Entry]:
    lines = [one for one in placed if one.part == Part.WORK and one.text and not one.is_heading]
    return [_job(lines, anchor, until) for anchor, until in _anchors(lines, is_work=True)][
        :_MOST_ENTRIES
    ]


def find_education(placed: list[Placed]) -> list[Entry]:
    lines = [
        one for one in placed if one.part == Part.EDUCATION and one.text and not one.is_heading
    ]
    found = [_school(lines, anchor, until) for anchor, until in _anchors(lines, is_work=False)]
    return [one for one in found if one.title or one.organization][:_MOST_ENTRIES]


def _anchors(lines: list[Placed], *, is_work: bool) -> list[tuple[_Anchor, int]]:
    """Lines with dates, each with the first line of its entry, and the line where the next one begins."""
    anchors: list[_Anchor] = []
    for position, one in enumerate(lines):
        if _BULLET.match(one.text) and len(one.text) > 90:
            continue
        span = find_span(one.text)
        if (
            span is None
            and not is_work
            and (_DEGREES.search(one.text) or _SCHOOLS.search(one.text) or len(one.text) < 40)
        ):
            span = find_point(one.text)
        # A date within a sentence is part of a story.
        if span is None or (is_work and len(one.text) - (span.end - span.start) > 120):
            continue
        anchors.append(_Anchor(position, span))
    for number, anchor in enumerate(anchors):
        floor = anchors[number - 1].position + 1 if number else 0
        anchor.first = _first_line(lines, anchor, floor, is_work=is_work)
    ends = [*(anchor.first for anchor in anchors[1:]), len(lines)]
    return list(zip(anchors, ends, strict=False))


def _first_line(lines: list[Placed], anchor: _Anchor, floor: int, *, is_work: bool) -> int:
    """The lines above the dates that belong to them: short ones that name a title, a company or a school."""
    rest = _without(lines[anchor.position].text, anchor.span)
    first = anchor.position
    wanted = 2 if len(rest) < 3 else 1
    while first > floor and anchor.position - first < wanted:
        above = lines[first - 1].text
        if (
            _BULLET.match(above)
            or len(above) > 100
            or (above.endswith((".", ";")) and not _COMPANIES.search(above))
        ):
            break
        names = (_TITLES, _COMPANIES) if is_work else (_DEGREES, _SCHOOLS)
        is_named = any(pattern.search(above) for pattern in names)
        has_both = all(pattern.search(rest) for pattern in names)
        if (has_both or not is_named) and len(rest) >= 3:
            break
        first -= 1
    return first


def _without(text: str, span: Span) -> str:
    rest = f"{text[: span.start]} \t {text[span.end :]}"
    rest = re.sub(r"[(\[]\s*[\t ]*\s*[)\]]", "\t", rest)
    rest = re.sub(
        r"\(\s*(?:\d+\s*(?:years?|yrs?|months?|mos?|ans?|mois|jahre?|monate?)[\s,.&]*)+\)",
        "",
        rest,
        flags=re.IGNORECASE,
    )
    rest = re.sub(
        r"^\s*(?:duration|period|date|time|from|tenure)\s*:?", "", rest, flags=re.IGNORECASE
    )
    return rest.strip(" \t,;:|–—-•·()[]")


def _pieces(lines: list[Placed], anchor: _Anchor, until: int) -> tuple[list[str], int]:
    """What stands about the dates, in pieces, and the first line of what is told below."""
    texts = [lines[position].text for position in range(anchor.first, anchor.position)]
    rest = _without(lines[anchor.position].text, anchor.span)
    if rest:
        texts.append(rest)
    below = anchor.position + 1
    # Dates on top: title and company follow.
    while (
        below < until
        and len(" ".join(texts)) < 8 + 60 * bool(texts)
        and below - anchor.position <= 2
    ):
        text = lines[below].text
        if _BULLET.match(text) or len(text) > 100:
            break
        if texts and not (
            _TITLES.search(text)
            or _COMPANIES.search(text)
            or _SCHOOLS.search(text)
            or _DEGREES.search(text)
        ):
            break
        texts.append(text)
        below += 1
    pieces: list[str] = []
    for text in texts:
        for half in _AT.split(text, maxsplit=1):
            pieces += [piece.strip(" ,;:|–—-•·") for piece in _SEPARATOR.split(half)]
    return [piece for piece in pieces if len(piece) > 1], below


def _job(lines: list[Placed], anchor: _Anchor, until: int) -> Entry:
    pieces, below = _pieces(lines, anchor, until)
    entry = _entry(lines, anchor, until, below)
    for position in range(anchor.first, min(until, anchor.position + 5)):
        if match := _FIELD_LABEL.match(lines[position].text):
            entry.organization = entry.organization or match[1].strip()[:200]
        elif match := _TITLE_LABEL.match(lines[position].text):
            entry.title = entry.title or match[1].strip()[:200]
    is_labeled = bool(entry.title or entry.organization)
    titles = [piece for piece in pieces if _TITLES.search(piece)]
    companies = [piece for piece in pieces if _COMPANIES.search(piece) and piece not in titles]
    others = [
        piece
        for piece in pieces
        if piece not in titles and piece not in companies and not _is_place(piece)
    ]
    if not is_labeled:
        entry.title = (titles or [""])[0][:200]
        entry.organization = (companies or others or titles[1:] or [""])[0][:200]
        if not entry.title and len(others) > 1:
            entry.title = others[0][:200] if entry.organization != others[0] else others[1][:200]
    entry.confidence = (
        0.35
        + 0.2 * bool(titles or is_labeled)
        + 0.15 * bool(entry.organization)
        + 0.15 * bool(entry.started)
    )
    return entry


def _school(lines: list[Placed], anchor: _Anchor, until: int) -> Entry:
    pieces, below = _pieces(lines, anchor, until)
    for position in range(anchor.position + 1, min(until, anchor.position + 3)):
        if not any(_SCHOOLS.search(piece) for piece in pieces) and _SCHOOLS.search(
            lines[position].text
        ):
            pieces += [
                piece.strip(" ,;:|–—-•·") for piece in _SEPARATOR.split(lines[position].text)
            ]
    entry = _entry(lines, anchor, until, below)
    schools = [piece for piece in pieces if _SCHOOLS.search(piece)]
    degrees = [piece for piece in pieces if _DEGREES.search(piece) and piece not in schools]
    if not degrees and schools:
        degrees = [piece for piece in pieces if _DEGREES.search(piece) and piece != schools[0]]
    entry.title = (degrees or [""])[0][:200]
    entry.organization = (schools or [""])[0][:200]
    entry.summary = ""
    entry.confidence = 0.3 + 0.25 * bool(degrees) + 0.25 * bool(schools)
    return entry


def _entry(lines: list[Placed], anchor: _Anchor, until: int, below: int) -> Entry:
    span = anchor.span
    summary = "\n".join(lines[position].text for position in range(below, until))
    return Entry(
        started=span.started,
        ended=span.ended,
        is_current=span.is_current,
        summary=summary[:_MOST_SUMMARY],
        start=lines[anchor.first].start,
        end=lines[max(anchor.position, min(below, until) - 1)].end,
    )


def _is_place(piece: str) -> bool:
    return bool(
        re.fullmatch(
            r"[A-Z]{2}|remote|hybrid|on-?site|full[ -]time|part[ -]time|cdi|cdd",
            fold(piece),
            re.IGNORECASE,
        )
    )


def current_job(work: list[Entry]) -> Entry | None:
    """The job that lasts, or the last one that ended."""
    named = [entry for entry in work if entry.title or entry.organization]
    if not named:
        return None
    return max(named, key=lambda entry: (entry.is_current, entry.ended, entry.started))


def find_headline(placed: list[Placed], name: Found | None) -> list[Found]:
    """What the person is by the line right under the name, where it plainly is a title: seldom sure."""
    if name is None or name.start < 0:
        return []
    under = next((one for one in placed if one.text and one.start >= name.end), None)
    if under is None or under.is_heading or heading_of(under.text):
        return []
    text = _SEPARATOR.split(under.text)[0].strip(" ,;|–—-•·")
    known = bool(_TITLES.search(text))
    if (
        not 4 <= len(text) <= 60
        or not (known or 2 <= len(text.split()) <= 6)
        or not text[0].isupper()
        or _NO_HEADLINE.search(text)
        or any(pattern.search(text) for pattern in (_COMPANIES, _DEGREES, _SCHOOLS))
        or is_place(under.text)
        or is_place(text)
    ):
        return []
    return [Found(text, 0.5 if known else 0.3, under.start, under.start + len(text))]

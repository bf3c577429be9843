"""From a file's bytes to text and fields. Runs inside the jail; what it answers is judged again outside."""

import json
import re
from collections.abc import Callable
from typing import Any

from candidates.resumes import contacts, history, languages, names, pdf, places, skills, two_people
from candidates.resumes.documents import Document, Unreadable
from candidates.resumes.found import Found
from candidates.resumes.kinds import DOCX, ODT, PDF, RTF, TXT, kind_of
from candidates.resumes.office import read_docx, read_odt
from candidates.resumes.plain import read_rtf, read_text
from candidates.resumes.sections import Part, Placed, place

_READERS: dict[str, Callable[[bytes], Document]] = {
    PDF: pdf.read_pdf,
    DOCX: read_docx,
    ODT: read_odt,
    RTF: read_rtf,
    TXT: read_text,
}
_ARCHIVE = "This is a ZIP file inside a ZIP file, or one without résumés. Unpack it and drop what is in it."
NO_TEXT = (
    "There is no text in it: a scan or a photo. Type what you need, or have it recognized (OCR)."
)
TWO_PEOPLE = (
    "This file may hold two people: {} and {}. Accepting it makes one person of both. "
    "If they are two, split the file, discard this one and drop the parts."
)
# Less than what the review shows as sure.
_DOUBTFUL = 0.4
LITTLE_TEXT = "There are only a few words in it. Is this the whole résumé?"


def answer(head: dict[str, Any], body: bytes) -> bytes:
    """What the warden's child does: read a file, read recognized text, or draw a page."""
    if head["do"] == "draw":
        return pdf.draw_page(body, int(head["page"]))
    document = read_text(body) if head["do"] == "read_text" else read(body)
    told = {name: head[name] for name in ("file_name", "country", "skills") if name in head}
    return json.dumps(describe(document, **told), ensure_ascii=False).encode()


def read(data: bytes) -> Document:
    """The document in `data`; raises Unreadable."""
    reader = _READERS.get(kind_of(data))
    if reader is None:
        raise Unreadable(_ARCHIVE)
    return reader(data)


def describe(
    document: Document, *, file_name: str = "", country: str = "", skills: list[str] | None = None
) -> dict[str, Any]:
    """Text and fields. `country` (ISO code) is where a national number is likely at home; `skills` are one's own."""
    if document.is_empty:
        has_letters = document.kind != PDF and any(map(str.isalnum, document.text))
        document.notice(LITTLE_TEXT if has_letters else NO_TEXT)
    placed = place(document.lines)
    text = document.text
    emails = contacts.find_emails(text, document.links, placed)
    cities, countries = places.find_place(placed)
    regions = _regions([found.value for found in countries], emails, country)
    links = [*document.links, *re.findall(r"linkedin\.com/(?:in|pub)/[\w%-]+", text, re.IGNORECASE)]
    named = names.find_names(placed, emails=emails, links=links, file_name=file_name)
    work = history.find_work(placed)
    people = two_people.find_two_people(placed, emails=emails, named=named)
    if people:
        document.notice(TWO_PEOPLE.format(*(name[:60] for name in people)))
        for one in named:
            one.confidence = min(one.confidence, _DOUBTFUL)
    else:
        _notice_second_person(document, placed, emails)
    fields: dict[str, list[dict[str, Any]]] = {
        "name": _as_json(named),
        "people": _as_json([Found(name, _DOUBTFUL) for name in people]),
        "email": _as_json(emails),
        "phone": _as_json(contacts.find_phones(text, placed, regions=regions)),
        "link": _as_json(
            contacts.find_links(text, document.links, placed, name=named[0].value if named else "")
        ),
        "city": _as_json(cities),
        "country": _as_json(countries),
        "language": _as_json(languages.find_languages(placed)),
        "skill": _as_json(skills_of(text, placed, own=skills or [])),
        "work": [entry.as_json() for entry in work],
        "education": [entry.as_json() for entry in history.find_education(placed)],
    }
    headline = _as_json(history.find_headline(placed, named[0] if named else None))
    if current := history.current_job(work):
        headline = _of_job(current.title, current) or headline
        fields["company"] = _of_job(current.organization, current)
    if headline:
        fields["headline"] = headline
    return {
        "kind": document.kind,
        "pages": document.pages,
        "text": text,
        "notices": document.notices,
        "fields": fields,
    }


skills_of = skills.find_skills


def _as_json(found: list[Found]) -> list[dict[str, Any]]:
    return [one.as_json() for one in found]


def _of_job(value: str, entry: history.Entry) -> list[dict[str, Any]]:
    if not value:
        return []
    sure = entry.confidence if entry.is_current else entry.confidence - 0.2
    return [Found(value, max(0.1, sure), entry.start, entry.end).as_json()]


_DOMAIN_COUNTRIES = {
    "de": "DE",
    "fr": "FR",
    "uk": "GB",
    "in": "IN",
    "bd": "BD",
    "it": "IT",
    "es": "ES",
    "nl": "NL",
    "pl": "PL",
    "ca": "CA",
    "au": "AU",
    "ch": "CH",
    "at": "AT",
    "br": "BR",
    "se": "SE",
    "pk": "PK",
    "lk": "LK",
    "be": "BE",
    "pt": "PT",
}


def _regions(countries: list[str], emails: list[Found], country: str) -> list[str]:
    """Where a number without its country may be at home, the likeliest first."""
    by_domain = [
        _DOMAIN_COUNTRIES.get(found.value.rpartition(".")[2].lower(), "") for found in emails
    ]
    wanted = [*countries, *by_domain, country, "US", "IN", "GB", "BD", "FR", "DE", "LK"]
    return list(dict.fromkeys(filter(None, wanted)))


def _notice_second_person(document: Document, placed: list[Placed], emails: list[Found]) -> None:
    """Two résumés in one file: another address at the top of a later page."""
    own = [found for found in emails if found.start >= 0 and found.confidence >= 0.5]
    if not own or document.pages < 2:
        return
    tops: dict[int, list[Placed]] = {}
    for one in placed:
        if one.text and len(tops.setdefault(one.line.page, [])) < 12:
            tops[one.line.page].append(one)
    for page, lines in tops.items():
        for found in own[1:]:
            if page > 1 and any(
                one.start <= found.start <= one.end and one.part != Part.REFERENCES for one in lines
            ):
                document.notice(
                    f"Page {page} begins with another address, {found.value}: are these two résumés in one file?"
                )
                return


def warm_up() -> None:
    """Do once, before any child is confined, what opens files."""
    sample = b"Jane Doe\njane@example.com\n+49 30 901820\nSkills\nPython\n"
    answer({"do": "read", "file_name": "warm.txt"}, sample)
    sample_pdf = (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj"
        b" 3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 50 50]>>endobj\ntrailer<</Root 1 0 R>>"
    )
    pdf.draw_page(sample_pdf, 1)

"""E-mail addresses, telephone numbers and web addresses, also as PDF files tear them apart."""

import re
from collections.abc import Iterator
from urllib.parse import unquote

import phonenumbers

from candidates.resumes.found import Found, words
from candidates.resumes.sections import Part, Placed

_DOMAIN = r"(?:[^\W_](?:[\w-]{0,62}[^\W_])?\.){1,6}[^\W\d_]{2,24}"
_EMAIL = re.compile(
    rf"(?<![\w.+%@])([\w](?:[\w.+%'-]{{0,62}}[\w+-])?|[\w])\s?@\s?({_DOMAIN})(?![\w@])(?!\.\w)",
    re.ASCII,
)
# "john.doe [at] example [dot] com", and "john.doe@example .com" as PDF files have it.
_SPELLED = re.compile(
    r"(?<![\w.])([\w.+-]{2,64})\s*(?:[\[({<]\s*(?:at|@)\s*[\])}>]|\(a\))\s*"
    r"([\w-]{1,63}(?:\s*(?:\.|[\[({<]\s*(?:dot|\.)\s*[\])}>])\s*[\w-]{2,63}){1,3})",
    re.ASCII | re.IGNORECASE,
)
_DOTS = re.compile(r"\s*(?:[\[({<]\s*(?:dot|\.)\s*[\])}>]|\.)\s*", re.IGNORECASE)
_TORN = re.compile(
    r"(?<![\w.@-])([\w][\w.+-]{0,63})[ \n]?@[ \n]?([\w-]{2,40})[ \n]?\.[ \n]?(com|net|org|edu|in|co\.in|de|fr|co\.uk|io)\b",
    re.ASCII | re.IGNORECASE,
)
_GLUED = re.compile(
    r"^(?:e-?mails?|address|mails?|mailto|id|courriel|correo)[:.-]+(?=\w)", re.IGNORECASE
)
# What follows without a space where a PDF lost it: "…@gmail.comPhone".
_GLUED_END = re.compile(
    r"(?<=\.)(com|net|org|edu|de|fr|in)(?:phone|mobile|mob|tel|cell|linkedin|address|skype|contact|github|web|dob)\w*$",
    re.IGNORECASE,
)


def find_emails(text: str, links: list[str], placed: list[Placed]) -> list[Found]:
    """Addresses, those of the person first; referees' are named with little confidence."""
    found: dict[str, Found] = {}

    def add(address: str, confidence: float, start: int = -1, end: int = -1) -> None:
        address = _GLUED_END.sub(r"\1", _GLUED.sub("", address)).strip(".-'")
        if not _is_address(address):
            return
        known = found.get(address.lower())
        if known is None:
            found[address.lower()] = Found(address, confidence, start, end)
        elif known.start < 0 <= start:
            known.start, known.end, known.confidence = start, end, max(confidence, known.confidence)

    for link in links:
        if link.lower().startswith("mailto:"):
            add(unquote(link[7:].partition("?")[0]).strip(), 0.9)
    for match in _EMAIL.finditer(text):
        is_torn = any(space in match.group() for space in " \n")
        # "…@gmail.co" at the end of a line and "m" on the next.
        rest = "m" if match[2].endswith(".co") and re.match(r"\nm\b", text[match.end() :]) else ""
        add(
            f"{match[1]}@{match[2]}{rest}",
            0.8 if is_torn or rest else 0.97,
            match.start(),
            match.end(),
        )
    for match in _SPELLED.finditer(text):
        add(f"{match[1]}@{_DOTS.sub('.', match[2])}", 0.75, match.start(), match.end())
    taken = [(one.start, one.end) for one in found.values()]
    for match in _TORN.finditer(text):
        if not any(start < match.end() and match.start() < end for start, end in taken):
            add(f"{match[1]}@{match[2]}.{match[3]}", 0.6, match.start(), match.end())
    for one in found.values():
        if _part_at(placed, one.start) == Part.REFERENCES:
            one.confidence = min(one.confidence, 0.2)
    ordered = sorted(
        found.values(), key=lambda one: (one.confidence < 0.3, one.start < 0, one.start)
    )
    # Two more people's addresses than one has: whose they are is for a person to say.
    for one in [one for one in ordered if one.confidence >= 0.3][3:]:
        one.confidence = min(one.confidence, 0.5)
    return ordered


def _is_address(address: str) -> bool:
    local, _, domain = address.rpartition("@")
    if not local or len(address) > 254 or ".." in address or not address.isascii():
        return False
    last = domain.rpartition(".")[2].lower()
    return not last.isdigit() and last not in {"png", "jpg", "jpeg", "gif", "svg", "pdf", "docx"}


# Numbers

_PHONE = re.compile(
    r"(?<![\w@#])(?<!\d[./-])(?:\(?\s?(?:\+|00)\s?\(?\d|\(?\d)[\d\s().\u2010-\u2015/–-]{5,40}\d(?![\w@])(?!\.\d)"
)
_PHONE_LABEL = re.compile(
    r"(?:phone|tel(?:efono?|ephone|efon)?|mob(?:ile|il)?|cell(?:ular|phone)?|handy|ph|contact(?: no| number| #)?|call|whats\s?app"
    r"|fon|portable|gsm|movil|celular|numero?|hp|h/p|m|t|p|c|land\s?line|residence|telefoon)"
    r"(?:\s*(?:no|number|nr|num|phone|#))?\s*[.:)\-–#]*\s*$",
    re.IGNORECASE,
)
_PHONE_WORD = re.compile(r"(?:phone|tel|mobile|cell|contact|\bmob?\b|whatsapp)", re.IGNORECASE)
_YEARS = re.compile(r"(?:19|20)\d\d\s*[-–/.\s]+\s*(?:(?:0?\d|1[0-2])\s*[-–/.]\s*)?(?:19|20)\d\d")
_DATE = re.compile(r"\(?\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\)?")
_NOT_PHONE = re.compile(
    r"\b(?:fax|nid|national id|passport|isbn|issn|account|a/c|roll|reg(?:istration)?|license|licence|zip|pin|po box|p\.o"
    r"|postal|siren|siret|bin|tin|pan|aadhaar|ssn|dob|date of birth|cgpa|gpa)[\w\s]{0,12}\s*(?:no|number|#)?\s*[.:#-]*\s*$",
    re.IGNORECASE,
)


def find_phones(text: str, placed: list[Placed], *, regions: list[str]) -> list[Found]:
    """Numbers that could be dialed; `regions` (ISO codes) are where national numbers may be at home."""
    found: dict[str, Found] = {}
    for match in _PHONE.finditer(text):
        for piece in re.finditer(r"[^\n\t]+", match.group()):
            for one in _phones_in(
                text, match.start() + piece.start(), piece.group(), placed, regions
            ):
                if _part_at(placed, one.start) == Part.REFERENCES:
                    one.confidence = min(one.confidence, 0.2)
                digits = re.sub(r"\D", "", one.value)[-9:]
                known = found.get(digits)
                if known is None or known.confidence < one.confidence:
                    found[digits] = one
    return sorted(found.values(), key=lambda one: (one.confidence < 0.3, one.start))[:12]


def _phones_in(
    text: str, start: int, raw: str, placed: list[Placed], regions: list[str]
) -> Iterator[Found]:
    """The number that `raw` is, or the numbers among its groups: two in a row, one beside a postal code."""
    before = text[max(0, start - 32) : start].rsplit("\n", 1)[-1]
    if _NOT_PHONE.search(before):
        return
    is_labeled = bool(_PHONE_LABEL.search(before) or _PHONE_WORD.search(before))
    is_head = _part_at(placed, start) in {Part.HEAD, Part.PERSONAL}
    groups = [(match.start(), match.end()) for match in re.finditer(r"[^\s/]+", raw)]
    first = 0
    while first < len(groups):
        for last in range(min(len(groups), first + 10), first, -1):
            begin, end = groups[first][0], groups[last - 1][1]
            value = _balanced(raw[begin:end].strip(" .-–—‐"))
            sure = _plausibility(value, regions, is_labeled=is_labeled, is_head=is_head)
            if sure:
                at = start + begin + max(0, raw[begin:end].find(value))
                yield Found(value, sure, at, start + end)
                first = last - 1
                break
        first += 1


def _balanced(number: str) -> str:
    """`number` without a bracket that lost its partner."""
    if number.count("(") > number.count(")"):
        return number.replace("(", "", 1)
    if number.count(")") > number.count("("):
        return number[::-1].replace(")", "", 1)[::-1]
    return number


def _plausibility(raw: str, regions: list[str], *, is_labeled: bool, is_head: bool) -> float:
    digits = re.sub(r"\D", "", raw)
    if not 7 <= len(digits) <= 15 or _YEARS.search(raw) or _DATE.fullmatch(raw.replace(" ", "")):
        return 0.0
    if raw.lstrip("( ").startswith(("+", "00")):
        plus = re.sub(r"^\(?\s*(?:00|\+)", "+", raw).replace("(0)", "")
        # "+212 07 77…": the zero is only dialed at home.
        if _is_valid(plus, None) or _is_valid(re.sub(r"^(\+\d{2,3}[ -]?)0", r"\1", plus), None):
            return 0.97
        return 0.7 if 10 <= len(digits) <= 13 and "/" not in raw and is_head else 0.0
    if not is_labeled and (len(digits) < 9 or "/" in raw or (not is_head and len(digits) != 10)):
        return 0.0
    for position, region in enumerate(regions if is_labeled or is_head else regions[:2]):
        if _is_valid(raw, region):
            return (
                (0.93 if position == 0 else 0.85)
                if is_labeled
                else (0.8 if position == 0 else 0.65)
            )
    # Written without its plus: 880171…, 9198….
    if len(digits) >= 11 and _is_valid(f"+{digits}", None):
        return 0.85 if is_labeled else 0.6
    return 0.55 if is_labeled and 9 <= len(digits) <= 13 else 0.0


def _is_valid(number: str, region: str | None) -> bool:
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return False
    return bool(phonenumbers.is_valid_number(parsed))


# Links

_LINK = re.compile(
    r"(?<![\w@.-])((?:https?://|www\.)[^\s<>\"'|,;]{4,300}"
    r"|(?:[a-z]{2,3}\.)?(?:linkedin\.com/(?:in|pub)|github\.com|gitlab\.com|bitbucket\.org|xing\.com/profile|behance\.net"
    r"|dribbble\.com|medium\.com|stackoverflow\.com/users|kaggle\.com|leetcode\.com|hackerrank\.com|twitter\.com|x\.com)"
    r"/[\w@%./~-]{2,200})",
    re.IGNORECASE,
)
_LABELED_LINK = re.compile(
    r"(linkedin|github|gitlab)\s*[:@/–-]+\s*(?:/?in/|@)?([\w-]{3,60})(?![\w./-])", re.IGNORECASE
)
_SITES = {"linkedin": "linkedin.com/in/", "github": "github.com/", "gitlab": "gitlab.com/"}
_NOBODY = re.compile(
    r"schemas?\.|w3\.org|microsoft\.com|adobe\.com|google\.com/(?:maps|search)|goo\.gl/maps|apple\.com/store",
    re.I,
)
_PROFILE = re.compile(
    r"linkedin\.com/(?:in|pub)/|xing\.com/profile|github\.com/[\w-]+/?$|gitlab\.com/[\w-]+/?$", re.I
)


def find_links(text: str, links: list[str], placed: list[Placed], *, name: str) -> list[Found]:
    """The person's pages: profiles first, then what may be a site of one's own."""
    found: dict[str, Found] = {}

    def add(url: str, confidence: float, start: int, end: int) -> None:
        url = url.rstrip(".,;:)]}>'\"")
        key = re.sub(r"^(?:https?://)?(?:www\.)?", "", url.lower()).rstrip("/")
        if "." not in key or _NOBODY.search(url) or "@" in key.partition("/")[0]:
            return
        if key not in found or found[key].start < 0 <= start:
            found[key] = Found(url, confidence, start, end)

    for match in _LINK.finditer(text):
        url = match[1]
        rest = text[match.end() : match.end() + 60]
        # A profile's address that goes on in the next line.
        if re.search(r"linkedin\.com/in/[\w%-]*-$", url) and (
            torn := re.match(r"\n([\w%-]+)/?(?=\s)", rest)
        ):
            url += torn[1]
        add(url, _link_confidence(url, name), match.start(), match.start() + len(match[1]))
    for match in _LABELED_LINK.finditer(text):
        if match[2].lower() not in {
            "com",
            "profile",
            "github",
            "linkedin",
            "https",
            "http",
            "www",
            "in",
            "url",
            "link",
        }:
            add(_SITES[match[1].lower()] + match[2], 0.7, match.start(), match.end())
    for link in links:
        if link.lower().startswith(("http://", "https://")):
            add(link, _link_confidence(link, name), -1, -1)
    kept = [one for one in found.values() if _part_at(placed, one.start) != Part.REFERENCES]
    return sorted(kept, key=lambda one: -one.confidence)[:15]


def _link_confidence(url: str, name: str) -> float:
    if re.search(r"linkedin\.com/(?:in|pub)/", url, re.IGNORECASE):
        return 0.95
    joined = re.sub(r"[^a-z0-9]", "", url.lower())
    is_named = any(word in joined for word in words(name) if len(word) > 3)
    if _PROFILE.search(url):
        return 0.9 if is_named else 0.8
    return 0.75 if is_named else 0.3


def _part_at(placed: list[Placed], position: int) -> Part:
    if position < 0:
        return Part.HEAD
    low, high = 0, len(placed)
    while low < high:
        middle = (low + high) // 2
        if placed[middle].start <= position:
            low = middle + 1
        else:
            high = middle
    return placed[low - 1].part if low else Part.HEAD

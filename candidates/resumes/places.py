"""Where the person lives: a city and a country, from labels and from the look of the head."""

import re
from pathlib import Path

from candidates.resumes.found import Found, fold
from candidates.resumes.sections import Part, Placed

_COUNTRIES_FILE = Path(__file__).resolve().parent.parent / "services" / "countries.tsv"
_TOWNS_FILE = Path(__file__).resolve().parent.parent / "places.tsv"
_STATES = frozenset(
    {
        "AL",
        "AK",
        "AZ",
        "AR",
        "CA",
        "CO",
        "CT",
        "DE",
        "FL",
        "GA",
        "HI",
        "ID",
        "IL",
        "IN",
        "IA",
        "KS",
        "KY",
        "LA",
        "ME",
        "MD",
    }
    | {
        "MA",
        "MI",
        "MN",
        "MS",
        "MO",
        "MT",
        "NE",
        "NV",
        "NH",
        "NJ",
        "NM",
        "NY",
        "NC",
        "ND",
        "OH",
        "OK",
        "OR",
        "PA",
        "RI",
        "SC",
    }
    | {"SD", "TN", "TX", "UT", "VT", "VA", "WA", "WV", "WI", "WY", "DC"}
)
_STATE_NAMES = frozenset(
    {"alabama", "alaska", "arizona", "arkansas", "california", "colorado"}
    | {"connecticut", "florida", "hawaii", "idaho", "illinois", "indiana", "iowa"}
    | {"kansas", "kentucky", "louisiana", "maine", "maryland", "massachusetts"}
    | {"michigan", "minnesota", "mississippi", "missouri", "montana", "nebraska"}
    | {"nevada", "ohio", "oklahoma", "oregon", "pennsylvania", "tennessee", "texas"}
    | {"utah", "vermont", "virginia", "washington", "wisconsin", "wyoming"}
) | {"new york", "new jersey", "north carolina", "south carolina", "new mexico", "new hampshire"}
_LABEL = re.compile(
    r"^\W*(?:(?:current |present |mailing |permanent |home |residential |correspondence |contact )*(?:address|location|residence)|lives in|based in|city"
    r"|adresse|anschrift|wohnort|wohnhaft in|domicile|ville|direcci[oó]n|indirizzo|residenza|endere[cç]o|adres|adress)\s*[:–-]\s*(.+)$",
    re.IGNORECASE,
)
_CITY = r"[^\W\d_][^\W\d_.'’-]*(?:[ .'’-]+[^\W\d_]+){0,3}"
_STATE = re.compile(
    rf"({_CITY}),?\s+({'|'.join(sorted(_STATES))})\b\.?(?:,?\s*(\d{{5}}(?:-\d{{4}})?))?"
)
_POSTAL = re.compile(rf"\b(?:[A-Z]{{1,2}}-)?(\d{{4,5}})\s+({_CITY})$")
_NOT_CITIES = re.compile(
    r"\b(?:university|college|school|institute|inc|ltd|engineer|manager|developer|experience|street|road|avenue|bachelor|master)\b",
    re.IGNORECASE,
)


def _load() -> dict[str, str]:
    countries: dict[str, str] = {}
    for line in _COUNTRIES_FILE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            code, name, others = [*line.split("\t"), "", ""][:3]
            for alias in [name, *others.split("|")]:
                # Codes of two and three letters are words in too many languages.
                if len(alias.replace(".", "")) > 3 or alias in {
                    "USA",
                    "UAE",
                    "UK",
                    "U.K.",
                    "U.S.A.",
                }:
                    countries[fold(alias)] = code
    return countries | {
        "usa": "US",
        "uk": "GB",
        "england": "GB",
        "scotland": "GB",
        "wales": "GB",
        "uae": "AE",
    }


def _load_towns() -> frozenset[str]:
    with _TOWNS_FILE.open(encoding="utf-8") as file:
        return frozenset(fold(line.partition("\t")[0]) for line in file if line[0] != "#")


_COUNTRIES = _load()
_TOWNS = _load_towns()


def find_place(placed: list[Placed]) -> tuple[list[Found], list[Found]]:
    """Cities and countries (ISO codes), the likeliest first."""
    cities: list[Found] = []
    countries: list[Found] = []
    seen = 0
    for one in placed:
        if not one.text or one.part == Part.REFERENCES:
            continue
        seen += 1
        label = _LABEL.match(one.text)
        if not label and (
            seen > 18 or one.part not in {Part.HEAD, Part.PERSONAL} or len(one.text) > 140
        ):
            continue
        bonus = 0.25 if label else 0.0
        text = label[1] if label else one.text
        city, country = _read(text)
        if city and (country or label):
            cities.append(_found(city, 0.55 + bonus + 0.05 * bool(country), one))
        if country:
            countries.append(_found(country, 0.6 + bonus, one))
    cities.sort(key=lambda found: -found.confidence)
    countries.sort(key=lambda found: -found.confidence)
    return cities[:2], countries[:2]


def _found(value: str, confidence: float, one: Placed) -> Found:
    at = one.text.find(value)
    start = one.start + at if at >= 0 else one.start
    return Found(value, confidence, start, start + len(value) if at >= 0 else one.end)


def is_place(text: str) -> bool:
    """Whether `text` is a town or a country, or ends in one."""
    return bool(_country(text) or fold(text) in _TOWNS or _read(text)[1])


def _read(text: str) -> tuple[str, str]:
    """City and country code in a line such as "12 Elm Street, Leeds LS1 4AP, United Kingdom"."""
    for segment in re.split(r"\s*[|•·\t]\s*|\s{3,}|\s[–—]\s", text):
        parts = [part.strip(" .()") for part in segment.split(",") if part.strip(" .()")]
        country = ""
        if len(parts) > 1 and (code := _country(parts[-1])):
            country, parts = code, parts[:-1]
        elif match := re.search(r"[\s,-]+([^\W\d_]+(?: [^\W\d_]+)?)$", segment):
            code = _country(match[1])
            if code and len(segment) < 80:
                country = code
                parts = [
                    part.strip() for part in segment[: match.start()].split(",") if part.strip()
                ]
        if state := _STATE.search(segment):
            return _city(state[1]), country or "US"
        if parts and fold(parts[-1]) in _STATE_NAMES and len(parts) > 1:
            return _city(parts[-2]), country or "US"
        for part in reversed(parts):
            if postal := _POSTAL.search(part):
                return _city(postal[2]), country
        if country and parts:
            return _city(parts[-1]), country
        if country:
            return "", country
    first = re.split(r"[,|•·\t]", text)[0].strip(" .")
    return (_city(first) if re.fullmatch(_CITY, first) else ""), ""


def _country(text: str) -> str:
    return _COUNTRIES.get(fold(re.sub(r"[\d.]+$", "", text)).strip(), "")


def _city(text: str) -> str:
    text = re.sub(r"\b[A-Z]{1,2}\d[\dA-Z]?\s*\d[A-Z]{2}\b|[-–]?\s*\d{3,}\b", "", text).strip(
        " ,.-–"
    )
    text = re.split(r"[:–]", text)[-1].strip()
    if (
        not re.fullmatch(_CITY, text)
        or _NOT_CITIES.search(text)
        or len(text) > 60
        or len(text.split()) > 4
    ):
        return ""
    return text.title() if text.isupper() and len(text) > 3 else text

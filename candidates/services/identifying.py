"""How people are told apart: addresses, numbers, links, countries and words in one comparable form each."""

import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from candidates.folding import fold as fold

_HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+(?:xn--[a-z0-9-]+|[a-z]{2,24})")
_MIRRORS = re.compile(r"(?:www\d?|m|mobile)\.")
# Sites whose profile paths do not tell upper from lower case, and need no query.
_PROFILE_SITES = frozenset(
    {"behance.net", "dribbble.com", "facebook.com", "github.com", "gitlab.com", "instagram.com"}
    | {"linkedin.com", "medium.com", "twitter.com", "x.com", "xing.com"}
)
_TRACKING = re.compile(
    r"utm_\w+|fbclid|gclid|mc_[ce]id|trk\w*|ref|ref_\w+|igshid|lipi|li[ck]u|original\w*|si|src|source"
)
_LINKEDIN_LOCALE = re.compile(r"(/in/[^/]+)/[a-z]{2}(?:[-_][a-z]{2})?$")


# Addresses that `validate_email` takes, as most are: to ask it costs six times as much.
_PLAIN_ADDRESS = re.compile(
    r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*+@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}",
    re.ASCII,
)


def normalize_email(raw: str) -> str | None:
    """The address in lower case, or None if it is none.

    Dots and plus-tags stay: at most providers they name another mailbox.
    """
    if plain := plainly_an_address(raw):
        return plain
    address = raw if raw.isascii() else unicodedata.normalize("NFKC", raw)
    address = address.strip().strip("<>").removeprefix("mailto:").strip().lower()
    if len(address) > 254 or not address.isprintable():
        return None
    try:
        validate_email(address)
    except ValidationError:
        return None
    return address


def plainly_an_address(raw: str) -> str:
    """The address in lower case where nothing is to be found out about it: most are; "" for any other."""
    plain = raw.lower()
    return plain if len(plain) <= 254 and _PLAIN_ADDRESS.fullmatch(plain) else ""


def mailbox(address: str, *, ignore_dots: bool = True, ignore_plus: bool = True) -> str:
    """The mailbox behind a normalized address: without plus-tag, and at Gmail without dots.

    Only for refusing and comparing: what is stored and written to is the address as it was given.
    """
    local, _, domain = address.rpartition("@")
    if ignore_plus:
        local = local.partition("+")[0] or local
    if domain in {"gmail.com", "googlemail.com"}:
        return f"{(ignore_dots and local.replace('.', '')) or local}@gmail.com"
    return f"{local}@{domain}"


def digits_of(word: str) -> str:
    """The digits in a word. Those in a name tell people apart, as no letter does."""
    return "" if word.isalpha() else "".join(letter for letter in word if letter.isdigit())


def normalize_phone(raw: str, *, country: str = "") -> str:
    """The number in E.164, or "" if it cannot be read; `country` (ISO code) reads national numbers."""
    if plain := plainly_international(raw):
        return plain
    text = unicodedata.normalize("NFKC", raw).strip()
    if len(text) > 60 or sum(letter.isdigit() for letter in text) < 5:
        return ""
    # A spreadsheet's number: "4915112345678.0".
    text = re.sub(r"^(\d{6,})\.0$", r"\1", text)
    # "0049 (0)151 …" and "+49 (0) 151 …": the bracketed zero is only dialed at home.
    text = re.sub(r"^\s*(?:tel|phone|mobile?|mobil|handy|fon|t|m)\s*[.:]\s*", "", text, flags=re.I)
    text = re.sub(r"^(\+|00)([\d\s.-]{1,5})\(0\)", r"\1\2", text)
    text = re.sub(r"^00(?=[1-9])", "+", text)
    for candidate in _readings(text, country):
        try:
            number = phonenumbers.parse(candidate, country or None)
        except phonenumbers.NumberParseException:
            continue
        normalized = str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
        # A number that names its country is taken if it is long enough: plans grow faster than their tables.
        if (
            text.startswith("+") and len(normalized) > 9 and phonenumbers.is_possible_number(number)
        ) or phonenumbers.is_valid_number(number):
            return normalized
    return ""


_INTERNATIONAL = re.compile(r"\+[1-9][0-9 ().\-]{7,24}")
_NOT_DIALED = str.maketrans("", "", " ().-")


def plainly_international(raw: str) -> str:
    """The number in E.164 where nothing is to be found out about it: most are; "" for any other.

    Gives what `phonenumbers` would, which takes twenty times as long; a test holds the two together.
    """
    if not _INTERNATIONAL.fullmatch(raw):
        return ""
    number = raw.translate(_NOT_DIALED)
    for size in (2, 3, 1):
        lengths = _lengths(int(number[1 : size + 1]))
        # A zero after the country is only dialed at home, or is not: that is to be found out.
        if lengths and number[size + 1] != "0":
            return number if len(number) > 9 and len(number) - size - 1 in lengths else ""
    return ""


@cache
def _lengths(country: int) -> frozenset[int]:
    """How many digits follow a country's calling code; none where its numbers are rewritten on reading."""
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(country)
    if regions is None:
        return frozenset()
    plan: Any = phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(country, regions[0])
    if plan.national_prefix_for_parsing not in {None, "0"} or plan.national_prefix_transform_rule:
        return frozenset()
    return frozenset(plan.general_desc.possible_length)


def _readings(text: str, country: str) -> list[str]:
    """`text`, and with a plus for numbers whose plus a spreadsheet dropped."""
    if text.startswith("+"):
        return [text]
    prefix = str(phonenumbers.country_code_for_region(country)) if country else ""
    if prefix and re.sub(r"\D", "", text).startswith(prefix):
        return [f"+{text}", text]
    return [text]


def _split_link(raw: str) -> tuple[str, str, str] | None:
    """Host, path and query of a web address with or without scheme; None for anything else."""
    text = unicodedata.normalize("NFKC", raw).strip().strip("<>").strip()
    if not text or any(letter.isspace() or not letter.isprintable() for letter in text):
        return None
    scheme, colon, rest = text.partition("://")
    if not colon:
        if "@" in text.partition("/")[0] or ":" in text.partition("/")[0].partition(".")[0]:
            return None
        rest = text.removeprefix("//")
    elif scheme.lower() not in {"http", "https"}:
        return None
    try:
        parts = urlsplit(f"https://{rest}")
        host = (parts.hostname or "").lower().rstrip(".")
        host = host if host.isascii() else host.encode("idna").decode("ascii")
        if parts.username or parts.port not in {None, 80, 443}:
            return None
    except (ValueError, UnicodeError):
        return None
    if not _HOST.fullmatch(host):
        return None
    return host, parts.path, parts.query


def normalize_link(url: str) -> str:
    """Host and path of a profile link in one form: without scheme, locale, tracking or closing slash."""
    parts = _split_link(url)
    if parts is None:
        return ""
    host, path, query = parts
    host = _MIRRORS.sub("", host, count=1)
    path = re.sub(r"/{2,}", "/", unquote(path, errors="replace")).rstrip("/")
    site = next((name for name in _PROFILE_SITES if host == name or host.endswith(f".{name}")), "")
    if site:
        path = path.casefold()
        # de.linkedin.com shows the same people as linkedin.com; a subdomain elsewhere may not.
        if site == "linkedin.com":
            host, path = site, _LINKEDIN_LOCALE.sub(r"\1", path)
        query = ""
    kept = sorted(
        pair
        for pair in parse_qsl(query, keep_blank_values=True)
        if not _TRACKING.fullmatch(pair[0].lower())
    )
    link = host + path + (f"?{urlencode(kept)}" if kept else "")
    return link if len(link) <= 500 else ""


def link_address(url: str) -> str:
    """`url` as a browser can open it, https where no scheme was given, or "" if it is no web address."""
    parts = _split_link(url)
    if parts is None:
        return ""
    host, path, query = parts
    scheme = "http" if url.strip().lower().startswith("http://") else "https"
    kept = [pair for pair in parse_qsl(query) if not _TRACKING.fullmatch(pair[0].lower())]
    address = f"{scheme}://{host}{quote(path, safe='/%:@!$&()*+,;=~-._')}"
    address += f"?{urlencode(kept)}" if kept else ""
    return address if len(address) <= 500 else ""


@cache
def countries() -> dict[str, str]:
    """ISO 3166-1 alpha-2 codes and English names, by name."""
    rows = sorted((name, code) for code, name, _ in _country_rows())
    return {code: name for name, code in rows}


def _country_rows() -> list[tuple[str, str, str]]:
    lines = Path(__file__).with_name("countries.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return [(code, name, others) for code, name, others in rows]


@cache
def _countries_by_name() -> dict[str, str]:
    names: dict[str, str] = {}
    for code, name, others in _country_rows():
        for known in [code, name, *others.split("|")]:
            if known:
                names[fold(known)] = code
    return names


def country_code(raw: str) -> str:
    """The ISO code of a country given by code or by name in a dozen languages; "" if unknown."""
    folded = fold(raw).strip(" .,;")
    return _countries_by_name().get(folded, "") or _countries_by_name().get(f"{folded}.", "")

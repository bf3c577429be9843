"""Reading résumés in the jail, its children included: how many a second, and how much of them is found."""

import os
import re
import time
from collections.abc import Iterator

from candidates.resumes.jail import Jail
from tests.bench.measuring import Result, ratio
from tests.bench.servers import Database
from tests.candidates.resumes import files

PEOPLE = 140
FIRST = [
    "Amara",
    "Bo",
    "Cleo",
    "Dan",
    "Elif",
    "Femi",
    "Greta",
    "Hugo",
    "Ines",
    "Jonas",
    "Kaya",
    "Lena",
    "Milan",
    "Nora",
]
LAST = [
    "Okafor",
    "Lindqvist",
    "Diaz",
    "Brandt",
    "Yilmaz",
    "Adeyemi",
    "Novak",
    "Marchand",
    "Silva",
    "Weber",
]
NUMBERS = [
    "+49 30 {0:06}",
    "030 / {0:06}",
    "+33 6 12 34 {1} {2}",
    "(570) 677-{3:04}",
    "+1 570-677-{3:04}",
]
MAILS = [
    "{0}.{1}@example.com",
    "Email:-{0}{1}@example.org",
    "E-mail: {0}_{1}@example.net",
    "{1}{2}@example.com",
]
STORY = [
    f"• Built part {number} of a system that moves freight, people and mail" for number in range(45)
]


def measure(database: Database) -> list[Result]:
    made = list(_resumes())
    found = {"e-mail addresses": 0, "telephone numbers": 0, "names": 0}
    before, started = _processor_seconds(), time.perf_counter()
    with Jail() as jail:
        for content, name, email, phone in made:
            fields = jail.read(content)["fields"]
            found["e-mail addresses"] += email in _values(fields, "email")
            found["telephone numbers"] += _digits(phone) in map(_digits, _values(fields, "phone"))
            found["names"] += name in _values(fields, "name")[:1]
    wall, processor = time.perf_counter() - started, _processor_seconds() - before
    rate = PEOPLE / min(wall, processor)
    gates = {"e-mail addresses": ">= 0.98", "telephone numbers": ">= 0.9", "names": ">= 0.85"}
    return [
        ratio("resumes", "two pages read a second on one core / 10", rate, 10, ">= 1", "files/s"),
        *(
            ratio("resumes", f"{kind} found / written", number, PEOPLE, gates[kind], "files")
            for kind, number in found.items()
        ),
    ]


def _resumes() -> Iterator[tuple[bytes, str, str, str]]:
    """Invented people's résumés in every format, with names and numbers as people write them."""
    writers = [files.pdf, files.docx, files.pdf, files.odt, files.pdf, files.rtf, _text]
    for index in range(PEOPLE):
        first, last = FIRST[index % len(FIRST)], LAST[index % len(LAST)]
        phone = NUMBERS[index % len(NUMBERS)].format(
            901820 + index, 10 + index % 80, 11 + index % 80, 6000 + index
        )
        written = MAILS[index % len(MAILS)].format(first.lower(), last.lower(), index)
        heads = [
            [f"{first} {last}"],
            [first.upper(), last.upper()],
            ["CURRICULUM VITAE", f"{last.upper()}, {first}"],
        ]
        lines = [
            *heads[index % 3],
            written,
            f"Mobile: {phone}",
            "Berlin, Germany",
            *files.LINES[4:],
            *STORY,
        ]
        email = written[re.match(r"(?:Email:-|E-mail: )?", written).end() :]
        yield writers[index % len(writers)](lines), f"{first} {last}", email, phone


def _text(lines: list[str]) -> bytes:
    return "\n".join(lines).encode()


def _values(fields: dict, name: str) -> list[str]:
    return [one["value"] for one in fields.get(name, [])]


def _digits(number: str) -> str:
    return re.sub(r"\D", "", number)


def _processor_seconds() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system

"""What reading a file costs in memory does not depend on how many rows it has."""

import os
import subprocess
import sys

import pytest

from tests.candidates.imports.workbooks import cell as ods_cell
from tests.candidates.imports.workbooks import (
    document,
    inline,
    ods_row,
    row,
    table,
    titles,
    workbook,
)

READ = """
import re, sys
from pathlib import Path
import django
django.setup()
from candidates.services.importing.reading import read_table

def peak():
    # Not ru_maxrss: a child begins with its parent's.
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024

with open(sys.argv[1], "rb") as file:
    sum(1 for _ in read_table(file).rows)
    small = peak()
with open(sys.argv[2], "rb") as file:
    rows = sum(1 for _ in read_table(file).rows)
print(rows, peak() - small)
"""


def csv_of(rows: int) -> bytes:
    lines = (
        f"Person {n},p{n}@example.com,+49 151 {10_000_000 + n},{'note ' * 10}" for n in range(rows)
    )
    return "\n".join(["Name,E-mail,Phone,Note", *lines]).encode()


def xlsx_of(rows: int) -> bytes:
    shared = "".join(f"<si><t>p{n}@example.com, {'note ' * 10}</t></si>" for n in range(rows))
    body = "".join(
        row(n + 2, inline(f"A{n + 2}", f"Person {n}"), f'<c r="B{n + 2}" t="s"><v>{n}</v></c>')
        for n in range(rows)
    )
    return workbook(("People", titles("Name", "E-mail") + body), shared=shared)


def ods_of(rows: int) -> bytes:
    body = (
        ods_row(ods_cell(f"Person {n}"), ods_cell(f"p{n}@example.com"), ods_cell("note " * 10))
        for n in range(rows)
    )
    return document(table("People", ods_row(ods_cell("Name"), ods_cell("E-mail")), *body))


def vcf_of(rows: int) -> bytes:
    card = (
        "BEGIN:VCARD\nVERSION:3.0\nFN:Person {n}\nEMAIL:p{n}@example.com\nNOTE:{note}\nEND:VCARD\n"
    )
    return "".join(card.format(n=n, note="note " * 10) for n in range(rows)).encode()


# Slow: it writes and reads files long enough for a leak to show.
@pytest.mark.parametrize(
    ("make", "rows"), [(csv_of, 150_000), (xlsx_of, 60_000), (ods_of, 60_000), (vcf_of, 60_000)]
)
def test_a_long_file_takes_no_more_memory_than_a_short_one(tmp_path, make, rows):
    short, long = tmp_path / "short", tmp_path / "long"
    short.write_bytes(make(2_000))
    long.write_bytes(make(rows))

    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", READ, short, long],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "crm.settings"},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )

    read, growth = done.stdout.split()
    assert int(read) == rows
    # The texts of the long file have 5 to 12 MB; as rows in memory they would be far more.
    assert float(growth) < 12, f"{growth} MB more than for 2,000 rows"

"""Files, and the way from an upload to a finished import, for tests of imports."""

from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files import File
from django.utils import timezone

from candidates.models import Candidate, Import, ImportRow
from candidates.queries.custom_fields import custom_values_of
from candidates.services.importing import running, uploading
from crm.tenancy.roles import Role
from crm.tenancy.scope import acting_in
from tests.candidates.imports.pages import LIST, TWO, check_file, file_of

FILES = Path(__file__).with_name("files")
HEADER = "Name;E-Mail;Tel;Firma;Ort;Land;Skills;Quelle;Letzter Kontakt;Notiz;Schuhgröße\n"


@pytest.fixture
def upload(in_acme, recruiter):
    """`upload("people.csv", b"Name;E-Mail…")` stores a file; without content, one of the real ones."""

    def store(name: str, content: bytes | str | None = None) -> Import:
        if content is None:
            content = (FILES / name).read_bytes()
        if isinstance(content, str):
            content = content.encode()
        import_file = uploading.store_upload(
            File(BytesIO(content), name), size=len(content), name=name, by=recruiter
        )
        assert running.work_on(in_acme, import_file.pk)
        import_file.refresh_from_db()
        return import_file

    return store


@pytest.fixture
def check(in_acme, recruiter):
    """Check a file with the guessed columns, or with others; returns the import with its counts."""

    def decide(import_file: Import, mapping=None, **choices) -> Import:
        mapping = mapping or uploading.mapping_of(import_file)
        uploading.choose(import_file, mapping=mapping, by=recruiter, **choices)
        assert running.work_on(in_acme, import_file.pk)
        import_file.refresh_from_db()
        return import_file

    return decide


@pytest.fixture
def run(in_acme, recruiter):
    """Start a checked import and run it to its end."""

    def finish(import_file: Import) -> Import:
        uploading.start(import_file, by=recruiter)
        assert running.work_on(in_acme, import_file.pk)
        import_file.refresh_from_db()
        return import_file

    return finish


@pytest.fixture
def import_text(upload, check, run):
    """Upload, check and run at once."""

    def through(content: str, *, name: str = "people.csv", **choices) -> Import:
        return run(check(upload(name, content), **choices))

    return through


def people(number: int) -> str:
    return "Name;E-Mail;Skills\n" + "".join(
        f"Person {n} Number{n};p{n}@example.com;Python, Skill {n % 7}\n" for n in range(number)
    )


def row_states(import_file: Import) -> list[tuple[int, str]]:
    rows = ImportRow.objects.filter(import_file=import_file).order_by("line")
    return list(rows.values_list("line", "state"))


def later(**delta: int) -> datetime:
    return timezone.now() + timedelta(**delta)


def shown(person: Candidate) -> dict[str, str]:
    """What the record shows of own fields, by their names."""
    return {
        one.field.name: one.shown
        for one in custom_values_of(person.pk, role=Role.OWNER)
        if one.shown
    }


# The pages


@pytest.fixture
def client(as_user, recruiter):
    return as_user(recruiter)


@pytest.fixture
def uploaded(client, acme) -> Import:
    client.post(f"{LIST}add/", {"file": file_of(TWO)})
    with acting_in(acme):
        return Import.objects.get()


@pytest.fixture
def stored(acme):
    """Reads the import, and other rows, from inside the organization."""

    def read(import_file: Import) -> Import:
        with acting_in(acme):
            return Import.objects.get(pk=import_file.pk)

    return read


@pytest.fixture
def done(client, uploaded, acme, stored) -> Import:
    check_file(client, uploaded)
    client.post(f"{LIST}{uploaded.pk}/start/")
    running.work_on(acme, uploaded.pk)
    return stored(uploaded)

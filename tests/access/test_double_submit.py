"""Two identical posts at the same moment have one effect (T18)."""

import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.client import encode_multipart

from candidates.models import Import, Note
from candidates.services import notes
from candidates.services.importing import running, uploading
from crm.tenancy.scope import acting_in
from crm.web.errors import DomainError
from tests.factories import CandidateFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def candidate(acme):
    with acting_in(acme):
        return CandidateFactory()


def slowly(monkeypatch, module, name: str, seconds: float = 0.4) -> None:
    """Whoever calls `name` of `module` takes so long that another request comes in meanwhile."""
    quickly = getattr(module, name)

    def take_time(*args, **kwargs):
        time.sleep(seconds)
        return quickly(*args, **kwargs)

    monkeypatch.setattr(module, name, take_time)


def form(**fields: str) -> tuple[bytes, str]:
    """Body and type, as a browser sends a form that uploads nothing."""
    return urlencode(fields).encode(), "application/x-www-form-urlencoded"


def upload(name: str, content: bytes) -> tuple[bytes, str]:
    """Body and type of a form with a file; like a browser, each has a boundary of its own."""
    boundary = f"----{secrets.token_hex(8)}"
    body = encode_multipart(boundary, {"file": SimpleUploadedFile(name, content)})
    return body, f"multipart/form-data; boundary={boundary}"


def post_at_once(user, path, bodies):
    barrier = Barrier(len(bodies))

    def post(body):
        try:
            client = Client()
            client.force_login(user)
            barrier.wait()
            return client.post(path, *body)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(bodies)) as threads:
        return list(threads.map(post, bodies))


def test_identical_posts_at_the_same_moment_have_one_effect(
    acme, recruiter, candidate, monkeypatch
):
    slowly(monkeypatch, notes, "add_note")
    path = f"/acme/candidates/{candidate.pk}/note/"

    first, second = post_at_once(recruiter, path, [form(body="Called.")] * 2)

    assert (first.status_code, second.status_code) == (302, 302)
    assert first["Location"] == second["Location"]
    with acting_in(acme):
        assert Note.objects.count() == 1


def test_different_posts_at_the_same_moment_are_both_done(acme, recruiter, candidate, monkeypatch):
    slowly(monkeypatch, notes, "add_note")
    path = f"/acme/candidates/{candidate.pk}/note/"

    post_at_once(recruiter, path, [form(body="Called."), form(body="Wrote.")])

    with acting_in(acme):
        assert Note.objects.count() == 2


def test_the_same_post_later_is_a_new_one(acme, recruiter, candidate, client):
    client.force_login(recruiter)
    for _ in range(2):
        client.post(f"/acme/candidates/{candidate.pk}/note/", {"body": "Called."})

    with acting_in(acme):
        assert Note.objects.count() == 2


def test_posts_go_on_without_a_cache(acme, recruiter, candidate, client, settings):
    client.force_login(recruiter)
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }

    response = client.post(f"/acme/candidates/{candidate.pk}/note/", *form(body="Called."))

    assert response.status_code == 302
    with acting_in(acme):
        assert Note.objects.count() == 1


# The second file is too large to be kept in memory.
@pytest.mark.parametrize(("rows", "note"), [(20, "Met"), (250, "Met" * 4000)])
def test_a_file_uploaded_twice_at_the_same_moment_is_one_import(
    acme, recruiter, monkeypatch, rows, note
):
    slowly(monkeypatch, uploading, "store_upload")
    people = [f"Amara Okafor,amara{number}@example.com,{note}\n" for number in range(rows)]
    content = "".join(["Name,Email,Notes\n", *people]).encode()
    assert (len(content) > settings.FILE_UPLOAD_MAX_MEMORY_SIZE) == (rows > 20)

    first, second = post_at_once(
        recruiter, "/acme/candidates/imports/add/", [upload("people.csv", content) for _ in "ab"]
    )

    assert (first.status_code, second.status_code) == (302, 302)
    assert first["Location"] == second["Location"]
    with acting_in(acme):
        import_file = Import.objects.get()
    assert running.work_on(acme, import_file.pk)
    with acting_in(acme):
        assert Import.objects.get().row_count == rows


def test_two_files_uploaded_at_the_same_moment_are_two_imports(acme, recruiter, monkeypatch):
    slowly(monkeypatch, uploading, "store_upload")
    files = [
        upload("people.csv", b"Name,Email\nAmara Okafor,amara@example.com\n"),
        upload("people.csv", b"Name,Email\nAmara Okafor,amara@example.net\n"),
    ]

    post_at_once(recruiter, "/acme/candidates/imports/add/", files)

    with acting_in(acme):
        assert Import.objects.count() == 2


def test_of_two_refused_posts_neither_is_said_to_be_done(acme, recruiter, monkeypatch):
    slowly(monkeypatch, uploading, "store_upload")

    answers = post_at_once(
        recruiter, "/acme/candidates/imports/add/", [upload("people.csv", b"\x00\x01" * 50)] * 2
    )

    assert [answer.status_code for answer in answers] == [422, 422]
    assert all("It was done once" not in answer.content.decode() for answer in answers)


def test_after_a_failed_post_one_of_those_that_waited_is_done(acme, recruiter, monkeypatch):
    store_upload, tries = uploading.store_upload, iter([True, False, False])

    def fail_first(*args, **kwargs):
        time.sleep(0.4)
        if next(tries):
            raise DomainError("The disk was full.")
        return store_upload(*args, **kwargs)

    monkeypatch.setattr(uploading, "store_upload", fail_first)
    content = b"Name,Email\nAmara Okafor,amara@example.com\n"

    answers = post_at_once(
        recruiter,
        "/acme/candidates/imports/add/",
        [upload("people.csv", content) for _ in range(3)],
    )

    assert sorted(answer.status_code for answer in answers) == [302, 302, 422]
    with acting_in(acme):
        assert Import.objects.count() == 1

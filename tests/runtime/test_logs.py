"""Logs are key=value, carry ids, and hold nothing that identifies a person or opens a door (T23)."""

import logging

import pytest
import structlog
from django.test import Client

from crm.runtime.logs import configure_logging, mask

TOKEN = "Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MA"


@pytest.fixture
def lines(monkeypatch):
    """The lines that the configured formatter makes of what is logged."""
    written: list[str] = []
    settings = configure_logging("INFO")["formatters"]["key_value"]
    formatter = settings.pop("()")(**settings)

    class Keep(logging.Handler):
        def emit(self, record):
            written.append(formatter.format(record))

    handler = Keep()
    root = logging.getLogger()
    root.addHandler(handler)
    monkeypatch.setattr(root, "level", logging.INFO)
    yield written
    root.removeHandler(handler)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("mail to mia.lang+x@example.co.uk failed", "mail to <address> failed"),
        ("postgres://app:pa55@db:5432/rapport", "postgres://<credentials>@db:5432/rapport"),
        (f"GET /u/{TOKEN}/", "GET /u/<token>/"),
        (f"Bearer rapport_{TOKEN}-_x is wrong", "Bearer <token> is wrong"),
        ("GET /acme/candidates/42/", "GET /acme/candidates/42/"),
        (
            "File /opt/rapport/campaigns/services/dispatching.py",
            "File /opt/rapport/campaigns/services/dispatching.py",
        ),
    ],
)
def test_mask_takes_out_addresses_credentials_and_tokens(text, masked):
    assert mask(text) == masked


def test_line_is_key_value_with_the_request_id(lines):
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        logging.getLogger("campaigns").info("Sent %s of %s", 3, 4)

    (line,) = lines
    assert line.startswith("timestamp=2")
    assert line.endswith('level=info event="Sent 3 of 4" logger=campaigns request_id=r-1')


def test_traceback_follows_its_line_without_personal_values(lines):
    try:
        raise_about("mia@example.com")
    except ValueError:
        structlog.get_logger("web").exception("request_failed", code=500)

    (text,) = lines
    first, *traceback = text.splitlines()
    assert "level=error event=request_failed" in first
    assert traceback[0] == "Traceback (most recent call last):"
    assert traceback[-1] == "ValueError: Key (email)=(<address>) already exists"


def raise_about(address: str) -> None:
    raise ValueError(f"Key (email)=({address}) already exists")


@pytest.mark.django_db
def test_a_path_of_signs_that_cannot_be_shown_is_spelled(lines):
    Client().get("/acme/%01%0Aé/")

    assert any("x01" in line and "é/" in line for line in lines)
    assert not any("\x01" in line for line in lines)


@pytest.mark.django_db
def test_request_is_logged_once_without_its_query_and_token(lines):
    Client().get(f"/accounts/login/?next=/{TOKEN}&q=Mia+Lang")

    (line,) = [line for line in lines if "request_finished" in line]
    assert 'request="GET /accounts/login/"' in line
    assert "request_id=" in line
    for planted in ("Mia", TOKEN, "127.0.0.1"):
        assert planted not in "".join(lines)


@pytest.mark.django_db
def test_probes_are_not_logged(lines):
    Client().get("/healthz")

    assert not [line for line in lines if "request_finished" in line]

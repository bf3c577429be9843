"""What /healthz tells: whether each part works, and since when not. Never an address or a secret."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from crm.celery import app
from crm.runtime.models import Heartbeat

# Six heartbeats; a worker's processes may all be busy with long tasks for a while.
LONGEST_SILENCE = timedelta(minutes=3)
# Mail servers of others may hang: a heartbeat then waits behind several mailboxes, each with some minutes.
LONGEST_SILENCE_OF_INBOUND = timedelta(minutes=15)
BROKER_TIMEOUT = 2


@dataclass(frozen=True)
class Finding:
    """Whether one part works; `age` in seconds where it has a pulse."""

    ok: bool
    detail: str
    age: float | None = None


def check_health() -> dict[str, object]:
    """Every part's finding, and `ok` when all of them are."""
    checks: dict[str, Callable[[], Finding]] = {
        "database": check_database,
        "broker": check_broker,
        "worker": lambda: check_pulse(Heartbeat.Part.WORKER),
        "inbound": lambda: check_pulse(Heartbeat.Part.INBOUND, LONGEST_SILENCE_OF_INBOUND),
        "beat": lambda: check_pulse(Heartbeat.Part.BEAT),
    }
    findings = {name: check() for name, check in checks.items()}
    return {
        "ok": all(finding.ok for finding in findings.values()),
        "version": settings.VERSION,
        **{name: asdict(finding) for name, finding in findings.items()},
    }


def check_database() -> Finding:
    try:
        with transaction.atomic():
            Heartbeat.objects.exists()
    except DatabaseError:
        return Finding(ok=False, detail="does not answer")
    return Finding(ok=True, detail="answers")


def check_broker() -> Finding:
    try:
        with app.connection_for_read(connect_timeout=BROKER_TIMEOUT) as connection:
            connection.ensure_connection(max_retries=1, interval_start=0, timeout=BROKER_TIMEOUT)
    except (OperationalError, OSError):
        return Finding(ok=False, detail="does not answer")
    return Finding(ok=True, detail="answers")


def check_pulse(part: Heartbeat.Part, longest: timedelta = LONGEST_SILENCE) -> Finding:
    try:
        beaten_at = Heartbeat.objects.filter(part=part).values_list("beaten_at", flat=True).first()
    except DatabaseError:
        return Finding(ok=False, detail="unknown: the database does not answer")
    if beaten_at is None:
        return Finding(ok=False, detail="no heartbeat yet")
    age = timezone.now() - beaten_at
    ok = age < longest
    return Finding(
        ok=ok, detail="beats" if ok else "no heartbeat lately", age=round(age.total_seconds(), 1)
    )

"""What templates say of the background: asked of the database only by those that look."""

from collections.abc import Callable

from django.http import HttpRequest

from crm.runtime.health import check_pulse
from crm.runtime.models import Heartbeat


def background(request: HttpRequest) -> dict[str, Callable[[], bool]]:
    """`worker_is_silent`: nothing that waits for a worker goes on now."""
    return {"worker_is_silent": worker_is_silent}


def worker_is_silent() -> bool:
    return not check_pulse(Heartbeat.Part.WORKER).ok

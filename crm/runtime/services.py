"""Writes the heartbeats."""

from django.utils import timezone

from crm.runtime.models import Heartbeat


def beat_heart(part: Heartbeat.Part) -> None:
    """Note that `part` works, now."""
    Heartbeat.objects.update_or_create(part=part, defaults={"beaten_at": timezone.now()})

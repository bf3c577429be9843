"""The Celery application: a doorbell and a process runner, never the place where work is remembered."""

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")

QUEUES = ("default", "send", "inbound", "bulk")

app = Celery("rapport")
# The web's threads must find it too: "current" alone counts for this thread only.
app.set_default()
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_logging_as_configured(**kwargs: Any) -> None:
    """Django has set logging up already; with a receiver here Celery leaves it alone."""

"""Sweeps over accounts: mails that wait, counts that have drained."""

from importlib import import_module

from celery import shared_task
from django.conf import settings

from crm.accounts import services, throttling


@shared_task
def send_account_mails() -> None:
    while services.send_next_mail():
        pass


@shared_task
def forget_old_sessions() -> None:
    """Sessions that have expired: nobody is signed in with them any more, and they say who was."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()


@shared_task
def forget_old_tries() -> None:
    throttling.forget_old_tries()

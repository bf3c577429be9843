"""Sweeps over accounts: mails that wait, counts that have drained."""

from celery import shared_task

from crm.accounts import services, throttling


@shared_task
def send_account_mails() -> None:
    while services.send_next_mail():
        pass


@shared_task
def forget_old_tries() -> None:
    throttling.forget_old_tries()

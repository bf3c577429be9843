"""Sweeps over invitations."""

from celery import shared_task

from crm.tenancy import services


@shared_task
def send_invitations() -> None:
    while services.send_next_invitation():
        pass

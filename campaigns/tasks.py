"""The doorbell of the outbox. What is to be done stands in the database; a lost task costs delay, never mail."""

import logging
from functools import partial

from celery import shared_task
from django.core.cache import cache
from django.db import transaction

from campaigns.services import (
    auto_enrolling,
    delivering,
    dispatching,
    filling,
    reconciling,
    repeating,
    syncing,
)
from crm.tenancy.models import Organization
from crm.tenancy.sweeping import everywhere, inside

logger = logging.getLogger(__name__)

# A bell that was lost with its worker is rung again after this.
BELL_SECONDS = 20
DELIVERIES = 25


@shared_task(expires=BELL_SECONDS)
def dispatch_due() -> None:
    """Ring for every organization that has work due."""
    for organization in dispatching.organizations_with_work():
        _ring(organization.pk)


@shared_task
def send_due(organization_id: int) -> None:
    """A batch of one organization's work; then it queues up again, so that others get their turn."""
    cache.delete(_bell(organization_id))
    organization = Organization.objects.get(pk=organization_id)
    report = dispatching.dispatch(organization)
    delivered = delivering.deliver_due(organization, limit=DELIVERIES)
    if report.is_full or delivered.taken == DELIVERIES:
        _ring(organization_id)


@shared_task(expires=BELL_SECONDS)
def reconcile_sending() -> None:
    reconciling.reconcile_sending()
    repeating.repeat_doubtful()


@shared_task(expires=BELL_SECONDS)
def sync_mailboxes() -> None:
    """Look into every mailbox that is due, each in a task of its own."""
    for organization_id, mailbox_id in syncing.due_mailboxes():
        sync_mailbox.delay(organization_id, mailbox_id)


@shared_task
def sync_mailbox(organization_id: int, mailbox_id: int) -> None:
    syncing.sync_mailbox(Organization.objects.get(pk=organization_id), mailbox_id)


def look_into(organization_id: int, mailbox_id: int) -> None:
    """Have a mailbox looked into as soon as this transaction is committed."""
    transaction.on_commit(partial(sync_mailbox.delay, organization_id, mailbox_id), robust=True)


@shared_task(expires=BELL_SECONDS)
def auto_enroll() -> None:
    """Whoever came into a pool or a stage, or had something happen to them, joins the sequence of its rule."""
    auto_enrolling.auto_enroll_everywhere()


@shared_task(expires=BELL_SECONDS)
def go_on_filled() -> None:
    """Whoever was held for lack of a value goes on once it is there, wherever it came from."""
    everywhere(inside(filling.go_on_filled))


def ring(organization_id: int) -> None:
    """Have due work of an organization done as soon as this transaction is committed.

    Without a broker it is done when the broker is back: what has been saved must not fail now.
    """
    transaction.on_commit(partial(_ring, organization_id), robust=True)


def _ring(organization_id: int) -> None:
    # At most one bell of an organization waits in the queue, however often it is rung.
    if cache.add(_bell(organization_id), 1, timeout=BELL_SECONDS):
        send_due.delay(organization_id)


def _bell(organization_id: int) -> str:
    return f"campaigns:bell:{organization_id}"

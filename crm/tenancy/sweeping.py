"""Sweeps over all organizations by the clock: an organization in which something fails holds up no other."""

import logging
from collections.abc import Callable, Collection

from celery.exceptions import SoftTimeLimitExceeded

from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in

logger = logging.getLogger(__name__)


def everywhere(
    *acts: Callable[[Organization], object], among: Collection[int] | None = None
) -> int:
    """Do these for every open organization, outside any; an error is logged and ends that act in that organization alone.

    `among`: the ids of those that have something to do, where that is known. Returns the sum of the numbers that they return.
    """
    done = 0
    waiting = Organization.objects.filter(closed_at=None)
    if among is not None:
        waiting = waiting.filter(pk__in=among)
    for organization in waiting.order_by("pk"):
        for act in acts:
            try:
                result = act(organization)
            except SoftTimeLimitExceeded:
                raise
            except Exception:
                logger.exception("sweep_failed", extra={"organization": organization.pk})
            else:
                done += result if isinstance(result, int) else 0
    return done


def inside(act: Callable[[], object]) -> Callable[[Organization], object]:
    """What is done in one transaction, inside the organization."""

    def act_inside(organization: Organization) -> object:
        with acting_in(organization):
            return act()

    return act_inside

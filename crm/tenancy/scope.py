"""Wall one: which organization is being acted in, said once, for code, database and links alike."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection, transaction
from django.urls import get_script_prefix, get_urlconf, set_script_prefix, set_urlconf
from django.utils import timezone
from psycopg.pq import ExecStatus, TransactionStatus

if TYPE_CHECKING:
    from crm.tenancy.models import Organization

_current: ContextVar[Organization | None] = ContextVar("organization", default=None)


class OutsideOrganization(RuntimeError):
    """Owned rows were asked for without saying in which organization: a bug, never a user's doing."""


class WrongOrganization(RuntimeError):
    """An object of one organization was used while acting in another: a bug, refused before the database does."""


def current_organization() -> Organization:
    """The organization being acted in; raises OutsideOrganization when there is none."""
    organization = _current.get()
    if organization is None:
        raise OutsideOrganization(
            "Owned rows can only be used inside `with acting_in(organization):`."
        )
    return organization


def is_acting() -> bool:
    """Whether any organization is being acted in."""
    return _current.get() is not None


def _begin_in(organization: Organization) -> None:
    """Begin the transaction with its organization set: one round trip where two statements would take two.

    psycopg sends BEGIN by itself before the first statement of a transaction, unless one is open already.
    """
    wire = connection.connection.pgconn
    if wire.transaction_status == TransactionStatus.IDLE:
        result = wire.exec_(
            f"BEGIN; SET LOCAL app.organization_id = '{organization.pk:d}'".encode()
        )
        if result.status == ExecStatus.COMMAND_OK:
            return
    # Inside another transaction; or the connection is lost, which Django now finds and says.
    _tell_database(organization)


def _tell_database(organization: Organization | None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('app.organization_id', %s, true)",
            [str(organization.pk) if organization else ""],
        )


@contextmanager
def acting_in(organization: Organization, *, durable: bool = False) -> Iterator[None]:
    """Act in `organization` until the block ends, in one transaction.

    Sets the scope of OwnedModel managers, Postgres' `app.organization_id` (transaction-local, so it
    survives transaction pooling), the organization's time zone, and the URL prefix, so that `reverse`
    gives this organization's addresses. Blocks nest: the inner one is a savepoint, and the outer
    organization returns after it. A `durable` block doesn't nest: what was done in it is stored at its
    end, whatever follows; raises RuntimeError inside another transaction.
    """
    outer, prefix, urlconf = _current.get(), get_script_prefix(), get_urlconf()
    is_nested = connection.in_atomic_block
    with transaction.atomic(durable=durable), timezone.override(organization.time_zone):
        _begin_in(organization)
        token = _current.set(organization)
        set_script_prefix(f"/{organization.slug}/")
        set_urlconf(settings.ORGANIZATION_URLCONF)
        try:
            yield
        finally:
            _current.reset(token)
            set_script_prefix(prefix)
            set_urlconf(urlconf)
        # The setting ends with its transaction, and a rollback takes it back by itself; only a
        # transaction that goes on around this block has to be told.
        if is_nested and not connection.needs_rollback:
            _tell_database(outer)

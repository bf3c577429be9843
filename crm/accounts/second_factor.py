"""What allauth leaves open about second factors: each code once, and whether this session gave one."""

from allauth.account.internal.flows.login import (
    get_authentication_records,
    record_authentication,
)
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.db import transaction
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from crm.accounts.models import User


def matching_step(secret: str, code: str) -> int | None:
    """The time step (RFC 6238) that `code` belongs to, within the tolerance, or None."""
    code = "".join(code.split())
    for step in yield_hotp_counters_from_time():
        if constant_time_compare(code, format_hotp_value(hotp_value(secret, step))):
            return int(step)
    return None


@transaction.atomic
def use_totp_step(authenticator: Authenticator, secret: str, code: str) -> bool:
    """Accept `code` if it is right and newer than the last one accepted (RFC 6238, 5.2).

    The last step is kept in the database, under a lock: a code works once, also for two
    simultaneous requests, and also when the cache is lost.
    """
    locked = Authenticator.objects.select_for_update().get(pk=authenticator.pk)
    step = matching_step(secret, code)
    if step is None or step <= locked.data.get("last_step", 0):
        return False
    locked.data["last_step"] = step
    locked.save(update_fields=["data"])
    return True


def has_second_factor(user: User) -> bool:
    return Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()


def proved_second_factor(request: HttpRequest, user: User) -> bool:
    """Whether this very session gave a second factor: at sign-in, later, or when setting it up."""
    records = get_authentication_records(request, user)
    return any(record["method"] == "mfa" for record in records)


def record_proof(request: HttpRequest, user: User, authenticator: Authenticator) -> None:
    """Setting up a second factor proves it for this session; older sessions must prove it themselves."""
    record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type)

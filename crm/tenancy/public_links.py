"""Links that open one thing of one organization without an account: whoever holds one needs no other credential.

There are two kinds, each with at least 128 bits that nobody can guess. A *signed* one is computed from what
it opens: nothing is stored, every mail can carry it again, and raising the version of what it opens makes
older ones worthless. A *secret* one is random, shown once, and stored as a hash.
"""

import hmac
import re
import secrets
from base64 import b32encode
from dataclasses import dataclass

from django.conf import settings

from crm.tenancy.models import Organization

_SECRET = re.compile(r"([0-9]{1,12})\.[A-Za-z0-9_-]{22}")
_SIGNED = re.compile(r"([0-9]{1,12})\.([0-9]{1,18})\.([0-9]{1,9})\.([a-z2-7]{26})")


@dataclass(frozen=True)
class Signed:
    """What a signed link opens: an object of an organization, in one version."""

    organization: Organization
    object_id: int
    version: int


def new_secret(organization: Organization) -> str:
    """A token of 128 random bits that says whose it is. Keep only `hash_token(...)` of it."""
    return f"{organization.pk}.{secrets.token_urlsafe(16)}"


def organization_of_secret(token: str) -> Organization | None:
    """Whose token this says it is: look its hash up there."""
    match = _SECRET.fullmatch(token)
    return _open_organization(int(match[1])) if match else None


def sign(purpose: str, *, organization_id: int, object_id: int, version: int = 0) -> str:
    """130 bits of signature on an object in one version, for one purpose."""
    text = f"{purpose}:{organization_id}:{object_id}:{version}"
    mac = hmac.digest(settings.FIELD_KEY.encode(), f"public link:{text}".encode(), "sha256")
    signature = b32encode(mac).decode().lower()[:26]
    return f"{organization_id}.{object_id}.{version}.{signature}"


def read_signed(purpose: str, token: str) -> Signed | None:
    """What `sign` signed for this purpose; None for anything else."""
    match = _SIGNED.fullmatch(token)
    if not match:
        return None
    organization_id, object_id, version = (int(part) for part in match.groups()[:3])
    genuine = sign(purpose, organization_id=organization_id, object_id=object_id, version=version)
    if not hmac.compare_digest(token, genuine):
        return None
    organization = _open_organization(organization_id)
    return Signed(organization, object_id, version) if organization else None


def _open_organization(organization_id: int) -> Organization | None:
    return Organization.objects.filter(pk=organization_id, closed_at=None).first()

"""Members' own tokens for the API: made, shown once, looked up by their hash, and taken back.

A token stands for its member in one organization and is never more than they are now: another role counts at
once, and whoever leaves or is deactivated takes all of their tokens along.
"""

import re
import secrets
from collections.abc import Collection
from datetime import date, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, JsonResponse
from django.utils import timezone

from crm.accounts.models import User
from crm.tenancy.models import ApiToken, Membership, hash_token
from crm.tenancy.queries import zone_of
from crm.tenancy.roles import ADMINS
from crm.tenancy.scope import current_organization
from crm.tenancy.signals import announce
from crm.web.errors import DomainError

PREFIX = "rapport_"
_SECRET = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{43}}")
_SCHEME = "bearer "
MOST_TOKENS = 20
USUAL_LIFE, LONGEST_LIFE = timedelta(days=90), timedelta(days=366)
# So often its last use is written down.
NOTED_EVERY = timedelta(minutes=1)

MISSING = "Send an API token in the header “Authorization: Bearer …”. Members make theirs under “API tokens”."
UNKNOWN = "There is no such API token in this organization. Check it, or make a new one."


class TokenRefused(Exception):
    """A token opens nothing; its text is a sentence for whoever sent it."""


class TooManyTokens(DomainError):
    """A member has as many tokens as anybody needs."""


class NameTaken(DomainError):
    """The member has another token of that name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"You have a token “{name}” already. Choose another name.")


class NotYourToken(DomainError):
    """Somebody who is no admin would revoke a colleague's token."""

    def __init__(self) -> None:
        super().__init__("A token is revoked by its owner, or by an admin of the organization.")


def tokens_of(users: Collection[User] | None = None) -> QuerySet[ApiToken]:
    """The tokens that were not revoked, the newest first: of these users, or of everybody. One query."""
    tokens: QuerySet[ApiToken] = ApiToken.objects.filter(revoked_at=None).select_related("user")
    return tokens if users is None else tokens.filter(user__in=users)


@transaction.atomic
def make_token(
    *, name: str, expires_on: date, by: User, with_second_factor: bool
) -> tuple[ApiToken, str]:
    """A token of `by`, and its secret, which is not kept. Raises TooManyTokens or NameTaken."""
    # Two at the same moment count each other.
    Membership.objects.select_for_update().get(user=by, organization=current_organization())
    names = list(tokens_of([by]).values_list("name", flat=True))
    if name in names:
        raise NameTaken(name)
    if len(names) >= MOST_TOKENS:
        raise TooManyTokens(f"You have {MOST_TOKENS} tokens. Revoke one that is not used any more.")
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=by,
        name=name,
        token_hash=hash_token(secret),
        expires_on=expires_on,
        with_second_factor=with_second_factor,
    )
    announce("api_token.made", token, by=by, expires_on=expires_on.isoformat())
    return token, secret


@transaction.atomic
def revoke_token(token: ApiToken, *, by: Membership) -> None:
    """Take the token back, from its next request on. Raises NotYourToken for a colleague's."""
    if token.user_id != by.user_id and by.role not in ADMINS:
        raise NotYourToken
    if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now()):
        announce("api_token.revoked", token, by=by.user, user=token.user_id)


def revoke_tokens_of(user: User, *, by: User) -> None:
    """Take back all tokens of somebody who leaves the organization being acted in, or is deactivated."""
    for token in tokens_of([user]):
        ApiToken.objects.filter(pk=token.pk).update(revoked_at=timezone.now())
        announce("api_token.revoked", token, by=by, user=user.pk)


def bearer(request: HttpRequest) -> str:
    """The token that the request shows; empty where it shows none."""
    header: str = request.headers.get("Authorization", "")
    is_bearer = header[: len(_SCHEME)].lower() == _SCHEME
    return header[len(_SCHEME) :].strip() if is_bearer else ""


def open_with(secret: str) -> tuple[ApiToken, Membership]:
    """The token of the organization being acted in, and whom it stands for: two queries.

    Raises TokenRefused for one that is unknown here, revoked or expired, or whose member is gone.
    """
    found = _SECRET.fullmatch(secret) and (
        ApiToken.objects.filter(token_hash=hash_token(secret)).first()
    )
    if not found:
        raise TokenRefused(UNKNOWN)
    if found.revoked_at:
        raise TokenRefused("This API token was revoked. Make a new one under “API tokens”.")
    organization = current_organization()
    member = Membership.objects.select_related("user").filter(
        user=found.user_id, user__is_active=True, organization=organization
    )
    membership = member.first()
    if membership is None:
        raise TokenRefused("Whoever made this API token does not belong to the organization now.")
    membership.organization = organization
    # Its last day is the member's, as it was when they chose it.
    with timezone.override(zone_of(membership.user)):
        if found.is_expired:
            raise TokenRefused(
                f"This API token expired on {found.expires_on}. Make a new one under “API tokens”."
            )
    return found, membership


def note_use(token: ApiToken) -> None:
    """Write down that the token is in use, once a minute at most."""
    now = timezone.now()
    if token.last_used_at is None or token.last_used_at <= now - NOTED_EVERY:
        # Whoever else writes it at this moment writes the same: nobody waits.
        free = ApiToken.objects.select_for_update(skip_locked=True).filter(pk=token.pk)
        ApiToken.objects.filter(pk__in=free.values("pk")).update(last_used_at=now)


def refusal(sentence: str, *, status: int = 401) -> JsonResponse:
    """The answer to a request whose token opens nothing."""
    answer = JsonResponse({"detail": sentence, "errors": []}, status=status)
    if status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="Rapport"'
    return answer

"""How often a password or a code may be tried. Counted in Postgres: losing the cache loses no count.

The rule, for sign-in:

- A browser that signed in as an address before, or set its password by mail, carries a signed
  cookie that says so. Its tries for that address are counted by themselves: 10, then one a minute.
- Any other try is counted three times: for this address from this network (5, then one a minute),
  for this network (30, then one every 20 seconds), and for this address from anywhere (20, then
  one every 3 minutes).
- A refused try is not checked at all; a try that succeeds is taken back from the counts.

So guessing is slowed, then limited, over one network or many; and no stranger can lock out the
owner of an address for good: the owner's own browser has its own count, a new browser gets one by
setting the password by mail, and all counts drain by themselves. Known and unknown addresses are
counted alike. Second-factor codes follow the same rule under their own counts.
"""

import hmac
import ipaddress
import logging
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from django.conf import settings
from django.core import signing
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from crm.accounts.models import TryCounter
from crm.web.requests import client_ip

logger = logging.getLogger(__name__)

COOKIE_NAME = "__Host-known-browser" if settings.HTTPS else "known-browser"
COOKIE_AGE = timedelta(days=180)
COOKIE_SALT = "crm.accounts.known_browser"
# How many addresses one browser is remembered for: more than anyone's, fewer than a cookie holds.
ADDRESSES_PER_BROWSER = 10


@dataclass(frozen=True)
class Limit:
    """A bucket: so many tries at once, then one every `seconds`."""

    capacity: int
    seconds: int


KNOWN_BROWSER = Limit(10, 60)
ADDRESS_AND_NETWORK = Limit(5, 60)
NETWORK = Limit(30, 20)
ADDRESS = Limit(20, 180)
RESET_PER_NETWORK = Limit(20, 60)
RESET_PER_ADDRESS = Limit(3, 600)
# Every bucket has drained by then; see forget_old_tries.
DRAINED_AFTER = timedelta(days=1)


class TooManyTries(Exception):
    """The try was refused unchecked."""


class _Full(Exception):
    """A bucket would overflow."""


def _key(*parts: str) -> str:
    message = "\0".join(parts).encode()
    return hmac.new(settings.FIELD_KEY.encode(), message, sha256).hexdigest()


def _account(email: str) -> str:
    return _key("account", email.strip().lower())


def _network(request: HttpRequest) -> str:
    """The address of the client; of an IPv6 one the /64, which is what one customer gets."""
    ip = client_ip(request) or ""
    if ":" not in ip:
        return ip
    return str(ipaddress.ip_network((ip.partition("%")[0], 64), strict=False))


def _pour(key: str, limit: Limit, now: datetime) -> None:
    """Count one try; raises _Full when there is no room for it."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO accounts_trycounter AS counter (key, level, updated_at)
            VALUES (%(key)s, 1, %(now)s)
            ON CONFLICT (key) DO UPDATE SET
              level = GREATEST(0, counter.level
                - EXTRACT(EPOCH FROM %(now)s - counter.updated_at) / %(seconds)s) + 1,
              updated_at = %(now)s
            WHERE GREATEST(0, counter.level
                - EXTRACT(EPOCH FROM %(now)s - counter.updated_at) / %(seconds)s) + 1 <= %(capacity)s
            RETURNING level
            """,
            {"key": key, "now": now, "seconds": limit.seconds, "capacity": limit.capacity},
        )
        if cursor.fetchone() is None:
            raise _Full


@dataclass(frozen=True)
class Try:
    """One counted try."""

    keys: tuple[str, ...]

    def take_back(self) -> None:
        """It succeeded: it was no guess."""
        with connection.cursor() as cursor:
            # Locked in the order in which tries are counted, so that the two cannot wait for each other.
            cursor.execute(
                """
                WITH held AS (
                  SELECT key FROM accounts_trycounter WHERE key = ANY(%s) ORDER BY key FOR UPDATE
                )
                UPDATE accounts_trycounter AS counter SET level = GREATEST(0, level - 1)
                FROM held WHERE counter.key = held.key
                """,
                [list(self.keys)],
            )


def _count(limits: dict[str, Limit]) -> Try:
    """Count one try in every bucket, or in none."""
    now = timezone.now()
    try:
        with transaction.atomic():
            # In one order, so that two tries cannot wait for each other.
            for key in sorted(limits):
                _pour(key, limits[key], now)
    except _Full as full:
        raise TooManyTries from full
    return Try(tuple(limits))


def count_try(request: HttpRequest, email: str, purpose: str) -> Try:
    """Count one try to prove being `email`; raises TooManyTries, alike for every address."""
    account, network = _account(email), _network(request)
    browser, accounts = _known_browser(request)
    if account in accounts:
        limits = {_key(purpose, "browser", account, browser): KNOWN_BROWSER}
    else:
        limits = {
            _key(purpose, "address and network", account, network): ADDRESS_AND_NETWORK,
            _key(purpose, "network", network): NETWORK,
            _key(purpose, "address", account): ADDRESS,
        }
    try:
        return _count(limits)
    except TooManyTries:
        logger.warning(
            "%s refused: too many tries account=%s ip=%s", purpose, account[:12], network
        )
        raise


def log_failure(request: HttpRequest, email: str, purpose: str) -> None:
    """One line for each wrong password or code; the address only as the hash that it is counted under."""
    logger.warning("%s failed account=%s ip=%s", purpose, _account(email)[:12], _network(request))


def count_reset(request: HttpRequest, email: str) -> bool:
    """Count one request for a reset mail. False: this address had enough mails lately.

    Raises TooManyTries when the network asks for too many addresses.
    """
    network = _network(request)
    _count({_key("reset", "network", network): RESET_PER_NETWORK})
    try:
        _count({_key("reset", "address", _account(email)): RESET_PER_ADDRESS})
    except TooManyTries:
        return False
    return True


def count_public(request: HttpRequest, purpose: str, limit: Limit) -> None:
    """Count one act of somebody without an account, by network; raises TooManyTries when there are too many."""
    network = _network(request)
    try:
        _count({_key("public", purpose, network): limit})
    except TooManyTries:
        logger.warning("%s refused: too many acts ip=%s", purpose, network)
        raise


def _known_browser(request: HttpRequest) -> tuple[str, list[str]]:
    """The browser's own id and the accounts that signed in with it."""
    try:
        value = signing.loads(
            request.COOKIES.get(COOKIE_NAME, ""), salt=COOKIE_SALT, max_age=COOKIE_AGE
        )
        return value["id"], value["accounts"]
    except (signing.BadSignature, KeyError, TypeError):
        return "", []


def remember_browser(request: HttpRequest, response: HttpResponseBase, email: str) -> None:
    """Let `response` make this browser a known one for `email`."""
    browser, accounts = _known_browser(request)
    account = _account(email)
    accounts = [account, *(other for other in accounts if other != account)]
    value = {
        "id": browser or secrets.token_urlsafe(16),
        "accounts": accounts[:ADDRESSES_PER_BROWSER],
    }
    response.set_cookie(
        COOKIE_NAME,
        signing.dumps(value, salt=COOKIE_SALT),
        max_age=COOKIE_AGE,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def forget_old_tries() -> int:
    """Delete the counts that have drained; returns how many."""
    return TryCounter.objects.filter(updated_at__lt=timezone.now() - DRAINED_AFTER).delete()[0]

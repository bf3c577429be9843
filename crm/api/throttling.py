"""How often one token may ask: counted in the cache, by the minute."""

import time

from django.core.cache import cache
from django.http import HttpRequest
from ninja.throttling import BaseThrottle
from redis.exceptions import RedisError

MINUTE = 60
PER_MINUTE = 300


class TokenThrottle(BaseThrottle):
    """So many requests of one token in each minute of the clock. Without the cache all are answered."""

    def allow_request(self, request: HttpRequest) -> bool:
        token = request.api_token  # type: ignore[attr-defined]
        key = f"api:{token.pk}:{int(time.time()) // MINUTE}"
        try:
            cache.add(key, 0, 2 * MINUTE)
            return cache.incr(key) <= PER_MINUTE
        except (RedisError, ValueError):
            return True

    def wait(self) -> float:
        """Until the next minute begins."""
        return MINUTE - time.time() % MINUTE

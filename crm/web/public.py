"""Pages for people without an account: a token in the address is their only credential."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar, cast

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponseBase

View = TypeVar("View", bound=Callable[..., HttpResponseBase])

# The address is a secret: it goes into no index and no cache. (To other sites it never goes: the referrer policy
# of all pages sees to that. A stricter one would make browsers hide where forms of these pages come from.)
HEADERS = {
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store, private",
}


def public_page(view: View) -> View:
    """No sign-in, and headers that keep the address to whoever holds it."""

    @wraps(view)
    def guarded(*args: object, **kwargs: object) -> HttpResponseBase:
        response = view(*args, **kwargs)
        for name, value in HEADERS.items():
            response.headers[name] = value
        return response

    return cast(View, login_not_required(guarded))

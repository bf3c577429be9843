"""Links out of an organization's pages, and absolute links for mails."""

from typing import Any

from django.conf import settings
from django.urls import get_script_prefix, reverse, set_script_prefix


def site_reverse(name: str, **kwargs: Any) -> str:
    """The path of a site-level page (sign-in, account, health), also from within an organization."""
    prefix = get_script_prefix()
    set_script_prefix("/")
    try:
        return reverse(name, urlconf=settings.ROOT_URLCONF, kwargs=kwargs or None)
    finally:
        set_script_prefix(prefix)


def absolute(path: str) -> str:
    """The full URL of `path`, for a mail or a log: there may be no request to take the host from."""
    return f"{settings.SITE_URL}{path}"

"""Template tags that every page may use without loading them: icons, site-level links, initials, hues."""

from functools import cache
from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe
from lucide.templatetags.lucide import lucide

from crm.web.links import site_reverse

register = template.Library()


@cache
def _icon(name: str, size: int, css_class: str) -> SafeString:
    svg = lucide(name, size=size, **{"class": css_class, "aria-hidden": "true"})
    return mark_safe(svg)  # noqa: S308 - drawn by the wheel, not by a user


@register.simple_tag
def icon(name: str, size: int = 16, css_class: str = "icon") -> SafeString:
    """The Lucide outline `name`, hidden from screen readers: the control beside it carries the words."""
    return _icon(str(name), size, css_class)


@register.simple_tag
def site_url(name: str, **kwargs: Any) -> str:
    """The path of a page outside the organization: `{% site_url 'account_logout' %}`."""
    return site_reverse(name, **kwargs)


@register.filter
def initials(name: object) -> str:
    """Up to two letters for an avatar: the first of the first and of the last word."""
    words = [word for word in str(name).split() if word[0].isalnum()]
    if not words:
        return "?"
    letters = words[0][0] + (words[-1][0] if len(words) > 1 else "")
    return letters.upper()


@register.filter
def hue(key: object) -> str:
    """A colour class (`hue-1` to `hue-8`) that stays the same for the same key."""
    number = key if isinstance(key, int) else sum(str(key).encode())
    return f"hue-{number % 8 + 1}"

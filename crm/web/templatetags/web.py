"""Template tags that every page may use without loading them: icons, links, people, times, parts of pages."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from django import template
from django.template.context import RequestContext
from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from lucide.templatetags.lucide import lucide

from crm.web import navigation, stamping
from crm.web.links import site_reverse
from crm.web.toasts import undo_path

register = template.Library()


@cache
def _icon(name: str, size: int, css_class: str) -> SafeString:
    svg = lucide(name, size=size, **{"class": css_class, "aria-hidden": "true"})
    svg = re.sub(r"\s*\n\s*", "", svg)
    return mark_safe(svg)  # noqa: S308 - drawn by the wheel, not by a user


@register.simple_tag
def icon(name: str, size: int = 16, css_class: str = "icon") -> SafeString:
    """The Lucide outline `name`, hidden from screen readers: the control beside it carries the words."""
    return _icon(str(name), size, css_class)


@register.simple_tag
def ring(percent: float = 0, css_class: str = "") -> SafeString:
    """A small circle filled to `percent`: how far along a stage is, by shape and not only by color."""
    return format_html(
        '<svg class="ring {}" width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">'
        '<circle cx="7" cy="7" r="5.75" fill="none" stroke="currentColor" stroke-width="1.5"/>'
        '<circle cx="7" cy="7" r="1.75" fill="none" stroke="currentColor" stroke-width="3.5" '
        'pathLength="100" stroke-dasharray="{} 100" transform="rotate(-90 7 7)"/></svg>',
        css_class,
        round(max(0, min(100, percent))),
    )


@register.simple_tag
def slot(name: str) -> SafeString:
    """Where `{% stamp %}` puts the attribute `name` of each row."""
    return stamping.mark(name)


@register.simple_block_tag
def stamp(content: str, rows: Iterable[Any]) -> SafeString:
    """The content once for each of `rows`, its slots filled: `{% for %}` for long lists of one shape."""
    return stamping.Stamp(content).all(rows)


@register.simple_tag
def site_url(name: str, **kwargs: Any) -> str:
    """The path of a page outside the organization: `{% site_url 'account_logout' %}`."""
    return site_reverse(name, **kwargs)


@register.simple_tag(takes_context=True)
def navigation_links(context: RequestContext) -> list[navigation.Link]:
    """The side bar's links for this member: `{% navigation_links as links %}`.

    A view whose page belongs somewhere else than its address gives that place's address as `belongs_to`.
    """
    given: list[navigation.Link] | None = context.get("navigation")
    if given is not None:
        return given
    request = context.get("request")
    path = context.get("belongs_to") or (request.path if request else "")
    return navigation.links(path, context.get("may") or {})


register.filter("undo_path", undo_path)


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
    """A color class (`hue-1` to `hue-8`) that stays the same for the same key."""
    number = key if isinstance(key, int) else sum(str(key).encode())
    return f"hue-{number % 8 + 1}"


@register.filter
def ago(moment: datetime | date | None) -> str:
    """How long ago or ahead, as short as a table cell: `now`, `5 min`, `2 h`, `3 d`, `2 w`, else the date.

    What lies ahead is written `in 3 d`.
    """
    if moment is None:
        return ""
    if not isinstance(moment, datetime):
        return _days((timezone.localdate() - moment).days, moment)
    if timezone.is_naive(moment):
        moment = moment.replace(tzinfo=UTC)
    passed = timezone.now() - moment
    size, ahead = abs(passed), passed < timedelta(0)
    if size < timedelta(minutes=1):
        return "now"
    if size < timedelta(hours=1):
        text = f"{size // timedelta(minutes=1)} min"
    elif size < timedelta(days=1):
        text = f"{size // timedelta(hours=1)} h"
    else:
        return _days(size.days * (-1 if ahead else 1), timezone.localtime(moment).date())
    return f"in {text}" if ahead else text


def _days(passed: int, day: date) -> str:
    size = abs(passed)
    if size == 0:
        return "today"
    if size < 14:
        text = f"{size} d"
    elif size < 56:
        text = f"{size // 7} w"
    else:
        return _date(day)
    return f"in {text}" if passed < 0 else text


def _date(day: date) -> str:
    """Such as 2 Mar 2027: what `date_format` gives for `j M Y` in English, in a tenth of the time."""
    return f"{day.day} {day:%b %Y}"


@register.simple_tag
def moment(when: datetime | date | None, css_class: str = "muted") -> SafeString | str:
    """A `<time>` that reads like `ago`, with the full moment as its title."""
    if when is None:
        return ""
    if isinstance(when, datetime):
        when = timezone.localtime(when) if timezone.is_aware(when) else when
        full = f"{_date(when)}, {when:%H:%M}"
    else:
        full = _date(when)
    # Written out: lists have hundreds, and only the class is not ours to write.
    return mark_safe(  # noqa: S308
        f'<time class="{escape(css_class)}" datetime="{when.isoformat()}" title="{full}">{ago(when)}</time>'
    )


@register.filter
def percent(part: float | None, whole: float | None = 100) -> str:
    """`part` of `whole` as whole percent; an em dash where there is no whole."""
    if part is None or not whole:
        return "—"
    return f"{round(part * 100 / whole)} %"


@register.simple_block_tag(takes_context=True)
def dialog(
    context: RequestContext,
    content: str,
    id: str,  # noqa: A002 - the attribute it becomes
    title: str,
    size: str = "",
) -> SafeString:
    """A modal dialog with a heading and a close button; `data-open="id"` opens it.

    `{% dialog id="tag" title="Tag people" %}<div class="dialog-b">…</div>{% enddialog %}`
    """
    return _overlay(context, "dialog", content, id, title, size)


@register.simple_block_tag(takes_context=True)
def drawer(
    context: RequestContext,
    content: str,
    id: str,  # noqa: A002 - the attribute it becomes
    title: str,
) -> SafeString:
    """A panel at the right side; `data-open="id"` opens it."""
    return _overlay(context, "drawer", content, id, title, "")


def _overlay(
    context: RequestContext, kind: str, content: str, id_: str, title: str, size: str
) -> SafeString:
    shell = context.template.engine.get_template("includes/dialog.html")  # type: ignore[union-attr]
    with context.push(kind=kind, body=content, id=id_, title=title, size=size):
        return shell.render(context)

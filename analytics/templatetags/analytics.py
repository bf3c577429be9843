"""Numbers that open the people behind them: `{% number row.members "members" row.pool.pk %}`."""

from urllib.parse import urlencode

from django import template
from django.template.context import RequestContext
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag(takes_context=True)
def number(
    context: RequestContext, value: int, metric: str, subject: int | None = None
) -> SafeString:
    """`value` as a link to the people it counts; nothing to open where it is 0."""
    if not value:
        return format_html('<span class="muted">{}</span>', 0)
    asked = {"metric": metric, "period": context["period"].days}
    if subject is not None:
        asked["id"] = str(subject)
    if context.get("closed_only"):
        asked["closed"] = "on"
    return format_html(
        '<a class="link" href="{}?{}">{}</a>',
        reverse("analytics:people"),
        urlencode(asked),
        f"{value:,}",
    )

"""`{% panels "candidate.side" candidate %}`: what higher apps show in that place."""

from typing import Any

from django import template
from django.template import RequestContext
from django.utils.safestring import SafeString, mark_safe

from candidates.panels import render_panels

register = template.Library()


@register.simple_tag(takes_context=True)
def panels(context: RequestContext, position: str, subject: Any = None) -> SafeString:
    return mark_safe("".join(render_panels(position, subject, context["request"])))  # noqa: S308 - rendered templates

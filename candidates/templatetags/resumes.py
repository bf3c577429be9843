"""The text of a résumé as it stands, line by line: templates would reflow it."""

from collections.abc import Iterable

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from candidates.queries.resumes import Piece

register = template.Library()


@register.filter
def marked(pieces: Iterable[Piece]) -> SafeString:
    """The text with what was found in it marked by kind."""
    shown = (
        format_html('<mark class="found-{}">{}</mark>', piece.field, piece.text)
        if piece.field
        else piece.text
        for piece in pieces
    )
    return as_written(format_html_join("", "{}", ((piece,) for piece in shown)))


@register.filter
def as_written(text: str) -> SafeString:
    """A text with its own lines and spaces."""
    return format_html('<span class="as-written">{}</span>', text)

"""HTML that others wrote, such as a mail: shown in a frame of its own, under a policy of its own."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar, cast

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.conf import settings
from django.http import HttpResponse, HttpResponseBase
from django.utils.html import escape
from django.views.decorators.clickjacking import xframe_options_sameorigin

# Its styles may show; nothing runs, nothing is fetched, no form is sent. Its links open in a tab of their own.
POLICY = {
    **{name: [NONE] for name in settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]},
    "style-src": [UNSAFE_INLINE],
    "img-src": ["data:"],
    "frame-ancestors": [SELF],
    "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
}

# How a mail program shows what brings no style of its own. On white paper whatever the theme is: a mail that
# leaves its colors to the reader would have links for the dark on it.
_HEAD = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Mail</title>'
    '<base target="_blank"><style>:root{color-scheme:light}body{margin:1.25rem;font:15px/1.55 system-ui,sans-serif;'
    "color:#1c1e26;background:#fff;overflow-wrap:anywhere}pre{font:inherit;white-space:pre-wrap}"
    "img{max-width:100%}hr{border:0;border-top:1px solid #ddd}</style></head><body>"
)


def mail_document(*, html: str, text: str = "") -> HttpResponse:
    """A mail as a document: its HTML word for word, or its text where it has none. Only for frames."""
    return HttpResponse(_HEAD + (html or f"<pre>{escape(text)}</pre>"))


View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def for_frame(view: View) -> View:
    """The view answers a document that only our own pages show, in `<iframe sandbox>`."""
    framed = csp_replace(POLICY)(xframe_options_sameorigin(view))
    return cast(View, wraps(view)(framed))

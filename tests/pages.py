"""Reading pages in tests."""

from django.http import HttpResponse


def text_of(response: HttpResponse) -> str:
    """The page with single spaces: where a template breaks its lines does not matter."""
    return " ".join(response.content.decode().split())

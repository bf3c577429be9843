"""What every template may rely on."""

from django.conf import settings
from django.http import HttpRequest

# Chosen in the user menu and kept in cookies, so that the first paint is already right.
THEMES = ("auto", "light", "dark")
DENSITIES = ("normal", "compact", "cozy")


def site(request: HttpRequest) -> dict[str, object]:
    """`demo_mailbox`: whether mail stays on this machine; `version`: of Rapport; `theme` and `density`."""
    theme, density = request.COOKIES.get("theme"), request.COOKIES.get("density")
    return {
        "demo_mailbox": settings.DEMO_MAILBOX,
        "version": settings.VERSION,
        "theme": theme if theme in THEMES else "auto",
        "density": density if density in DENSITIES else "normal",
    }

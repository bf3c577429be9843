"""What monitors, browsers and robots ask of the site itself. (/livez: see middleware.py.)"""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.views.decorators.http import require_safe

from crm.runtime.health import check_health


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Each part behind the web process, and 503 when one of them does not work."""
    health = check_health()
    return JsonResponse(health, status=200 if health["ok"] else 503)


@login_not_required
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Nothing here is for search engines (RFC 9309)."""
    return HttpResponse("User-agent: *\nDisallow: /\n", content_type="text/plain")


@login_not_required
@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers ask for this where a page names no icon, as for a file that they show."""
    return redirect(static("img/icon.svg"))

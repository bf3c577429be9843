"""For load balancers and monitors: is the process alive, and does everything behind it work?"""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from crm.runtime.health import check_health


@login_not_required
@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    """The web process answers. Touches nothing else: a sick database must not restart the web."""
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Each part behind the web process, and 503 when one of them does not work."""
    health = check_health()
    return JsonResponse(health, status=200 if health["ok"] else 503)

"""For monitors: does everything behind the web process work? (/livez: see middleware.py.)"""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from crm.runtime.health import check_health


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Each part behind the web process, and 503 when one of them does not work."""
    health = check_health()
    return JsonResponse(health, status=200 if health["ok"] else 503)

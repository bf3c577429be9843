"""The page behind the unsubscribe link. Candidates have no account: the token is the only credential."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from campaigns.services import unsubscribing


# Exempt, for mail providers post here by themselves (RFC 8058): without cookies, and so without any right
# that a forged request could borrow.
@csrf_exempt
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET only shows a button, for scanners open every link; POST acts at once, and always says yes."""
    done = request.method == "POST"
    if done:
        unsubscribing.unsubscribe(token)
    context = {"sender": unsubscribing.organization_of(token), "done": done}
    return render(request, "campaigns/unsubscribe.html", context)

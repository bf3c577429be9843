"""Takes the organization out of the path and acts in it for the whole request."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.validators import slug_re
from django.db import transaction
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotFound,
    HttpResponsePermanentRedirect,
)
from django.utils import timezone
from django_htmx.http import HttpResponseClientRedirect

from crm.tenancy.models import RESERVED_SLUGS, Membership
from crm.tenancy.queries import zone_of
from crm.tenancy.scope import acting_in
from crm.web.responses import wants_fragment

GetResponse = Callable[[HttpRequest], HttpResponse]


class OrganizationMiddleware:
    """`/acme/candidates/` becomes `/candidates/` inside Acme, in one transaction.

    A stranger gets the same 404 as for an organization that does not exist. The transaction wraps
    rendering too (a lazy template would otherwise read after the setting is gone), and is rolled
    back when the view raised or the answer is a 409 or 5xx.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        slug, slash, rest = request.path_info.removeprefix("/").partition("/")
        if not slug or slug in RESERVED_SLUGS:
            return self.get_response(request)
        if not request.user.is_authenticated:
            login = redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
            return HttpResponseClientRedirect(login.url) if wants_fragment(request) else login
        membership = slug_re.fullmatch(slug) and (
            Membership.objects.select_related("organization", "user")
            .filter(user=request.user, organization__slug=slug, organization__closed_at=None)
            .first()
        )
        if not membership:
            if wants_fragment(request):
                # A page stayed open after the membership ended: it leaves as a whole.
                return HttpResponseNotFound(headers={"HX-Redirect": "/"})
            raise Http404
        if not slash:
            return HttpResponsePermanentRedirect(f"/{slug}/")
        request.organization = membership.organization  # type: ignore[attr-defined]
        request.membership = membership  # type: ignore[attr-defined]
        request.path_info = f"/{rest}"
        request.urlconf = settings.ORGANIZATION_URLCONF
        with acting_in(membership.organization), timezone.override(zone_of(membership.user)):
            response = self.get_response(request)
            if (
                hasattr(request, "failed_with")
                or response.status_code == 409
                or response.status_code >= 500
            ):
                transaction.set_rollback(True)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        request.failed_with = exception  # type: ignore[attr-defined]

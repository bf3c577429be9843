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

from crm.tenancy.api_tokens import (
    MISSING,
    UNKNOWN,
    TokenRefused,
    bearer,
    note_use,
    open_with,
    refusal,
)
from crm.tenancy.models import RESERVED_SLUGS, Membership, Organization
from crm.tenancy.queries import zone_of
from crm.tenancy.scope import acting_in
from crm.web.responses import wants_fragment

GetResponse = Callable[[HttpRequest], HttpResponse]

# Below it a token is the only credential: no session opens it, and no token opens anything else.
API = "api/v1/"


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
        if rest.startswith(API):
            return self._answer_token(request, slug, rest)
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
        with acting_in(membership.organization):
            return self._answer(request, membership, rest)

    def _answer_token(self, request: HttpRequest, slug: str, rest: str) -> HttpResponse:
        """The same refusal for a wrong token, one of another organization, and no such organization."""
        secret = bearer(request)
        if not secret:
            return refusal(MISSING)
        organization = slug_re.fullmatch(slug) and (
            Organization.objects.filter(slug=slug, closed_at=None).first()
        )
        if not organization:
            return refusal(UNKNOWN)
        with acting_in(organization):
            try:
                token, membership = open_with(secret)
            except TokenRefused as refused:
                return refusal(str(refused))
            request.user = membership.user
            request.api_token = token  # type: ignore[attr-defined]
            response = self._answer(request, membership, rest)
            if not transaction.get_rollback():
                note_use(token)
        return response

    def _answer(self, request: HttpRequest, membership: Membership, rest: str) -> HttpResponse:
        request.organization = membership.organization  # type: ignore[attr-defined]
        request.membership = membership  # type: ignore[attr-defined]
        request.path_info = f"/{rest}"
        request.urlconf = settings.ORGANIZATION_URLCONF
        with timezone.override(zone_of(membership.user)):
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

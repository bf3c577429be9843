"""What the API answers where it refuses: one shape, with the sentences that the pages show."""

from collections.abc import Callable
from functools import wraps
from math import ceil
from typing import Any, TypeVar, cast

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, Throttled, ValidationError
from ninja.errors import HttpError as NinjaError

from candidates.forms.chips import errors_of
from candidates.forms.filtering import UNREADABLE, Asked
from candidates.queries.search import Prepared
from crm.tenancy.api_tokens import MISSING, refusal
from crm.tenancy.requests import OrganizationRequest
from crm.web.errors import DomainError

View = TypeVar("View", bound=Callable[..., HttpResponseBase])
NOT_HERE = "There is nothing at this address, or not for you."
NOT_ALLOWED = "Your role does not open this."
READ_ONLY = "The API is read only: ask with GET."
# The other parameters narrow a search, and may have several values.
ONCE = {"q", "where", "sort", "cursor", "limit"}


class Refused(Exception):
    """The request cannot be answered as it is: a sentence, and what is wrong with which parameter."""

    def __init__(self, sentence: str, errors: list[dict[str, Any]], *, status: int = 422) -> None:
        super().__init__(sentence)
        self.sentence, self.errors, self.status = sentence, errors, status


def refuse_unreadable(asked: Asked, prepared: Prepared, request: OrganizationRequest) -> None:
    """Raise Refused for a search that finds nobody because something is wrong with it."""
    texts = zip(asked.errors.items(), errors_of(asked, request.GET), strict=True)
    errors: list[dict[str, Any]] = [
        {
            "parameter": name,
            "sentence": error.sentence,
            "at": error.at,
            "length": error.length,
            "before": shown.before,
            "place": shown.place,
            "after": shown.after,
        }
        for (name, error), shown in texts
    ]
    problems = [problem for problem in prepared.problems if problem != UNREADABLE]
    errors += [wrong("", problem) for problem in problems]
    if errors:
        raise Refused(errors[0]["sentence"], errors)


def refuse_unknown(request: OrganizationRequest, known: set[str]) -> None:
    """Raise Refused for a parameter that would be passed over: its search would find others than were meant."""
    for name, given in request.GET.lists():
        if name in ONCE and len(given) > 1:
            sentence = f"“{name}” is given {len(given)} times: give it once."
            raise Refused(sentence, [wrong(name, sentence)])
        if name not in known:
            sentence = (
                f"There is no parameter “{name[:40]}” here. There are: {', '.join(sorted(known))}."
            )
            raise Refused(sentence, [wrong(name[:40], sentence)])


def wrong(parameter: str, sentence: str) -> dict[str, Any]:
    """An error without a place."""
    return {"parameter": parameter, "sentence": sentence}


def read_only(view: View) -> View:
    """Answers GET and HEAD; every other method is refused as all else is, as JSON."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method not in {"GET", "HEAD"}:
            refused = refusal(READ_ONLY, status=405)
            refused["Allow"] = "GET, HEAD"
            return refused
        # Servers leave the body of the answer out.
        request.method = "GET"
        return view(request, *args, **kwargs)

    return cast("View", csrf_exempt(answer))


def answer_refusals(api: NinjaAPI) -> None:
    """Have every refusal answered in one shape."""

    def answer(
        request: HttpRequest, status: int, sentence: str, errors: list[dict[str, Any]] | None = None
    ) -> HttpResponse:
        body = {"detail": sentence, "errors": errors or []}
        return api.create_response(request, body, status=status)

    @api.exception_handler(Refused)
    def refused(request: HttpRequest, failure: Refused) -> HttpResponse:
        return answer(request, failure.status, failure.sentence, failure.errors)

    @api.exception_handler(ValidationError)
    def invalid(request: HttpRequest, failure: ValidationError) -> HttpResponse:
        errors = [wrong(str(one["loc"][-1]), f"{one['msg']}.") for one in failure.errors]
        first = errors[0]
        return answer(request, 422, f"{first['parameter']}: {first['sentence']}", errors)

    @api.exception_handler(PermissionDenied)
    def forbidden(request: HttpRequest, failure: PermissionDenied) -> HttpResponse:
        return answer(request, 403, NOT_ALLOWED)

    @api.exception_handler(Http404)
    def missing(request: HttpRequest, failure: Http404) -> HttpResponse:
        return answer(request, 404, NOT_HERE)

    @api.exception_handler(DomainError)
    def against_a_rule(request: HttpRequest, failure: DomainError) -> HttpResponse:
        return answer(request, 409, str(failure))

    @api.exception_handler(AuthenticationError)
    def without_token(request: HttpRequest, failure: AuthenticationError) -> HttpResponse:
        return refusal(MISSING)

    @api.exception_handler(Throttled)
    def too_often(request: HttpRequest, failure: Throttled) -> HttpResponse:
        seconds = ceil(failure.wait or 0)
        return answer(request, 429, f"This token asked too often. Ask again in {seconds} seconds.")

    @api.exception_handler(NinjaError)
    def other(request: HttpRequest, failure: NinjaError) -> HttpResponse:
        return answer(request, failure.status_code, str(failure))

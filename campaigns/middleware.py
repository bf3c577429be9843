"""What is wrong with something posted to /hooks/ is told to who set it up."""

import logging
from collections.abc import Callable
from json import JSONDecodeError

from anymail.exceptions import AnymailConfigurationError
from django.http import HttpRequest, HttpResponse

logger = logging.getLogger(__name__)

GetResponse = Callable[[HttpRequest], HttpResponse]


class HookMiddleware:
    """A provider that posts to the wrong address, or no JSON, is answered with 400 and a sentence, which providers show.

    Whatever fails on our side stays a 500, upon which the same comes again.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not request.path_info.startswith("/hooks/"):
            return None
        if isinstance(exception, JSONDecodeError):
            sentence = "This is no JSON: something else than the provider posts here."
        elif isinstance(exception, AnymailConfigurationError):
            sentence = str(exception)
        else:
            return None
        logger.warning("hook.refused path=%s because=%s", request.path_info, sentence)
        return HttpResponse(sentence, status=400, content_type="text/plain; charset=utf-8")

"""Logs as key=value lines with request and task ids, and without what identifies a person or opens a door."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse
from django_structlog.middlewares import RequestMiddleware
from structlog.typing import EventDict, Processor, WrappedLogger

from crm.web.errors import is_outage

logger = structlog.getLogger(__name__)

ADDRESS = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
# What stands between // and @ in a database's or a mail server's address.
CREDENTIALS = re.compile(r"(?<=://)[^/\s@]+@")
# Secret links: a path segment of 20 characters or more that mixes digits and capitals.
TOKEN = re.compile(r"(?<=/)(?=[\w:=.-]*\d)(?=[\w:=.-]*[A-Z])[\w:=.-]{20,}")
# Of the API, wherever one was pasted.
API_TOKEN = re.compile(r"\brapport_[\w-]{20,}")
PROBE = "/healthz"


def mask(text: str) -> str:
    """`text` without mail addresses, credentials in URLs, and the tokens of secret links."""
    text = API_TOKEN.sub("<token>", text)
    return ADDRESS.sub("<address>", TOKEN.sub("<token>", CREDENTIALS.sub("<credentials>@", text)))


class RequestLogMiddleware(RequestMiddleware):
    """One line per request, with its path but not its query: people's names are searched for there."""

    def __call__(self, request: HttpRequest) -> HttpResponse | Awaitable[HttpResponse]:
        if request.path == PROBE:
            # One every few seconds would drown the rest.
            return self.get_response(request)
        return super().__call__(request)

    def _process_exception(self, request: HttpRequest, exception: Exception) -> None:
        if not is_outage(exception):
            super()._process_exception(request, exception)
            return
        # One line: who asked is in the database, and where each request stood says nothing about the cause.
        request._raised_exception = exception  # type: ignore[attr-defined]
        logger.warning("database_away", code=503, request=self.format_request(request))

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        # Whatever is no letter or sign is spelled: a log is text, whoever asks for what.
        path = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in request.path)
        return f"{request.method} {path}"


def mask_values(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    return {
        key: value if isinstance(value, int | float | bool | None) else mask(str(value))
        for key, value in event.items()
    }


def render(logger: WrappedLogger, method: str, event: EventDict) -> str:
    """key=value, and a traceback as it is on the lines below."""
    traceback = event.pop("exception", None)
    line = _key_values(logger, method, event)
    return f"{line}\n{traceback}" if traceback else line


_key_values: Callable[[WrappedLogger, str, EventDict], str] = structlog.processors.LogfmtRenderer(
    key_order=["timestamp", "level", "event", "logger"], drop_missing=True
)
SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso"),
]


def configure_logging(level: str) -> dict[str, Any]:
    """Set structlog up, and return Django's LOGGING for the lines of everybody else."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": SHARED,
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            mask_values,
            render,
        ],
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"key_value": formatter},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "key_value"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # Both say again, less safely, what one line per request and per task says already.
            "django.request": {"level": "CRITICAL"},
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
        },
    }

"""Errors that are told apart: the one kind whose sentence is shown to the user, outages of the database, and clashes."""

from django.db import Error, InterfaceError, OperationalError

# PostgreSQL's classes and codes for a server that is gone, going, coming or full (its manual, appendix A).
OUTAGES = ("08", "57P01", "57P02", "57P03", "53300")
# Two who did something to the same rows at the same moment: each waited for the other, or one took away what the
# other has just added to.
CLASHES = ("40001", "40P01", "23503")


class DomainError(Exception):
    """An action that was refused by a rule. Its text is a sentence for the user: what, and what to do.

    Raised by services; answered by DomainErrorMiddleware with 409 where no view catches it.
    """


def is_outage(error: BaseException | None) -> bool:
    """Whether the database could not be reached, rather than refused what it was asked: it will pass by itself."""
    if isinstance(error, InterfaceError):
        return True
    if not isinstance(error, OperationalError):
        return False
    code = getattr(error.__cause__, "sqlstate", None)
    # Without a code the connection broke before the server could say anything.
    return code is None or code.startswith(OUTAGES)


def is_clash(error: BaseException | None) -> bool:
    """Whether the database refused it for what somebody else did at the same moment: once more, it works or is refused in words."""
    return isinstance(error, Error) and getattr(error.__cause__, "sqlstate", None) in CLASHES

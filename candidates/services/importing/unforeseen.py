"""The edge of reading strangers' files: what nobody foresaw costs a row or a file, and ends in a sentence."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from celery.exceptions import SoftTimeLimitExceeded
from django.db import InterfaceError, OperationalError

from candidates.services.importing.formats.records import Oddities, Record, UnreadableFile
from crm.web.errors import DomainError

logger = logging.getLogger(__name__)

# No file's doing: the database is gone, or the time is up. To be tried again later.
PASSING = (OperationalError, InterfaceError, SoftTimeLimitExceeded)
UNREADABLE = (
    "Rapport could not read this file, and nobody is imported from it. "
    "Open it in a spreadsheet program, save it as CSV and upload that."
)


@contextmanager
def told_as_unreadable() -> Iterator[None]:
    """Whatever a file makes fail in here is raised as UnreadableFile; the log has what it was."""
    try:
        yield
    except (DomainError, *PASSING):
        raise
    except Exception as error:
        logger.exception("file could not be read")
        raise UnreadableFile(UNREADABLE) from error


def as_far_as_it_goes(records: Iterable[Record], oddities: Oddities) -> Iterator[Record]:
    """The records up to one that cannot be read: those before it are not lost for it.

    Raises UnreadableFile where there are none before it.
    """
    last = 0
    try:
        for record in records:
            last = record[0]
            yield record
    except (DomainError, *PASSING):
        raise
    except Exception as error:
        logger.exception("file could not be read to its end line=%s", last)
        if not last:
            raise UnreadableFile(UNREADABLE) from error
        oddities.see(
            "Rapport could not read the file after {place}: nobody is imported from what follows. "
            "Open it in a spreadsheet program, save it as CSV and upload that.",
            f"line {last:,}",
        )


def unread_cell(error: Exception, place: str, oddities: Oddities) -> str:
    """What a cell counts as whose reading failed so."""
    logger.error("cell could not be read", exc_info=error)
    oddities.see(
        "Cells that Rapport could not read, taken as empty: {count}, the first in {place}.", place
    )
    return ""

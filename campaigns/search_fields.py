"""What people can be searched by, of sequences: see `candidates.search_fields`."""

from campaigns.models import Enrollment, EnrollmentSearch, Sequence
from candidates.queries.search.fields import Field, Kind, register
from candidates.queries.search.matching import having_rows, of_rows, rows_on_day
from candidates.queries.search.values import Rows

SEQUENCES = "Sequences"

register(
    Field(
        "sequence",
        "Sequence",
        Kind.REFERENCE,
        SEQUENCES,
        of_rows(EnrollmentSearch, "sequence"),
        names=Rows(Sequence.objects.all),
        is_many=True,
    ),
    Field(
        "enrolled",
        "Enrolled",
        Kind.DATE,
        SEQUENCES,
        rows_on_day(EnrollmentSearch, "enrolled_at", is_moment=True),
    ),
    Field(
        "onsequence",
        "On a sequence now",
        Kind.YES_NO,
        SEQUENCES,
        having_rows(EnrollmentSearch, state__in=[Enrollment.State.ACTIVE, Enrollment.State.PAUSED]),
        can_be_empty=False,
    ),
)

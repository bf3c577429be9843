"""Putting candidates on sequences, and taking them off."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from campaigns.models import Enrollment, Sequence
from crm.accounts.models import User


@dataclass
class EnrollResult:
    """How many were enrolled, and who was not, with a sentence that says why."""

    enrolled: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)


def check_candidates(sequence: Sequence, candidate_ids: Iterable[int]) -> EnrollResult:
    """What `enroll` would do now, without doing it: for the preview."""
    raise NotImplementedError


def enroll(sequence: Sequence, candidate_ids: Iterable[int], *, by: User) -> EnrollResult:
    """Put candidates on `sequence`. Refuses, one by one, who must not or cannot be written to."""
    raise NotImplementedError


def stop(
    enrollment: Enrollment, reason: Enrollment.StopReason, *, by: User | None = None
) -> Enrollment:
    """End it for `reason`, and cancel what is queued. An ended enrollment stays as it is."""
    raise NotImplementedError


def pause(enrollment: Enrollment, *, by: User | None = None, because: str = "") -> Enrollment:
    """Hold it until somebody resumes it; what is queued waits."""
    raise NotImplementedError


def resume(enrollment: Enrollment, *, by: User) -> Enrollment:
    """Let a paused enrollment go on, in the sender's next window."""
    raise NotImplementedError

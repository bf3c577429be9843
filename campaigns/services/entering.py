"""Who may join a sequence, as far as the sequence decides: once or again, alone or beside others, not too soon."""

from collections.abc import Sequence as Rows
from datetime import timedelta

from django.db.models.expressions import RawSQL
from django.utils import timezone

from campaigns import clock
from campaigns.models import Enrollment, Message, Sequence
from candidates.models import Candidate
from crm.tenancy.bulk import among

RUNNING = (Enrollment.State.ACTIVE, Enrollment.State.PAUSED)
# Said by `refusals` where somebody of the team was in touch lately: the one rule that may be set aside.
CONTACTED = "Was contacted on"


def refusals(
    sequence: Sequence, candidates: Rows[Candidate], *, despite_contact: bool = False
) -> dict[int, str]:
    """A sentence for each of these people whom the sequence's rules keep out; three queries for all."""
    people = among(candidate.pk for candidate in candidates)
    earlier: dict[int, list[str]] = {}
    rows = sequence.enrollments.filter(candidate__in=people).values_list("candidate", "state")
    for candidate_id, state in rows:
        earlier.setdefault(candidate_id, []).append(state)
    elsewhere = _elsewhere(sequence, people) if sequence.is_exclusive else {}
    lately = {} if despite_contact else _contacted_lately(sequence, candidates)
    found = {}
    for candidate in candidates:
        sentence = (
            _of_earlier(sequence, earlier.get(candidate.pk, []))
            or elsewhere.get(candidate.pk)
            or lately.get(candidate.pk)
        )
        if sentence:
            found[candidate.pk] = sentence
    return found


def _of_earlier(sequence: Sequence, states: list[str]) -> str:
    if any(state in RUNNING for state in states):
        return "Is on this sequence already."
    if not states or sequence.entry == Sequence.Entry.ALWAYS:
        return ""
    if sequence.entry == Sequence.Entry.ONCE:
        return "Was on this sequence before."
    if any(state == Enrollment.State.STOPPED for state in states):
        return "Left this sequence before its end."
    return ""


def _elsewhere(sequence: Sequence, people: RawSQL) -> dict[int, str]:
    running = Enrollment.objects.filter(candidate__in=people, state__in=RUNNING).exclude(
        sequence=sequence
    )
    return {
        candidate_id: f"Is on the sequence “{name}”."
        for candidate_id, name in running.values_list("candidate", "sequence__name")
    }


def why_not_anew(enrollment: Enrollment) -> str:
    """Why an enrollment that is finished cannot run once more, after the person's name; empty where it can."""
    running = (
        Enrollment.objects.filter(candidate=enrollment.candidate_id, state__in=RUNNING)
        .exclude(pk=enrollment.pk)
        .select_related("sequence")
    )
    for other in running:
        if other.sequence_id == enrollment.sequence_id:
            return "is on this sequence again"
        if other.sequence.is_exclusive or enrollment.sequence.is_exclusive:
            return f"is on the sequence “{other.sequence}” by now"
    return ""


def _contacted_lately(sequence: Sequence, candidates: Rows[Candidate]) -> dict[int, str]:
    """By anybody of the team, in whatever way: who it was where a mail of ours says it."""
    since = clock.now() - timedelta(days=sequence.quiet_days)
    lately = {
        candidate.pk: candidate.last_contacted_at
        for candidate in candidates
        if sequence.quiet_days
        and candidate.last_contacted_at
        and candidate.last_contacted_at > since
    }
    writers = dict(
        Message.objects.filter(
            candidate__in=among(lately), direction=Message.Direction.OUT, handed_at__gt=since
        )
        .order_by("handed_at")
        .values_list("candidate", "sender__name")
    )
    return {
        candidate_id: " ".join(
            filter(
                None,
                (
                    f"{CONTACTED} {timezone.localtime(at):%-d %b}",
                    f"by {writers[candidate_id]}" if writers.get(candidate_id) else "",
                ),
            )
        )
        + f" (less than {sequence.quiet_days} days ago)."
        for candidate_id, at in lately.items()
    }

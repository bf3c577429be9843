"""The first mail of a sequence as each person gets it, with a line to begin it with that is theirs alone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import transaction

from campaigns.models import Enrollment, Sequence, Step
from campaigns.reading import hidden_threads
from campaigns.services import personalizing, previewing, rendering
from campaigns.services.previewing import StepPreview
from campaigns.services.wording import Wording, wordings
from candidates.models import Candidate
from crm.accounts.models import User

# So many are read one by one; of more a few samples are shown.
MOST = 25
LONGEST = 500
# A first paragraph of one line that ends so, and is no longer, greets: the line comes after it.
_GREETS, _LONGEST_GREETING = (",", "!", ":"), 80


@dataclass(frozen=True)
class FirstMail:
    """What one person gets first. `may_open`: whether a line can be put before it; `line` is the one that was typed."""

    candidate: Candidate
    preview: StepPreview
    may_open: bool
    line: str = ""
    problem: str = ""


def with_opening(body: str, line: str) -> str:
    """`body` with `line` as a paragraph of its own, after the greeting if there is one."""
    if not line:
        return body
    first, _, rest = body.replace("\r\n", "\n").lstrip().partition("\n")
    greets = len(first) <= _LONGEST_GREETING and first.rstrip().endswith(_GREETS)
    parts = (first, line, rest.strip()) if greets else (line, body.strip())
    return "\n\n".join(part for part in parts if part)


def problem_of(line: str) -> str:
    """Why a line cannot go into a mail, in a sentence; empty if it can."""
    if len(line) > LONGEST:
        return f"An opening line has at most {LONGEST} characters; this one has {len(line):,}."
    return " ".join(str(problem) for problem in rendering.check(line))


def first_mails(
    sequence: Sequence, people: Iterable[Candidate], lines: Mapping[int, str], *, viewer: User
) -> list[FirstMail]:
    """The first mail of each, with the lines by candidate as if they were written already. Changes nothing."""
    step, people = _first_mail(sequence), list(people)
    if step is None:
        return []
    words = wordings(((step, person.pk) for person in people), viewer=viewer)
    fixed = _fixed(step, [person.pk for person in people], viewer)
    sources = rendering.Sources(person.pk for person in people)
    mails = []
    for person in people:
        own, line = words[step.pk, person.pk], lines.get(person.pk, "")
        may_open = person.pk not in fixed
        problem = problem_of(line) if may_open and line else ""
        body = with_opening(own.body, line) if may_open and not problem else own.body
        preview = previewing.preview_mail(
            step, own._replace(body=body), person, sender=sequence.sender, sources=sources
        )
        mails.append(FirstMail(person, preview, may_open, line, problem))
    return mails


@transaction.atomic
def write_openings(sequence: Sequence, lines: Mapping[int, str], *, by: User) -> int:
    """Write the first mail by hand for those of these people who wait for it on `sequence`; returns for how many."""
    step = _first_mail(sequence)
    typed = {pk: line for pk, line in lines.items() if line}
    if step is None or not typed:
        return 0
    waiting = Enrollment.objects.filter(
        sequence=sequence, candidate__in=typed, state=Enrollment.State.ACTIVE
    ).select_related("candidate")
    people = {row.candidate_id: row.candidate for row in waiting}
    fixed = _fixed(step, list(people), by)
    written = {pk: person for pk, person in people.items() if pk not in fixed}
    words = wordings((step, pk) for pk in written)
    for pk, person in written.items():
        own: Wording = words[step.pk, pk]
        personalizing.write_personal_mail(
            step, person, subject=own.subject, body=with_opening(own.body, typed[pk]), by=by
        )
    return len(written)


def _first_mail(sequence: Sequence) -> Step | None:
    steps = sequence.current_steps()
    first: Step | None = next((step for step in steps if step.kind == Step.Kind.MAIL), None)
    return first


def _fixed(step: Step, ids: list[int], viewer: User) -> set[int]:
    """To whom no line can be put: their mail has gone before, is written by hand, or is private to somebody else."""
    by_hand = step.personal_mails.filter(candidate__in=ids).values_list("candidate_id", flat=True)
    return {
        *by_hand,
        *personalizing.gone_to(step, ids),
        *hidden_threads(step, ids, viewer),
    }

"""What a step would say to one candidate, with every merge field marked where it stands."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from campaigns.models import Sender, Step
from campaigns.services import rendering
from candidates.models import Candidate

_BRACES = re.compile(r"(\{\{.*?\}\})", re.DOTALL)


@dataclass(frozen=True)
class Piece:
    """A run of text: as written, filled from a merge field, or missing."""

    text: str
    kind: str = ""


@dataclass(frozen=True)
class StepPreview:
    """One step as its candidate would get it. `in_thread`: it answers the mail before, so it has no subject."""

    step: Step
    number: int
    subject: list[Piece]
    body: list[Piece]
    in_thread: bool = False

    @property
    def is_complete(self) -> bool:
        """Whether it would go out: a task comes in any case, a mail only with all its values."""
        is_task = self.step.kind == Step.Kind.TASK
        missing = any(piece.kind == "missing" for piece in (*self.subject, *self.body))
        return is_task or not missing


def split(text: str) -> list[Piece]:
    """`text` in runs, its merge fields marked as such: how a step is shown while it is written."""
    return [
        Piece(part, "field" if part.startswith("{{") else "")
        for part in _BRACES.split(text)
        if part
    ]


def fill(text: str, candidate: Candidate, *, sender: Sender) -> list[Piece]:
    """`text` in runs, its merge fields filled for `candidate`; a field without value shows its name."""
    pieces = []
    for piece in split(text):
        if not piece.kind:
            pieces.append(piece)
            continue
        rendered = rendering.render(piece.text, candidate, sender=sender)
        if rendered.missing:
            pieces.append(Piece(rendered.missing[0] or "merge field", "missing"))
        else:
            pieces.append(Piece(rendered.text, "filled"))
    return pieces


def needed_fields(steps: Iterable[Step]) -> list[str]:
    """The merge fields that these steps use without a fallback: whoever lacks one is not written to."""
    fields = (
        piece.text.strip("{} \n\t").partition("|")
        for step in steps
        for piece in split(step.subject + step.body)
        if piece.kind
    )
    return list(dict.fromkeys(name.strip() for name, _, other in fields if not other.strip()))


def find_missing(
    steps: Iterable[Step], candidates: Iterable[Candidate], *, sender: Sender
) -> dict[Candidate, list[str]]:
    """Who lacks a value that a step needs, and the labels of what is missing."""
    fields = needed_fields(steps)
    text = " ".join(f"{{{{ {name} }}}}" for name in fields)
    missing = {}
    for candidate in candidates:
        names = rendering.render(text, candidate, sender=sender).missing
        if names:
            missing[candidate] = [_label(name) for name in names]
    return missing


def _label(name: str) -> str:
    return rendering.FIELDS[name].label if name in rendering.FIELDS else name


def preview_steps(
    steps: Iterable[Step], candidate: Candidate, *, sender: Sender
) -> list[StepPreview]:
    """Each mail of a sequence as `candidate` would get it; task steps with their title as subject."""
    previews, thread = [], ""
    for number, step in enumerate(steps, start=1):
        in_thread = step.kind == Step.Kind.MAIL and not step.subject
        subject = step.subject or thread or "the mail before"
        if step.kind == Step.Kind.TASK:
            title = fill(step.task_title, candidate, sender=sender)
            previews.append(StepPreview(step, number, title, []))
            continue
        thread = subject
        previews.append(
            StepPreview(
                step,
                number,
                fill(f"Re: {subject}" if in_thread else subject, candidate, sender=sender),
                fill(step.body, candidate, sender=sender),
                in_thread,
            )
        )
    return previews

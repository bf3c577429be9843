"""What a step would say to one candidate, with every merge field marked where it stands."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from campaigns.models import Sender, Step, StepVariant
from campaigns.services import markup, rendering
from campaigns.services.languages import best_languages, language_name
from campaigns.services.wording import Wording, wordings
from candidates.models import Candidate
from crm.accounts.models import User

# Stands for the subject of a mail that is not known.
THREAD = "the mail before"
# What a recruiter may fill in by hand where it is missing: plain words of the record.
FILLABLE = {
    "first_name": "preferred_name",
    "company": "company",
    "title": "headline",
    "city": "city",
}


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
    variant: str = ""
    # Of a mail in several languages: which one this is, and why.
    language: str = ""

    @property
    def is_complete(self) -> bool:
        """Whether it would go out: a task comes in any case, a mail only with all its values."""
        is_task = self.step.kind != Step.Kind.MAIL
        missing = any(piece.kind == "missing" for piece in (*self.subject, *self.body))
        return is_task or not missing


def split(text: str) -> list[Piece]:
    """`text` in runs, its merge fields marked as such: how a step is shown while it is written."""
    pieces, end = [], 0
    for match in rendering.find_fields(text):
        pieces += [Piece(text[end : match.start()]), Piece(match.group(), "field")]
        end = match.end()
    return [piece for piece in (*pieces, Piece(text[end:])) if piece.text]


def fill(
    text: str,
    candidate: Candidate,
    *,
    sender: Sender,
    has_links: bool = False,
    sources: rendering.Sources | None = None,
) -> list[Piece]:
    """`text` in runs, its merge fields filled for `candidate`; a field without value shows its name.

    `has_links`: of a mail's text, where an item of the library stands with its address. `sources`: those of all
    the people, where it is filled for several.
    """
    quote = markup.quote if has_links else str
    pieces = []
    sources = sources or rendering.Sources([candidate.pk])
    for piece in split(text):
        if not piece.kind:
            pieces.append(piece)
            continue
        rendered = rendering.render(
            piece.text, candidate, sender=sender, quote=quote, sources=sources
        )
        if rendered.missing:
            pieces.append(Piece(rendered.missing[0] or "merge field", "missing"))
        else:
            words = markup.to_plain(rendered.text) if has_links else rendered.text
            pieces.append(Piece(words, "filled"))
    return pieces


def needed_fields(texts: Iterable[str]) -> list[str]:
    """The merge fields that these texts use without a fallback: whoever lacks one is not written to."""
    fields = (
        piece.text.strip("{} \n\t").partition("|")
        for text in texts
        for piece in split(text)
        if piece.kind
    )
    return list(dict.fromkeys(name.strip() for name, _, other in fields if not other.strip()))


def find_missing(
    steps: Iterable[Step], candidates: Iterable[Candidate], *, sender: Sender
) -> dict[Candidate, list[tuple[str, str, bool]]]:
    """Who lacks a value that their mails need: each field's name, its label, and whether it is a plain column."""
    mails = [step for step in steps if step.kind == Step.Kind.MAIL]
    candidates = list(candidates)
    words = wordings((step, candidate.pk) for step in mails for candidate in candidates)
    needed: dict[tuple[Wording, ...], list[str]] = {}
    missing = {}
    sources = rendering.Sources(candidate.pk for candidate in candidates)
    for candidate in candidates:
        own = tuple(words[step.pk, candidate.pk] for step in mails)
        if own not in needed:
            needed[own] = needed_fields(f"{one.subject} {one.body}" for one in own)
        text = " ".join(f"{{{{ {name} }}}}" for name in needed[own])
        names = rendering.render(text, candidate, sender=sender, sources=sources).missing
        if names:
            missing[candidate] = [(name, label_of(name), name in FILLABLE) for name in names]
    return missing


def count_languages(steps: Iterable[Step], candidates: Iterable[Candidate]) -> dict[str, int]:
    """How many of these people are written to in which language; nothing where every mail is in one alone.

    "" counts those who get the common text in all of their mails.
    """
    mails = [step for step in steps if step.kind == Step.Kind.MAIL]
    if not StepVariant.objects.filter(step__in=mails).exclude(language="").exists():
        return {}
    candidates = list(candidates)
    words = wordings((step, candidate.pk) for step in mails for candidate in candidates)
    return Counter(
        next(
            (found for step in mails if (found := words[step.pk, candidate.pk].language)),
            "",
        )
        for candidate in candidates
    )


def _in_language(words: Wording) -> str:
    """Which language a mail in several is in, and of the common text why: "" of a mail in one alone."""
    if words.spoken is None:
        return ""
    if words.language:
        return f"in {language_name(words.language)}"
    if words.spoken:
        names = " or ".join(language_name(code) for code in words.spoken)
        return f"the common text: there is none in {names}"
    return "the common text: no language is on the record"


def label_of(name: str) -> str:
    """A merge field in words; one that is not known stays as it is written."""
    return rendering.FIELDS[name].label if name in rendering.FIELDS else name


def preview_steps(
    steps: Iterable[Step],
    candidate: Candidate,
    *,
    sender: Sender,
    viewer: User | None = None,
    translations: Mapping[str, tuple[str, str]] | None = None,
) -> list[StepPreview]:
    """Each mail of a sequence as `candidate` would get it; task steps with their title as subject.

    `translations`: subject and text in other languages of a step that is being written.
    """
    previews, thread = [], ""
    steps = list(steps)
    saved = [step for step in steps if step.pk and step.kind == Step.Kind.MAIL]
    words = wordings(((step, candidate.pk) for step in saved), viewer=viewer)
    for number, step in enumerate(steps, start=1):
        if step.kind != Step.Kind.MAIL:
            title = fill(describe(step), candidate, sender=sender)
            body = fill(step.body, candidate, sender=sender)
            previews.append(StepPreview(step, number, title, body))
            continue
        own = words.get((step.pk, candidate.pk)) or _draft(step, candidate, translations or {})
        previews.append(
            preview_mail(step, own, candidate, sender=sender, number=number, thread=thread)
        )
        thread = own.subject or thread or THREAD
    return previews


def preview_mail(
    step: Step,
    own: Wording,
    candidate: Candidate,
    *,
    sender: Sender,
    number: int = 1,
    thread: str = "",
    sources: rendering.Sources | None = None,
) -> StepPreview:
    """One mail in `own` words as `candidate` would get it; `thread` is the subject of the mail that it may answer."""
    subject = own.subject or f"Re: {thread or THREAD}"
    return StepPreview(
        step,
        number,
        fill(subject, candidate, sender=sender, sources=sources),
        fill(own.body, candidate, sender=sender, has_links=True, sources=sources),
        not own.subject,
        own.variant,
        _in_language(own),
    )


def _draft(
    step: Step, candidate: Candidate, translations: Mapping[str, tuple[str, str]]
) -> Wording:
    """What a step that is being written says to `candidate`."""
    if not translations:
        return Wording(step.subject, step.body)
    spoken = tuple(best_languages([candidate.pk]).get(candidate.pk, []))
    language = next((code for code in spoken if code in translations), "")
    subject, body = translations.get(language, (step.subject, step.body))
    return Wording(subject, body, language=language, spoken=spoken)


def describe(step: Step) -> str:
    """What a step that is no mail does, in a line."""
    if step.kind == Step.Kind.WAIT:
        return "Only waits"
    if step.kind == Step.Kind.POOL:
        return f"{step.get_pool_act_display() or 'Add to'} {step.pool or 'a pool'}"
    verb = {Step.Kind.CALL: "Call", Step.Kind.TEXT: "Text message"}.get(Step.Kind(step.kind), "")
    return ": ".join(filter(None, (verb, step.task_title)))

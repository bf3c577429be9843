"""Taking somebody off a job who was added by mistake, and putting them back."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.core import signing
from django.db import transaction

from candidates.models import Touchpoint
from candidates.services.timeline import add_touchpoint
from crm.accounts.models import User
from crm.audit.services import record
from crm.tenancy.scope import current_organization
from crm.web.errors import DomainError
from pipelines.models import (
    Candidacy,
    CandidacyCustomValue,
    Interview,
    Job,
    Review,
    RuleRun,
    Scorecard,
    StageChange,
    Unblinding,
)
from pipelines.services.candidacies import add_to_job, lock_card

SALT = "pipelines.put_back"
UNDO_GOOD_FOR = timedelta(hours=1)
# What goes with a card that was put on the job and nothing more; everything else would be lost.
MADE_BY_ADDING = (StageChange, RuleRun, Unblinding)
CALLED: dict[Any, str] = {
    Interview: "interviews",
    Scorecard: "scorecards",
    Review: "answers of hiring managers",
    CandidacyCustomValue: "fields filled in",
}


class HasHistory(DomainError):
    """Taking people off a job is for mistakes: who has been moved is rejected instead."""

    def __init__(self, candidacy: Candidacy) -> None:
        super().__init__(
            f"{candidacy.candidate} has been moved on this job already. "
            "Move the card to a rejected stage instead: its history is kept."
        )


class HangsTogether(DomainError):
    """More than the card would be lost, and calendars would keep what nobody can call off any more."""

    def __init__(self, candidacy: Candidacy, what: list[str]) -> None:
        *first, last = what
        words = f"{', '.join(first)} and {last}" if first else last
        super().__init__(
            f"There are {words} of {candidacy.candidate} on this job, which would be lost. "
            "Reject instead: all of it is kept, and interviews still to come are cancelled."
        )


class PutBackExpired(DomainError):
    def __init__(self) -> None:
        super().__init__("This can no longer be undone from here. Add the person to the job again.")


@transaction.atomic
def remove_from_job(candidacy: Candidacy, *, by: User) -> str:
    """Take off somebody on whose card nothing has happened yet; returns what `put_back` takes."""
    lock_card(candidacy)
    if candidacy.version:
        raise HasHistory(candidacy)
    hanging = list(_hanging_on(candidacy))
    if hanging:
        raise HangsTogether(candidacy, hanging)
    job = candidacy.job
    token = signing.dumps(
        {
            "organization": current_organization().pk,
            "by": by.pk,
            "job": job.pk,
            "candidate": candidacy.candidate_id,
            "origin": candidacy.origin,
            "rating": candidacy.rating,
            "created_at": candidacy.created_at.isoformat(),
            "shortlisted_at": candidacy.shortlisted_at and candidacy.shortlisted_at.isoformat(),
            "shortlisted_by": candidacy.shortlisted_by_id,
        },
        salt=SALT,
        compress=True,
    )
    add_touchpoint(
        candidacy.candidate,
        Touchpoint.Kind.STAGE,
        f"Taken off {job.told_as}",
        actor=by,
        link=job.path,
    )
    record("candidacy.removed", job, by=by, candidate=candidacy.candidate_id)
    candidacy.stage_changes.all().delete()
    candidacy.delete()
    return token


def _hanging_on(candidacy: Candidacy) -> Iterator[str]:
    """What belongs to the card, kind by kind; those of other apps, too."""
    for relation in Candidacy._meta.related_objects:
        model: Any = relation.related_model
        if model in MADE_BY_ADDING or not model._meta.managed:
            continue
        if model._default_manager.filter(**{relation.field.name: candidacy}).exists():
            yield CALLED.get(model, str(model._meta.verbose_name_plural))


@transaction.atomic
def put_back(job: Job, token: str, *, by: User) -> Candidacy:
    """Take it back that somebody was taken off `job`. Only who did it may, and only for an hour."""
    try:
        was = signing.loads(token, salt=SALT, max_age=UNDO_GOOD_FOR)
    except signing.BadSignature as error:
        raise PutBackExpired from error
    if (was["organization"], was["by"], was["job"]) != (current_organization().pk, by.pk, job.pk):
        raise PutBackExpired
    added = add_to_job(job, [was["candidate"]], by=by, origin=Candidacy.Origin(was["origin"]))
    rows = Candidacy.objects.select_related("candidate", "job", "stage")
    card: Candidacy | None = rows.filter(job=job, candidate=was["candidate"]).first()
    if card is None:
        raise PutBackExpired
    if added:
        shared_at = was["shortlisted_at"]
        card.rating, card.created_at = was["rating"], datetime.fromisoformat(was["created_at"])
        card.shortlisted_at = datetime.fromisoformat(shared_at) if shared_at else None
        card.shortlisted_by_id = was["shortlisted_by"]
        card.save(update_fields=["rating", "created_at", "shortlisted_at", "shortlisted_by"])
    return card

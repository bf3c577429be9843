"""Letting go of résumés: discarded ones, and those never reviewed."""

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from candidates.models import Change, ChangeSet, Resume
from candidates.services.changes.forgetting import forget_files
from candidates.services.files import delete_from_storage
from candidates.services.resumes.accepting import ResumeDecided
from crm.accounts.models import User
from crm.audit.services import record
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in

State = Resume.State
# A résumé holds personal data: what nobody reviews in that time goes.
UNREVIEWED_KEPT = timedelta(days=30)


@transaction.atomic
def discard(resume: Resume, *, by: User) -> Resume:
    """Throw the file and everything read from it away; the list keeps its name and who did it.

    Raises ResumeDecided where somebody has accepted or discarded it: what is on a record goes by its undo, also while
    it is read anew.
    """
    resume = Resume.objects.select_for_update(of=("self",)).get(pk=resume.pk)
    if resume.state in {State.ACCEPTED, State.DISCARDED} or resume.decided_at:
        raise ResumeDecided
    delete_from_storage([resume])
    resume.state, resume.file, resume.text, resume.search_text = State.DISCARDED, "", "", ""
    resume.fields, resume.notices, resume.match, resume.match_reason = {}, [], None, ""
    resume.decided_at, resume.decided_by = timezone.now(), by
    resume.save()
    forget_files([resume])
    record("resume.discarded", resume, by=by)
    return resume


def forget_old(now: datetime | None = None) -> int:
    """Delete what was never reviewed, and refused or discarded files' rows, after a month; returns how many.

    What an undo put back to review has a month from then on.
    """
    before = (now or timezone.now()) - UNREVIEWED_KEPT
    with connection.cursor() as cursor:
        cursor.execute("SELECT candidates_organizations_with_old_resumes(%s)", [before])
        ids = [organization_id for (organization_id,) in cursor.fetchall()]
    forgotten = 0
    for organization in Organization.objects.filter(pk__in=ids):
        with acting_in(organization):
            old = list(
                Resume.objects.select_for_update(of=("self",))
                .filter(candidate=None, created_at__lte=before)
                .exclude(state=State.ACCEPTED)
                .exclude(pk__in=_put_back(since=before))
            )
            delete_from_storage(old)
            forget_files(old)
            Resume.objects.filter(pk__in=[resume.pk for resume in old]).delete()
            if old:
                record("resumes.forgotten", count=len(old))
            forgotten += len(old)
    return forgotten


def _put_back(*, since: datetime) -> "QuerySet[Change, int]":
    """The ids of résumés that wait for a review again, because what they brought was taken back."""
    changes = Change.objects.filter(
        change_set__kind=ChangeSet.Kind.RESUME,
        change_set__undone_at__gt=since,
        model=Resume._meta.label,
        field="state",
    )
    return changes.values_list("object_id", flat=True)

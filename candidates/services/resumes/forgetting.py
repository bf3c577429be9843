"""Letting go of files: discarded ones, those never reviewed, and files on disk that no row knows."""

from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.utils import timezone

from candidates.models import Resume
from crm.accounts.models import User
from crm.audit.services import record
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in

State = Resume.State
# A résumé holds personal data: what nobody reviews in that time goes.
UNREVIEWED_KEPT = timedelta(days=30)
# A file without a row may belong to a transaction that still runs.
_ORPHANS_KEPT = timedelta(days=1)


@transaction.atomic
def discard(resume: Resume, *, by: User) -> Resume:
    """Throw the file and everything read from it away; the list keeps its name and who did it."""
    resume = Resume.objects.select_for_update(of=("self",)).get(pk=resume.pk)
    delete_files([resume])
    resume.state, resume.file, resume.text, resume.search_text = State.DISCARDED, "", "", ""
    resume.fields, resume.notices, resume.match, resume.match_reason = {}, [], None, ""
    resume.decided_at, resume.decided_by = timezone.now(), by
    resume.save()
    record("resume.discarded", resume, by=by)
    return resume


def delete_files(resumes: list[Resume]) -> None:
    """Delete the files of these rows once the transaction has held; a crash in between leaves them to the sweep."""
    names = [str(resume.file.name) for resume in resumes if resume.file]

    def delete() -> None:
        for name in names:
            default_storage.delete(name)

    if names:
        transaction.on_commit(delete)


def forget_old(now: datetime | None = None) -> int:
    """Delete what was never reviewed, and refused or discarded files' rows, after a month; returns how many."""
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
            )
            delete_files(old)
            Resume.objects.filter(pk__in=[resume.pk for resume in old]).delete()
            if old:
                record("resumes.forgotten", count=len(old))
            forgotten += len(old)
    return forgotten


def delete_orphans(now: datetime | None = None) -> int:
    """Delete files that no row names: of crashes, and of uploads that were rolled back. Returns how many."""
    before = ((now or timezone.now()) - _ORPHANS_KEPT).timestamp()
    folder = Path(settings.MEDIA_ROOT) / "resumes"
    deleted = 0
    for own in folder.iterdir() if folder.is_dir() else []:
        organization = (
            Organization.objects.filter(pk=own.name).first() if own.name.isdigit() else None
        )
        old = [path for path in own.rglob("*") if path.is_file() and path.stat().st_mtime < before]
        known: set[str] = set()
        if organization is not None and old:
            with acting_in(organization):
                known = set(Resume.objects.exclude(file="").values_list("file", flat=True))
        for path in old:
            if path.relative_to(settings.MEDIA_ROOT).as_posix() not in known:
                path.unlink(missing_ok=True)
                deleted += 1
    return deleted

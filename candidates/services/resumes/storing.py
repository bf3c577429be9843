"""Taking files in: stored at once under names of our own, to be read by a worker."""

from collections.abc import Iterable
from hashlib import sha256

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format

from candidates.models import Candidate, Resume, ResumeUpload, TalentPool, Touchpoint
from candidates.services.candidates import source_named
from candidates.services.files import clean_file_name
from candidates.services.resumes.unpacking import Incoming, Upload, files_in, too_large
from candidates.services.timeline import add_touchpoint
from crm.accounts.models import User
from crm.audit.services import record
from crm.web.errors import DomainError

State = Resume.State


class NothingToRead(DomainError):
    """An upload without a file."""


@transaction.atomic
def store_upload(
    files: Iterable[Upload],
    *,
    by: User,
    source: str = "",
    pool: TalentPool | None = None,
    lawful_basis: str = Candidate.LawfulBasis.LEGITIMATE_INTEREST,
) -> ResumeUpload:
    """Store every file of the upload, those in ZIP files too; what cannot be taken is listed with its reason."""
    upload = ResumeUpload.objects.create(
        source=source_named(" ".join(source.split())),
        pool=pool,
        lawful_basis=lawful_basis,
        created_by=by,
    )
    count = 0
    for incoming in files_in(files):
        _store(incoming, upload=upload, candidate=None, by=by)
        count += 1
    if not count:
        raise NothingToRead("There is no file in it. Drop PDF, DOCX, ODT, RTF or text files.")
    record("resumes.uploaded", upload, by=by, files=count)
    return upload


@transaction.atomic
def add_resume(candidate: Candidate, file: Upload, *, by: User) -> Resume:
    """A newer résumé of somebody we know: a version, kept whatever the review of its fields brings."""
    if (file.size or 0) > settings.RESUME_MAX_BYTES:
        raise DomainError(too_large(file.size or 0))
    file.seek(0)
    incoming = Incoming(clean_file_name(file.name or ""), file.read())
    resume = _store(incoming, upload=None, candidate=candidate, by=by)
    if resume.state == State.REFUSED:
        raise DomainError(resume.problem)
    add_touchpoint(
        candidate,
        Touchpoint.Kind.EDITED,
        f"Added the résumé “{resume.file_name}”",
        actor=by,
        link=resume.path,
    )
    record("resume.added", resume, by=by, candidate=candidate.pk)
    return resume


def _store(
    incoming: Incoming, *, upload: ResumeUpload | None, candidate: Candidate | None, by: User
) -> Resume:
    resume = Resume(
        upload=upload,
        candidate=candidate,
        file_name=incoming.name,
        digest=sha256(incoming.content).hexdigest() if incoming.content else "",
        size=len(incoming.content),
        created_by=by,
    )
    resume.claim()
    earlier = _same_file(resume)
    if incoming.problem:
        resume.state, resume.problem = State.REFUSED, incoming.problem
    elif earlier is not None:
        day = date_format(timezone.localtime(earlier.created_at), "j M Y")
        resume.state, resume.match = State.REFUSED, earlier.candidate or earlier.match
        resume.problem = f"The very same file is here already: “{earlier.file_name}” of {day}."[
            :300
        ]
    else:
        resume.file.save(incoming.name, ContentFile(incoming.content), save=False)
    resume.save()
    return resume


def _same_file(resume: Resume) -> Resume | None:
    if not resume.digest:
        return None
    return (
        Resume.objects.filter(digest=resume.digest)
        .exclude(state__in=[State.REFUSED, State.DISCARDED])
        .select_related("candidate", "match")
        .order_by("-pk")
        .first()
    )

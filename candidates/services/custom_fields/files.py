"""Files in custom fields: looked at by their content, never opened, kept as long as anything may need them."""

import logging
import zipfile
from datetime import datetime
from io import BytesIO
from typing import Any, TypeAlias

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from candidates.models import (
    CandidateFile,
    Change,
    CustomField,
    KeptFile,
    OrganizationFile,
    value_models,
)
from candidates.resumes.documents import Unreadable
from candidates.resumes.kinds import ZIP, kind_of, picture_kind
from candidates.services.custom_fields.reading import ValueUnreadable
from candidates.services.files import ORPHANS_KEPT, clean_file_name, delete_from_storage
from candidates.services.resumes.commands import ScannerBroken, scan
from crm.accounts.models import User
from crm.audit.services import record
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in

logger = logging.getLogger(__name__)

# The stubs' class takes a type, the real one none.
Upload: TypeAlias = "UploadedFile[Any]"
ACCEPTED = ".pdf,.docx,.odt,.rtf,.txt,.png,.jpg,.jpeg"
FILES: tuple[type[KeptFile], ...] = (CandidateFile, OrganizationFile)
_MACROS = "vbaproject.bin"
_SCANNER_BROKEN = (
    "The virus scanner does not answer, so no file is taken. Tell whoever runs Rapport."
)


def safe_kind(upload: Upload) -> str:
    """The kind of a document or picture of a bearable size; Unreadable with a sentence for anything else."""
    size = upload.size or 0
    if size > settings.RESUME_MAX_BYTES:
        most = settings.RESUME_MAX_BYTES / (1024 * 1024)
        raise Unreadable(
            f"The file has {size / (1024 * 1024):,.0f} MB; it may have {most:,.0f} MB."
        )
    upload.seek(0)
    content = upload.read()
    kind = picture_kind(content) or _document_kind(content)
    try:
        scan(content)
    except ScannerBroken as broken:
        logger.exception("no virus scan of a file")
        raise Unreadable(_SCANNER_BROKEN) from broken
    return kind


def refuse_unsafe(field: CustomField, upload: Upload) -> str:
    """`safe_kind`, which raises ValueUnreadable for what may not be the value of `field`."""
    try:
        return safe_kind(upload)
    except Unreadable as problem:
        raise ValueUnreadable(field, str(problem)) from problem


def _document_kind(content: bytes) -> str:
    kind = kind_of(content)
    if kind == ZIP:
        raise Unreadable("This is a ZIP file. Unpack it and add what is in it.")
    if _has_macros(content):
        raise Unreadable("The file holds macros. Save it without them, or as PDF.")
    return kind


def _has_macros(content: bytes) -> bool:
    if not content.startswith(b"PK"):
        return False
    with zipfile.ZipFile(BytesIO(content)) as archive:
        names = [name.lower() for name in archive.namelist()]
    return any(name.endswith(_MACROS) or name.startswith("basic/") for name in names)


def keep_file(file: KeptFile, field: CustomField, upload: Upload, *, by: User | None) -> KeptFile:
    """Fill and store a new file, for a value to name it."""
    return store_file(file, upload, kind=refuse_unsafe(field, upload), by=by)


def store_file(file: KeptFile, upload: Upload, *, kind: str, by: User | None) -> KeptFile:
    """Fill and store a new file whose content was found to be safe, of this kind."""
    file.kind = kind
    upload.seek(0)
    file.file_name = clean_file_name(upload.name or "")
    file.size = upload.size or 0
    file.created_by = by
    file.claim()
    file.file.save(file.file_name, ContentFile(upload.read()), save=False)
    file.save()
    return file


def forget_unused(now: datetime | None = None) -> int:
    """Delete files that no value names and no undo can bring back; returns how many."""
    before = (now or timezone.now()) - ORPHANS_KEPT
    with connection.cursor() as cursor:
        cursor.execute("SELECT candidates_organizations_with_unused_files(%s)", [before])
        ids = [organization_id for (organization_id,) in cursor.fetchall()]
    forgotten = 0
    for organization in Organization.objects.filter(pk__in=ids):
        with acting_in(organization):
            count = sum(map(_forget_unused, FILES, [before] * len(FILES)))
            if count:
                record("files.forgotten", count=count)
            forgotten += count
    return forgotten


def _forget_unused(model: type[KeptFile], before: datetime) -> int:
    unused = [
        file
        for file in _unused(model, before).select_for_update(of=("self",))
        if not _may_return(file)
    ]
    delete_from_storage(unused)
    model._default_manager.filter(pk__in=[file.pk for file in unused]).delete()
    return len(unused)


def _naming(model: type[KeptFile]) -> list[type[Any]]:
    """The tables of values that name files of this model."""
    return [
        values
        for values in value_models()
        if values._meta.get_field("attachment").related_model is model
    ]


def _unused(model: type[KeptFile], before: datetime) -> "QuerySet[Any]":
    files: QuerySet[Any] = model._default_manager.filter(created_at__lte=before)
    for values in _naming(model):
        named = values._default_manager.filter(attachment=OuterRef("pk"))
        files = files.filter(~Exists(named))
    return files


def _may_return(file: KeptFile) -> bool:
    """Whether a change set still knows a value that named the file. It forgets values after a month.

    Changes are kept of people alone.
    """
    if not isinstance(file, CandidateFile):
        return False
    return Change.objects.filter(
        candidate=file.candidate_id,
        model__in=[values._meta.label for values in _naming(CandidateFile)],
        before__attachment_id=file.pk,
    ).exists()

"""Files that members put on a record: a contract, a certificate, a work permit."""

import secrets
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from candidates.models.people import Candidate, CandidateChild
from crm.tenancy.models import OwnedModel


def file_path(file: "KeptFile", _: str) -> str:
    """Where it lies: a name that nobody can guess, without any part of the one it came with."""
    token = secrets.token_hex(24)
    return f"{file.folder}/{file.organization_id}/{token[:2]}/{token}"


class KeptFile(OwnedModel):
    """A file as it came. It stays while a value names it, or an undo could bring such a value back."""

    folder: ClassVar[str]

    file = models.FileField(upload_to=file_path, max_length=200)
    file_name = models.CharField(max_length=255, help_text="The name it came with")
    kind = models.CharField(max_length=5)
    size = models.PositiveIntegerField(help_text="Bytes")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OwnedModel.Meta):
        abstract = True

    def __str__(self) -> str:
        return self.file_name


class CandidateFile(KeptFile, CandidateChild):
    """A file about a person, which goes with the person."""

    folder = "files"

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="files")

    class Meta(CandidateChild.Meta):
        verbose_name = "file"
        verbose_name_plural = "files"
        indexes = [
            models.Index(fields=["organization", "candidate", "-id"], name="file_of_candidate")
        ]


class OrganizationFile(KeptFile):
    """A file about no person: of a job or a pool."""

    folder = "organization-files"

    class Meta(KeptFile.Meta):
        verbose_name = "file of a job or a pool"
        verbose_name_plural = "files of jobs and pools"

"""Résumés: files as they came, what was read out of them, and whose they are."""

import secrets

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from candidates.models.people import Candidate, Source
from candidates.models.pools import TalentPool
from candidates.models.search_views import SearchRow
from crm.tenancy.models import OwnedModel


def private_path(resume: "Resume", _: str) -> str:
    """Where a file lies: a name that nobody can guess, without any part of the one it came with."""
    token = secrets.token_hex(24)
    return f"resumes/{resume.organization_id}/{token[:2]}/{token}"


class ResumeUpload(OwnedModel):
    """Files that were dropped at one time, and what was chosen for all of them."""

    source = models.ForeignKey(
        Source, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    pool = models.ForeignKey(
        TalentPool, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    lawful_basis = models.CharField(
        max_length=30,
        choices=Candidate.LawfulBasis,
        default=Candidate.LawfulBasis.LEGITIMATE_INTEREST,
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OwnedModel.Meta):
        indexes = [
            models.Index(fields=["organization", "-created_at", "-id"], name="resume_upload_newest")
        ]

    def __str__(self) -> str:
        return f"Résumés of {timezone.localtime(self.created_at):%Y-%m-%d %H:%M}"

    def get_absolute_url(self) -> str:
        return reverse("candidates:resume_upload", args=[self.pk])


class Resume(OwnedModel):
    """One file. A candidate may have several: the newest accepted one is the present version."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting to be read"
        READING = "reading", "Being read"
        READY = "ready", "To be reviewed"
        ACCEPTED = "accepted", "Accepted"
        DISCARDED = "discarded", "Discarded"
        REFUSED = "refused", "Refused"

    upload = models.ForeignKey(
        ResumeUpload, null=True, on_delete=models.CASCADE, related_name="resumes"
    )
    # Set where the file was added on a person's record, or when it was accepted.
    candidate = models.ForeignKey(
        Candidate, null=True, on_delete=models.CASCADE, related_name="resumes"
    )
    # Who it seems to be, until somebody says so.
    match = models.ForeignKey(Candidate, null=True, on_delete=models.SET_NULL, related_name="+")
    match_reason = models.CharField(max_length=100, blank=True)
    file = models.FileField(upload_to=private_path, max_length=200, blank=True)
    file_name = models.CharField(max_length=255, help_text="The name it came with")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the file, in hex")
    size = models.PositiveIntegerField(default=0, help_text="Bytes")
    kind = models.CharField(max_length=5, blank=True)
    pages = models.PositiveIntegerField(default=0)
    text = models.TextField(blank=True)
    fields = models.JSONField(default=dict, help_text="What was found, how surely, and where")
    notices = models.JSONField(default=list, help_text="What was noticed when the file was read")
    reader_version = models.PositiveSmallIntegerField(default=0)
    # The text folded, of accepted ones: the search index is made of it.
    search_text = models.TextField(blank=True, editable=False)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    problem = models.CharField(max_length=300, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    # When a worker last took it: one that stands still is taken again.
    beat_at = models.DateTimeField(default=timezone.now, editable=False)
    tries = models.PositiveSmallIntegerField(default=0, editable=False)
    decided_at = models.DateTimeField(null=True, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta(OwnedModel.Meta):
        indexes = [
            models.Index(fields=["organization", "upload", "state", "id"], name="resume_of_upload"),
            models.Index(fields=["organization", "candidate", "-id"], name="resume_of_candidate"),
            models.Index(fields=["organization", "match"], name="resume_of_match"),
            models.Index(fields=["organization", "digest"], name="resume_of_file"),
            models.Index(
                fields=["organization", "id"],
                condition=models.Q(state__in=["waiting", "reading"]),
                name="resume_to_read",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name

    def get_absolute_url(self) -> str:
        return reverse("candidates:resume", args=[self.pk])

    @property
    def path(self) -> str:
        """Where it is told of, inside the organization: for links of timelines."""
        return f"candidates/resumes/{self.pk}/"

    @property
    def is_busy(self) -> bool:
        return self.state in {self.State.WAITING, self.State.READING}

    @property
    def has_pictures(self) -> bool:
        """Whether its pages can be drawn."""
        return self.kind == "pdf" and bool(self.file)

    @property
    def best_name(self) -> str:
        """The name that was found, or the file's."""
        found = self.fields.get("name") or []
        return str(found[0]["value"]) if found else self.file_name


class ResumeSearch(SearchRow):
    """Accepted résumés."""

    created_at = models.DateTimeField()

    class Meta(SearchRow.Meta):
        db_table = "resume_search"

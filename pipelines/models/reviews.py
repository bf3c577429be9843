"""What hiring managers say of the shortlisted, and the links by which they say it without an account."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from crm.tenancy.models import OwnedModel
from pipelines.models.candidacies import Candidacy
from pipelines.models.jobs import Job
from pipelines.models.stages import Stage


class ReviewLink(OwnedModel):
    """Lets one person answer about the shortlisted of one job, until it expires or is revoked.

    The link is bound to an address: it opens with a code that is mailed there, so forwarding it is of no use.
    Its token is made when it is mailed, and exists in that mail alone.
    """

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="review_links")
    email = models.EmailField()
    token_hash = models.CharField(max_length=64, blank=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, editable=False)
    mail_due_at = models.DateTimeField(null=True, editable=False)
    # The code of the moment, as a keyed hash; how often it was tried, and when a new one is to be mailed.
    code_hash = models.CharField(max_length=64, blank=True, editable=False)
    code_expires_at = models.DateTimeField(null=True, editable=False)
    code_tries = models.PositiveSmallIntegerField(default=0, editable=False)
    code_due_at = models.DateTimeField(null=True, editable=False)
    opened_at = models.DateTimeField(null=True, editable=False)

    class Meta(OwnedModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "token_hash"],
                condition=~Q(token_hash=""),
                name="review_token_once",
            )
        ]
        indexes = [
            models.Index(fields=["organization", "job"], name="review_links_of_job"),
            models.Index(
                fields=["organization", "id"],
                condition=Q(mail_due_at__isnull=False) | Q(code_due_at__isnull=False),
                name="review_link_to_mail",
            ),
        ]

    def __str__(self) -> str:
        return f"Review of {self.job_id} by {self.email}"

    @property
    def is_open(self) -> bool:
        return self.revoked_at is None and self.expires_at > timezone.now()


class Review(OwnedModel):
    """One person's answer about one candidacy at one stage; a later answer takes its place."""

    class Answer(models.TextChoices):
        YES = "yes", "Yes"
        MAYBE = "maybe", "Maybe"
        NO = "no", "No"

    candidacy = models.ForeignKey(Candidacy, on_delete=models.CASCADE, related_name="reviews")
    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="reviews")
    # Who answered: their address, whether by link or by login.
    email = models.EmailField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    answer = models.CharField(max_length=5, choices=Answer)
    comment = models.TextField(blank=True, max_length=2000)
    was_blind = models.BooleanField(default=False)
    at = models.DateTimeField(default=timezone.now)

    class Meta(OwnedModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "candidacy", "stage", "email"], name="one_review_each"
            )
        ]
        indexes = [models.Index(fields=["organization", "stage"], name="reviews_of_stage")]

    def __str__(self) -> str:
        return f"{self.email}: {self.answer}"

    @property
    def who(self) -> str:
        return str(self.by) if self.by else self.email


class Unblinding(OwnedModel):
    """A recruiter let reviewers see who somebody in a blind stage is."""

    candidacy = models.ForeignKey(Candidacy, on_delete=models.CASCADE, related_name="unblindings")
    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField(default=timezone.now)

    class Meta(OwnedModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "candidacy", "stage"], name="unblinded_once"
            )
        ]
        indexes = [models.Index(fields=["organization", "stage"], name="unblindings_of_stage")]

    def __str__(self) -> str:
        return f"Candidacy {self.candidacy_id}"

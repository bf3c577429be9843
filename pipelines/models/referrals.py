"""People whom colleagues without an account recommend."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from candidates.models import Candidate
from crm.tenancy.models import OwnedModel
from pipelines.models.jobs import Job


class ReferralLink(OwnedModel):
    """A form for all colleagues, for one job or for any: whoever has its address can refer somebody."""

    name = models.CharField(max_length=80, help_text="Such as “Intranet”; only you see it")
    job = models.ForeignKey(
        Job, null=True, blank=True, on_delete=models.CASCADE, related_name="referral_links"
    )
    # Raised when the address is to work no longer.
    version = models.PositiveIntegerField(default=0, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    closed_at = models.DateTimeField(null=True, editable=False)

    class Meta(OwnedModel.Meta):
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class Referral(OwnedModel):
    """One colleague's word for one person.

    Without a candidate: somebody who must not be kept, or is no longer. The colleague cannot tell the difference.
    """

    class Relation(models.TextChoices):
        WORKED_WITH = "worked_with", "We worked together"
        MANAGED = "managed", "I was their manager"
        STUDIED_WITH = "studied_with", "We studied together"
        FRIEND = "friend", "A friend or relative"
        KNOWS_WORK = "knows_work", "I know their work only"

    # The same, told of the colleague.
    TOLD: ClassVar = {
        Relation.WORKED_WITH: "worked together",
        Relation.MANAGED: "was their manager",
        Relation.STUDIED_WITH: "studied together",
        Relation.FRIEND: "a friend or relative",
        Relation.KNOWS_WORK: "knows their work only",
    }

    candidate = models.ForeignKey(
        Candidate, null=True, on_delete=models.CASCADE, related_name="referrals"
    )
    job = models.ForeignKey(
        Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="referrals"
    )
    referrer_name = models.CharField(max_length=120)
    referrer_email = models.EmailField()
    relation = models.CharField(max_length=15, choices=Relation)
    note = models.TextField(blank=True, max_length=2000)
    # The referrer said that the person knows of it and agrees.
    consented_at = models.DateTimeField(default=timezone.now)
    was_known = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    mail_due_at = models.DateTimeField(null=True, editable=False)

    class Meta(OwnedModel.Meta):
        indexes = [
            models.Index(fields=["organization", "-created_at", "-id"], name="referral_newest"),
            models.Index(fields=["organization", "candidate"], name="referral_of_candidate"),
            models.Index(
                fields=["organization", "mail_due_at"],
                condition=Q(mail_due_at__isnull=False),
                name="referral_to_mail",
            ),
        ]

    @property
    def relation_told(self) -> str:
        return self.TOLD[self.Relation(self.relation)]

    def __str__(self) -> str:
        return f"Referral by {self.referrer_name}"

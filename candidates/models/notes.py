"""What colleagues wrote down about a person."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from candidates.models.people import Candidate, CandidateChild


class Note(CandidateChild):
    """What a colleague wrote down. A private note is seen by its author only."""

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="notes")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    body = models.TextField()
    is_private = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(CandidateChild.Meta):
        indexes = [models.Index(fields=["organization", "candidate"], name="note_of_candidate")]

    def __str__(self) -> str:
        return self.body[:60]

"""What colleagues wrote down about a person."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from candidates.models.people import Candidate, CandidateChild


class Note(CandidateChild):
    """What a colleague wrote down. A private note is seen by its author and by its readers."""

    # Notes that an import leaves of what found no other place begin so.
    IMPORTED = "From the import:"

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="notes")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    body = models.TextField()
    is_private = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    edited_at = models.DateTimeField(null=True, editable=False)

    class Meta(CandidateChild.Meta):
        indexes = [models.Index(fields=["organization", "candidate"], name="note_of_candidate")]

    def __str__(self) -> str:
        return self.body[:60]

    @property
    def told_as(self) -> str:
        """Where others than its readers read that there is one."""
        return "a note"


class NoteReader(CandidateChild):
    """A colleague with whom the author of a private note shares it."""

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="+")
    note = models.ForeignKey(Note, on_delete=models.CASCADE, related_name="readers")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")

    class Meta(CandidateChild.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "note", "user"], name="reader_once")
        ]
        indexes = [models.Index(fields=["organization", "candidate"], name="reader_of_candidate")]

    def __str__(self) -> str:
        return f"{self.user_id} reads {self.note_id}"

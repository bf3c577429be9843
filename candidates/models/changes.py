"""Change sets: what one act changed in many people, kept field by field so that it can be taken back."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from candidates.models.people import Candidate
from crm.tenancy.models import OwnedModel

# So long can a change set be taken back; afterwards the values before and after are forgotten.
UNDOABLE_FOR = timedelta(days=30)


def _number(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


class ChangeSet(OwnedModel):
    """One act on many people (an import, a merge, a bulk edit), or what a résumé brought. Written through `services.changes`.

    The title is shown for as long as the organization exists: it never names a candidate.
    """

    class Kind(models.TextChoices):
        IMPORT = "import", "Import"
        MERGE = "merge", "Merge"
        BULK_EDIT = "bulk_edit", "Bulk edit"
        # A person added from a résumé, or one that it was taken over to.
        RESUME = "resume", "Résumé"
        # One act on one record: told by its timeline, so left out of the list of change sets.
        EDIT = "edit", "Edit"

    class State(models.TextChoices):
        APPLYING = "applying", "In progress"
        APPLIED = "applied", "Done"
        UNDOING = "undoing", "Being undone"
        UNDONE = "undone", "Undone"

    kind = models.CharField(max_length=10, choices=Kind)
    title = models.CharField(max_length=300)
    state = models.CharField(max_length=10, choices=State, default=State.APPLYING)
    # Where more is told of it: a path inside the organization, such as candidates/imports/3/.
    link = models.CharField(max_length=200, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    applied_at = models.DateTimeField(null=True, editable=False)
    counts = models.JSONField(default=dict, help_text="What was done, to how many")
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    undo_started_at = models.DateTimeField(null=True, editable=False)
    undone_at = models.DateTimeField(null=True, editable=False)
    # The id of the last change that was taken back: an undo goes from the highest down.
    undone_down_to = models.BigIntegerField(null=True, editable=False)
    # When a worker last got on with undoing it: one that stands still is started again.
    beat_at = models.DateTimeField(null=True, editable=False)
    forgotten_at = models.DateTimeField(
        null=True, editable=False, help_text="When the values before and after were deleted"
    )

    class Meta(OwnedModel.Meta):
        indexes = [
            models.Index(fields=["organization", "-created_at", "-id"], name="change_set_newest")
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("candidates:change_set", args=[self.pk])

    @property
    def path(self) -> str:
        """Where it is told of, inside the organization: for links of timelines."""
        return f"candidates/changes/{self.pk}/"

    @property
    def undoable_until(self) -> datetime:
        return (self.applied_at or self.created_at) + UNDOABLE_FOR

    @property
    def what_undo_does(self) -> str:
        """What undoing it would bring, in numbers, as it is asked before."""
        created, changes = self.counts.get("created", 0), self.counts.get("changes", 0)
        parts = []
        if created:
            parts.append(f"{_number(created, 'added person', 'added people')} removed")
        if changes:
            other = "other " if created else ""
            parts.append(f"{_number(changes, f'{other}change', f'{other}changes')} taken back")
        return (
            f"Undoing it: {' and '.join(parts) or 'nothing to take back'}. "
            "Whatever was changed since stays, and is listed with who did it."
            + (" The file waits for a review again." if self.kind == self.Kind.RESUME else "")
        )

    @property
    def is_undoable(self) -> bool:
        return self.state == self.State.APPLIED and self.undoable_until > timezone.now()


class Change(OwnedModel):
    """One thing that a change set did to one row. A created person is one change, with all that came along."""

    class Action(models.TextChoices):
        CREATE = "create", "Added"
        UPDATE = "update", "Changed"
        DELETE = "delete", "Removed"
        MOVE = "move", "Moved"

    class Outcome(models.TextChoices):
        RESTORED = "restored", "Restored"
        REMOVED = "removed", "Removed"
        KEPT = "kept", "Kept"

    # A change per imported person: the composite indexes are enough, their twins cost time.
    change_set = models.ForeignKey(
        ChangeSet,
        on_delete=models.CASCADE,
        related_name="changes",
        db_index=False,
    )
    candidate = models.ForeignKey(
        Candidate,
        null=True,
        on_delete=models.CASCADE,
        related_name="changes",
        db_index=False,
    )
    action = models.CharField(max_length=10, choices=Action)
    model = models.CharField(max_length=60, help_text="Such as candidates.EmailAddress")
    object_id = models.BigIntegerField()
    field = models.CharField(max_length=60, blank=True, help_text="The column, of an update")
    before = models.JSONField(null=True, help_text="A value, or the whole row that was deleted")
    after = models.JSONField(null=True, help_text="A value, or the whole row that was added")
    provenance = models.JSONField(null=True, help_text="Where the value before came from")
    # Of the undo.
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    kept_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )
    kept_at = models.DateTimeField(null=True)

    class Meta(OwnedModel.Meta):
        indexes = [
            models.Index(fields=["organization", "change_set", "id"], name="change_of_set"),
            models.Index(fields=["organization", "candidate"], name="change_of_candidate"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.model} {self.object_id} {self.field}".strip()


class ChangeMark(OwnedModel):
    """How far the tables were filled when a part of a change set had been written.

    A row of a created person with a higher id came later, and keeps that person from being removed.
    """

    change_set = models.ForeignKey(ChangeSet, on_delete=models.CASCADE, related_name="marks")
    last_change = models.BigIntegerField(help_text="The id of the last change of this part")
    ids = models.JSONField(default=dict, help_text="Model label to the highest id")

    class Meta(OwnedModel.Meta):
        indexes = [
            models.Index(fields=["organization", "change_set", "last_change"], name="mark_of_set")
        ]

    def __str__(self) -> str:
        return f"after change {self.last_change}"

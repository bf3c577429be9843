"""Spreadsheets on their way to people."""

from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from candidates.cells import cells_from_json
from candidates.models.changes import ChangeSet
from candidates.models.labels import Tag
from candidates.models.people import Candidate, Source
from candidates.models.pools import TalentPool
from crm.tenancy.models import OwnedModel
from crm.tenancy.scope import current_organization


def import_path(_: "Import", __: str) -> str:
    """Where the uploaded file lies until its people are imported: private, under a name nobody can guess."""
    # The row may not be saved yet: its file is stored first.
    return f"imports/{current_organization().pk}/{uuid4().hex}"


class Import(OwnedModel):
    """One uploaded file's journey: read, mapped, checked, run, reported."""

    class State(models.TextChoices):
        DRAFT = "draft", "Waiting for you"
        READING = "reading", "Being read"
        CHECKING = "checking", "Being checked"
        CHECKED = "checked", "Ready to start"
        QUEUED = "queued", "Waiting to start"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    class Policy(models.TextChoices):
        FILL = "fill", "Fill what is empty"
        OVERWRITE = "overwrite", "Overwrite, but not what was typed by hand"
        SKIP = "skip", "Leave them as they are"

    class ColumnPolicy(models.TextChoices):
        """What one column does to people who are here already; several values are added or kept out."""

        KEEP = "keep", "Keep ours"
        FILL = "fill", "Fill or add"
        OVERWRITE = "overwrite", "Overwrite, not what was typed by hand"
        REPLACE = "replace", "Overwrite everything"

    file_name = models.CharField(max_length=255)
    file_digest = models.CharField(max_length=64, help_text="SHA-256 of the file, in hex")
    file = models.FileField(upload_to=import_path, blank=True, help_text="Until it is imported")
    kind = models.CharField(max_length=10, blank=True, help_text="Table, workbook or cards")
    sheet = models.CharField(max_length=255, blank=True)
    sheets = models.JSONField(default=list, help_text="The sheets that can be chosen")
    encoding = models.CharField(max_length=40, blank=True)
    delimiter = models.CharField(max_length=1, blank=True)
    header = models.JSONField(default=list, help_text="The column titles")
    header_line = models.PositiveIntegerField(
        default=0, help_text="Where the titles are; 0: nowhere"
    )
    skipped_lines = models.PositiveIntegerField(default=0, help_text="Lines above the header")
    recognized = models.CharField(max_length=40, blank=True, help_text="Whose export it is")
    notices = models.JSONField(default=list, help_text="What was noticed when the file was read")
    mapping = models.JSONField(default=dict, help_text="Column number to field")
    hints = models.JSONField(default=dict, help_text="How each column's dates and numbers are read")
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    problem = models.CharField(max_length=300, blank=True)
    policy = models.CharField(max_length=10, choices=Policy, default=Policy.FILL)
    policies = models.JSONField(
        default=dict, help_text="Field to policy, where it is another than the import's"
    )
    lawful_basis = models.CharField(
        max_length=30,
        choices=Candidate.LawfulBasis,
        default=Candidate.LawfulBasis.LEGITIMATE_INTEREST,
    )
    source = models.ForeignKey(
        Source, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    pool = models.ForeignKey(
        TalentPool, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    tag = models.ForeignKey(Tag, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    change_set = models.ForeignKey(
        ChangeSet, null=True, on_delete=models.SET_NULL, related_name="imports", editable=False
    )
    row_count = models.PositiveIntegerField(default=0)
    done_count = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict, help_text="Outcome to number of rows")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    started_at = models.DateTimeField(null=True, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)
    # When a worker last got on with it: a run that stands still is started again.
    beat_at = models.DateTimeField(null=True, editable=False)
    restarts = models.PositiveSmallIntegerField(default=0, editable=False)

    class Meta(OwnedModel.Meta):
        indexes = [
            models.Index(fields=["organization", "-created_at", "-id"], name="import_newest"),
            models.Index(fields=["organization", "file_digest"], name="import_of_file"),
        ]

    def __str__(self) -> str:
        return self.file_name

    def get_absolute_url(self) -> str:
        return reverse("candidates:import", args=[self.pk])

    @property
    def made(self) -> dict[str, Any]:
        """What was made for this file: `source` and `tag` with an id, `fields` with several."""
        return dict(self.hints.get("made", {}))

    @property
    def is_busy(self) -> bool:
        return self.state in {
            self.State.READING,
            self.State.CHECKING,
            self.State.QUEUED,
            self.State.RUNNING,
        }

    @property
    def is_unreadable(self) -> bool:
        """Whether the file cannot be read as it was chosen: no row of it is stored."""
        return self.state == self.State.FAILED and self.row_count == 0

    @property
    def is_unfinished(self) -> bool:
        """Whether somebody has to go on with it."""
        return self.state in {self.State.DRAFT, self.State.CHECKED} or (
            self.state == self.State.FAILED and self.started_at is None
        )


class CellsField(models.JSONField):
    """The cells of a row: see `candidates.cells`."""

    def from_db_value(self, value: str | None, *_: object) -> Any:
        return None if value is None else cells_from_json(value)


class ImportRow(OwnedModel):
    """One row of the file: its cells as they were read, and what became of it."""

    class State(models.TextChoices):
        PENDING = "pending", "Waiting"
        CREATED = "created", "Created"
        UPDATED = "updated", "Updated"
        DUPLICATE = "duplicate", "Duplicate"
        FAILED = "failed", "Failed"

    class Outcome(models.TextChoices):
        CREATE = "create", "New"
        UPDATE = "update", "Update"
        DUPLICATE = "duplicate", "Duplicate"
        BLOCKED = "blocked", "Blocked"
        INVALID = "invalid", "Invalid"

    # A million of these come at once: the indexes below are enough.
    import_file = models.ForeignKey(
        Import, on_delete=models.CASCADE, related_name="rows", db_index=False
    )
    line = models.PositiveIntegerField(help_text="Where the row starts in the file, counted from 1")
    cells = CellsField()
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    # What the check expects while the row is pending (before it: the usual); afterwards, what was done.
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    details = models.JSONField(default=dict, help_text="Changes, warnings, the line it repeats")
    candidate = models.ForeignKey(
        Candidate,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )

    class Meta(OwnedModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "import_file", "line"], name="one_row_per_line"
            )
        ]
        indexes = [
            # Only of what is looked for: every further entry costs every row of an import.
            models.Index(
                fields=["organization", "import_file", "line"],
                condition=Q(state="pending"),
                name="import_row_waiting",
            ),
            models.Index(
                fields=["organization", "import_file", "line"],
                condition=Q(details__has_key="warnings"),
                name="import_row_odd",
            ),
            models.Index(
                fields=["organization", "import_file", "outcome", "line"], name="import_row_outcome"
            ),
            models.Index(
                fields=["organization", "candidate"],
                condition=Q(candidate__isnull=False),
                name="import_row_candidate",
            ),
        ]

    def __str__(self) -> str:
        return f"line {self.line}"


class ImportCheckpoint(OwnedModel):
    """How far the check of a file came, and what it has to remember of those rows: a check that dies goes on here."""

    import_file = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="checkpoints")
    line = models.PositiveIntegerField(help_text="The last row that was checked")
    marks = models.BinaryField(help_text="Pairs of digests and lines: see importing.remembering")

    class Meta(OwnedModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "import_file", "line"], name="one_checkpoint_per_line"
            )
        ]

    def __str__(self) -> str:
        return f"checked to line {self.line}"

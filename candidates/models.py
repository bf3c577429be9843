"""People we may hire, one record each, and everything we know of them."""

from typing import TypeVar

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from crm.tenancy.models import OwnedManager, OwnedModel, OwnedQuerySet
from crm.tenancy.scope import current_organization


class Source(OwnedModel):
    """Where candidates come from: a job board, a referral, an import."""

    name = models.CharField(max_length=80)

    class Meta(OwnedModel.Meta):
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "name"], name="one_source_per_name")
        ]

    def __str__(self) -> str:
        return self.name


class CandidateQuerySet(OwnedQuerySet["Candidate"]):
    """Composable filters over candidates."""

    def in_pool(self, pool: "TalentPool | int") -> "CandidateQuerySet":
        return self.filter(pool_memberships__pool=pool)

    def tagged(self, tag: "Tag | int") -> "CandidateQuerySet":
        return self.filter(candidate_tags__tag=tag)


class Candidate(OwnedModel):
    """A person we may hire. Not an application: one candidate may have many candidacies."""

    class Status(models.TextChoices):
        NEW = "new", "New"
        NURTURING = "nurturing", "Nurturing"
        IN_PROCESS = "in_process", "In process"
        NOT_NOW = "not_now", "Not now"
        DO_NOT_CONTACT = "do_not_contact", "Do not contact"
        HIRED = "hired", "Hired"
        ALUMNI = "alumni", "Alumni"

    class LawfulBasis(models.TextChoices):
        LEGITIMATE_INTEREST = "legitimate_interest", "Legitimate interest"
        CONSENT = "consent", "Consent"
        CONTRACT = "contract", "Steps before a contract"

    full_name = models.CharField(max_length=200)
    preferred_name = models.CharField(
        max_length=100, blank=True, help_text="How to address the person"
    )
    headline = models.CharField("current title", max_length=200, blank=True)
    company = models.CharField(max_length=200, blank=True)
    city = models.CharField(max_length=120, blank=True)
    country = models.CharField(max_length=2, blank=True, help_text="ISO 3166-1 alpha-2 code")
    salary_expectation = models.CharField(max_length=100, blank=True)
    source = models.ForeignKey(
        Source, null=True, blank=True, on_delete=models.SET_NULL, related_name="candidates"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    status = models.CharField(max_length=20, choices=Status, default=Status.NEW)
    lawful_basis = models.CharField(
        max_length=30, choices=LawfulBasis, default=LawfulBasis.LEGITIMATE_INTEREST
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        editable=False,
    )
    updated_at = models.DateTimeField(auto_now=True)
    last_contacted_at = models.DateTimeField(
        null=True, editable=False, help_text="We last wrote, called or met"
    )
    last_replied_at = models.DateTimeField(
        null=True, editable=False, help_text="The person last answered"
    )
    # What the search box looks through: name, addresses, company and title, folded to lower case
    # without accents. Kept by `candidates.services.searching`.
    search_text = models.TextField(blank=True, editable=False)

    # Every manager is the class's; the plugin knows it of inherited ones only.
    objects = OwnedManager.from_queryset(CandidateQuerySet)()  # type: ignore[misc]

    class Meta(OwnedModel.Meta):
        indexes = [
            models.Index(fields=["organization", "-created_at", "-id"], name="candidate_newest"),
            models.Index(
                fields=["organization", "owner", "-created_at", "-id"], name="candidate_of_owner"
            ),
            models.Index(
                F("organization"),
                models.functions.Coalesce("last_contacted_at", "created_at"),
                F("id"),
                name="candidate_last_touched",
            ),
            GinIndex(
                "organization",
                OpClass(F("search_text"), name="gin_trgm_ops"),
                name="candidate_search_text",
            ),
        ]

    def __str__(self) -> str:
        return self.full_name

    def get_absolute_url(self) -> str:
        return reverse("candidates:detail", args=[self.pk])

    @property
    def called(self) -> str:
        """How to address the person: the preferred name, else the first word of the full name."""
        return self.preferred_name or self.full_name.split(" ", 1)[0]

    @property
    def occupation(self) -> str:
        """Title and company, as a line below the name."""
        return " · ".join(filter(None, [self.headline, self.company]))

    @property
    def place(self) -> str:
        """City and country, such as Lisbon, PT."""
        return ", ".join(filter(None, [self.city, self.country]))


class CandidateChild(OwnedModel):
    """A row that belongs to one candidate and goes with it."""

    class Meta(OwnedModel.Meta):
        abstract = True


class EmailAddress(CandidateChild):
    """An address of a candidate. One address belongs to one person per organization."""

    class State(models.TextChoices):
        UNKNOWN = "unknown", "Not tried yet"
        VALID = "valid", "Valid"
        BOUNCED = "bounced", "Bounced"

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="emails")
    address = models.EmailField(max_length=254)
    normalized = models.CharField(
        max_length=254, editable=False, help_text="Lower case, for comparing"
    )
    is_primary = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State, default=State.UNKNOWN)
    provenance = models.CharField(max_length=60, blank=True, help_text="Where we have it from")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(CandidateChild.Meta):
        verbose_name_plural = "email addresses"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "normalized"], name="one_person_per_address"
            ),
            models.UniqueConstraint(
                fields=["organization", "candidate"],
                condition=Q(is_primary=True),
                name="one_primary_address",
            ),
        ]
        indexes = [models.Index(fields=["organization", "candidate"], name="email_of_candidate")]

    def __str__(self) -> str:
        return self.address


class PhoneNumber(CandidateChild):
    """A phone number as it was given, and in E.164 where it could be read."""

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="phones")
    number = models.CharField(max_length=60)
    normalized = models.CharField(
        max_length=20, blank=True, editable=False, help_text="E.164, empty if unreadable"
    )
    provenance = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(CandidateChild.Meta):
        indexes = [
            models.Index(fields=["organization", "candidate"], name="phone_of_candidate"),
            models.Index(fields=["organization", "normalized"], name="phone_normalized"),
        ]

    def __str__(self) -> str:
        return self.number


class ProfileLink(CandidateChild):
    """A public profile of a candidate."""

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="links")
    url = models.URLField(max_length=500)
    normalized = models.CharField(
        max_length=500, editable=False, help_text="Host and path, for comparing"
    )
    provenance = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(CandidateChild.Meta):
        indexes = [
            models.Index(fields=["organization", "candidate"], name="link_of_candidate"),
            models.Index(fields=["organization", "normalized"], name="link_normalized"),
        ]

    def __str__(self) -> str:
        return self.url


class Label(OwnedModel):
    """A word put on candidates; the same word in other case or accents is the same label."""

    name = models.CharField(max_length=60)
    normalized = models.CharField(max_length=60, editable=False)

    class Meta(OwnedModel.Meta):
        abstract = True
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "normalized"], name="one_%(class)s_per_name"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Tag(Label):
    """An organization's own word for sorting people."""


class Skill(Label):
    """Something a person can do."""


class CandidateTag(CandidateChild):
    candidate = models.ForeignKey(
        Candidate, on_delete=models.CASCADE, related_name="candidate_tags"
    )
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="candidate_tags")

    class Meta(CandidateChild.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "candidate", "tag"], name="tag_once")
        ]
        indexes = [
            models.Index(fields=["organization", "tag", "candidate"], name="candidates_of_tag")
        ]

    def __str__(self) -> str:
        return f"{self.tag_id} on {self.candidate_id}"


class CandidateSkill(CandidateChild):
    candidate = models.ForeignKey(
        Candidate, on_delete=models.CASCADE, related_name="candidate_skills"
    )
    skill = models.ForeignKey(Skill, on_delete=models.CASCADE, related_name="candidate_skills")
    provenance = models.CharField(max_length=60, blank=True)

    class Meta(CandidateChild.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "candidate", "skill"], name="skill_once"
            )
        ]
        indexes = [
            models.Index(fields=["organization", "skill", "candidate"], name="candidates_of_skill")
        ]

    def __str__(self) -> str:
        return f"{self.skill_id} of {self.candidate_id}"


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


class Task(OwnedModel):
    """Something somebody owes a candidate, by a day."""

    class Origin(models.TextChoices):
        MANUAL = "manual", "Added by hand"
        SEQUENCE = "sequence", "From a sequence"
        REPLY = "reply", "A reply came"

    candidate = models.ForeignKey(
        Candidate, null=True, blank=True, on_delete=models.CASCADE, related_name="tasks"
    )
    title = models.CharField(max_length=200)
    due_on = models.DateField(null=True, blank=True)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.MANUAL, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        editable=False,
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    done_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta(OwnedModel.Meta):
        indexes = [
            models.Index(fields=["organization", "candidate"], name="task_of_candidate"),
            models.Index(
                fields=["organization", "assignee", "due_on"],
                condition=Q(done_at=None),
                name="task_open",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Touchpoint(CandidateChild):
    """One thing that happened between us and a candidate: the timeline entry."""

    class Kind(models.TextChoices):
        ADDED = "added", "Added"
        IMPORTED = "imported", "Imported"
        EDITED = "edited", "Edited"
        NOTE = "note", "Note"
        CALL = "call", "Call"
        TASK = "task", "Task"
        POOL = "pool", "Pool"
        TAG = "tag", "Tag"
        MAIL_SENT = "mail_sent", "Mail sent"
        MAIL_RECEIVED = "mail_received", "Reply"
        AUTO_REPLY = "auto_reply", "Automatic reply"
        BOUNCE = "bounce", "Bounce"
        UNSUBSCRIBE = "unsubscribe", "Unsubscribed"
        SEQUENCE = "sequence", "Sequence"
        STAGE = "stage", "Stage"

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="touchpoints")
    kind = models.CharField(max_length=20, choices=Kind)
    at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Empty for the candidate's own doing, or Rapport's",
    )
    summary = models.CharField(max_length=300, help_text="One line, in the words of the timeline")
    body = models.TextField(blank=True)
    note = models.ForeignKey(Note, null=True, on_delete=models.CASCADE, related_name="+")
    # Where the entry's link leads: a path inside the organization, such as jobs/3/.
    link = models.CharField(max_length=200, blank=True)

    class Meta(CandidateChild.Meta):
        indexes = [
            models.Index(
                fields=["organization", "candidate", "-at", "-id"], name="touchpoint_timeline"
            )
        ]

    def __str__(self) -> str:
        return self.summary


class TalentPool(OwnedModel):
    """A group of candidates with a purpose, picked by hand."""

    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta(OwnedModel.Meta):
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "name"], name="one_pool_per_name")
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("pools:detail", args=[self.pk])


class PoolMembership(CandidateChild):
    pool = models.ForeignKey(TalentPool, on_delete=models.CASCADE, related_name="memberships")
    candidate = models.ForeignKey(
        Candidate, on_delete=models.CASCADE, related_name="pool_memberships"
    )
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    reason = models.CharField(max_length=200, blank=True)
    added_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(CandidateChild.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "pool", "candidate"], name="in_pool_once"
            )
        ]
        indexes = [
            models.Index(fields=["organization", "candidate"], name="pools_of_candidate"),
            models.Index(fields=["organization", "pool", "-added_at", "-id"], name="pool_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.candidate_id} in {self.pool_id}"


class Suppression(OwnedModel):
    """An address, number or profile that must not be written to, or a person who must not come back.

    Holds a keyed hash only (see `candidates.services.suppressing`): without the key, a guessed
    address cannot be confirmed.
    """

    class Kind(models.TextChoices):
        EMAIL = "email", "E-mail address"
        PHONE = "phone", "Phone number"
        PROFILE = "profile", "Profile link"

    class Reason(models.TextChoices):
        UNSUBSCRIBED = "unsubscribed", "Unsubscribed"
        BOUNCED = "bounced", "Address does not exist"
        COMPLAINED = "complained", "Marked as spam"
        OBJECTED = "objected", "Objected"
        ERASED = "erased", "Erased"

    kind = models.CharField(max_length=10, choices=Kind)
    digest = models.CharField(
        max_length=64, help_text="HMAC-SHA-256 of the normalized value, in hex"
    )
    reason = models.CharField(max_length=15, choices=Reason)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OwnedModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "kind", "digest", "reason"], name="suppressed_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.get_reason_display()}"


class Import(OwnedModel):
    """One uploaded file's journey: read, mapped, checked, run, reported."""

    class State(models.TextChoices):
        DRAFT = "draft", "Waiting for you"
        CHECKING = "checking", "Being checked"
        CHECKED = "checked", "Ready to start"
        QUEUED = "queued", "Waiting to start"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    class Policy(models.TextChoices):
        FILL = "fill", "Fill what is empty"
        OVERWRITE = "overwrite", "Overwrite with the file"
        SKIP = "skip", "Leave them as they are"

    file_name = models.CharField(max_length=255)
    file_digest = models.CharField(max_length=64, help_text="SHA-256 of the file, in hex")
    encoding = models.CharField(max_length=40, blank=True)
    delimiter = models.CharField(max_length=1, blank=True)
    header = models.JSONField(default=list, help_text="The column titles")
    skipped_lines = models.PositiveIntegerField(default=0, help_text="Lines above the header")
    notices = models.JSONField(default=list, help_text="What was noticed when the file was read")
    mapping = models.JSONField(default=dict, help_text="Column number to field")
    hints = models.JSONField(default=dict, help_text="How each column's dates and numbers are read")
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    problem = models.CharField(max_length=300, blank=True)
    policy = models.CharField(max_length=10, choices=Policy, default=Policy.FILL)
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
    def is_busy(self) -> bool:
        return self.state in {self.State.CHECKING, self.State.QUEUED, self.State.RUNNING}

    @property
    def failed_count(self) -> int:
        """Rows that were refused or held nobody."""
        return int(self.counts.get("blocked", 0)) + int(self.counts.get("invalid", 0))


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

    import_file = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="rows")
    line = models.PositiveIntegerField(help_text="Where the row starts in the file, counted from 1")
    cells = models.JSONField()
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    # What the check expects while the row is pending; afterwards, what was done.
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    details = models.JSONField(default=dict, help_text="Changes, warnings, the line it repeats")
    candidate = models.ForeignKey(Candidate, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta(OwnedModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "import_file", "line"], name="one_row_per_line"
            )
        ]
        indexes = [
            models.Index(
                fields=["organization", "import_file", "state", "line"], name="import_row_state"
            ),
            models.Index(
                fields=["organization", "import_file", "outcome", "line"], name="import_row_outcome"
            ),
            models.Index(fields=["organization", "candidate"], name="import_row_candidate"),
        ]

    def __str__(self) -> str:
        return f"line {self.line}"


Searched = TypeVar("Searched", bound=models.Model)


class SearchManager(models.Manager[Searched]):
    """Raises outside an organization, as OwnedManager does; the view itself shows the organization's rows."""

    def get_queryset(self) -> models.QuerySet[Searched]:
        current_organization()
        return super().get_queryset()


class SearchView(models.Model):
    """A row of a view that belongs to the tables' owner, with the tenant predicate inside it.

    Under a policy, LIKE and its kind lose their index; inside these views they keep it, as long as the
    query names nothing but such views (see `candidates.queries`). Read only, by grant.
    """

    id = models.BigIntegerField(primary_key=True)

    objects = SearchManager()

    class Meta:
        abstract = True
        managed = False

    def __str__(self) -> str:
        return str(self.pk)


class CandidateSearch(SearchView):
    search_text = models.TextField()
    owner = models.BigIntegerField(null=True, db_column="owner_id")
    status = models.CharField(max_length=20)
    created_at = models.DateTimeField()
    last_touched_at = models.DateTimeField()

    class Meta(SearchView.Meta):
        db_table = "candidate_search"


class PoolMembershipSearch(SearchView):
    pool = models.BigIntegerField(db_column="pool_id")
    candidate = models.BigIntegerField(db_column="candidate_id")

    class Meta(SearchView.Meta):
        db_table = "pool_membership_search"


class CandidateTagSearch(SearchView):
    tag = models.BigIntegerField(db_column="tag_id")
    candidate = models.BigIntegerField(db_column="candidate_id")

    class Meta(SearchView.Meta):
        db_table = "candidate_tag_search"

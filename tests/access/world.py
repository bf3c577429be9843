"""One row of every owned model, made from the model registry: a new model joins the walks by itself."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.files.base import ContentFile
from django.db import connection, models
from django.utils import timezone

from candidates.models import PoolMembership, TalentPool
from crm.accounts.models import User
from crm.tenancy.checks import owned_models
from crm.tenancy.models import Invitation, Membership, Organization, OwnedModel
from crm.tenancy.roles import Role
from crm.tenancy.scope import acting_in
from pipelines.models import Pipeline, PoolPlace, Stage

# A page without anything, as a file that can be downloaded and drawn.
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj"
    b" 3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 50 50]>>endobj\ntrailer<</Root 1 0 R>>"
)

# Values that the first choice or the default would not give, and a page needs.
CHOSEN: dict[str, dict[str, Any]] = {
    "candidates.CustomField": {"key": "notice"},
    "campaigns.AutoEnrollment": {"stage": None, "event": "", "job": None},
    "campaigns.StepVariant": {"language": ""},
    "campaigns.Sequence": {"window_days": None},
    "campaigns.Sender": {"time_zone": "UTC", "user": None},
    "campaigns.Template": {"visibility": "shared", "archived_at": None},
    "campaigns.ContentFile": {"kind": "pdf", "file": ContentFile(PDF, name="benefits.pdf")},
    "campaigns.ContentItem": {"file": None, "archived_at": None},
    "campaigns.Snippet": {"owner": None},
    "candidates.ChangeSet": {"state": "applied"},
    "candidates.BulkAct": {"state": "done"},
    # Picked by hand.
    "candidates.TalentPool": {"query": None},
    "candidates.Proposal": {"field": "headline"},
    "candidates.SavedSearch": {"query": {"where": {"all": []}, "sort": ""}, "is_shared": True},
    "candidates.OrganizationFile": {"kind": "pdf", "file": ContentFile(PDF, name="plan.pdf")},
    "candidates.CandidateFile": {"kind": "pdf", "file": ContentFile(PDF, name="permit.pdf")},
    "candidates.Resume": {
        "state": "ready",
        "kind": "pdf",
        "pages": 1,
        "file": ContentFile(PDF, name="page.pdf"),
    },
    # One of a job, which a pool's is not.
    "pipelines.Pipeline": {"pool": None},
    "pipelines.Interview": {"time_zone": "UTC", "state": "offered"},
    "pipelines.OfferedTime": {"ends_at": datetime(2099, 1, 5, 17, tzinfo=UTC)},
    "privacy.PurgeRun": {"state": "done"},
}


@dataclass
class World:
    """An organization with a row of every owned model, a second member and an invitation.

    Every text in it holds `marker`.
    """

    organization: Organization
    member: User
    marker: str
    rows: dict[str, models.Model] = field(default_factory=dict)

    def __getitem__(self, label: str) -> Any:
        return self.rows[label]


def build_world(organization: Organization, member: User, *, marker: str) -> World:
    """Make one row of every owned model in `organization`."""
    world = World(organization, member, marker)
    with acting_in(organization):
        for model in owned_models():
            _row_of(model, world, building=())
        _add_stages(world)
        _add_seconds(world)
    colleague = User.objects.create_user(
        f"{marker}-colleague@{organization.slug}.example", name=marker
    )
    world.rows["tenancy.Membership"] = Membership.objects.create(
        organization=organization, user=colleague, role=Role.VIEWER
    )
    world.rows["tenancy.Invitation"] = Invitation.objects.create(
        organization=organization,
        email=f"{marker}-invited@example.com",
        role=Role.VIEWER,
        token_hash=f"{marker} {organization.slug}",
        expires_at=timezone.now() + timedelta(days=7),
    )
    return world


def _add_stages(world: World) -> None:
    """Second rows of some models: what a page of pools with stages, or a rejection, is about."""
    Stage.objects.create(
        pipeline=world["pipelines.Pipeline"], name="Next", kind=Stage.Kind.LEAD, position=8
    )
    rejected = Stage.objects.create(
        pipeline=world["pipelines.Pipeline"], name="Not now", kind=Stage.Kind.REJECTED, position=9
    )
    pool = TalentPool.objects.create(name=f"{world.marker} staged")
    pipeline = Pipeline.objects.create(name=f"{world.marker} staged", pool=pool)
    stages = [
        Stage.objects.create(pipeline=pipeline, name=name, kind=Stage.Kind.LEAD, position=position)
        for position, name in enumerate((f"{world.marker} new", "Warm"))
    ]
    PoolMembership.objects.create(pool=pool, candidate=world["candidates.Candidate"])
    world.rows |= {
        "rejected stage": rejected,
        "staged pool": pool,
        "stage of pool": stages[1],
        "pipeline of pool": pipeline,
        "place": PoolPlace.objects.get(pool=pool),
    }


def _add_seconds(world: World) -> None:
    """Second rows in the state that an act asks for, where the first row is in another one."""
    now = timezone.now()
    begun = {"starts_at": now - timedelta(hours=2), "ends_at": now - timedelta(hours=1)}
    templates = [
        Pipeline.objects.create(name=f"{world.marker} template {number}", is_template=True)
        for number in (1, 2)
    ]
    pipeline = _another(world["pipelines.Pipeline"])
    for empty in (pipeline, *templates):
        Stage.objects.create(pipeline=empty, name="First", kind=Stage.Kind.LEAD, position=1)
    world.rows |= {
        "running act": _another(world["candidates.BulkAct"], state="running"),
        "logged contact": _another(world["candidates.Touchpoint"], kind="call"),
        "other job": _another(world["pipelines.Job"], pipeline=pipeline, title="Other"),
        "template": templates[0],
        "begun interview": _another(world["pipelines.Interview"], state="booked", uid="2", **begun),
        "item with a file": _another(
            world["campaigns.ContentItem"],
            kind="file",
            key="file",
            url="",
            file=world["campaigns.ContentFile"],
        ),
        "unused account": _another(world["campaigns.MailAccount"], name=f"{world.marker} 2"),
    }


def _another(row: Any, **values: Any) -> Any:
    """A second row like `row`, but for `values`."""
    kept = {
        field.attname: getattr(row, field.attname)
        for field in row._meta.local_concrete_fields
        if not field.primary_key and field.name not in values
    }
    return type(row).objects.create(**kept | values)


def _row_of(
    model: type[OwnedModel], world: World, *, building: tuple[type[OwnedModel], ...]
) -> models.Model:
    label = model._meta.label
    if label not in world.rows:
        values = {
            field.name: _value_of(field, world, building=(*building, model))
            for field in model._meta.local_concrete_fields
            if not field.primary_key and field.name != "organization"
        }
        world.rows[label] = model.objects.create(**values | CHOSEN.get(label, {}))
    return world.rows[label]


def _value_of(field: Any, world: World, *, building: tuple[type[OwnedModel], ...]) -> Any:
    if isinstance(field, models.ForeignKey):
        target = field.remote_field.model
        if target is User:
            return world.member
        if target in building:
            assert field.null, f"{field} refers to its own making and cannot be empty"
            return None
        return _row_of(target, world, building=building)
    if field.choices:
        return field.choices[0][0]
    if isinstance(field, models.EmailField):
        return f"{world.marker}@example.com"
    if isinstance(field, models.URLField):
        return f"https://example.com/{world.marker}"
    if isinstance(field, models.FileField):
        return f"{world.marker}/file"
    if isinstance(field, models.CharField | models.TextField):
        return world.marker[: field.max_length or None]
    if isinstance(field, models.DateTimeField):
        return None if field.null else timezone.now()
    if isinstance(field, models.DateField):
        return None if field.null else date(2026, 1, 5)
    if isinstance(field, models.TimeField):
        return None if field.null else time(9)
    if isinstance(field, models.BooleanField):
        return field.get_default() or False
    if isinstance(field, models.JSONField | ArrayField):
        return field.get_default() if field.has_default() else [world.marker]
    if isinstance(field, models.BinaryField):
        return world.marker.encode()[:16].ljust(16)
    if isinstance(field, models.GenericIPAddressField):
        return None
    if field.null:
        return None
    return field.get_default() if field.has_default() else 1


def snapshot(organization: Organization) -> dict[str, list[tuple[int, str]]]:
    """Every owned row of `organization` with the transaction that last wrote it."""
    rows: dict[str, list[tuple[int, str]]] = {model._meta.label: [] for model in owned_models()}
    selects = [
        f"SELECT '{model._meta.label}', id, xmin::text FROM \"{model._meta.db_table}\""
        for model in owned_models()
    ]
    with acting_in(organization), connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(selects) + " ORDER BY 1, 2")
        for label, pk, transaction in cursor.fetchall():
            rows[label].append((pk, transaction))
    return rows

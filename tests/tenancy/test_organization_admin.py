"""Django admin inside an organization: who gets in, what is offered, what is kept of it."""

import re

import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db.models import ForeignKey
from django.test import Client
from django.urls import reverse

from candidates.models import Candidate, Source, Tag, TalentPool
from crm.accounts.models import User
from crm.audit.models import AuditEntry
from crm.tenancy.models import OwnedModel
from crm.tenancy.organization_admin import OrganizationModelAdmin, site
from crm.tenancy.roles import ADMINS, Role
from crm.tenancy.scope import acting_in
from pipelines.models import Pipeline, Stage
from tests.access.world import build_world
from tests.factories import MembershipFactory

pytestmark = pytest.mark.django_db

REGISTERED = [
    pytest.param(model, id=model._meta.label)
    for model in sorted(site._registry, key=lambda model: model._meta.label)
]
# What no page of the admin may contain under a policy without unsafe-inline.
INLINE = re.compile(
    r'\sstyle="|<style|\son[a-z]+="|<script(?![^>]*\ssrc=)(?![^>]*type="application/json")'
)


def path(name: str, *args: object) -> str:
    return "/acme" + reverse(f"admin:{name}", urlconf=settings.ORGANIZATION_URLCONF, args=args)


def name_of(model, act: str) -> str:
    return f"{model._meta.app_label}_{model._meta.model_name}_{act}"


@pytest.fixture
def client(owner) -> Client:
    client = Client()
    client.force_login(owner)
    return client


@pytest.fixture
def here(acme, owner):
    return build_world(acme, owner, marker="acme-text")


@pytest.fixture
def there(globex, stranger):
    return build_world(globex, stranger, marker="globex-secret")


@pytest.mark.parametrize("role", Role)
def test_only_owners_and_admins_get_in(role, acme):
    client = Client()
    client.force_login(MembershipFactory(organization=acme, role=role).user)

    for page in [
        path("index"),
        path("candidates_source_changelist"),
        path("app_list", "candidates"),
    ]:
        assert client.get(page).status_code == (200 if role in ADMINS else 403)


def test_stranger_finds_nothing(acme, stranger):
    client = Client()
    client.force_login(stranger)

    assert client.get(path("index")).status_code == 404


def test_anonymous_is_sent_to_sign_in(acme):
    response = Client().get(path("index"))

    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")


def test_operators_have_no_part_in_it(acme):
    operator = User.objects.create_user("operator@example.com", is_staff=True, is_superuser=True)
    client = Client()
    client.force_login(operator)

    assert client.get(path("index")).status_code == 404


@pytest.mark.parametrize("model", REGISTERED)
def test_pages_show_own_rows_only_and_keep_the_policy(model, client, here, there):
    if model is Pipeline:
        for world in (here, there):
            with acting_in(world.organization):
                Pipeline.objects.filter(pool=None).update(is_template=True)
    own, foreign = here[model._meta.label], there[model._meta.label]

    listing = client.get(path(name_of(model, "changelist")))
    detail = client.get(path(name_of(model, "change"), own.pk))
    absent = client.get(path(name_of(model, "change"), foreign.pk), follow=True)

    assert listing.status_code == detail.status_code == 200
    assert b"acme" in listing.content.lower()
    for response in (listing, detail, absent):
        page = response.content.decode()
        assert "globex" not in page.lower()
        assert not INLINE.search(page), INLINE.search(page)
        assert "unsafe" not in response["Content-Security-Policy"]
    # Django answers an unknown id with a redirect to the index, whatever the reason.
    assert absent.redirect_chain == [("/acme/admin/", 302)]


@pytest.mark.parametrize("model", REGISTERED)
def test_an_absent_object_cannot_be_changed_or_deleted(model, client, there):
    foreign = there[model._meta.label]

    for act in ("change", "delete"):
        address = path(name_of(model, act), foreign.pk)
        never = path(name_of(model, act), 2_000_000_000)
        for data in ({}, {"post": "yes", "name": "taken over"}):
            assert client.post(address, data).status_code == client.post(never, data).status_code
    if isinstance(foreign, OwnedModel):
        with acting_in(there.organization):
            assert type(foreign).objects.filter(pk=foreign.pk).exists()


def test_every_owned_form_offers_members_as_users(client, here, there, recruiter):
    checked = 0
    for model, model_admin in site._registry.items():
        if not model_admin.may_change and not model_admin.may_add:
            continue
        page = client.get(path(name_of(model, "change"), here[model._meta.label].pk))
        if page.status_code != 200:
            continue
        fields = page.context["adminform"].form.fields
        for field in model._meta.local_concrete_fields:
            if isinstance(field, ForeignKey) and field.remote_field.model is User:
                offered = set(fields[field.name].queryset)
                assert recruiter in offered
                assert there.member not in offered
                checked += 1
    assert checked >= 3


def test_no_list_filters_by_a_user():
    """Django would list every user of the site as a choice."""
    for model, model_admin in site._registry.items():
        for item in model_admin.list_filter:
            field = model._meta.get_field(item)
            assert not (isinstance(field, ForeignKey) and field.remote_field.model is User)


def test_another_organizations_member_is_refused_as_owner(client, here, there):
    with acting_in(here.organization):
        pool = TalentPool.objects.create(name="Pool")

    response = client.post(
        path("candidates_talentpool_change", pool.pk),
        {"name": "Pool", "description": "", "owner": there.member.pk},
    )

    assert "Select a valid choice" in response.content.decode()
    with acting_in(here.organization):
        pool.refresh_from_db()
        assert pool.owner is None


def test_a_new_row_belongs_to_the_organization_of_the_path(client, acme, globex):
    client.post(path("candidates_source_add"), {"name": "Meetup"})

    with acting_in(globex):
        assert not Source.objects.exists()
    with acting_in(acme):
        assert Source.objects.get().name == "Meetup"


def test_a_name_twice_is_told_before_the_database_tells(client, acme, globex):
    with acting_in(globex):
        Source.objects.create(name="Fair")
    with acting_in(acme):
        Source.objects.create(name="Meetup")

    response = client.post(path("candidates_source_add"), {"name": "Meetup"})
    other = client.post(path("candidates_source_add"), {"name": "Fair"})

    assert "Source with this Name already exists." in response.content.decode()
    assert other.status_code == 302, "what others have says nothing"


def test_a_tag_is_the_same_in_any_case(client, acme):
    client.post(path("candidates_tag_add"), {"name": "Façade  design"})

    response = client.post(path("candidates_tag_add"), {"name": "FACADE DESIGN"})

    assert "There is one of this name already." in response.content.decode()
    with acting_in(acme):
        assert [(tag.name, tag.normalized) for tag in Tag.objects.all()] == [
            ("Façade design", "facade design")
        ]


def test_acts_are_recorded_by_id_and_djangos_log_stays_empty(client, acme, owner):
    client.post(path("candidates_source_add"), {"name": "Meetup"})
    with acting_in(acme):
        source = Source.objects.get()
    client.post(path("candidates_source_change", source.pk), {"name": "Meetups"})
    client.post(path("candidates_source_delete", source.pk), {"post": "yes"})

    with acting_in(acme):
        entries = list(
            AuditEntry.objects.order_by("id").values("action", "actor", "object_id", "details")
        )
    assert entries == [
        {"action": f"source.{verb}", "actor": owner.pk, "object_id": source.pk, "details": details}
        for verb, details in [
            ("created", {"via": "admin"}),
            ("edited", {"via": "admin", "fields": ["Name"]}),
            ("deleted", {"via": "admin"}),
        ]
    ]
    assert not LogEntry.objects.exists()


def test_deleting_several_records_each(client, acme):
    with acting_in(acme):
        sources = [Source.objects.create(name=name) for name in ("Fair", "Meetup")]

    client.post(
        path("candidates_source_changelist"),
        {"action": "delete_selected", "_selected_action": [s.pk for s in sources], "post": "yes"},
    )

    with acting_in(acme):
        assert not Source.objects.exists()
        assert AuditEntry.objects.filter(action="source.deleted").count() == 2


@pytest.mark.parametrize("chosen", ["abc", "1\x00", "9" * 30])
@pytest.mark.parametrize("name", ["candidates_source", "candidates_tag", "pipelines_pipeline"])
def test_what_is_no_row_is_not_taken_for_one(client, acme, name, chosen):
    answer = client.post(
        path(f"{name}_changelist"),
        {"action": "delete_selected", "_selected_action": [chosen]},
        follow=True,
    )

    assert answer.status_code == 200
    assert "Some of these rows do not exist." in answer.content.decode()


@pytest.mark.parametrize(
    "lookup",
    [
        "?owner__email__startswith=s",
        "?candidates__emails__address__contains=a",
        "?pipeline__name=x",
    ],
)
def test_lists_cannot_be_probed_through_other_columns(client, acme, lookup):
    for page in ("candidates_talentpool_changelist", "candidates_source_changelist"):
        assert client.get(path(page) + lookup).status_code in {302, 400}


def test_hashes_of_tokens_are_neither_shown_nor_guessable(client, here):
    listing = path("tenancy_invitation_changelist")

    invitation = here["tenancy.Invitation"]

    page = client.get(path("tenancy_invitation_change", invitation.pk)).content.decode()

    assert invitation.email in page
    assert invitation.token_hash not in page
    assert client.get(f"{listing}?token_hash__startswith=a").status_code in {302, 400}


@pytest.mark.parametrize("part", ["login/", "logout/", "password_change/", "r/1/1/"])
def test_addresses_of_djangos_own_doors_are_gone(client, acme, part):
    assert client.get(f"/acme/admin/{part}").status_code == 404


def test_history_pages_are_gone(client, here):
    source = here["candidates.Source"]

    assert client.get(
        f"/acme/admin/candidates/source/{source.pk}/history/", follow=True
    ).redirect_chain


def test_stages_of_a_template_change_places(client, acme):
    with acting_in(acme):
        pipeline = Pipeline.objects.create(name="Standard", is_template=True)
        stages = [
            Stage.objects.create(pipeline=pipeline, name=name, kind="lead", position=position)
            for position, name in enumerate(["New", "Called"])
        ]

    def rows(*positions: int) -> dict[str, object]:
        data: dict[str, object] = {
            "name": "Standard",
            "stages-TOTAL_FORMS": 2,
            "stages-INITIAL_FORMS": 2,
            "stages-MIN_NUM_FORMS": 0,
            "stages-MAX_NUM_FORMS": 1000,
        }
        for number, (stage, position) in enumerate(zip(stages, positions, strict=True)):
            data |= {
                f"stages-{number}-id": stage.pk,
                f"stages-{number}-pipeline": pipeline.pk,
                f"stages-{number}-name": stage.name,
                f"stages-{number}-kind": "lead",
                f"stages-{number}-position": position,
                f"stages-{number}-stale_after_days": 10,
            }
        return data

    same = client.post(path("pipelines_pipeline_change", pipeline.pk), rows(1, 1))
    swapped = client.post(path("pipelines_pipeline_change", pipeline.pk), rows(1, 0))

    assert "Two stages stand at the same position." in same.content.decode()
    assert swapped.status_code == 302
    with acting_in(acme):
        assert [stage.name for stage in pipeline.stages.all()] == ["Called", "New"]


def test_candidates_are_found_by_folded_words(client, acme):
    with acting_in(acme):
        for name, text in [("Zoë Müller", "zoe muller\ntidewater"), ("Bo Li", "bo li")]:
            Candidate.objects.create(full_name=name, search_text=text)

    page = client.get(path("candidates_candidate_changelist") + "?q=MULLER tide").content.decode()

    assert "Zoë Müller" in page
    assert "Bo Li" not in page


def test_the_site_registers_only_with_its_own_base():
    """A model registered with Django's plain ModelAdmin would ask for permissions that nobody has."""
    assert all(isinstance(entry, OrganizationModelAdmin) for entry in site._registry.values())
    assert not any(model in site._registry for model in admin.site._registry)


def test_looking_at_a_candidate_is_recorded(client, acme, owner, here):
    candidate = here["candidates.Candidate"]

    client.get(path("candidates_candidate_change", candidate.pk))

    with acting_in(acme):
        entry = AuditEntry.objects.get(action="candidate.viewed")
    assert (entry.actor, entry.object_id) == (owner, candidate.pk)

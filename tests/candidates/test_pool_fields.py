"""Custom fields of pools, and fields of one subject beside those of another."""

from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from candidates.models import CustomField, OrganizationFile, PoolCustomValue, TalentPool
from candidates.queries import custom_fields, custom_values_of
from candidates.services import custom_fields as service
from candidates.services.custom_fields import ValueMissing, set_values
from candidates.services.custom_fields.files import forget_unused
from candidates.services.provenance import by_hand
from crm.audit.models import AuditEntry
from crm.tenancy.roles import Role
from crm.tenancy.scope import acting_in
from tests.candidates.conftest import seen
from tests.candidates.resumes import files
from tests.factories import CandidateFactory, TalentPoolFactory

pytestmark = pytest.mark.django_db
Kind, Subject = CustomField.Kind, CustomField.Subject


@pytest.fixture
def add(acme, owner):
    def make(name: str, *, of: str = "pool", kind: str = Kind.TEXT, **settings) -> CustomField:
        with acting_in(acme):
            return service.add_field(name=name, kind=kind, subject=of, by=owner, **settings)

    return make


@pytest.fixture
def pool(acme) -> TalentPool:
    with acting_in(acme):
        return TalentPoolFactory(name="Designers")


def whole_page(user, address: str):
    client = Client()
    client.force_login(user)
    return client.get(address)


def upload(name: str = "brief.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, files.pdf())


def shown(pool: TalentPool) -> dict[str, str]:
    values = custom_values_of(pool.pk, role=Role.OWNER, subject=Subject.POOL)
    return {one.field.key: one.shown for one in values}


def test_a_pool_is_made_and_edited_with_its_fields(add, acme, recruiter, as_user):
    add("Sponsor", is_required=True)
    add("Review on", kind=Kind.DATE)
    client = as_user(recruiter)

    missing = client.post("/acme/pools/add/", {"name": "Designers"})
    client.post("/acme/pools/add/", {"name": "Designers", "custom_sponsor": "Ines"})
    with acting_in(acme):
        pool = TalentPool.objects.get()
        assert shown(pool) == {"sponsor": "Ines", "review_on": ""}
    client.post(
        f"/acme/pools/{pool.pk}/edit/",
        {"name": "Designers", "custom_sponsor": "Ines", "custom_review_on": "2026-03-01"},
    )

    assert missing.status_code == 422
    with acting_in(acme):
        assert shown(pool) == {"sponsor": "Ines", "review_on": "1 Mar 2026"}
        assert PoolCustomValue.objects.first().provenance_by == recruiter
        entry = AuditEntry.objects.filter(action="pool.edited").latest("pk")
        assert entry.details == {"custom_fields": ["review_on"]}
    text = seen(whole_page(recruiter, f"/acme/pools/{pool.pk}/"))
    assert "Sponsor Ines" in text
    assert "Review on 1 Mar 2026" in text


def test_a_required_field_is_not_left_empty_by_any_door(add, in_acme, pool, recruiter):
    add("Sponsor", is_required=True)
    add("Motto")
    hand = {"provenance": by_hand(recruiter), "by": recruiter}

    with pytest.raises(ValueMissing, match=r"Sponsor: a value is required, and none was given\."):
        set_values(pool, {"motto": "Onwards", "sponsor": " "}, **hand)
    assert shown(pool) == {"sponsor": "", "motto": ""}
    set_values(pool, {"sponsor": "Ines"}, **hand)
    with pytest.raises(ValueMissing):
        set_values(pool, {"sponsor": ""}, **hand)
    set_values(pool, {"motto": "Onwards"}, **hand)

    assert shown(pool) == {"sponsor": "Ines", "motto": "Onwards"}


def test_a_private_field_of_a_pool_is_for_admins_and_stays_when_others_save(
    add, acme, pool, owner, recruiter, as_user
):
    add("Budget", kind=Kind.MONEY, visible_to="admins")
    address = f"/acme/pools/{pool.pk}/edit/"
    as_user(owner).post(address, {"name": "Designers", "custom_budget": "5k EUR"})

    form = as_user(recruiter).get(address)
    as_user(recruiter).post(address, {"name": "Designers", "custom_budget": "1 EUR"})

    assert "Budget" not in form.text
    assert "5,000 EUR" in whole_page(owner, f"/acme/pools/{pool.pk}/").text
    assert "Budget" not in whole_page(recruiter, f"/acme/pools/{pool.pk}/").text
    with acting_in(acme):
        assert shown(pool) == {"budget": "5,000 EUR"}


def test_two_pools_cannot_share_what_is_unique(add, acme, pool, owner, recruiter, as_user):
    field = add("Number")
    with acting_in(acme):
        for one in (pool, TalentPoolFactory(name="Others")):
            service.set_values(one, {"number": "7"}, provenance=by_hand(owner))
        with pytest.raises(service.definitions.FieldRefused, match="Some pools have the same"):
            service.edit_field(field, by=owner, is_unique=True)
        service.set_values(pool, {"number": "8"}, provenance=by_hand(owner))
        service.edit_field(field, by=owner, is_unique=True)
        with pytest.raises(service.ValueTaken, match="Another pool has this value already"):
            service.set_values(pool, {"number": "7"}, provenance=by_hand(owner))

    refused = as_user(recruiter).post("/acme/pools/add/", {"name": "Third", "custom_number": "7"})

    assert refused.status_code == 422
    assert "Another pool has this value already, and the field is unique." in seen(refused)


def test_a_file_of_a_pool_is_kept_saved_and_forgotten(
    add, acme, pool, recruiter, as_user, django_capture_on_commit_callbacks
):
    add("Brief", kind=Kind.FILE)
    client, address = as_user(recruiter), f"/acme/pools/{pool.pk}/edit/"
    refused = client.post(
        address, {"name": "Designers", "custom_brief": SimpleUploadedFile("a.pdf", b"MZ")}
    )
    client.post(address, {"name": "Designers", "custom_brief": upload()})
    client.post(address, {"name": "Designers"})

    assert "This is a program, not a document." in seen(refused)
    assert 'enctype="multipart/form-data"' in client.get(address).text
    with acting_in(acme):
        value = PoolCustomValue.objects.get()
        name = OrganizationFile.objects.get().file.name
    assert name.startswith(f"organization-files/{acme.pk}/")
    answer = client.get(f"/acme/pools/files/{value.pk}/")
    assert answer.content == files.pdf()
    assert answer["Content-Disposition"].startswith("attachment;")
    with acting_in(acme):
        entry = AuditEntry.objects.get(action="file.downloaded")
        assert entry.details == {"pool": pool.pk}
    client.post(address, {"name": "Designers", "custom_brief-clear": "on"})
    with django_capture_on_commit_callbacks(execute=True):
        assert forget_unused(timezone.now() + timedelta(days=2)) == 1
    assert not default_storage.exists(name)


def test_fields_of_different_subjects_share_names_and_not_values(add, acme, pool, owner):
    fields = [add("Region", of=subject) for subject in Subject]
    with acting_in(acme):
        person = CandidateFactory()
        service.set_values(person, {"region": "North"}, provenance=by_hand(owner))
        service.set_values(pool, {"region": "South"}, provenance=by_hand(owner))
        add("Only of people", of="candidate")
        with pytest.raises(service.UnknownField):
            service.set_values(pool, {"only_of_people": "x"}, provenance=by_hand(owner))

        assert [field.key for field in fields] == ["region"] * 4
        assert shown(pool) == {"region": "South"}
        (region, _) = custom_values_of(person.pk, role=Role.OWNER)
        assert region.shown == "North"


def test_fields_are_moved_among_their_own(add, in_acme, owner):
    add("First")
    add("Of people", of="candidate")
    second = add("Second")

    service.move_field(second, up=True, by=owner)

    assert [one.name for one in custom_fields(subject=Subject.POOL)] == ["Second", "First"]
    assert [one.name for one in custom_fields()] == ["Of people"]


def test_only_fields_of_candidates_are_searchable(add):
    with pytest.raises(service.definitions.FieldRefused, match="looks for candidates only"):
        add("Region", is_searchable=True)


def test_another_organization_sees_nothing(add, acme, globex, pool, owner):
    add("Region")
    with acting_in(acme):
        service.set_values(pool, {"region": "South"}, provenance=by_hand(owner))

    with acting_in(globex):
        assert not PoolCustomValue.objects.exists()
        assert custom_fields(subject=Subject.POOL) == []


def test_the_settings_page_groups_fields_by_what_they_are_of(add, acme, owner, as_user):
    client = as_user(owner)

    asked = client.get("/acme/settings/fields/add/?of=pool")
    client.post(
        "/acme/settings/fields/add/",
        {"subject": "pool", "name": "Region", "kind": "text", "visible_to": "readers"},
    )
    refused = client.post(
        "/acme/settings/fields/add/",
        {
            "subject": "job",
            "name": "Region",
            "kind": "text",
            "visible_to": "readers",
            "is_searchable": "on",
        },
    )
    page = seen(client.get("/acme/settings/fields/"))

    assert '<option value="pool" selected>' in asked.text
    assert refused.status_code == 422
    headings = ["Candidates Add", "Candidacies Add", "Jobs Add", "Pools Add", "Text · region"]
    assert [page.index(one) for one in headings] == sorted(page.index(one) for one in headings)
    with acting_in(acme):
        assert CustomField.objects.get().subject == "pool"
    assert "is_searchable" not in client.get(f"/acme/settings/fields/{field_pk(acme)}/").text


def field_pk(acme) -> int:
    with acting_in(acme):
        return CustomField.objects.get().pk

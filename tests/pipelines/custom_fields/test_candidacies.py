"""Custom fields of candidacies: filled, told, taken back, merged, erased, and found people by."""

import json
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from candidates.models import (
    Candidate,
    CandidateFile,
    Change,
    ChangeSet,
    Touchpoint,
)
from candidates.queries.search import (
    ANY_READER,
    PeopleQuery,
    QueryError,
    Searcher,
    find_people,
    parse,
)
from candidates.services.changes.undoing import start_undo, undo_batch
from candidates.services.custom_fields.files import forget_unused
from candidates.services.freshening import freshen
from candidates.services.merging.merging import merge_people
from candidates.services.pools import create_pool
from candidates.services.smart_pools import fill
from crm.audit.models import AuditEntry
from crm.privacy.services.erasing import erase_candidates
from crm.tenancy.models import Membership
from crm.tenancy.scope import acting_in
from pipelines.models import Candidacy, CandidacyCustomValue, Job
from pipelines.privacy import export_candidate
from pipelines.services import jobs
from pipelines.services.custom_values import fill_candidacy
from tests.candidates.conftest import seen
from tests.candidates.resumes import files
from tests.pipelines.custom_fields.conftest import Kind, shown, upload

pytestmark = pytest.mark.django_db


def test_a_candidacy_is_filled_told_and_taken_back(add, acme, job, ada, recruiter, as_user):
    add("Offer", of="candidacy")
    add("Starts", of="candidacy", kind=Kind.DATE)
    client, page = as_user(recruiter), f"/acme/jobs/candidacies/{ada.pk}/"

    client.post(f"{page}fields/", {"custom_offer": "Verbal", "custom_starts": "2026-03-01"})
    client.post(f"{page}fields/?field=offer", {"custom_offer": "Signed"})
    text = seen(client.get(page))

    assert "Signed" in text
    assert "1 Mar 2026" in text
    with acting_in(acme):
        entry = Touchpoint.objects.filter(kind="edited").latest("pk")
        assert entry.candidate_id == ada.candidate_id
        assert entry.summary == "Changed Offer · Staff Backend Engineer"
        assert entry.changes == [["Offer", "Verbal", "Signed"]]
        last = ChangeSet.objects.latest("pk")
        assert last.title == "Changed fields for a job"
    client.post(f"{page}fields/{last.pk}/undo/")
    with acting_in(acme):
        assert shown(ada, "candidacy") == {"offer": "Verbal", "starts": "1 Mar 2026"}


def test_the_same_again_leaves_no_trace(add, in_acme, ada, recruiter):
    add("Offer", of="candidacy")
    assert fill_candidacy(ada, {"offer": "Signed"}, by=recruiter) is not None
    before = Touchpoint.objects.count()

    assert fill_candidacy(ada, {"offer": "Signed"}, by=recruiter) is None

    assert Touchpoint.objects.count() == before
    assert ChangeSet.objects.count() == 1


def test_another_persons_edit_is_not_undone_from_a_candidacy(
    add, acme, job, ada, put_on, recruiter, as_user
):
    add("Offer", of="candidacy")
    bob = put_on(job, "Bob Kahn")
    with acting_in(acme):
        act = fill_candidacy(ada, {"offer": "Signed"}, by=recruiter)

    answer = as_user(recruiter).post(f"/acme/jobs/candidacies/{bob.pk}/fields/{act.pk}/undo/")

    assert answer.status_code == 404
    with acting_in(acme):
        assert shown(ada, "candidacy") == {"offer": "Signed"}


def test_the_timeline_keeps_the_values_of_a_confidential_job_to_itself(
    add, in_acme, ada, recruiter
):
    add("Offer", of="candidacy")
    jobs.edit_job(ada.job, by=recruiter, is_confidential=True)

    fill_candidacy(ada, {"offer": "200k"}, by=recruiter)

    entry = Touchpoint.objects.filter(kind="edited").latest("pk")
    assert entry.summary == "Changed Offer · a confidential job"
    assert entry.changes == [["Offer"]]


def test_private_fields_of_a_candidacy_are_not_there_for_others(
    add, acme, ada, owner, recruiter, manager, as_user
):
    add("Offer", of="candidacy", visible_to="admins")
    add("Contract", of="candidacy", kind=Kind.FILE)
    page = f"/acme/jobs/candidacies/{ada.pk}/"
    as_user(owner).post(
        f"{page}fields/", {"custom_offer": "200k", "custom_contract": upload("contract.pdf")}
    )
    with acting_in(acme):
        value = CandidacyCustomValue.objects.get(field__key="contract")
    address = f"/acme/jobs/candidacies/files/{value.pk}/"

    assert "200k" in as_user(owner).get(page).text
    assert "200k" not in as_user(recruiter).get(page).text
    assert "contract.pdf" in as_user(recruiter).get(page).text
    assert "contract.pdf" not in as_user(manager).get(page).text
    assert as_user(recruiter).get(address).content == files.pdf()
    assert as_user(manager).get(address).status_code == 403
    assert as_user(manager).get(f"{page}fields/").status_code == 403


def test_a_replaced_file_of_a_candidacy_stays_as_long_as_it_may_return(
    add, in_acme, ada, recruiter, django_capture_on_commit_callbacks
):
    add("Contract", of="candidacy", kind=Kind.FILE)
    fill_candidacy(ada, {"contract": upload("older.pdf")}, by=recruiter)
    fill_candidacy(ada, {"contract": upload("newer.pdf")}, by=recruiter)
    later = timezone.now() + timedelta(days=2)

    assert forget_unused(later) == 0
    Change.objects.all().delete()
    with django_capture_on_commit_callbacks(execute=True):
        assert forget_unused(later) == 1

    assert CandidateFile.objects.get().file_name == "newer.pdf"
    assert shown(ada, "candidacy") == {"contract": "newer.pdf"}


def test_merging_people_brings_their_values_for_one_job_together(
    add, in_acme, job, ada, put_on, recruiter
):
    add("Offer", of="candidacy")
    add("Notes", of="candidacy")
    add("Panels", of="candidacy", kind=Kind.MULTIPLE, options=["Design", "Code", "Bar"])
    twin = put_on(job, "Ada Byron-King")
    fill_candidacy(ada, {"offer": "Verbal", "panels": "Design, Bar"}, by=recruiter)
    fill_candidacy(
        twin, {"offer": "Signed", "notes": "Left-handed", "panels": "Code, Bar"}, by=recruiter
    )
    before = {row.pk: shown(row, "candidacy") for row in (ada, twin)}

    merged = merge_people(ada.candidate, [twin.candidate_id], by=recruiter)

    kept = Candidacy.objects.get()
    assert shown(kept, "candidacy") == {
        "offer": "Signed",
        "notes": "Left-handed",
        "panels": "Design, Code, Bar",
    }
    start_undo(merged, by=recruiter)
    while not undo_batch(merged.pk):
        pass
    after = {row.pk: shown(row, "candidacy") for row in Candidacy.objects.all()}
    assert after == before


def test_values_of_a_candidacy_are_exported_and_erased_with_the_person(
    add, in_acme, ada, recruiter, django_capture_on_commit_callbacks
):
    add("Panels", of="candidacy", kind=Kind.MULTIPLE, options=["Design", "Code"])
    add("Offer", of="candidacy", visible_to="admins")
    add("Contract", of="candidacy", kind=Kind.FILE)
    fill_candidacy(
        ada,
        {"panels": "Design, Code", "offer": "200k", "contract": upload("contract.pdf")},
        by=recruiter,
    )
    name = CandidateFile.objects.get().file.name

    (exported,) = export_candidate(ada.candidate)["candidacies"]
    with django_capture_on_commit_callbacks(execute=True):
        erase_candidates([ada.candidate_id])

    assert exported["fields"] == {
        "Panels": "Design, Code",
        "Offer": "200k",
        "Contract": "contract.pdf",
    }
    assert not Candidate.objects.exists()
    assert not CandidacyCustomValue.objects.exists()
    assert not default_storage.exists(name)
    told = json.dumps([entry.details for entry in AuditEntry.objects.all()])
    assert "200k" not in told


def test_a_candidacy_that_is_taken_off_leaves_no_values(add, in_acme, ada, recruiter):
    add("Offer", of="candidacy")
    fill_candidacy(ada, {"offer": "Signed"}, by=recruiter)

    ada.delete()

    assert not CandidacyCustomValue.objects.exists()


def test_page_of_a_candidacy_costs_the_same_for_one_field_and_three(
    add, acme, ada, recruiter, as_user, django_assert_num_queries
):
    client, page = as_user(recruiter), f"/acme/jobs/candidacies/{ada.pk}/"
    for names in (["Offer"], ["Start", "Relocation"]):
        for name in names:
            add(name, of="candidacy")
            with acting_in(acme):
                fill_candidacy(ada, {name.lower(): "x"}, by=recruiter)
        # Eight around the page, seven of its own; the fields, their choices and the values.
        with django_assert_num_queries(8 + 7 + 3):
            client.get(page)


def found(text: str, membership) -> set[str]:
    searcher = Searcher(membership)
    people = find_people(PeopleQuery(parse(text, searcher=searcher)), searcher=searcher)
    names = Candidate.objects.filter(pk__in=list(people.values_list("pk", flat=True)))
    return set(names.values_list("full_name", flat=True))


def test_people_are_found_by_what_their_candidacies_hold(
    acme, owner, recruiter, viewer, job, put_on, add
):
    add("Offer", of="candidacy", kind=Kind.NUMBER)
    verdict = add("Verdict", of="candidacy", kind=Kind.SINGLE, options=["Yes", "No"])
    add("Doubts", of="candidacy", visible_to="admins")
    ada, bo = put_on(job, "Ada Byron"), put_on(job, "Bo Ek")
    put_on(job, "Cy Young")
    with acting_in(acme):
        members = {one.user_id: one for one in Membership.objects.filter(organization=acme)}
        mine, theirs = members[recruiter.pk], members[viewer.pk]
        yes = verdict.options.get(name="Yes")
        fill_candidacy(ada, {"offer": 70, "verdict": yes, "doubts": "Salary"}, by=owner)
        fill_candidacy(bo, {"offer": 50}, by=owner)

        assert found("candidacy.offer:60..80", mine) == {"Ada Byron"}
        assert found("offer:>=40", mine) == {"Ada Byron", "Bo Ek"}
        assert found("candidacy.verdict:yes", mine) == {"Ada Byron"}
        assert found("-candidacy.verdict:yes", mine) == {"Bo Ek", "Cy Young"}
        assert found("no:candidacy.offer", mine) == {"Cy Young"}
        assert found("doubts:salary", members[owner.pk]) == {"Ada Byron"}
        with pytest.raises(QueryError):
            parse("doubts:salary", searcher=Searcher(mine))
        # Of a confidential job only its team knows.
        Job.objects.filter(pk=job.pk).update(is_confidential=True, owner=recruiter)
        assert found("offer:>=40", mine) == {"Ada Byron", "Bo Ek"}
        assert found("offer:>=40", theirs) == set()


def test_a_smart_pool_follows_what_candidacies_hold(acme, owner, ada, add):
    add("Offer", of="candidacy", kind=Kind.NUMBER)
    with acting_in(acme):
        rule = PeopleQuery(parse("candidacy.offer:>=60", searcher=ANY_READER))
        pool = create_pool(by=owner, name="Dear people", query=rule)
        fill(pool)
        freshen(acme, seconds=5)
        assert pool.memberships.count() == 0

    with acting_in(acme):
        fill_candidacy(ada, {"offer": 70}, by=owner)
    freshen(acme, seconds=5)

    with acting_in(acme):
        assert [row.candidate_id for row in pool.memberships.all()] == [ada.candidate_id]

"""A résumé that was taken over is taken back: the person, the pool and the file are as they were before."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from candidates.models import Candidate, Change, PoolExclusion, PoolMembership, Resume
from candidates.queries.search import ANY_READER, PeopleQuery, parse
from candidates.services.candidates import edit_candidate
from candidates.services.changes.removing import MERGED
from candidates.services.changes.undoing import start_undo, undo_batch
from candidates.services.merging.merging import merge_people
from candidates.services.pools import create_pool, remove_from_pool
from candidates.services.resumes import accepting
from candidates.services.resumes.forgetting import discard, forget_old
from candidates.services.smart_pools import fill
from crm.privacy.services.erasing import erase_candidate
from crm.tenancy.scope import acting_in
from tests.candidates.changes.snapshots import snapshot
from tests.candidates.conftest import seen
from tests.candidates.resumes import files
from tests.candidates.resumes.test_services import review
from tests.factories import CandidateFactory, MembershipFactory, TalentPoolFactory

pytestmark = pytest.mark.django_db
State = Resume.State


@pytest.fixture
def known(in_acme) -> Candidate:
    return CandidateFactory(
        full_name="Amara Okafor", headline="Developer", company="Initech", city="Ulm", country="",
        emails=["amara.okafor@example.com"], skills=["Go"],
    )  # fmt: skip


def accept(resume, known, recruiter, **changed):
    kept = review(resume, known, **changed)
    accepting.accept(resume, by=recruiter, person=known, kept=kept)
    return accepting.what_changed(resume)


def undone(change_set, recruiter):
    start_undo(change_set, by=recruiter)
    while not undo_batch(change_set.pk):
        pass


def test_taking_a_resume_over_and_back_is_identity(drop, known, recruiter):
    resume = drop({"cv.pdf": files.pdf()}, pool=TalentPoolFactory())["cv.pdf"]
    assert resume.match == known
    before = snapshot()

    change_set = accept(resume, known, recruiter, headline="Engineer", company="Tidewater Ltd")
    assert known.pool_memberships.exists()
    assert known.resumes.get() == resume
    assert snapshot() != before

    undone(change_set, recruiter)
    assert snapshot() == before


def test_it_does_not_matter_whose_the_file_seemed_to_be(drop, known, recruiter):
    other = CandidateFactory(full_name="Amara O.", emails=["amara@example.org"])
    resume = drop({"cv.pdf": files.pdf()})["cv.pdf"]
    before = snapshot()

    undone(accept(resume, other, recruiter, emails="amara@example.org"), recruiter)

    assert snapshot() == before
    resume.refresh_from_db()
    assert (resume.match, resume.state, resume.candidate) == (known, State.READY, None)


def test_of_who_was_merged_since_all_of_it_stays_and_it_is_said_by_whom(
    drop, known, recruiter, owner
):
    resume = drop({"cv.pdf": files.pdf()})["cv.pdf"]
    change_set = accept(resume, known, recruiter, headline="Engineer")
    other = CandidateFactory(full_name="Amara O.")
    merge_people(other, [known.pk], by=owner)
    before = Resume.objects.values().get()
    assert (before["candidate_id"], before["state"]) == (other.pk, State.ACCEPTED)

    undone(change_set, recruiter)

    assert Resume.objects.values().get() == before
    kept = Change.objects.filter(change_set=change_set, outcome=Change.Outcome.KEPT)
    for model in ("candidates.Resume", "candidates.Candidate"):
        reasons = kept.filter(model=model).values_list("reason", "kept_by").distinct()
        assert list(reasons) == [(MERGED, owner.pk)], model


def test_a_file_that_was_put_on_the_record_by_hand_stays_there(drop, known, recruiter):
    resume = drop({"cv.pdf": files.pdf()})["cv.pdf"]
    Resume.objects.filter(pk=resume.pk).update(candidate=known, match=None)

    undone(accept(resume, known, recruiter), recruiter)

    resume.refresh_from_db()
    assert (resume.state, resume.candidate) == (State.READY, known)


@pytest.mark.parametrize("was_out", [True, False])
def test_how_one_stood_to_a_smart_pool_comes_back(was_out, in_acme, drop, known, recruiter):
    query = PeopleQuery(parse("city:Ulm", searcher=ANY_READER))
    pool = create_pool(by=recruiter, name="Ulm", query=query)
    fill(pool)
    if was_out:
        remove_from_pool(pool, [known.pk], by=recruiter)
    resume = drop({"cv.pdf": files.pdf()}, pool=pool)["cv.pdf"]
    before = snapshot()

    change_set = accept(resume, known, recruiter)
    assert PoolMembership.objects.get().origin == "hand"
    assert not PoolExclusion.objects.exists()
    undone(change_set, recruiter)

    assert snapshot() == before


def test_it_can_be_taken_over_again_and_back_again(drop, known, recruiter):
    resume = drop({"cv.pdf": files.pdf()}, pool=TalentPoolFactory())["cv.pdf"]
    first = accept(resume, known, recruiter)
    undone(first, recruiter)
    assert accepting.what_changed(resume) is None

    second = accept(resume, known, recruiter)

    assert second != first
    assert known.resumes.get() == resume


def test_what_was_changed_since_stays_and_is_listed(drop, known, recruiter, as_user, acme):
    resume = drop({"cv.pdf": files.pdf()}, pool=TalentPoolFactory(name="Fair"))["cv.pdf"]
    change_set = accept(resume, known, recruiter, headline="Engineer", company="Tidewater Ltd")
    edit_candidate(Candidate.objects.get(pk=known.pk), by=recruiter, company="Neu AG")

    undone(change_set, recruiter)

    known.refresh_from_db()
    assert (known.headline, known.company) == ("Developer", "Neu AG")
    assert not known.pool_memberships.exists()
    kept = Change.objects.get(change_set=change_set, outcome="kept")
    assert (kept.field, kept.reason, kept.kept_by) == ("company", "Changed since", recruiter)
    page = as_user(recruiter).get(f"/acme/candidates/changes/{change_set.pk}/").content.decode()
    assert "Changed since" in page


def test_the_page_of_the_file_leads_to_what_it_changed_for_thirty_days(
    drop, known, recruiter, viewer, as_user, acme
):
    resume = drop({"cv.pdf": files.pdf()}, pool=TalentPoolFactory(name="Fair"))["cv.pdf"]
    change_set = accept(resume, known, recruiter)
    entry = known.touchpoints.get(kind="edited")
    assert entry.link == resume.path
    address, changes = f"/acme/{entry.link}", f"/acme/candidates/changes/{change_set.pk}/"

    with time_machine.travel(timezone.now() + timedelta(days=29), tick=False):
        client = as_user(recruiter)
        page = client.get(address).content.decode()
        assert f'href="{changes}"' in page
        assert f'action="{changes}undo/"' in page
        assert changes not in as_user(viewer).get(address).content.decode()
        told = client.get(changes).content.decode()
        assert "Résumé" in told
        assert "Fair" in told
        client.post(f"{changes}undo/")

    with acting_in(acme):
        resume.refresh_from_db()
        assert (resume.state, resume.candidate) == (State.READY, None)
        assert not known.pool_memberships.exists()


@pytest.mark.parametrize("is_new", [True, False])
def test_who_did_it_or_an_admin_takes_it_back(
    is_new, drop, known, recruiter, owner, sourcer, as_user, acme
):
    resume = drop({"cv.pdf": files.pdf()})["cv.pdf"]
    kept = review(resume) if is_new else review(resume, known)
    if is_new:
        kept.emails = ["amara@example.org"]
    accepting.accept(resume, by=recruiter, person=None if is_new else known, kept=kept)
    change_set = accepting.what_changed(resume)
    changes = f"/acme/candidates/changes/{change_set.pk}/"

    for other in (sourcer, MembershipFactory(organization=acme).user):
        page = as_user(other).get(f"/acme/{resume.path}").text
        assert f'href="{changes}"' in page
        assert f"{changes}undo/" not in page
        refused = as_user(other).post(f"{changes}undo/")
        assert refused.status_code == 409
        assert "Only who asked for this, or an admin, can stop it or take it back." in seen(refused)
    assert f'action="{changes}undo/"' in as_user(owner).get(f"/acme/{resume.path}").text
    assert f'action="{changes}undo/"' in as_user(recruiter).get(f"/acme/{resume.path}").text
    as_user(owner).post(f"{changes}undo/")

    with acting_in(acme):
        resume.refresh_from_db()
        assert resume.state == State.READY
        assert Candidate.objects.count() == 1


@pytest.mark.parametrize("is_erased", [True, False])
def test_the_page_of_changes_leads_to_no_file_that_is_gone(
    is_erased, drop, known, recruiter, owner, client, acme
):
    resume = drop({"cv.pdf": files.pdf()})["cv.pdf"]
    change_set = accept(resume, known, recruiter)
    changes, gone = f"/acme/{change_set.path}", "The résumé it came from is no longer kept."
    client.force_login(recruiter)
    assert f'href="/acme/{resume.path}"' in client.get(changes).text
    with acting_in(acme):
        if is_erased:
            erase_candidate(known, by=owner)
        else:
            undone(change_set, recruiter)
            discard(Resume.objects.get(pk=resume.pk), by=recruiter)

    if not is_erased:
        # What is left of it says who threw it away, until that goes, too.
        assert f'href="/acme/{resume.path}"' in client.get(changes).text
        assert client.get(f"/acme/{resume.path}").status_code == 200
        forget_old(timezone.now() + timedelta(days=62))

    page = client.get(changes)
    assert gone in seen(page)
    assert "Where it was done" not in page.text
    assert client.get(f"/acme/{resume.path}").status_code == 404

"""Rejecting with a reason, a mail later and a pool, one person or many; opening again."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns import faults
from campaigns.models import Message
from campaigns.services import delivering
from candidates.models import (
    Candidate,
    CandidateTag,
    PoolExclusion,
    PoolMembership,
    RejectionReason,
    TalentPool,
)
from candidates.queries.search import ANY_READER, PeopleQuery, parse
from candidates.services import pools, smart_pools
from crm.tenancy.scope import acting_in
from pipelines.models import Candidacy, StageChange
from pipelines.services import candidacies, jobs, many, rejecting
from pipelines.services import stages as stage_services
from pipelines.services.rejecting import Farewell
from tests.factories import TagFactory, TalentPoolFactory
from tests.pipelines.conftest import add_sender, words

FAREWELL = Farewell("About {{ organization }}", "Hi {{ first_name }}, not this time.", 2)


@pytest.fixture
def reason(in_acme) -> RejectionReason:
    return RejectionReason.objects.create(name="Other skills", normalized="other skills")


def test_undo_takes_out_of_the_pools_whom_the_rejection_put_in(
    in_acme, ada, job, put_on, recruiter
):
    new, old = TalentPoolFactory(name="Silver medallists"), TalentPoolFactory(name="Engineers")
    bob = put_on(job, "Bob Kahn")
    pools.add_to_pool(old, [ada.candidate_id], by=recruiter, reason="Met at a fair")
    # Rejected and opened again once before: that word for the pool stands.
    rejecting.reject_candidacy(bob, by=recruiter, keep_in=[old])
    candidacies.reopen_candidacy(bob, by=recruiter)

    rejecting.reject_candidacy(ada, by=recruiter, keep_in=[new, old])
    candidacies.undo_move(ada, by=recruiter, version=ada.version)
    assert kept(new, old) == [set(), {ada.candidate_id, bob.candidate_id}]

    seen = dict(Candidacy.objects.values_list("pk", "version"))
    done = rejecting.reject_many(job, seen, by=recruiter, keep_in=[new, old])
    assert kept(new, old) == [{ada.candidate_id, bob.candidate_id}] * 2
    many.undo_many(job, done.moved.versions, by=recruiter)
    assert kept(new, old) == [set(), {ada.candidate_id, bob.candidate_id}]


def test_undo_lets_the_rule_of_a_smart_pool_bring_people_back(in_acme, ada, recruiter):
    query = {"where": {"field": "tag", "operator": "set", "values": []}}
    pool = TalentPoolFactory(query=query)

    rejecting.reject_candidacy(ada, by=recruiter, keep_in=[pool])
    candidacies.undo_move(ada, by=recruiter, version=ada.version)

    assert kept(pool) == [set()]
    assert not PoolExclusion.objects.exists()


def test_undo_leaves_to_the_rule_who_was_in_the_smart_pool_by_it(
    in_acme, ada, job, put_on, recruiter
):
    tag = TagFactory(name="Go")
    rule = PeopleQuery(parse("tag:Go", searcher=ANY_READER))
    pool, bob = TalentPoolFactory(query=rule.as_json()), put_on(job, "Bob Kahn")
    for card in (ada, bob):
        CandidateTag.objects.create(candidate_id=card.candidate_id, tag=tag)
    smart_pools.fill(pool)
    # Bob was kept by hand before: that stands.
    rejecting.reject_candidacy(bob, by=recruiter, keep_in=[pool])
    candidacies.reopen_candidacy(bob, by=recruiter)
    before = PoolMembership.objects.filter(candidate=ada.candidate_id).values().get()

    rejecting.reject_candidacy(ada, by=recruiter, keep_in=[pool])
    told = pool.memberships.get(candidate=ada.candidate_id)
    assert (told.origin, told.added_by, told.reason) == (
        "hand",
        recruiter,
        f"Came close for {job.told_as}",
    )
    candidacies.undo_move(ada, by=recruiter, version=ada.version)
    rejecting.reject_candidacy(bob, by=recruiter, keep_in=[pool])
    candidacies.undo_move(bob, by=recruiter, version=bob.version)

    assert PoolMembership.objects.filter(candidate=ada.candidate_id).values().get() == before
    assert before["origin"] == "rule"
    assert pool.memberships.get(candidate=bob.candidate_id).origin == "hand"


def kept(*looked_at: TalentPool) -> list[set[int]]:
    return [set(pool.memberships.values_list("candidate", flat=True)) for pool in looked_at]


def test_rejecting_keeps_reason_pool_and_mail(in_acme, ada, stages, recruiter, reason):
    add_sender(in_acme, recruiter)
    pool = TalentPoolFactory(name="Silver medallists")
    candidacies.move_card(ada, to=stages["Onsite"], by=recruiter)

    done = rejecting.reject_candidacy(
        ada,
        by=recruiter,
        reason=reason,
        note="Strong, but no Go",
        keep_in=[pool],
        farewell=FAREWELL,
    )

    row = Candidacy.objects.get(pk=ada.pk)
    assert (row.stage, row.rejection_reason, row.rejection_note) == (
        stages["Rejected"],
        reason,
        "Strong, but no Go",
    )
    assert pool.memberships.get().reason == "Came close for Staff Backend Engineer"
    mail = Message.objects.get()
    assert (mail.subject, mail.state) == ("About Acme", Message.State.QUEUED)
    assert mail.body_text == "Hi Ada, not this time."
    assert abs(mail.due_at - timezone.now() - timedelta(days=2)) < timedelta(minutes=1)
    assert done.mail.is_queued


def test_opening_again_calls_the_mail_back_and_keeps_the_history(
    in_acme, ada, stages, recruiter, reason
):
    add_sender(in_acme, recruiter)
    rejecting.reject_candidacy(ada, by=recruiter, reason=reason, farewell=FAREWELL)

    candidacies.reopen_candidacy(ada, by=recruiter)

    assert Message.objects.get().state == Message.State.CANCELLED
    row = Candidacy.objects.get(pk=ada.pk)
    assert (row.stage, row.closed_at, row.rejection_reason) == (stages["Sourced"], None, None)
    assert StageChange.objects.get(candidacy=ada, to=stages["Rejected"]).rejection_reason == reason

    # Taking the reopening back rejects again, for the same reason; the mail stays cancelled.
    candidacies.undo_move(ada, by=recruiter, version=ada.version)
    assert Candidacy.objects.get(pk=ada.pk).rejection_reason == reason
    assert Message.objects.get().state == Message.State.CANCELLED


@pytest.mark.django_db(transaction=True)
def test_a_mail_that_a_worker_has_taken_is_called_back_before_it_is_handed_over(
    acme, recruiter, job, put_on, monkeypatch, mailoutbox
):
    card = put_on(job, "ada", emails=["ada@example.com"])
    with acting_in(acme):
        add_sender(acme, recruiter)
        rejecting.reject_candidacy(card, by=recruiter, farewell=Farewell("S", "B", 0))

    def reach(point: str) -> None:
        if point == "after claim":
            with acting_in(acme):
                candidacies.reopen_candidacy(card, by=recruiter)

    monkeypatch.setattr(faults, "reach", reach)
    delivering.deliver_due(acme)

    with acting_in(acme):
        assert Message.objects.get().state == Message.State.CANCELLED
    assert mailoutbox == []


@pytest.mark.django_db(transaction=True)
def test_the_mail_goes_once_and_not_to_who_objected_meanwhile(acme, recruiter, job, put_on):
    goes, objects = (put_on(job, name, emails=[f"{name}@example.com"]) for name in ("ada", "bob"))
    with acting_in(acme):
        add_sender(acme, recruiter)
        for card in (goes, objects):
            rejecting.reject_candidacy(card, by=recruiter, farewell=Farewell("S", "B", 0))
        Candidate.objects.filter(pk=objects.candidate_id).update(
            status=Candidate.Status.DO_NOT_CONTACT
        )

    for _ in range(2):
        delivering.deliver_due(acme)

    with acting_in(acme):
        states = dict(Message.objects.values_list("candidate", "state"))
    assert states == {
        goes.candidate_id: Message.State.SENT,
        objects.candidate_id: Message.State.CANCELLED,
    }


def test_without_sender_or_address_nothing_is_written_and_it_is_said(
    in_acme, job, put_on, recruiter
):
    one, other = put_on(job, "Ada Byron", emails=["ada@example.com"]), put_on(job, "Bob Kahn")

    no_sender = rejecting.reject_candidacy(one, by=recruiter, farewell=FAREWELL).mail
    add_sender(in_acme, recruiter)
    no_address = rejecting.reject_candidacy(other, by=recruiter, farewell=FAREWELL).mail

    assert "there is no sender" in no_sender.words
    assert no_address.words == "No mail was written: has no e-mail address."
    assert not Message.objects.exists()


def test_reject_page_asks_and_tells(as_user, acme, recruiter, job, put_on):
    card = put_on(job, "Ada Byron", emails=["ada@example.com"])
    with acting_in(acme):
        add_sender(acme, recruiter)
    client, path = as_user(recruiter), f"/acme/jobs/candidacies/{card.pk}/reject/"
    assert "Keep in a pool" not in words(client.get(path))
    with acting_in(acme):
        TalentPoolFactory(name="Silver medalists")
    assert "Keep in a pool" in words(client.get(path))

    empty = client.post(path, {"write": "on", "subject": "", "body": "", "version": 0})
    stale = client.post(path, {"version": 7})
    client.post(path, {"note": "No", "version": 0})

    assert empty.status_code == 422
    assert "A mail needs a subject and a text." in words(empty)
    assert stale.status_code == 409
    with acting_in(acme):
        assert Candidacy.objects.get(pk=card.pk).rejection_note == "No"


def test_who_keeps_the_reasons_is_led_to_them(as_user, recruiter, owner, job, put_on):
    card = put_on(job, "Ada Byron")
    path, link = f"/acme/jobs/candidacies/{card.pk}/reject/", 'settings/people/lists/rejections/"'

    assert link not in as_user(recruiter).get(path).text
    assert link in as_user(owner).get(path).text


def test_many_are_rejected_with_one_answer_and_taken_back_as_one(
    in_acme, job, put_on, stages, recruiter, reason
):
    add_sender(in_acme, recruiter)
    pool = TalentPoolFactory(name="Silver medallists")
    cards = [
        put_on(job, "Ada Byron", emails=["ada@example.com"]),
        put_on(job, "Bo Ek", emails=["bo@example.com"]),
        put_on(job, "Cai Wu"),
    ]
    candidacies.move_card(cards[1], to=stages["Onsite"], by=recruiter)
    late = put_on(job, "Dee Late", emails=["dee@example.com"])
    candidacies.move_card(late, to=stages["Replied"], by=recruiter)
    seen = {cards[0].pk: 0, cards[1].pk: 1, cards[2].pk: 0, late.pk: 0}

    done = rejecting.reject_many(
        job,
        seen,
        by=recruiter,
        reason=reason,
        note="The job is filled",
        keep_in=[pool],
        farewell=FAREWELL,
    )

    gone = Candidacy.objects.filter(rejection_reason=reason).order_by("pk")
    assert [(row.pk, row.stage, row.rejection_note) for row in gone] == [
        (card.pk, stages["Rejected"], "The job is filled") for card in cards
    ]
    assert set(pool.memberships.values_list("candidate_id", flat=True)) == {
        card.candidate_id for card in cards
    }
    assert sorted(Message.objects.values_list("to_address", "state")) == [
        ("ada@example.com", Message.State.QUEUED),
        ("bo@example.com", Message.State.QUEUED),
    ]
    assert done.words.startswith("2 mails are in the outbox. No mail was written: ")
    assert done.words.endswith("Dee Late: somebody else has moved the card meanwhile.")

    many.undo_many(job, done.moved.versions, by=recruiter)

    back = dict(Candidacy.objects.values_list("candidate__full_name", "stage__name"))
    assert back == {
        "Ada Byron": "Sourced",
        "Bo Ek": "Onsite",
        "Cai Wu": "Sourced",
        "Dee Late": "Replied",
    }
    assert not Message.objects.filter(state=Message.State.QUEUED).exists()
    assert StageChange.objects.filter(to=stages["Rejected"], rejection_reason=reason).count() == 3


def test_many_go_only_into_a_rejected_stage(in_acme, ada, job, stages, recruiter):
    with pytest.raises(candidacies.WrongStage):
        rejecting.reject_many(job, {ada.pk: 0}, by=recruiter, to=stages["Hired"])


def test_cards_of_another_job_are_not_rejected(in_acme, ada, recruiter):
    other = jobs.create_job(by=recruiter, title="Data Engineer")

    with pytest.raises(many.NoCards):
        rejecting.reject_many(other, {ada.pk: 0}, by=recruiter)


def test_selection_that_is_moved_to_rejected_is_asked_why(
    ada, acme, job, put_on, stages, recruiter, reason, as_user, mode
):
    bo = put_on(job, "Bo Ek")
    client = as_user(recruiter)
    cards = [f"{ada.pk}:0", f"{bo.pk}:0"]

    asked = client.post(
        f"/acme/jobs/{job.pk}/move/selected/", {"cards": cards, "stage": stages["Rejected"].pk}
    )

    assert "Reject 2 people" in words(asked)
    assert f'action="/acme/jobs/{job.pk}/reject/"' in asked.text
    for card in cards:
        assert f'value="{card}"' in asked.text
    assert ('aria-labelledby="small-title"' in asked.text) == (mode == "htmx")
    with acting_in(acme):
        assert not Candidacy.objects.exclude(closed_at=None).exists()

    answer = {"cards": cards, "stage": stages["Rejected"].pk, "reason": reason.pk, "note": "Filled"}
    client.post(f"/acme/jobs/{job.pk}/reject/", answer)

    with acting_in(acme):
        rows = Candidacy.objects.filter(stage=stages["Rejected"], rejection_reason=reason)
        assert {row.rejection_note for row in rows} == {"Filled"}
        assert rows.count() == 2


def test_answer_without_a_text_for_the_mail_is_asked_again(ada, job, recruiter, as_user):
    answer = as_user(recruiter).post(
        f"/acme/jobs/{job.pk}/reject/",
        {"cards": [f"{ada.pk}:0"], "write": "on", "subject": "", "body": ""},
    )

    assert answer.status_code == 422
    assert "A mail needs a subject and a text." in words(answer)
    assert f'value="{ada.pk}:0"' in answer.text


@pytest.mark.parametrize("cards", [[], ["x"], ["1:"]])
def test_answer_for_nobody_is_refused(job, recruiter, as_user, cards):
    answer = as_user(recruiter).post(f"/acme/jobs/{job.pk}/reject/", {"cards": cards})

    assert answer.status_code == 409


def test_one_card_moved_to_rejected_is_asked_why_and_keeps_the_stage_chosen(
    ada, acme, job, stages, recruiter, as_user, mode
):
    with acting_in(acme):
        withdrawn = stage_services.add_stage(
            job.pipeline, by=recruiter, name="Withdrawn", kind="rejected"
        )
    client = as_user(recruiter)

    answer = client.post(
        f"/acme/jobs/{job.pk}/move/", {"card": ada.pk, "stage": withdrawn.pk, "version": 0}
    )

    to = answer["HX-Redirect" if mode == "htmx" else "Location"]
    assert to.startswith(f"/acme/jobs/candidacies/{ada.pk}/reject/?stage={withdrawn.pk}&next=")
    form = client.get(to)
    assert re.search(rf'value="{withdrawn.pk}"\s+selected', form.text)
    client.post(to, {"stage": withdrawn.pk, "version": 0})
    with acting_in(acme):
        assert Candidacy.objects.get(pk=ada.pk).stage == withdrawn

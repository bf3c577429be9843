"""Services on timeline, notes, tags, pools, tasks, search text."""

from datetime import timedelta

import pytest
from django.utils import timezone

from candidates.models import (
    Candidate,
    CandidateTag,
    PoolMembership,
    Skill,
    Tag,
    Task,
    Touchpoint,
)
from candidates.services.notes import NotTheAuthor, add_note, delete_note
from candidates.services.pools import PoolArchived, add_to_pool, join_pool, remove_from_pool
from candidates.services.searching import refresh_search_text
from candidates.services.tagging import labels_named, tag_candidates, untag_candidates
from candidates.services.tasks import add_task, complete_task
from candidates.services.timeline import add_touchpoint, add_touchpoints
from crm.audit.models import AuditEntry
from crm.tenancy.scope import acting_in
from tests.factories import CandidateFactory, TalentPoolFactory, TaskFactory

Kind = Touchpoint.Kind


@pytest.mark.parametrize(
    ("kind", "contacted", "replied"),
    [
        (Kind.CALL, True, False),
        (Kind.MAIL_SENT, True, False),
        (Kind.MAIL_RECEIVED, False, True),
        (Kind.AUTO_REPLY, False, False),
        (Kind.NOTE, False, False),
        (Kind.BOUNCE, False, False),
    ],
)
def test_add_touchpoint_moves_the_moments_of_contact(in_acme, kind, contacted, replied):
    candidate = CandidateFactory()

    entry = add_touchpoint(candidate, kind, "Something")

    candidate.refresh_from_db()
    assert candidate.last_contacted_at == (entry.at if contacted else None)
    assert candidate.last_replied_at == (entry.at if replied else None)


def test_add_touchpoint_of_the_past_does_not_move_them_back(in_acme):
    candidate = CandidateFactory()
    latest = add_touchpoint(candidate, Kind.CALL, "Today")

    add_touchpoint(candidate, Kind.CALL, "Last year", at=timezone.now() - timedelta(days=365))

    candidate.refresh_from_db()
    assert candidate.last_contacted_at == latest.at


def test_add_touchpoint_shortens_what_is_too_long(in_acme):
    entry = add_touchpoint(CandidateFactory(), Kind.CALL, "word\n" * 100)

    assert len(entry.summary) == 300
    assert entry.summary.endswith("…")
    assert "\n" not in entry.summary


def test_add_touchpoints_writes_one_entry_each(in_acme, recruiter):
    people = CandidateFactory.create_batch(2)

    add_touchpoints([one.pk for one in people], Kind.TAG, "Tagged X", actor=recruiter, link="x/")

    assert list(
        Touchpoint.objects.order_by("candidate").values_list(
            "candidate", "summary", "actor", "link"
        )
    ) == [(one.pk, "Tagged X", recruiter.pk, "x/") for one in people]


def test_labels_named_are_the_same_in_any_case_and_with_any_accent(in_acme):
    first = labels_named(Tag, ["Köln", "  Remote  work "])

    again = labels_named(Tag, ["REMOTE WORK", "koln", "Koln", " "])

    assert [tag.name for tag in first] == ["Köln", "Remote work"]
    assert again == first[::-1]
    assert Tag.objects.count() == 2
    assert not Skill.objects.exists()


def test_tag_candidates_tells_who_got_it_and_leaves_other_organizations_alone(
    acme, globex, recruiter
):
    with acting_in(globex):
        foreign = CandidateFactory()
    with acting_in(acme):
        (tag,) = labels_named(Tag, ["X"])
        has, gets = CandidateFactory(tags=["X"]), CandidateFactory()

        assert tag_candidates(tag, [has.pk, gets.pk, foreign.pk], by=recruiter) == [gets.pk]
        assert tag_candidates(tag, [has.pk, gets.pk], by=recruiter) == []
        assert untag_candidates(tag, [has.pk, foreign.pk], by=recruiter) == 1

        assert CandidateTag.objects.get().candidate == gets
        assert [entry.action for entry in AuditEntry.objects.order_by("pk")] == [
            "tag.added",
            "tag.removed",
        ]


def test_pools_take_each_person_once_and_nobody_of_other_organizations(acme, globex, recruiter):
    with acting_in(globex):
        foreign = CandidateFactory()
    with acting_in(acme):
        pool = TalentPoolFactory()
        inside, outside = CandidateFactory(pools=[pool]), CandidateFactory()
        ids = [inside.pk, outside.pk, foreign.pk]

        assert add_to_pool(pool, ids, by=recruiter, reason="Final round") == 1
        assert join_pool(pool, ids, by=recruiter) == []

        membership = PoolMembership.objects.get(candidate=outside)
        assert (membership.added_by, membership.reason) == (recruiter, "Final round")
        assert remove_from_pool(pool, ids, by=recruiter) == [inside.pk, outside.pk]
        assert not PoolMembership.objects.exists()


def test_archived_pools_take_nobody(in_acme, recruiter):
    pool = TalentPoolFactory(name="Old", archived_at=timezone.now())

    with pytest.raises(PoolArchived, match="“Old” is archived"):
        add_to_pool(pool, [CandidateFactory().pk], by=recruiter)


def test_delete_note_is_for_its_author(in_acme, recruiter, sourcer):
    note = add_note(CandidateFactory(), body="Mine", by=sourcer)

    with pytest.raises(NotTheAuthor):
        delete_note(note, by=recruiter)


def test_note_text_stays_out_of_timeline_and_audit(in_acme, recruiter):
    note = add_note(CandidateFactory(), body="Secret", by=recruiter, is_private=True)

    entry = Touchpoint.objects.get()
    assert (entry.note, entry.body) == (note, "")
    assert "Secret" not in entry.summary + str(AuditEntry.objects.get().details)


def test_add_task_by_rapport_itself(in_acme, recruiter):
    task = add_task(
        title="Answer " + "x" * 300,
        candidate=CandidateFactory(),
        assignee=recruiter,
        origin=Task.Origin.REPLY,
    )

    assert (len(task.title), task.origin, task.created_by) == (200, "reply", None)


def test_complete_task_twice_is_told_once(in_acme, recruiter):
    task = TaskFactory()

    first = complete_task(task, by=recruiter)
    second = complete_task(task, by=recruiter)

    assert first.done_at == second.done_at
    assert Touchpoint.objects.count() == 1


def test_refresh_search_text_rewrites_many_at_once(in_acme, django_assert_num_queries):
    people = [
        CandidateFactory(
            full_name=f"Zoë {n}", company="", headline="", emails=[f"Z{n}@example.com"]
        )
        for n in range(3)
    ]
    Candidate.objects.update(search_text="stale")

    with django_assert_num_queries(4):  # two of them are the savepoint
        refresh_search_text(person.pk for person in people)

    assert list(Candidate.objects.order_by("pk").values_list("search_text", flat=True)) == [
        f"zoe {n}\nz{n}@example.com" for n in range(3)
    ]

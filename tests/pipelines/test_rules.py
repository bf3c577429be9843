"""Stage rules: planned with the move, done once, never in a circle, and told in a log."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.models import Message
from candidates.models import Notification, Task
from crm.tenancy.scope import acting_in
from pipelines.models import Candidacy, RuleRun, StageRule
from pipelines.services import candidacies, jobs, many, rules
from pipelines.services import stages as stage_services
from tests.factories import CandidateFactory
from tests.pipelines.conftest import add_sender

Action, Whom, State = StageRule.Action, StageRule.Whom, RuleRun.State


@pytest.fixture
def act(acme):
    """Does something inside Acme, in a transaction of its own."""

    def inside(service, *args, **kwargs):
        with acting_in(acme):
            return service(*args, **kwargs)

    return inside


@pytest.fixture
def onsite_task(act, acme, recruiter, stages):
    return act(
        rules.add_rule,
        stages["Onsite"],
        by=recruiter,
        action=Action.TASK,
        title="Book a room",
        whom=Whom.MEMBER,
        member=recruiter,
        due_in_days=2,
    )


def ask_again_later(act, stage, recruiter) -> StageRule:
    return act(
        rules.add_rule,
        stage,
        by=recruiter,
        action=Action.NOTIFY,
        title="Ask again",
        whom=Whom.MEMBER,
        member=recruiter,
        after_hours=48,
    )


def runs(act) -> list[tuple[str, str]]:
    return act(lambda: list(RuleRun.objects.order_by("pk").values_list("state", "outcome")))


@pytest.mark.django_db(transaction=True)
def test_entering_a_stage_makes_the_task_once(
    act, acme, recruiter, job, put_on, stages, onsite_task
):
    card = put_on(job, "Ada Byron")
    act(candidacies.move_card, card, to=stages["Onsite"], by=recruiter)

    assert (rules.run_due(acme), rules.run_due(acme)) == (1, 0)

    with acting_in(acme):
        task = Task.objects.get()
        assert (task.title, task.assignee, task.candidate) == (
            "Book a room",
            recruiter,
            card.candidate,
        )
        assert task.due_on == timezone.localdate() + timedelta(days=2)
        assert task.created_by is None
    assert runs(act) == [(State.DONE, "Task for Recruiter of Acme.")]


@pytest.mark.django_db(transaction=True)
def test_a_rule_waits_and_passes_over_who_went_on(act, acme, recruiter, job, put_on, stages):
    stays, goes = put_on(job, "Ada Byron"), put_on(job, "Bob Kahn")
    ask_again_later(act, stages["Contacted"], recruiter)
    for card in (stays, goes):
        act(candidacies.move_card, card, to=stages["Contacted"], by=recruiter)
    act(candidacies.move_card, goes, to=stages["Replied"], by=recruiter)
    assert rules.run_due(acme) == 0

    assert rules.run_due(acme, timezone.now() + timedelta(hours=49)) == 2

    assert runs(act) == [
        (State.DONE, "Told Recruiter of Acme."),
        (State.SKIPPED, "The card has gone on to Replied."),
    ]
    with acting_in(acme):
        told = Notification.objects.get(kind=Notification.Kind.WATCHED)
    assert told.text == "Ada Byron is in Contacted: Ask again"
    assert told.candidate_id == stays.candidate_id


@pytest.mark.django_db(transaction=True)
def test_a_task_is_there_for_each_time_that_somebody_comes(
    act, acme, recruiter, job, put_on, stages, onsite_task
):
    card = put_on(job, "Ada Byron")
    for name in ("Onsite", "Offer", "Onsite"):
        act(candidacies.move_card, card, to=stages[name], by=recruiter)

    rules.run_due(acme)

    assert [state for state, _ in runs(act)] == [State.SKIPPED, State.DONE]


BACK_AGAIN = {
    "undo": lambda card, by: candidacies.undo_move(card, by=by, version=card.version),
    "undo of many": lambda card, by: many.undo_many(card.job, {card.pk: card.version}, by=by),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("back", BACK_AGAIN.values(), ids=BACK_AGAIN)
def test_taking_a_move_back_does_nothing_again(
    act, acme, recruiter, job, put_on, stages, onsite_task, back
):
    card = put_on(job, "Ada Byron")
    act(candidacies.move_card, card, to=stages["Onsite"], by=recruiter)
    rules.run_due(acme)
    act(candidacies.move_card, card, to=stages["Offer"], by=recruiter)

    act(back, card, recruiter)

    assert rules.run_due(acme) == 0
    assert [state for state, _ in runs(act)] == [State.DONE]
    assert act(rules.foresee, onsite_task) == []


@pytest.mark.django_db(transaction=True)
def test_reopening_does_nothing_again(act, acme, recruiter, job, put_on, stages, onsite_task):
    card = put_on(job, "Ada Byron")
    act(candidacies.move_card, card, to=stages["Onsite"], by=recruiter)
    rules.run_due(acme)
    act(candidacies.move_card, card, to=stages["Rejected"], by=recruiter)

    act(candidacies.reopen_candidacy, card, by=recruiter)

    assert card.stage == stages["Onsite"]
    assert rules.run_due(acme) == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("swept", [True, False])
@pytest.mark.parametrize("back", BACK_AGAIN.values(), ids=BACK_AGAIN)
def test_what_waited_goes_on_when_a_move_is_taken_back(
    act, acme, recruiter, job, put_on, stages, back, swept
):
    ask_again_later(act, stages["Onsite"], recruiter)
    card = put_on(job, "Ada Byron")
    act(candidacies.move_card, card, to=stages["Onsite"], by=recruiter)
    due = timezone.now() + timedelta(hours=49)
    act(candidacies.move_card, card, to=stages["Offer"], by=recruiter)
    if swept:
        rules.run_due(acme, due)

    act(back, card, recruiter)

    assert rules.run_due(acme, due) == 1
    assert runs(act) == [(State.DONE, "Told Recruiter of Acme.")]


@pytest.mark.django_db(transaction=True)
def test_a_mail_goes_once_however_often_somebody_comes(act, acme, recruiter, job, put_on, stages):
    with acting_in(acme):
        add_sender(acme, recruiter)
    rule = act(
        rules.add_rule,
        stages["Onsite"],
        by=recruiter,
        action=Action.MAIL,
        title="Next steps",
        body="Hi {{ first_name }}",
    )
    card = put_on(job, "Ada Byron", emails=["ada@example.com"])
    for name in ("Onsite", "Offer", "Onsite"):
        act(candidacies.move_card, card, to=stages[name], by=recruiter)
        rules.run_due(acme)

    assert act(Message.objects.count) == 1
    assert runs(act) == [
        (State.DONE, "A mail is on its way."),
        (State.SKIPPED, "They have had this mail already."),
    ]
    with acting_in(acme):
        RuleRun.objects.exclude(state=State.DONE).delete()
        assert rules.foresee(rule) == []


@pytest.mark.django_db(transaction=True)
def test_one_run_that_fails_holds_up_no_other(
    act, acme, recruiter, job, put_on, stages, onsite_task, monkeypatch
):
    bad, good = put_on(job, "Ada Byron"), put_on(job, "Bob Kahn")
    for card in (bad, good):
        act(candidacies.move_card, card, to=stages["Onsite"], by=recruiter)
    usual = rules._add_task

    def fail(run, card):
        done = usual(run, card)
        if card.pk == bad.pk:
            raise ValueError("No such thing")
        return done

    monkeypatch.setitem(rules._ACTIONS, Action.TASK, fail)

    rules.run_due(acme)

    with acting_in(acme):
        assert [task.candidate_id for task in Task.objects.all()] == [good.candidate_id]
        put_off = RuleRun.objects.get(candidacy=bad)
    assert (put_off.state, put_off.failures) == (State.WAITING, 1)
    assert put_off.due_at > timezone.now()
    for days in range(1, 6):
        rules.run_due(acme, timezone.now() + timedelta(days=2 * days))
    with acting_in(acme):
        put_off.refresh_from_db()
    assert (put_off.state, put_off.failures) == (State.FAILED, 5)
    assert "The server's log says which" in put_off.outcome


@pytest.mark.django_db(transaction=True)
def test_rules_in_a_circle_stop(act, acme, recruiter, job, put_on, stages):
    for name, to in (("Contacted", "Replied"), ("Replied", "Contacted")):
        act(rules.add_rule, stages[name], by=recruiter, action=Action.MOVE, to=stages[to])
    card = put_on(job, "Ada Byron")
    act(candidacies.move_card, card, to=stages["Contacted"], by=recruiter)

    assert rules.run_due(acme) == rules.MOST_MOVES + 1

    assert [state for state, _ in runs(act)] == [*[State.DONE] * rules.MOST_MOVES, State.REFUSED]
    assert "a circle" in runs(act)[-1][1]
    with acting_in(acme):
        assert card.stage_changes.count() == 2 + rules.MOST_MOVES


def test_rules_neither_hire_nor_reject_nor_stay_unclear(in_acme, recruiter, stages):
    for name in ("Hired", "Rejected"):
        with pytest.raises(rules.RuleUnclear, match="a person's decision"):
            rules.add_rule(stages["Onsite"], by=recruiter, action=Action.MOVE, to=stages[name])
    with pytest.raises(rules.RuleUnclear, match="in that stage already"):
        rules.add_rule(stages["Onsite"], by=recruiter, action=Action.MOVE, to=stages["Onsite"])
    with pytest.raises(rules.RuleUnclear, match="A mail needs a text"):
        rules.add_rule(stages["Onsite"], by=recruiter, action=Action.MAIL, title="Next steps")
    with pytest.raises(rules.RuleUnclear, match="Choose the member"):
        rules.add_rule(
            stages["Onsite"], by=recruiter, action=Action.TASK, title="Look", whom=Whom.MEMBER
        )
    assert not StageRule.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_rule_writes_through_the_outbox(act, acme, recruiter, job, put_on, stages):
    with acting_in(acme):
        add_sender(acme, recruiter)
    act(
        rules.add_rule,
        stages["Contacted"],
        by=recruiter,
        action=Action.MAIL,
        title="Next steps",
        body="Hi {{ first_name }}",
    )
    written, unknown = put_on(job, "Ada Byron", emails=["ada@example.com"]), put_on(job, "Bob")
    for card in (written, unknown):
        act(candidacies.move_card, card, to=stages["Contacted"], by=recruiter)

    rules.run_due(acme)

    with acting_in(acme):
        mail = Message.objects.get()
        assert (mail.candidate_id, mail.subject, mail.body_text, mail.state) == (
            written.candidate_id,
            "Next steps",
            "Hi Ada",
            Message.State.QUEUED,
        )
    assert runs(act) == [
        (State.DONE, "A mail is on its way."),
        (State.REFUSED, "No mail was written: has no e-mail address."),
    ]


@pytest.mark.parametrize("number", [1, 3])
def test_a_dry_run_of_a_mail_says_who_cannot_be_written_to(
    number, in_acme, recruiter, job, put_on, stages, django_assert_num_queries
):
    add_sender(in_acme, recruiter)
    for no in range(number):
        put_on(job, f"Ada {no}", emails=[f"a{no}@example.com"], company="Tidewater")
        put_on(job, f"Bob {no}", emails=[], company="Tidewater")
        put_on(job, f"Cy {no}", emails=[f"c{no}@example.com"], company="")

    rule = rules.add_rule(
        stages["Sourced"], by=recruiter, action=Action.MAIL, title="News", body="Hi {{ company }}"
    )

    with django_assert_num_queries(4):
        foreseen = rules.foresee(rule)

    assert {(one.words, one.is_possible) for one in foreseen} == {
        ("is written to: News", True),
        ("no mail: has no e-mail address", False),
        ("no mail: company has no value here", False),
    }
    assert len(foreseen) == 3 * number


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_leaves_the_run_waiting(
    act, acme, recruiter, job, put_on, stages, onsite_task, monkeypatch
):
    card = put_on(job, "Ada Byron")
    act(candidacies.move_card, card, to=stages["Onsite"], by=recruiter)

    class Killed(BaseException):
        pass

    def die(run, card):
        done = rules._add_task(run, card)
        raise Killed(done)

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setitem(rules._ACTIONS, Action.TASK, die)
        rules.run_due(acme)
    with acting_in(acme):
        assert not Task.objects.exists()
    assert runs(act) == [(State.WAITING, "")]

    assert rules.run_due(acme) == 1
    with acting_in(acme):
        assert Task.objects.count() == 1


def test_a_dry_run_writes_nothing_and_can_be_carried_out_once(
    in_acme, recruiter, job, put_on, stages
):
    card = put_on(job, "Ada Byron")
    rule = rules.add_rule(
        stages["Sourced"],
        by=recruiter,
        action=Action.TASK,
        title="Look",
        whom=Whom.JOB_OWNER,
        after_hours=24,
    )

    (one,) = rules.foresee(rule)
    assert (one.candidacy, one.words) == (card, "task for nobody, so nothing happens")
    assert not RuleRun.objects.exists()
    assert (rules.apply_to_present(rule, by=recruiter), rules.foresee(rule)) == (1, [])
    assert rules.apply_to_present(rule, by=recruiter) == 0
    assert RuleRun.objects.get().due_at == card.entered_stage_at + timedelta(hours=24)


@pytest.mark.django_db(transaction=True)
def test_a_dry_run_looks_at_the_newest_entry_alone(
    act, acme, recruiter, job, put_on, stages, onsite_task
):
    """Whoever was in the stage before the rule was there, and had it since, is not foreseen again."""
    act(rules.remove_rule, onsite_task, by=recruiter)
    card = put_on(job, "Ada Byron")
    for name in ("Onsite", "Offer"):
        act(candidacies.move_card, card, to=stages[name], by=recruiter)
    rule = act(
        rules.add_rule, stages["Onsite"], by=recruiter, action=Action.TASK, title="Book a room"
    )
    act(candidacies.move_card, card, to=stages["Onsite"], by=recruiter)
    rules.run_due(acme)

    assert act(rules.foresee, rule) == []


def test_new_people_and_many_at_once_are_planned_for(in_acme, recruiter, job, stages):
    for name in ("Sourced", "Offer"):
        rules.add_rule(
            stages[name], by=recruiter, action=Action.NOTIFY, title="Look", after_hours=1
        )
    people = [CandidateFactory().pk for _ in range(3)]

    candidacies.add_to_job(job, people, by=recruiter)
    assert RuleRun.objects.filter(rule__stage=stages["Sourced"]).count() == 3
    cards = dict(Candidacy.objects.values_list("pk", "version"))
    many.move_many(job, cards, to=stages["Offer"], by=recruiter)

    assert RuleRun.objects.filter(rule__stage=stages["Offer"]).count() == 3
    due = RuleRun.objects.filter(rule__stage=stages["Offer"]).first().due_at
    assert timedelta(minutes=59) < due - timezone.now() <= timedelta(hours=1)


def test_a_template_hands_its_rules_on(in_acme, recruiter):
    template = stage_services.create_template(by=recruiter, name="Careful")
    first, second = template.stages.order_by("position")[:2]
    rules.add_rule(first, by=recruiter, action=Action.MOVE, to=second, after_hours=24)

    job = jobs.create_job(by=recruiter, title="Engineer", template=template)

    copy = StageRule.objects.get(stage__pipeline=job.pipeline)
    assert (copy.stage.name, copy.to.name, copy.to.pipeline_id) == (
        first.name,
        second.name,
        job.pipeline_id,
    )

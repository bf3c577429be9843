"""Stage rules: the page that adds, shows and tries them."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from crm.tenancy.scope import acting_in
from pipelines.models import RuleRun, StageRule
from pipelines.services import rules
from tests.pipelines.conftest import add_sender, words

Action, Whom, State = StageRule.Action, StageRule.Whom, RuleRun.State


def test_rule_pages_add_show_pause_and_remove(as_user, acme, recruiter, job, put_on, stages):
    put_on(job, "Ada Byron")
    client, stage = as_user(recruiter), stages["Sourced"]
    path = f"/acme/jobs/stages/{stage.pk}/rules/"
    fields = {"action": "task", "title": "Look", "whom": "owner", "after_hours": 48}

    refused = client.post(
        path, {"action": "mail", "title": "S", "whom": "owner", "after_hours": 0, "due_in_days": 1}
    )
    client.post(path, fields | {"due_in_days": 1})

    assert refused.status_code == 422
    assert "A mail needs a text." in words(refused)
    assert 'value="S"' in refused.content.decode()
    with acting_in(acme):
        rule = StageRule.objects.get()
    assert "After 2 days: task “Look” for the candidate's owner" in words(client.get(path)).replace(
        "&#x27;", "'"
    )
    shown = words(client.get(f"/acme/jobs/rules/{rule.pk}/"))
    assert "Ada Byron task for nobody, so nothing happens" in shown
    client.post(f"/acme/jobs/rules/{rule.pk}/apply/")
    assert "Ada Byron Waiting" in words(client.get(f"/acme/jobs/rules/{rule.pk}/"))
    client.post(f"/acme/jobs/rules/{rule.pk}/pause/")
    with acting_in(acme):
        assert StageRule.objects.get().paused_at
    with time_machine.travel(timezone.now() + timedelta(days=3)), acting_in(acme):
        run = RuleRun.objects.get()
        assert rules._do(run, run.candidacy) == (State.SKIPPED, "The rule rests.")
    client.post(f"/acme/jobs/rules/{rule.pk}/remove/")
    with acting_in(acme):
        assert not StageRule.objects.exists()


@pytest.mark.parametrize(
    ("action", "asked"),
    [
        ("task", {"title", "whom", "member", "due_in_days"}),
        ("mail", {"title", "body"}),
        ("notify", {"title", "whom", "member"}),
        ("move", {"to"}),
        ("", {"title", "whom", "member", "due_in_days"}),
        ("nonsense", {"title", "whom", "member", "due_in_days"}),
    ],
)
def test_each_action_asks_what_it_needs_and_no_more(as_user, recruiter, stages, action, asked):
    page = as_user(recruiter).get(
        f"/acme/jobs/stages/{stages['Onsite'].pk}/rules/", {"action": action}
    )

    assert set(page.context["form"].fields) == {"action", "after_hours"} | asked


@pytest.mark.parametrize(
    ("given", "field", "kept"),
    [
        ({"action": "mail", "title": " ", "body": "Dear you"}, "title", "Dear you"),
        ({"action": "mail", "title": "Next steps", "body": ""}, "body", 'value="Next steps"'),
        ({"action": "move"}, "to", 'value="24"'),
        ({"action": "notify", "title": "Look", "whom": "member"}, "member", 'value="Look"'),
    ],
)
def test_what_is_missing_is_said_at_its_field_and_the_rest_stays(
    as_user, acme, recruiter, stages, given, field, kept
):
    path = f"/acme/jobs/stages/{stages['Onsite'].pk}/rules/"

    answer = as_user(recruiter).post(path, {"after_hours": 24} | given)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert kept in answer.content.decode()
    with acting_in(acme):
        assert not StageRule.objects.exists()


def test_mails_to_those_who_are_there_are_asked_about_with_their_number(
    as_user, acme, recruiter, job, put_on, stages
):
    for name in ("Ada Byron", "Bo Li"):
        put_on(job, name, emails=[f"{name[:2].lower()}@example.com"])
    put_on(job, "Cy Dahl")
    with acting_in(acme):
        add_sender(acme, recruiter)
        mail = rules.add_rule(
            stages["Sourced"], by=recruiter, action=Action.MAIL, title="News", body="Dear you"
        )
        task = rules.add_rule(
            stages["Sourced"], by=recruiter, action=Action.TASK, title="Look", whom=Whom.OWNER
        )
    client = as_user(recruiter)

    asked = client.get(f"/acme/jobs/rules/{mail.pk}/").content.decode()
    plain = client.get(f"/acme/jobs/rules/{task.pk}/").content.decode()

    assert 'data-confirm-title="Write to 2 people?"' in asked
    assert "no mail: has no e-mail address" in asked
    assert asked.count("is written to: News") == 2
    assert "Write to" not in plain

"""What a blind stage hides is hidden from searching, addresses, colors, lines and colleagues' words, too."""

import re
from datetime import UTC, datetime

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from candidates.models import Notification
from crm.tenancy.models import Membership
from crm.tenancy.scope import acting_in
from pipelines.models import Candidacy, Interview, JobMember, Review, Stage, StageRule
from pipelines.queries import CardFilter, board_columns
from pipelines.services import jobs, rules, scorecards
from pipelines.services.candidacies import add_to_job
from pipelines.services.interviews import mailing, reminding, scheduling, wording
from pipelines.services.reviews import answering, blinding
from tests.pipelines.conftest import words
from tests.pipelines.talks import NOW, TUESDAY_TEN, arrange


@pytest.fixture
def ada(acme, job, put_on, manager) -> Candidacy:
    """Hidden from the manager: Ada's stage is blind."""
    card = put_on(
        job,
        "Ada Byron",
        headline="Engineer",
        company="Initech",
        emails=["ada@example.com"],
        skills=["Go"],
    )
    with acting_in(acme):
        JobMember.objects.create(job=job, user=manager)
        Stage.objects.filter(pk=card.stage_id).update(is_blind=True)
        Candidacy.objects.filter(pk=card.pk).update(shortlisted_at=timezone.now())
        card.stage.refresh_from_db()
    return card


@pytest.fixture
def bo(acme, job, stages, put_on) -> Candidacy:
    """Stands where everybody is known."""
    card = put_on(job, "Bo Ek", company="Initech")
    with acting_in(acme):
        Candidacy.objects.filter(pk=card.pk).update(
            stage=stages["Replied"], shortlisted_at=timezone.now()
        )
    return card


def found(acme, job, user, q: str) -> list[str]:
    """Whom the board shows to somebody who searches for `q`, and what it counts."""
    with acting_in(acme):
        membership = Membership.objects.get(user=user, organization=acme)
        columns = board_columns(job, CardFilter.of({"q": q}, membership))
        people = [card.candidate.full_name for column in columns for card in column.cards]
        assert sum(column.number for column in columns) == len(people)
        return sorted(people)


@pytest.mark.parametrize("q", ["ada", "byron", "ada@example", "initech", "engineer"])
def test_searching_confirms_nobody_who_is_hidden(ada, bo, acme, job, manager, recruiter, q):
    assert "Ada Byron" not in found(acme, job, manager, q)
    assert "Ada Byron" in found(acme, job, recruiter, q)


def test_searching_finds_who_is_hidden_by_what_the_card_says(ada, bo, acme, job, manager):
    assert found(acme, job, manager, f"candidate {ada.pk}") == ["Ada Byron"]
    assert found(acme, job, manager, "initech") == ["Bo Ek"]


def test_searching_finds_by_name_who_was_uncovered(ada, acme, job, manager, recruiter):
    with acting_in(acme):
        blinding.unblind(ada, by=recruiter)

    assert found(acme, job, manager, "byron") == ["Ada Byron"]


def test_board_and_table_find_nobody_by_a_hidden_name(ada, bo, job, manager, as_user):
    client = as_user(manager)
    for path in ("", "table/"):
        page = words(client.get(f"/acme/jobs/{job.pk}/{path}", {"q": "byron"}))
        assert f"Candidate {ada.pk}" not in page
        page = words(client.get(f"/acme/jobs/{job.pk}/{path}", {"q": "initech"}))
        assert "Bo Ek" in page
        assert f"Candidate {ada.pk}" not in page


def test_cards_neither_link_to_the_person_nor_take_their_color(ada, job, manager, client):
    client.force_login(manager)
    for path in ("", "table/", f"?q=candidate+{ada.pk}"):
        page = client.get(f"/acme/jobs/{job.pk}/{path}").text
        assert f"/candidates/{ada.candidate_id}/" not in page
        assert f'href="/acme/jobs/candidacies/{ada.pk}/"' in page

    card = client.get(f"/acme/jobs/{job.pk}/").text.split(f'id="card-{ada.pk}"')[1]
    color = re.search(r'class="av (hue-\d)', card)
    assert color
    assert color[1] == f"hue-{ada.pk % 8 + 1}"


def test_person_hidden_on_one_job_has_no_record_on_another(
    ada, acme, recruiter, manager, put_on, client
):
    with acting_in(acme):
        other = jobs.create_job(by=recruiter, title="Data Engineer")
        JobMember.objects.create(job=other, user=manager)
        add_to_job(other, [ada.candidate_id], by=recruiter)
        second = Candidacy.objects.get(job=other)
        Candidacy.objects.filter(pk=second.pk).update(shortlisted_at=timezone.now())
    client.force_login(manager)

    board = client.get(f"/acme/jobs/{other.pk}/").text
    assert "Ada Byron" in board
    assert f'href="/acme/jobs/candidacies/{second.pk}/"' in board
    assert client.get(f"/acme/candidates/{ada.candidate_id}/").status_code == 404
    assert client.get(f"/acme/jobs/candidacies/{second.pk}/").status_code == 200

    with acting_in(acme):
        blinding.unblind(ada, by=recruiter)
    assert client.get(f"/acme/candidates/{ada.candidate_id}/").status_code == 200


def test_colleagues_words_on_who_is_hidden_are_not_shown(
    ada, acme, manager, recruiter, sourcer, client
):
    with acting_in(acme):
        scorecards.save_scorecard(
            ada,
            stage=ada.stage,
            by=recruiter,
            verdict="yes",
            summary="Ada shone",
            submit=True,
        )
        ada.stage_changes.update(note="Byron asked for Fridays off")
        Candidacy.objects.filter(pk=ada.pk).update(
            rejection_note="Byron again", shortlisted_at=ada.created_at
        )
        for user, comment in ((sourcer, "Ada it is"), (manager, "Mine")):
            answering.answer(
                ada, email=user.email, says=Review.Answer.YES, comment=comment, by=user
            )
    client.force_login(recruiter)
    page = words(client.get(f"/acme/jobs/candidacies/{ada.pk}/"))
    for shown in ("Ada shone", "Ada it is", "Byron asked", "Byron again"):
        assert shown in page

    client.force_login(manager)
    page = words(client.get(f"/acme/jobs/candidacies/{ada.pk}/"))
    assert "Mine" in page
    for hidden in ("Ada", "Byron"):
        assert hidden not in page


def test_scorecard_of_who_is_hidden_is_handed_in(ada, acme, manager, client):
    client.force_login(manager)
    url = f"/acme/jobs/candidacies/{ada.pk}/scorecard/{ada.stage_id}/"

    assert "Ada Byron" not in client.get(url).text
    assert "Ada Byron" not in client.post(url, {"submit": "1"}).text
    client.post(url, {"verdict": "yes", "summary": "Good", "submit": "1"})

    with acting_in(acme):
        assert ada.scorecards.get().author == manager


@time_machine.travel(NOW, tick=False)
def test_lines_about_interviews_reach_the_manager_without_a_name(ada, acme, manager, recruiter):
    with acting_in(acme):
        interview = arrange(ada, manager, by=recruiter, starts_at=TUESDAY_TEN)
        scheduling.cancel(interview, by=recruiter)

        lines = list(Notification.objects.filter(user=manager).order_by("pk"))

    assert [line.text.split(",")[0] for line in lines] == [
        "Technical interview was booked: a candidate",
        "Technical interview was cancelled: a candidate",
    ]
    assert {line.candidate_id for line in lines} == {None}


@time_machine.travel(NOW, tick=False)
def test_what_interviews_say_does_not_tell_reviewers_who_it_is(
    ada, acme, manager, recruiter, client, mailoutbox
):
    """Title, place and kit, on pages, in lines, in calendars and in the mails that invite; the call's link stays."""
    with acting_in(acme):
        interview = arrange(
            ada,
            manager,
            by=recruiter,
            starts_at=TUESDAY_TEN,
            title="Ada Byron on engines",
            place="https://meet.example/x7k, with Ms Byron",
            kit="Ask Byron why she left Initech; ada@example.com",
        )
        entry = wording.entry_for_members(interview)
        line = Notification.objects.filter(user=manager).latest("pk").text
    mailing.mail_interviewers(acme)
    client.force_login(manager)
    pages = [
        client.get(url).text
        for url in (
            f"/acme/interviews/{interview.pk}/",
            "/acme/interviews/",
            f"/acme/jobs/candidacies/{ada.pk}/",
        )
    ]
    (mail,) = [mail for mail in mailoutbox if mail.to == [manager.email]]
    invitation = mail.message().as_string()

    told = [*pages, entry.summary, entry.place, line, mail.subject, mail.body, invitation]
    for hidden in ("Ada", "Byron", "Initech", "ada@example"):
        assert not [text for text in told if hidden in text], hidden
    assert "https://meet.example/x7k" in pages[0]
    assert "https://meet.example/x7k" in entry.place
    client.force_login(recruiter)
    assert "Ada Byron on engines" in client.get(f"/acme/interviews/{interview.pk}/").text
    with acting_in(acme):
        interview.refresh_from_db()
        assert interview.title == "Ada Byron on engines"
        blinding.unblind(ada, by=recruiter)
        assert wording.as_reviewers_read(interview).title == "Ada Byron on engines"


def test_scorecard_reminder_reaches_the_manager_without_a_name(ada, acme, manager, recruiter):
    with acting_in(acme):
        with time_machine.travel(NOW, tick=False):
            arrange(ada, manager, by=recruiter, starts_at=TUESDAY_TEN)
        with time_machine.travel(datetime(2026, 3, 3, 12, tzinfo=UTC), tick=False):
            Notification.objects.all().delete()
            reminding.ask_for_scorecards()

        line = Notification.objects.get(user=manager)

    assert line.text == "Your scorecard for a candidate: Technical interview"


@pytest.mark.django_db(transaction=True)
def test_rules_tell_managers_of_a_blind_stage_without_a_name(ada, acme, manager, recruiter):
    with acting_in(acme):
        rule = rules.add_rule(
            ada.stage,
            by=recruiter,
            action=StageRule.Action.NOTIFY,
            title="have a look",
            whom=StageRule.Whom.MANAGERS,
        )
        rules.apply_to_present(rule, by=recruiter)

    assert rules.run_due(acme) == 1

    with acting_in(acme):
        line = Notification.objects.get(user=manager)
        assert line.text == f"Candidate {ada.pk} is in {ada.stage}: have a look"


@time_machine.travel(NOW, tick=False)
def test_interviews_name_the_person_to_who_may_know(
    ada, acme, manager, recruiter, client, mailoutbox
):
    """Recruiters always; the manager, the calendar and the mails once the person was uncovered."""
    with acting_in(acme):
        interview = arrange(ada, manager, recruiter, by=recruiter, starts_at=TUESDAY_TEN)
    own, everybody = f"/acme/interviews/{interview.pk}/", "/acme/interviews/"
    client.force_login(recruiter)
    assert "Technical interview · Ada Byron" in words(client.get(everybody))
    client.force_login(manager)
    assert "Ada Byron" not in client.get(everybody).text
    assert "A candidate for" in words(client.get(own))

    with acting_in(acme):
        blinding.unblind(ada, by=recruiter)
        assert wording.entry_for_members(interview).summary == "Technical interview: Ada Byron"
        scheduling.cancel(interview, by=recruiter)
        line = Notification.objects.filter(user=manager).latest("pk")
        assert line.text.startswith("Technical interview was cancelled: Ada Byron")
        Interview.objects.update(state="booked")
    mailing.mail_interviewers(acme)

    assert "Ada Byron" in next(mail.body for mail in mailoutbox if mail.to == [manager.email])
    assert "Technical interview · Ada Byron" in words(client.get(everybody))
    assert "Ada Byron for" in words(client.get(own))


@time_machine.travel(NOW, tick=False)
def test_a_list_of_hidden_and_uncovered_asks_once_for_all(
    ada, acme, job, put_on, manager, recruiter, client
):
    def ask() -> str:
        with CaptureQueriesContext(connection) as seen:
            page = words(client.get("/acme/interviews/"))
        asked = [row["sql"] for row in seen if "pipelines_unblinding" in row["sql"]]
        counts.append((len(seen), len(asked)))
        return page

    counts: list[tuple[int, int]] = []
    with acting_in(acme):
        arrange(ada, manager, by=recruiter, starts_at=TUESDAY_TEN)
    client.force_login(manager)
    ask()
    with acting_in(acme):
        for hour, name in ((12, "Bo Ek"), (14, "Cy Low")):
            moment = TUESDAY_TEN.replace(hour=hour)
            card = put_on(job, name)
            arrange(card, manager, by=recruiter, starts_at=moment)
        blinding.unblind(card, by=recruiter)
    page = ask()

    assert "Technical interview · Cy Low" in page
    assert "Bo Ek" not in page
    assert {asked for _, asked in counts} == {1}
    assert counts[0][0] == counts[1][0]


@time_machine.travel(NOW, tick=False)
def test_interview_leads_the_hidden_ones_interviewer_to_the_scorecard(
    ada, acme, manager, recruiter, client
):
    with acting_in(acme):
        interview = arrange(ada, manager, by=recruiter, starts_at=TUESDAY_TEN)
    client.force_login(manager)

    page = client.get(f"/acme/interviews/{interview.pk}/").text

    url = f"/acme/jobs/candidacies/{ada.pk}/scorecard/{ada.stage_id}/"
    assert f'href="{url}"' in page
    assert client.get(url).status_code == 200

"""Hiring managers' answers: one press each, blind where the stage is, seen by recruiters, logged."""

import pytest
import time_machine

from candidates.models import Notification, Resume, Touchpoint
from candidates.services.merging.merging import merge_people
from crm.audit.models import AuditEntry
from crm.tenancy.scope import acting_in
from pipelines.models import Candidacy, Job, JobMember, Review, Stage, Unblinding
from pipelines.privacy import erase_candidates
from pipelines.services import jobs
from pipelines.services.reviews import answering, blinding
from tests.pipelines.conftest import words

Answer = Review.Answer
SECRETS = ("Ada", "Byron", "ada@", "Initech", "Trinity", "901820")


@pytest.fixture
def shortlisted(acme, job, put_on, recruiter, manager) -> Candidacy:
    card = put_on(
        job,
        "Ada Byron",
        headline="Engineer at Initech",
        company="Initech GmbH",
        city="Lovelace",
        emails=["ada@example.com"],
        skills=["Go"],
    )
    with acting_in(acme):
        person = card.candidate
        person.experiences.create(title="Lead Engineer", company="Initech", start_year=2019)
        person.educations.create(school="Trinity College", degree="MSc", end_year=2012)
        Resume.objects.create(
            candidate=person,
            state=Resume.State.ACCEPTED,
            file_name="Ada Byron CV.pdf",
            digest="0" * 64,
            text="Ada Byron\nada@example.com +49 30 901820\nI built compilers at Initech.",
        )
        JobMember.objects.create(job=job, user=manager)
        job.owner = recruiter
        job.save()
        put_on_shortlist(card, recruiter)
    return card


def put_on_shortlist(card: Candidacy, recruiter) -> None:
    Candidacy.objects.filter(pk=card.pk).update(
        shortlisted_at=card.created_at, shortlisted_by=recruiter
    )
    card.refresh_from_db()


@pytest.fixture
def blind(acme, shortlisted) -> Candidacy:
    with acting_in(acme):
        Stage.objects.filter(pk=shortlisted.stage_id).update(is_blind=True)
    return shortlisted


def told(user) -> list[str]:
    mine = Notification.objects.filter(user=user, kind=Notification.Kind.DECISION)
    return list(mine.order_by("pk").values_list("text", flat=True))


def test_one_press_answers_and_the_recruiter_hears(shortlisted, acme, recruiter, manager, as_user):
    client = as_user(manager)
    url = f"/acme/review/candidacies/{shortlisted.pk}/answer/"

    answer = client.post(url, {"says": "yes", "comment": "Knows compilers"})

    assert answer.status_code in {200, 302}
    with acting_in(acme):
        review = Review.objects.get()
        assert (review.answer, review.comment, review.by) == ("yes", "Knows compilers", manager)
        assert told(recruiter) == [
            "Hiring manager of Acme: yes to Ada Byron for Staff Backend Engineer"
        ]
        entry = Touchpoint.objects.get(kind=Touchpoint.Kind.REVIEW)
        assert entry.summary == "Hiring manager of Acme: yes for Staff Backend Engineer"
        assert AuditEntry.objects.filter(action="review.answered").count() == 1


def test_board_shows_answers_to_recruiters_and_not_to_the_other_managers(
    shortlisted, acme, job, recruiter, manager, client
):
    with acting_in(acme):
        answering.answer(shortlisted, email="x@y.example", says=Answer.YES, comment="", by=None)
    client.force_login(recruiter)
    assert "A hiring manager says yes" in words(client.get(f"/acme/jobs/{job.pk}/"))

    client.force_login(manager)
    assert "A hiring manager says" not in words(client.get(f"/acme/jobs/{job.pk}/"))


def test_fragment_shows_which_button_is_pressed(shortlisted, manager, client):
    client.force_login(manager)

    answer = client.post(
        f"/acme/review/candidacies/{shortlisted.pk}/answer/",
        {"says": "maybe"},
        headers={"HX-Request": "true"},
    )

    assert f'id="sheet-{shortlisted.pk}"' in answer.text
    pressed = answer.text.split('aria-pressed="true"')[0].rsplit("value=", 1)[1]
    assert pressed.startswith('"maybe"')
    assert 'id="answered" hx-swap-oob="true">1 of 1 answered' in " ".join(answer.text.split())


def test_a_later_answer_takes_the_place_of_the_earlier_one(shortlisted, in_acme, manager):
    for says in (Answer.NO, Answer.YES):
        answering.answer(shortlisted, email=manager.email, says=says, comment="", by=manager)

    assert [review.answer for review in Review.objects.all()] == ["yes"]


def test_another_stage_is_another_question(shortlisted, in_acme, stages, manager):
    answering.answer(shortlisted, email=manager.email, says=Answer.YES, comment="", by=manager)
    Candidacy.objects.filter(pk=shortlisted.pk).update(stage=stages["Onsite"])

    answering.answer(shortlisted, email=manager.email, says=Answer.NO, comment="", by=manager)

    assert sorted(Review.objects.values_list("stage__name", "answer")) == [
        ("Onsite", "no"),
        ("Sourced", "yes"),
    ]


@pytest.mark.parametrize("change", [{"shortlisted_at": None}, {"closed_at": "2026-01-01T00:00Z"}])
def test_only_the_shortlisted_are_asked_about(shortlisted, in_acme, job, manager, change):
    Candidacy.objects.filter(pk=shortlisted.pk).update(**change)

    assert list(answering.shortlist(job)) == []
    with pytest.raises(answering.NotOnShortlist):
        answering.answer(shortlisted, email=manager.email, says=Answer.YES, comment="", by=manager)


def test_manager_answers_only_for_jobs_of_theirs(acme, job, put_on, recruiter, manager, client):
    card = put_on(job, "Bo Ek")
    with acting_in(acme):
        put_on_shortlist(card, recruiter)
    client.force_login(manager)

    assert client.get(f"/acme/review/{job.pk}/").status_code == 404
    url = f"/acme/review/candidacies/{card.pk}/answer/"
    assert client.post(url, {"says": "yes"}).status_code == 404


def test_sheet_shows_what_speaks_for_them(shortlisted, manager, client, job):
    client.force_login(manager)

    page = words(client.get(f"/acme/review/{job.pk}/"))

    for shown in ("Ada Byron", "Engineer", "Go", "Lead Engineer", "Trinity College", "compilers"):
        assert shown in page


def test_blind_sheet_says_nothing_of_who_it_is(blind, acme, manager, client, job):
    client.force_login(manager)

    page = client.get(f"/acme/review/{job.pk}/").text

    # What stands around every page is the manager's own.
    sheet = page.split('class="sheets"')[1].split("</ol>")[0]
    for secret in (*SECRETS, "Lovelace", "2012", "CV.pdf"):
        assert secret not in sheet, secret
    for shown in (f"Candidate {blind.pk}", "Go", "Lead Engineer", "MSc", "I built compilers at"):
        assert shown in sheet


def test_blind_stage_hides_people_on_every_page_that_a_manager_opens(
    blind, acme, manager, client, job
):
    client.force_login(manager)
    pages = {
        "/acme/": 200,
        f"/acme/jobs/{job.pk}/": 200,
        f"/acme/jobs/{job.pk}/table/": 200,
        f"/acme/jobs/candidacies/{blind.pk}/": 200,
        f"/acme/candidates/{blind.candidate_id}/": 404,
    }
    for path, status in pages.items():
        answer = client.get(path)
        assert answer.status_code == status, path
        for secret in ("Ada Byron", "ada@example.com", "Initech"):
            assert secret not in answer.text, (path, secret)


def test_recruiters_see_who_it_is_and_uncover_it_for_reviewers(
    blind, acme, recruiter, manager, client, job
):
    client.force_login(recruiter)
    assert "Ada Byron" in client.get(f"/acme/jobs/{job.pk}/").text

    client.post(f"/acme/review/candidacies/{blind.pk}/unblind/")

    with acting_in(acme):
        assert Unblinding.objects.get().by == recruiter
        entry = AuditEntry.objects.get(action="review.unblinded")
        assert entry.actor == recruiter
    client.force_login(manager)
    assert "Ada Byron" in words(client.get(f"/acme/review/{job.pk}/"))
    assert client.get(f"/acme/candidates/{blind.candidate_id}/").status_code == 200


def test_managers_uncover_nobody(blind, manager, client):
    client.force_login(manager)

    assert client.post(f"/acme/review/candidacies/{blind.pk}/unblind/").status_code == 403


def test_answers_in_a_blind_stage_are_marked(blind, in_acme, manager):
    review = answering.answer(blind, email=manager.email, says=Answer.YES, comment="", by=manager)

    assert review.was_blind


def test_who_looked_at_whom_is_logged(shortlisted, acme, manager, client, job):
    client.force_login(manager)
    client.get(f"/acme/review/{job.pk}/")

    with acting_in(acme):
        entry = AuditEntry.objects.get(action="review.viewed")
    assert entry.actor == manager
    assert entry.details["candidates"] == [shortlisted.candidate_id]


def test_merging_people_keeps_the_later_answer(shortlisted, in_acme, job, put_on, owner, manager):
    twin = put_on(job, "Ada Lovelace")
    put_on_shortlist(twin, owner)
    for card, says in ((shortlisted, Answer.NO), (twin, Answer.YES)):
        answering.answer(card, email=manager.email, says=says, comment="", by=manager)

    merge_people(shortlisted.candidate, [twin.candidate_id], by=owner)

    assert [review.answer for review in Review.objects.all()] == ["yes"]


@pytest.mark.parametrize("number", [1, 3])
def test_sheets_cost_the_same_for_any_number(
    in_acme, job, recruiter, put_on, number, django_assert_num_queries
):
    for index in range(number):
        put_on_shortlist(put_on(job, f"Person {index}"), recruiter)
    people = list(answering.shortlist(job))

    # uncovered, answers, musts, skills, languages, work, education, résumés
    with django_assert_num_queries(8):
        blinding.sheets_of(people, email="boss@example.com")


def test_reviewers_are_told_once_a_day_whom_to_answer_about(shortlisted, in_acme, manager):
    with time_machine.travel("2026-03-02T12:00Z", tick=False):
        for _ in range(2):
            answering.tell_reviewers()
        answering.answer(shortlisted, email=manager.email, says=Answer.YES, comment="", by=manager)
        Notification.objects.update(key="")
        answering.tell_reviewers()

    mine = Notification.objects.filter(user=manager, kind=Notification.Kind.REVIEW)
    assert [line.text for line in mine] == [
        "1 person waits for your answer: Staff Backend Engineer"
    ]


@pytest.mark.parametrize("number", [1, 3])
def test_telling_reviewers_costs_the_same_for_any_number_of_jobs(
    in_acme, recruiter, manager, put_on, number, django_assert_num_queries
):
    for index in range(number):
        job = jobs.create_job(by=recruiter, title=f"Job {index}", managers=[manager])
        put_on_shortlist(put_on(job, f"Person {index}"), recruiter)
    with time_machine.travel("2026-03-02T12:00Z", tick=False):
        answering.tell_reviewers()
        # Each minute of the day: who is awaited, who was told.
        with django_assert_num_queries(2):
            answering.tell_reviewers()

    assert Notification.objects.filter(kind=Notification.Kind.REVIEW).count() == number


def test_nobody_is_asked_about_a_job_that_is_filled(shortlisted, in_acme, job, recruiter, manager):
    jobs.edit_job(job, by=recruiter, status=Job.Status.FILLED)

    with time_machine.travel("2026-03-02T12:00Z", tick=False):
        answering.tell_reviewers()

    assert list(answering.shortlist(job)) == []
    assert not Notification.objects.filter(kind=Notification.Kind.REVIEW).exists()
    with pytest.raises(answering.NotOnShortlist):
        answering.answer(shortlisted, email=manager.email, says=Answer.YES, comment="", by=manager)


def test_erasing_a_person_takes_the_answers_along(shortlisted, in_acme, manager):
    answering.answer(shortlisted, email=manager.email, says=Answer.YES, comment="x", by=manager)
    counts = erase_candidates([shortlisted.candidate_id])

    assert counts["pipelines.Review"] == 1

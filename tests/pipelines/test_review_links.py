"""Links for hiring managers without an account: bound to a mailbox, ended at any time, of no use when forwarded."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.utils import timezone

from crm.audit.models import AuditEntry
from crm.tenancy.models import hash_token
from crm.tenancy.scope import acting_in
from crm.tenancy.services import remove_member
from pipelines.models import Candidacy, Review, ReviewLink
from pipelines.services import jobs
from pipelines.services.reviews import linking
from pipelines.services.reviews.linking import mail_links
from tests.factories import MembershipFactory
from tests.pipelines.conftest import words

BOSS = "boss@elsewhere.example"


class Unreachable(EmailBackend):
    """A mail server that does not answer."""

    def open(self) -> bool:
        raise ConnectionRefusedError


@pytest.fixture
def card(acme, job, put_on, recruiter) -> Candidacy:
    card = put_on(job, "Ada Byron", emails=["ada@example.com"], phones=["+49 30 901820"])
    with acting_in(acme):
        Candidacy.objects.update(shortlisted_at=timezone.now(), shortlisted_by=recruiter)
    return card


@pytest.fixture
def link(acme, job, card, recruiter) -> ReviewLink:
    with acting_in(acme):
        return linking.make_link(job, email=BOSS, days=7, by=recruiter)


@pytest.fixture
def path(link, acme, mailoutbox) -> str:
    """Where the link leads, as its mail says."""
    assert mail_links(acme) == 1
    return re.search(r"http://testserver(/review/\S+)", mailoutbox[-1].body)[1]


def ask_for_code(client: Client, path: str, acme, mailoutbox) -> str:
    client.post(path, {"send": "1"})
    assert mail_links(acme) == 1
    assert mailoutbox[-1].to == [BOSS]
    return re.match(r"\d{6}", mailoutbox[-1].subject)[0]


@pytest.fixture
def opened(client, path, acme, mailoutbox) -> Client:
    code = ask_for_code(client, path, acme, mailoutbox)
    assert client.post(path, {"code": code}).status_code == 302
    return client


def test_link_is_mailed_once_and_kept_as_a_hash(link, path, acme, mailoutbox):
    assert mail_links(acme) == 0
    token = path.split("/")[2]
    assert len(token.partition(".")[2]) == 22
    with acting_in(acme):
        link.refresh_from_db()
    assert link.token_hash == hash_token(token)


def test_link_alone_shows_nobody(path, client):
    page = client.get(path)

    assert "Mail me a code" in page.text
    assert "Ada" not in page.text
    assert client.post(path, {"candidacy": "1", "says": "yes"}).status_code == 200
    assert client.get(path).headers["X-Robots-Tag"] == "noindex, nofollow"


def test_manager_answers_with_one_press(opened, path, acme, card):
    page = words(opened.get(path))
    assert "Ada Byron" in page
    assert "0 of 1 answered" in page

    answer = opened.post(path, {"candidacy": card.pk, "says": "no", "comment": "Too far away"})

    assert answer["Location"].endswith(f"#sheet-{card.pk}")
    with acting_in(acme):
        review = Review.objects.get()
        assert (review.email, review.answer, review.comment) == (BOSS, "no", "Too far away")
        assert review.by is None
        actions = set(AuditEntry.objects.values_list("action", flat=True))
        assert {"review_link.opened", "review.viewed", "review.answered"} <= actions
    assert "1 of 1 answered" in words(opened.get(path))


def test_page_shows_no_way_to_reach_anybody_and_no_file(opened, path):
    page = opened.get(path).text

    for secret in ("ada@example.com", "901820", "/candidates/", "download"):
        assert secret not in page


def test_forwarded_link_asks_somebody_else_for_a_code_too(opened, path, acme, mailoutbox):
    stranger = Client()

    assert "Mail me a code" in stranger.get(path).text
    ask_for_code(stranger, path, acme, mailoutbox)
    assert stranger.post(path, {"code": "000000"}).status_code == 422


def test_code_works_once(path, acme, mailoutbox):
    code = ask_for_code(Client(), path, acme, mailoutbox)

    assert Client().post(path, {"code": code}).status_code == 302
    assert Client().post(path, {"code": code}).status_code == 422


def test_code_ends_after_a_quarter_of_an_hour(client, path, acme, mailoutbox):
    code = ask_for_code(client, path, acme, mailoutbox)

    with time_machine.travel(timezone.now() + timedelta(minutes=16), tick=False):
        assert client.post(path, {"code": code}).status_code == 422


def test_wrong_codes_use_the_right_one_up(client, path, acme, mailoutbox):
    code = ask_for_code(client, path, acme, mailoutbox)
    wrong = "000000" if code != "000000" else "111111"
    for _ in range(5):
        assert client.post(path, {"code": wrong}).status_code == 422

    assert client.post(path, {"code": code}).status_code == 422
    with acting_in(acme):
        assert AuditEntry.objects.filter(action="review_link.wrong_code").count() == 5


def test_newer_code_replaces_the_older_one(client, path, acme, mailoutbox):
    old = ask_for_code(client, path, acme, mailoutbox)
    new = ask_for_code(client, path, acme, mailoutbox)

    if old != new:
        assert client.post(path, {"code": old}).status_code == 422
    assert client.post(path, {"code": f"{new[:3]} {new[3:]}"}).status_code == 302


def test_codes_are_not_mailed_without_end(client, path):
    answers = [client.post(path, {"send": "1"}).status_code for _ in range(6)]

    assert answers == [200] * 5 + [429]


def test_revoked_link_ends_also_where_it_is_open(opened, path, link, acme, recruiter):
    assert opened.get(path).status_code == 200
    with acting_in(acme):
        linking.revoke_link(link, by=recruiter)

    assert opened.get(path).status_code == 404


def test_link_and_session_end_with_their_time(opened, path):
    with time_machine.travel(timezone.now() + timedelta(hours=13), tick=False):
        assert "Mail me a code" in opened.get(path).text
    with time_machine.travel(timezone.now() + timedelta(days=8), tick=False):
        assert opened.get(path).status_code == 404


def test_new_link_ends_the_old_one(opened, path, acme, job, recruiter):
    with acting_in(acme):
        linking.make_link(job, email=BOSS.upper(), days=7, by=recruiter)

    assert opened.get(path).status_code == 404


def test_one_link_opens_one_job(opened, path, acme, put_on, recruiter):
    with acting_in(acme):
        other = jobs.create_job(by=recruiter, title="Other job")
    theirs = put_on(other, "Bo Ek")
    with acting_in(acme):
        Candidacy.objects.update(shortlisted_at=timezone.now())

    assert "Bo Ek" not in opened.get(path).text
    assert opened.post(path, {"candidacy": theirs.pk, "says": "yes"}).status_code == 409


@pytest.mark.parametrize(
    "body", [{"candidacy": "x", "says": "yes"}, {"says": "yes"}, {"says": "?"}]
)
def test_unclear_answers_are_refused(opened, path, acme, body):
    assert opened.post(path, body).status_code == 409
    with acting_in(acme):
        assert not Review.objects.exists()


@pytest.mark.parametrize(
    "token", ["x", "1.AAAAAAAAAAAAAAAAAAAAAA", "999999.AAAAAAAAAAAAAAAAAAAAAA"]
)
def test_guessed_links_open_nothing(link, client, token):
    assert client.get(f"/review/{token}/").status_code == 404


def test_unreachable_server_is_tried_again(link, acme, settings, mailoutbox):
    usual, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, f"{__name__}.Unreachable"
    assert mail_links(acme) == 0
    settings.EMAIL_BACKEND = usual

    assert mail_links(acme) == 0
    assert mail_links(acme, timezone.now() + timedelta(minutes=6)) == 1


def test_membership_that_ends_takes_its_links_along(acme, job, owner, recruiter, client):
    boss = MembershipFactory(organization=acme, user__email=BOSS)
    with acting_in(acme):
        link = linking.make_link(job, email=BOSS, days=7, by=recruiter)
        remove_member(boss, by=owner)
        link.refresh_from_db()

    assert link.revoked_at


def test_recruiter_makes_and_revokes_links_on_the_page(acme, job, recruiter, client):
    client.force_login(recruiter)
    page = f"/acme/review/{job.pk}/"

    assert client.post(f"{page}link/", {"email": "no address", "days": "7"}).status_code == 422
    client.post(f"{page}link/", {"email": BOSS, "days": "7"})
    assert BOSS in client.get(page).text

    with acting_in(acme):
        link = ReviewLink.objects.get()
    client.post(f"/acme/review/links/{link.pk}/revoke/")
    assert BOSS not in client.get(page).text


def test_words_that_are_too_long_are_kept(opened, path, acme, card):
    words_typed = "Too far away. " * 150

    answer = opened.post(path, {"candidacy": card.pk, "says": "no", "comment": words_typed})

    assert answer.status_code == 422
    assert "Your words are too long: 2,100 letters of at most 2,000." in answer.text
    assert words_typed in answer.text
    assert "no longer on the shortlist" not in answer.text
    with acting_in(acme):
        assert not Review.objects.exists()


@pytest.mark.parametrize("candidacy", ["²", "9" * 23, "-1", "x"])
def test_nobody_is_answered_about_who_is_not_there(opened, path, candidacy):
    answer = opened.post(path, {"candidacy": candidacy, "says": "no"})

    assert answer.status_code == 409
    assert "no longer on the shortlist" in answer.text


def test_answer_without_a_word_of_the_three_is_asked_again(opened, path, card):
    answer = opened.post(path, {"candidacy": card.pk, "says": "perhaps"})

    assert answer.status_code == 422
    assert "Choose yes, maybe or no." in answer.text


def test_who_asks_about_nobody_is_told_so(client, acme, job, recruiter):
    client.force_login(recruiter)

    answer = client.post(f"/acme/review/{job.pk}/link/", {"email": BOSS, "days": "7"}, follow=True)

    assert "Nobody is shortlisted yet" in answer.content.decode()

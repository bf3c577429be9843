"""Referrals by colleagues without an account: taken in, matched, refused in silence, followed by a link."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.db import connection
from django.utils import timezone

from campaigns.models import Sender
from campaigns.services import disclosing
from candidates.models import Candidate, Notification, PrivacyNotice, Suppression, Touchpoint
from candidates.services.suppressing import suppress
from crm.tenancy.scope import acting_in
from pipelines.models import Candidacy, Referral, ReferralLink
from pipelines.services import candidacies, jobs, referring
from tests.factories import CandidateFactory
from tests.pipelines.conftest import words

basis_of_referrals = import_module("pipelines.migrations.0007_basis_of_referrals")

TEXT = "From: {{ source }}. Basis: {{ basis }}."
FORM = {
    "name": "Bo Ek",
    "email": "bo@example.com",
    "relation": "worked_with",
    "note": "The best tester I know",
    "referrer_name": "Cy Young",
    "referrer_email": "Cy@acme.example",
    "consent": "on",
}


@pytest.fixture
def link(acme, job, recruiter) -> ReferralLink:
    with acting_in(acme):
        job.owner = recruiter
        job.save()
        return referring.open_link(name="Intranet", job=job, by=recruiter)


@pytest.fixture
def path(acme, link) -> str:
    with acting_in(acme):
        return referring.form_url(link).removeprefix("http://testserver")


def referral(acme) -> Referral:
    with acting_in(acme):
        return Referral.objects.select_related("candidate", "job").get()


def test_somebody_new_is_taken_in(acme, job, path, recruiter, client):
    answer = client.post(path, FORM)

    assert "Thank you!" in words(answer)
    made = referral(acme)
    assert (made.candidate.full_name, made.referrer_email) == ("Bo Ek", "cy@acme.example")
    assert not made.was_known
    with acting_in(acme):
        person = Candidate.objects.get()
        assert person.source.name == "Referral"
        assert person.lawful_basis == Candidate.LawfulBasis.LEGITIMATE_INTEREST
        assert person.emails.get().provenance_label == "Referral by Cy Young"
        card = Candidacy.objects.get()
        assert (card.job, card.origin) == (job, Candidacy.Origin.REFERRED)
        assert Touchpoint.objects.filter(
            summary="Referred by Cy Young: worked together", body="The best tester I know"
        ).exists()
        (line,) = Notification.objects.filter(user=recruiter, kind=Notification.Kind.REFERRAL)
        assert line.text == "Cy Young referred Bo Ek for Staff Backend Engineer"


def test_notice_says_that_a_colleague_referred_them_and_on_what_basis(acme, path, client):
    """Art. 14: the data is not from the person, whose consent nobody else can give."""
    client.post(path, FORM)

    with acting_in(acme):
        notice = PrivacyNotice.objects.get()
        text = disclosing.words_for(
            notice, notice.candidate, Sender(name="R", address="r@acme.example"), text=TEXT
        )
    assert text == "From: Referral. Basis: legitimate interest."


def test_somebody_known_is_not_made_twice(acme, path, client):
    with acting_in(acme):
        known = CandidateFactory(full_name="Bo Ek", emails=["BO@example.com"])

    client.post(path, FORM)
    client.post(path, FORM | {"referrer_name": "Dee", "referrer_email": "dee@acme.example"})

    with acting_in(acme):
        assert list(Candidate.objects.all()) == [known]
        assert (
            list(Referral.objects.values_list("candidate", "was_known")) == [(known.pk, True)] * 2
        )
        assert Candidacy.objects.count() == 1


@pytest.mark.parametrize(
    ("reason", "is_kept"),
    [("erased", False), ("objected", False), ("complained", False), ("unsubscribed", True)],
)
def test_suppressed_people_are_refused_without_a_word(acme, path, client, reason, is_kept):
    with acting_in(acme):
        suppress("email", "bo@example.com", reason=Suppression.Reason(reason))

    refused = client.post(path, FORM)
    usual = client.post(path, FORM | {"email": "somebody@example.com"})

    assert words(refused) == words(usual)
    with acting_in(acme):
        assert Candidate.objects.filter(emails__normalized="bo@example.com").exists() == is_kept
        silent = Referral.objects.order_by("pk").first()
        if not is_kept:
            assert (silent.candidate, silent.note) == (None, "")
            assert silent.mail_due_at
        status = referring.status_url(silent).removeprefix("http://testserver")
    assert "Received: we are looking at it." in words(client.get(status))


def test_referrer_gets_one_mail_with_a_link_that_shows_how_far_it_is(
    acme, job, path, client, recruiter, mailoutbox
):
    client.post(path, FORM)
    assert [referring.mail_referrers(acme) for _ in range(2)] == [1, 0]
    (mail,) = mailoutbox
    assert mail.to == ["cy@acme.example"]
    status = mail.body.split("http://testserver")[1].split()[0]

    seen = []
    for stage in (None, "Onsite", "Hired"):
        with acting_in(acme):
            if stage:
                card = Candidacy.objects.get()
                to = job.pipeline.stages.get(name=stage)
                candidacies.move_card(card, to=to, by=recruiter)
        page = words(client.get(status))
        assert "Bo" not in page
        seen.append(page)

    assert "Received: we are looking at it." in seen[0]
    assert "We are talking with each other." in seen[1]
    assert "Hired. Thank you!" in seen[2]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"consent": ""}, "Please ask them first"),
        ({"email": "no address"}, "valid email address"),
        ({"link": "not a link"}, "not a web address"),
        ({"relation": "enemy"}, "Select a valid choice"),
        ({"name": ""}, "required"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_lost(acme, path, client, change, says):
    answer = client.post(path, FORM | change)

    assert answer.status_code == 422
    assert says in words(answer)
    assert "The best tester I know" in answer.text
    with acting_in(acme):
        assert not Referral.objects.exists()


def test_machines_are_thanked_and_forgotten(acme, path, client):
    assert "Thank you!" in words(client.post(path, FORM | {"website": "https://spam.example"}))

    with acting_in(acme):
        assert not Referral.objects.exists()


def test_many_referrals_of_one_network_are_slowed(path, client):
    answers = [
        client.post(path, FORM | {"email": f"p{number}@example.com"}).status_code
        for number in range(21)
    ]

    assert answers == [200] * 20 + [429]


def test_form_without_a_job_offers_the_open_ones_that_are_no_secret(acme, job, recruiter, client):
    with acting_in(acme):
        secret = jobs.create_job(by=recruiter, title="Successor of the boss")
        type(secret).objects.filter(pk=secret.pk).update(is_confidential=True)
        link = referring.open_link(name="Any", job=None, by=recruiter)
        path = referring.form_url(link).removeprefix("http://testserver")

    page = client.get(path).text
    answer = client.post(path, FORM | {"job": secret.pk})

    assert "Staff Backend Engineer" in page
    assert "Successor" not in page
    assert answer.status_code == 422
    assert "Successor" not in answer.text


def test_closed_form_and_forged_links_open_nothing(acme, link, path, recruiter, client):
    with acting_in(acme):
        referring.close_link(link, by=recruiter)

    assert client.get(path).status_code == 404
    assert client.post(path, FORM).status_code == 404
    assert client.get("/refer/1.1.0.aaaaaaaaaaaaaaaaaaaaaaaaaa/").status_code == 404
    assert client.get("/refer/status/1.1.0.aaaaaaaaaaaaaaaaaaaaaaaaaa/").status_code == 404


def test_basis_of_earlier_referrals_is_corrected_where_nobody_has_set_it(acme):
    """The statement that runs once, on rows from before: a colleague cannot consent for somebody else."""
    consent = {"lawful_basis": Candidate.LawfulBasis.CONSENT}
    with acting_in(acme):
        people = {
            "taken in": CandidateFactory(**consent),
            "set by hand": CandidateFactory(
                **consent, provenance={"lawful_basis": {"origin": "hand"}}
            ),
            "known before": CandidateFactory(**consent),
            "other basis": CandidateFactory(lawful_basis=Candidate.LawfulBasis.CONTRACT),
            "never referred": CandidateFactory(**consent),
        }
        for name, person in people.items():
            if name != "never referred":
                Referral.objects.create(
                    candidate=person,
                    referrer_name="Cy Young",
                    referrer_email="cy@acme.example",
                    was_known=name == "known before",
                )
        with connection.cursor() as cursor:
            cursor.execute(basis_of_referrals.CORRECT)

        assert {
            name: Candidate.objects.get(pk=row.pk).lawful_basis for name, row in people.items()
        } == {
            "taken in": "legitimate_interest",
            "set by hand": "consent",
            "known before": "consent",
            "other basis": "contract",
            "never referred": "consent",
        }


def test_words_for_nobody_are_forgotten(acme, path, client):
    with acting_in(acme):
        suppress("email", "bo@example.com", reason=Suppression.Reason.ERASED)
    client.post(path, FORM)
    client.post(path, FORM | {"email": "kept@example.com"})

    with acting_in(acme):
        assert referring.forget_old_referrals(timezone.now() + timedelta(days=179)) == 0
        assert referring.forget_old_referrals(timezone.now() + timedelta(days=181)) == 1
        assert Referral.objects.get().candidate


def test_page_lists_them_and_only_recruiters_open_forms(
    acme, link, path, viewer, recruiter, client
):
    client.post(path, FORM)
    client.force_login(viewer)
    page = words(client.get("/acme/referrals/"))
    assert "Bo Ek by Cy Young: worked together" in page
    assert "Forms for colleagues" not in page
    client.post("/acme/referrals/", {"name": "Mine"})

    client.force_login(recruiter)
    client.post("/acme/referrals/", {"name": "Lobby"})

    with acting_in(acme):
        assert sorted(ReferralLink.objects.values_list("name", flat=True)) == ["Intranet", "Lobby"]


def test_no_form_tells_of_a_confidential_job(acme, job, link, path, recruiter, client):
    with acting_in(acme):
        job.is_confidential = True
        job.save()

    assert client.get(path).status_code == 404
    assert client.post(path, FORM).status_code == 404
    client.force_login(recruiter)
    asked = {"name": "Intranet", "job": job.pk}
    assert client.post("/acme/referrals/", asked).status_code == 422
    with acting_in(acme):
        assert ReferralLink.objects.get() == link
        assert not Referral.objects.exists()


def test_what_the_colleague_says_of_oneself_is_told_of_the_colleague(acme, path, recruiter, client):
    client.post(path, {**FORM, "relation": "managed"})
    client.force_login(recruiter)

    assert "by Cy Young: was their manager" in words(client.get("/acme/referrals/"))

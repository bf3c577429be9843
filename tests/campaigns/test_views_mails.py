"""Mail in doubt, mail of unknown people, and reading one mail."""

from smtplib import SMTPRecipientsRefused

import pytest

from campaigns.models import Message
from campaigns.services import delivering
from candidates.services.duplicates.refreshing import compare_batch
from crm.tenancy.scope import acting_in
from tests.campaigns.test_views_sequences import FRAME
from tests.factories import CandidateFactory
from tests.pages import text_of

pytestmark = pytest.mark.django_db

LOOK = "/acme/sequences/needs-a-look/"
UNMATCHED = "/acme/sequences/unmatched/"


def doubtful(outreach, address: str, state: Message.State = Message.State.AMBIGUOUS) -> Message:
    (*_, message) = outreach.queue(outreach.candidate(address))
    with acting_in(outreach.organization):
        Message.objects.filter(pk=message.pk).update(state=state, problem="The line went dead")
    return message


def stray(outreach, **values) -> Message:
    with acting_in(outreach.organization):
        return Message.objects.create(
            direction=Message.Direction.IN,
            state=Message.State.RECEIVED,
            from_address="stranger@example.com",
            subject="Your mail",
            body_text="A colleague sent me your mail. Tell me more.",
            **values,
        )


def test_doubtful_mails_are_listed_with_their_reason(as_user, viewer, outreach):
    doubtful(outreach, "amara@example.com")

    html = text_of(as_user(viewer).get(LOOK))

    assert "amara@example.com" in html
    assert "The line went dead" in html
    assert "Resend" not in html


@pytest.mark.parametrize("rows", [1, 3])
def test_list_costs_the_same_for_every_length(
    client, recruiter, outreach, rows, django_assert_num_queries
):
    for number in range(rows):
        doubtful(outreach, f"person{number}@example.com")
    client.force_login(recruiter)

    # The rows, those of each of two kinds, and the three counts on the tabs.
    with django_assert_num_queries(FRAME + 6):
        response = client.get(LOOK)

    assert len(response.context["page"].rows) == rows


def test_what_was_refused_to_who_has_left_is_not_to_decide(as_user, recruiter, outreach, provider):
    outreach.queue(outreach.candidate())

    def refuse(mail):
        raise SMTPRecipientsRefused({"amara@example.com": (550, b"5.1.1 No such user")})

    provider.before_accepting = refuse
    delivering.deliver_due(outreach.organization)
    (refused,) = outreach.messages()
    assert (refused.state, refused.enrollment.stop_reason) == ("failed", "bounced")
    doubtful(outreach, "ben@example.com", Message.State.FAILED)

    page = as_user(recruiter).get(LOOK)

    assert [mail.to_address for mail in page.context["page"].rows] == ["ben@example.com"]
    assert page.context["triage"].doubtful.number == 1


def test_resend_queues_it_again(as_user, recruiter, outreach):
    message = doubtful(outreach, "amara@example.com", Message.State.FAILED)
    client = as_user(recruiter)

    assert client.get(f"{LOOK}{message.pk}/resend/").status_code == 405
    client.post(f"{LOOK}{message.pk}/resend/")

    assert outreach.reload(message).state == "queued"
    assert client.get(LOOK).context["page"].rows == []


def test_mark_as_sent_settles_it(as_user, recruiter, outreach):
    message = doubtful(outreach, "amara@example.com")

    as_user(recruiter).post(f"{LOOK}{message.pk}/mark-sent/")

    assert outreach.reload(message).state == "sent"


def test_a_mail_without_doubt_is_left_alone(as_user, recruiter, outreach):
    message = outreach.send(outreach.candidate())

    for act in ("resend", "mark-sent"):
        assert as_user(recruiter).post(f"{LOOK}{message.pk}/{act}/").status_code == 409

    assert outreach.reload(message).state == "sent"


def test_unmatched_mail_is_assigned_and_counts_as_a_reply(as_user, recruiter, outreach):
    amara = outreach.candidate()
    outreach.enroll(amara)
    mail = stray(outreach)
    client = as_user(recruiter)

    found = client.get(UNMATCHED, {"mail": mail.pk, "q": "okafor"}).context["found"]
    client.post(f"{UNMATCHED}{mail.pk}/assign/", {"candidate": found[0].pk})

    enrollment = outreach.enrollment(amara)
    assert (enrollment.state, enrollment.stop_reason) == ("stopped", "replied")
    assert client.get(UNMATCHED).context["page"].rows == []


def test_another_organizations_person_gets_no_mail(as_user, recruiter, outreach, globex):
    with acting_in(globex):
        foreign = CandidateFactory()
    mail = stray(outreach)

    response = as_user(recruiter).post(f"{UNMATCHED}{mail.pk}/assign/", {"candidate": foreign.pk})

    assert response.status_code == 422
    assert outreach.reload(mail).candidate_id is None


def test_somebody_new_is_added_with_the_mail_on_the_timeline(as_user, recruiter, outreach):
    mail = stray(outreach)
    client = as_user(recruiter)

    client.post(f"{UNMATCHED}{mail.pk}/add/", {"full_name": " "})
    assert outreach.reload(mail).candidate_id is None
    client.post(f"{UNMATCHED}{mail.pk}/add/", {"full_name": "Noor Haddad"})

    candidate = outreach.reload(mail).candidate
    assert candidate.full_name == "Noor Haddad"
    with acting_in(outreach.organization):
        assert candidate.emails.get().normalized == "stranger@example.com"
    assert client.post(f"{UNMATCHED}{mail.pk}/add/", {"full_name": "Noor"}).status_code == 409


def test_who_was_asked_under_that_subject_is_a_hint_and_no_match(
    as_user, recruiter, outreach, provider
):
    written = outreach.send(outreach.candidate())
    mail = stray(outreach)
    with acting_in(outreach.organization):
        Message.objects.filter(pk=mail.pk).update(subject=f"AW: Re: {written.subject}")

    response = as_user(recruiter).get(UNMATCHED, {"mail": mail.pk})

    assert [person.pk for person in response.context["asked"]] == [written.candidate_id]
    assert outreach.reload(mail).candidate_id is None


def test_dismissed_mail_is_off_the_list_but_kept(as_user, recruiter, outreach):
    mail = stray(outreach)
    client = as_user(recruiter)

    client.post(f"{UNMATCHED}{mail.pk}/dismiss/")

    assert client.get(UNMATCHED).context["page"].rows == []
    assert outreach.reload(mail).body_text != ""
    assert client.post(f"{UNMATCHED}{mail.pk}/dismiss/").status_code == 409


def test_tabs_count_what_waits(client, recruiter, outreach):
    doubtful(outreach, "amara@example.com")
    stray(outreach)
    client.force_login(recruiter)

    triage = client.get("/acme/sequences/").context["triage"]

    assert (triage.doubtful.number, triage.unmatched.number) == (1, 1)


def test_a_mail_is_read_in_a_frame_of_its_own(as_user, viewer, outreach):
    mail = stray(outreach, body_html="<p>Hi</p><script>alert(1)</script>")
    client = as_user(viewer)

    page = text_of(client.get(f"/acme/sequences/mails/{mail.pk}/"))
    body = client.get(f"/acme/sequences/mails/{mail.pk}/body/")

    assert f'src="/acme/sequences/mails/{mail.pk}/body/"' in page
    assert "<script>alert" not in page
    assert "<p>Hi</p>" in text_of(body)
    policy = body["Content-Security-Policy"]
    assert "sandbox allow-popups allow-popups-to-escape-sandbox" in policy
    assert "default-src 'none'" in policy
    assert "script-src 'none'" in policy
    assert "form-action 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert body["X-Frame-Options"] == "SAMEORIGIN"


def test_a_mail_without_html_shows_its_text_as_text(client, viewer, outreach):
    mail = stray(outreach)
    with acting_in(outreach.organization):
        Message.objects.filter(pk=mail.pk).update(body_text="1 < 2 <b>bold</b>")
    client.force_login(viewer)

    html = text_of(client.get(f"/acme/sequences/mails/{mail.pk}/body/"))

    assert "<pre>1 &lt; 2 &lt;b&gt;bold&lt;/b&gt;</pre>" in html


def test_mail_from_an_unknown_address_names_who_may_have_written_it(acme, as_user, recruiter):
    with acting_in(acme):
        known = CandidateFactory(full_name="Anna Meier", emails=["am@example.com"])
        CandidateFactory(full_name="Otto Blau")
        compare_batch()
        mail = Message.objects.create(
            direction="in", state="received", from_address="anna.meier@elsewhere.example"
        )

    page = as_user(recruiter).get(f"{UNMATCHED}?mail={mail.pk}")

    text = page.content.decode()
    assert "May be somebody you know" in text
    assert f'aria-label="Assign to {known}"' in text
    assert "Otto Blau" not in text

"""Whom no mail goes to: seen, and taken back with a reason, but for what nobody here may take back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.services import lifting
from campaigns.services.lifting import Because, CannotBeLifted, Subject
from campaigns.services.reaching import Obstacle, reach
from campaigns.services.unsubscribing import unsubscribe_candidate
from candidates.models import EmailAddress, Suppression, Touchpoint
from candidates.queries.search import ANY_READER, PeopleQuery, find_people, parse
from candidates.queries.warmth import warmth_of
from candidates.services import suppressing
from candidates.services.timeline import add_touchpoint
from crm.audit.models import AuditEntry
from crm.tenancy.scope import acting_in
from tests.factories import CandidateFactory
from tests.pages import text_of

pytestmark = pytest.mark.django_db

PAGE = "/acme/settings/senders/kept-back/"
Reason, Kind = Suppression.Reason, Touchpoint.Kind
FINAL = [Reason.COMPLAINED, Reason.OBJECTED, Reason.ERASED]


@pytest.fixture
def sam(outreach):
    """Somebody with two addresses."""
    with acting_in(outreach.organization):
        return CandidateFactory(
            full_name="Sam Noor", emails=["sam@example.com", "sam@work.example"]
        )


def keep_back(outreach, reason: Suppression.Reason, *addresses: str) -> None:
    with acting_in(outreach.organization):
        for address in addresses or ("sam@example.com", "sam@work.example"):
            suppressing.suppress("email", address, reason=reason)


def may_be_written_to(outreach, person) -> bool:
    with acting_in(outreach.organization):
        person = type(person).objects.get(pk=person.pk)
        return not isinstance(reach([person])[person.pk], Obstacle)


def found(text: str) -> set[int]:
    query = PeopleQuery(parse(text, searcher=ANY_READER))
    return set(find_people(query, searcher=ANY_READER).values_list("pk", flat=True))


def test_an_unsubscription_is_taken_back_with_a_reason(as_user, owner, outreach, sam):
    keep_back(outreach, Reason.UNSUBSCRIBED)
    client = as_user(owner)
    assert "Unsubscribed" in text_of(client.get(PAGE, {"candidate": sam.pk}))
    assert not may_be_written_to(outreach, sam)

    asked = {"candidate": sam.pk, "reason": "unsubscribed", "because": "asked"}
    client.post(f"{PAGE}lift/", {**asked, "note": "On the phone on Monday"})

    assert may_be_written_to(outreach, sam)
    with acting_in(outreach.organization):
        entry = AuditEntry.objects.get(action="suppression.taken_back")
        assert (entry.actor, entry.object_id) == (owner, sam.pk)
        assert entry.details == {"reason": "unsubscribed", "because": "asked"}
        told = Touchpoint.objects.get(candidate=sam, kind="mail_again")
        assert told.body == "On the phone on Monday"
        assert "they asked to be written to again" in told.summary


def test_who_takes_it_back_is_found_again_and_cools_from_the_day_they_left(outreach, owner, sam):
    now = timezone.now()
    with acting_in(outreach.organization):
        add_touchpoint(sam, Kind.MEETING, "Met", at=now - timedelta(days=5))
        unsubscribe_candidate(sam)
        Touchpoint.objects.filter(kind=Kind.UNSUBSCRIBE).update(at=now - timedelta(days=4))
        add_touchpoint(sam, Kind.MAIL_RECEIVED, "Replied", at=now - timedelta(days=1))
        warm = warmth_of(sam)
        assert found("contactable:no") == {sam.pk}

        lifting.lift_suppression(Subject(sam), "unsubscribed", because=Because.ASKED, by=owner)

        assert found("contactable:yes") == {sam.pk}
        assert warmth_of(sam).score == warm.score > 40
        assert warmth_of(sam).unsubscribed_at == warm.unsubscribed_at
        # They did unsubscribe once: what they did is found, what we did about it is not.
        assert found("engagement:Unsubscribed") == {sam.pk}
        Touchpoint.objects.filter(kind=Kind.UNSUBSCRIBE).delete()
        assert found("engagement:Unsubscribed") == set()

        unsubscribe_candidate(sam)
        assert found("contactable:no") == {sam.pk}


def test_an_address_that_works_again_takes_no_unsubscription_back(outreach, owner, sam):
    keep_back(outreach, Reason.BOUNCED, "sam@work.example")
    with acting_in(outreach.organization):
        unsubscribe_candidate(sam)
        lifting.lift_suppression(Subject(sam), "bounced", because=Because.WORKS, by=owner)

        assert found("contactable:no") == {sam.pk}
        assert sam.touchpoints.get(kind=Kind.EDITED).summary.startswith("Not kept back any more")
    assert not may_be_written_to(outreach, sam)


@pytest.mark.parametrize("status", ["not_now", "do_not_contact", "nurturing"])
def test_search_and_sending_agree_on_who_is_left_alone(outreach, sam, status):
    with acting_in(outreach.organization):
        sam.status = status
        sam.save()

        assert (found("contactable:yes") == {sam.pk}) == (status == "nurturing")
    assert may_be_written_to(outreach, sam) == (status == "nurturing")


def test_without_a_reason_nothing_is_taken_back(as_user, owner, outreach, sam):
    keep_back(outreach, Reason.UNSUBSCRIBED)

    response = as_user(owner).post(
        f"{PAGE}lift/", {"candidate": sam.pk, "reason": "unsubscribed", "note": "please"}
    )

    assert response.status_code == 422
    assert "This field is required" in text_of(response)
    assert not may_be_written_to(outreach, sam)


@pytest.mark.parametrize("reason", FINAL)
def test_what_stays_says_so_and_stays(as_user, owner, outreach, sam, reason):
    keep_back(outreach, reason)
    client = as_user(owner)

    html = text_of(client.get(PAGE, {"candidate": sam.pk}))
    assert lifting.FINAL[reason] in html
    assert "Let mail go to them again" not in html
    asked = {"candidate": sam.pk, "reason": reason.value, "because": "mistake"}
    response = client.post(f"{PAGE}lift/", asked)

    assert response.status_code == 409
    assert lifting.FINAL[reason] in text_of(response)
    with acting_in(outreach.organization):
        assert Suppression.objects.count() == 2
        assert not AuditEntry.objects.filter(action__startswith="suppression.lifted").exists()


def test_one_reason_is_taken_back_and_the_others_stay(outreach, owner, sam):
    keep_back(outreach, Reason.UNSUBSCRIBED)
    keep_back(outreach, Reason.OBJECTED)

    with acting_in(outreach.organization):
        lifting.lift_suppression(Subject(sam), "unsubscribed", because=Because.ASKED, by=owner)

        assert [one.reason for one in lifting.kept_back(Subject(sam))] == [Reason.OBJECTED]
    assert not may_be_written_to(outreach, sam)


def test_an_address_that_works_again_is_tried_again(outreach, owner, sam):
    keep_back(outreach, Reason.BOUNCED, "sam@example.com")
    with acting_in(outreach.organization):
        EmailAddress.objects.filter(candidate=sam).update(state="bounced")
        keep = EmailAddress.objects.get(address="sam@work.example")
        EmailAddress.objects.filter(pk=keep.pk).update(state="wrong")
        lifting.lift_suppression(Subject(sam), "bounced", because=Because.WORKS, by=owner)

        states = dict(sam.emails.values_list("address", "state"))
    assert states == {"sam@example.com": "unknown", "sam@work.example": "wrong"}
    assert may_be_written_to(outreach, sam)


def test_an_address_is_looked_up_by_what_was_typed(as_user, owner, outreach, sam):
    keep_back(outreach, Reason.UNSUBSCRIBED, "gone@example.com")
    client = as_user(owner)

    alone = client.post(f"{PAGE}look-up/", {"address": " GONE@example.com"})
    assert "gone@example.com" in text_of(alone)
    assert "Unsubscribed" in text_of(alone)
    known = client.post(f"{PAGE}look-up/", {"address": "Sam@work.example"})
    assert known.url == f"{PAGE}?candidate={sam.pk}"
    free = client.post(f"{PAGE}look-up/", {"address": "free@example.com"})
    assert "Nothing is kept back here." in text_of(free)
    client.post(
        f"{PAGE}lift/",
        {"address": "gone@example.com", "reason": "unsubscribed", "because": "mistake"},
    )

    with acting_in(outreach.organization):
        assert not Suppression.objects.exists()


@pytest.mark.parametrize("reason", ["unsubscribed", "nonsense", ""])
def test_what_is_not_there_is_not_taken_back(outreach, owner, sam, reason):
    with acting_in(outreach.organization), pytest.raises(CannotBeLifted):
        lifting.lift_suppression(Subject(sam), reason, because=Because.ASKED, by=owner)


def test_the_record_leads_here_for_who_may_and_only_for_what_is_kept_back(
    client, owner, recruiter, outreach, sam
):
    record, link = f"/acme/candidates/{sam.pk}/", f"{PAGE}?candidate={sam.pk}"
    client.force_login(owner)
    assert link not in text_of(client.get(record))
    keep_back(outreach, Reason.UNSUBSCRIBED)
    assert link in text_of(client.get(record))

    client.force_login(recruiter)
    assert "Has unsubscribed." in text_of(client.get(record))
    assert link not in text_of(client.get(record))


def test_the_page_counts_each_reason(as_user, owner, outreach):
    keep_back(outreach, Reason.UNSUBSCRIBED)
    keep_back(outreach, Reason.BOUNCED, "gone@example.com")

    page = as_user(owner).get(PAGE)

    assert page.context["counts"] == [("Unsubscribed", 2), ("Address does not exist", 1)]

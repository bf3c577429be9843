"""Companies that are not contacted: everybody who writes, counts or enrolls goes by the same list."""

import pytest

from analytics import queries
from campaigns.models import Enrollment, Message
from campaigns.services import delivering, dispatching, preflighting
from campaigns.services.reaching import Obstacle, address_for, reach
from campaigns.services.writing import CannotWrite, Letter, write_mail
from candidates.models import Candidate, CompanyRule
from candidates.services.company_rules import save_rule
from crm.tenancy.scope import acting_in
from tests.pages import text_of

pytestmark = pytest.mark.django_db

WORKS = "Works at Tidewater, which is on the do-not-contact list."


@pytest.fixture
def list_tidewater(outreach):
    def add(**values) -> CompanyRule:
        with acting_in(outreach.organization):
            return save_rule(CompanyRule(name="Tidewater", **values), by=outreach.user)

    return add


@pytest.fixture
def amara(outreach) -> Candidate:
    return outreach.candidate(company="Tidewater GmbH")


@pytest.fixture
def sam(outreach) -> Candidate:
    return outreach.candidate("sam@mailbox.test", full_name="Sam Noor", company="Riverbank")


def test_whoever_works_there_is_not_enrolled(outreach, list_tidewater, amara, sam):
    list_tidewater()

    result = outreach.enroll(amara, sam)

    assert (result.enrolled, result.refused) == (1, [(amara.pk, WORKS)])


def test_counting_agrees_with_sending(outreach, list_tidewater, amara, sam):
    list_tidewater()

    with acting_in(outreach.organization):
        everybody = Candidate.objects.all()
        assert set(queries.contactable_among(everybody).values_list("pk", flat=True)) == {sam.pk}
        assert isinstance(reach([amara])[amara.pk], Obstacle)


def test_counting_finds_the_people_rule_by_rule(
    outreach, list_tidewater, amara, sam, django_assert_num_queries
):
    list_tidewater()

    with acting_in(outreach.organization), django_assert_num_queries(2) as asked:
        assert queries.contactable_among(Candidate.objects.all()).count() == 1

    # The view that works out the key of each company there is takes seconds for a pool of many.
    tables = " ".join(one["sql"] for one in asked)
    assert "company_rule_match" not in tables
    assert "company_rule_person" in tables


def test_reaching_asks_no_more_with_rules(
    outreach, list_tidewater, amara, sam, django_assert_num_queries
):
    list_tidewater()

    with acting_in(outreach.organization), django_assert_num_queries(2):
        reach([amara, sam])


def test_a_rule_made_after_queueing_stops_the_mail(outreach, list_tidewater, amara, provider):
    (message,) = outreach.queue(amara)
    list_tidewater()

    delivering.deliver_due(outreach.organization)

    enrollment = outreach.enrollment(amara)
    assert (enrollment.state, enrollment.stop_reason) == ("stopped", "company")
    with acting_in(outreach.organization):
        message.refresh_from_db()
    assert message.state == Message.State.CANCELLED
    assert provider.accepted == []


def test_a_follow_up_is_not_even_queued(outreach, list_tidewater, amara, provider):
    outreach.add_second(wait_business_days=0)
    outreach.send(amara)
    list_tidewater()

    dispatching.dispatch(outreach.organization)

    assert outreach.enrollment(amara).stop_reason == Enrollment.StopReason.COMPANY
    assert len(provider.accepted) == 1


def test_preflight_names_the_blocked_and_the_warned(
    as_user, outreach, recruiter, list_tidewater, amara, sam
):
    list_tidewater()
    with acting_in(outreach.organization):
        save_rule(CompanyRule(name="Riverbank", effect="warn"), by=outreach.user)
        found = preflighting.preflight(outreach.sequence, [amara.pk, sam.pk], viewer=recruiter)

    assert found.enrolled == 1
    assert [(one.reason, one.count) for one in found.refusals] == [(WORKS, 1)]
    (warning,) = found.warnings
    assert warning.reason == "Works at Riverbank, which is on the do-not-contact list."
    assert [str(person) for person, _ in warning.people] == ["Sam Noor"]
    page = text_of(
        as_user(recruiter).post(
            "/acme/sequences/enroll/",
            {"sequence": outreach.sequence.pk, "candidates": f"{amara.pk},{sam.pk}"},
        )
    )
    assert "to think about: Works at Riverbank" in " ".join(page.split())


def test_the_record_says_both(as_user, recruiter, outreach, list_tidewater, amara, sam):
    list_tidewater()
    with acting_in(outreach.organization):
        save_rule(CompanyRule(name="Riverbank", effect="warn"), by=outreach.user)

    assert WORKS in text_of(as_user(recruiter).get(f"/acme/candidates/{amara.pk}/"))
    warned = text_of(as_user(recruiter).get(f"/acme/candidates/{sam.pk}/"))
    assert "May be written to" in warned
    assert "Works at Riverbank, which is on the do-not-contact list." in warned


def test_by_hand_only_answers_go(outreach, list_tidewater, amara):
    list_tidewater()

    with acting_in(outreach.organization):
        with pytest.raises(CannotWrite, match="Works at Tidewater"):
            write_mail(
                amara, Letter(sender=outreach.sender, subject="Hello", body="Hi"), by=outreach.user
            )
        theirs = Message.objects.create(
            direction="in",
            state="received",
            candidate=amara,
            message_id="<x@example.com>",
            from_address="amara@example.com",
        )
        assert address_for(amara, answers=theirs).address == "amara@example.com"


def test_mail_that_the_person_waits_for_goes(outreach, list_tidewater, amara):
    list_tidewater()

    with acting_in(outreach.organization):
        assert str(reach([amara], is_expected=True)[amara.pk]) == "amara@example.com"
        assert str(reach([amara], is_notice=True)[amara.pk]) == "amara@example.com"
        assert isinstance(reach([amara])[amara.pk], Obstacle)

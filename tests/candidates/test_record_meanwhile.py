"""Two people with the same record open: what one adds in between is never lost to the other's save."""

import html

import pytest

from candidates.models import CandidatePreference
from candidates.services.rows import make_primary
from crm.tenancy.scope import acting_in
from tests.candidates.conftest import seen
from tests.pipelines.test_meanwhile import fields_of

LATE = "Somebody else has saved this meanwhile"


@pytest.fixture
def two(as_user, recruiter, owner):
    """Two who have the form at an address open: `send(who, **typed)`."""

    def open_at(path: str):
        clients = [as_user(recruiter), as_user(owner)]
        forms = [fields_of(client.get(path).text) for client in clients]

        def send(who: int, fields: dict | None = None, **typed):
            return clients[who].post(path, (fields or forms[who]) | typed)

        return send

    return open_at


def test_a_record_saved_by_two_keeps_what_both_have_written(two, acme, ana, path):
    send = two(f"{path}edit/")
    send(0, company="Hooli", emails="ana@example.com\nana@hooli.example", phones="+351 210 000 000")

    late = send(1, city="Porto", emails="ana@example.com\nana@home.example")

    assert late.status_code == 422
    assert LATE in seen(late)
    assert "Company" in seen(late)
    assert "Both stand here now: take out what is wrong, and save again." in seen(late)
    with acting_in(acme):
        ana.refresh_from_db()
        assert (ana.company, ana.city) == ("Hooli", "Lisbon")
    again = fields_of(late.text)
    assert (again["company"], again["city"]) == (["Hooli"], ["Porto"])
    assert again["phones"] == ["+351 210 000 000"]
    assert again["emails"] == ["ana@example.com\nana@home.example\nana@hooli.example"]

    assert send(1, again).status_code < 400

    with acting_in(acme):
        ana.refresh_from_db()
        assert (ana.company, ana.city) == ("Hooli", "Porto")
        assert {row.address for row in ana.emails.all()} == {
            "ana@example.com", "ana@hooli.example", "ana@home.example",
        }  # fmt: skip
        assert ana.phones.get().number == "+351 210 000 000"


def test_an_address_that_somebody_has_made_the_first_stays_the_first(
    two, acme, recruiter, ana, path
):
    two(f"{path}edit/")(0, emails="ana@example.com\nana@hooli.example")
    send = two(f"{path}edit/")
    with acting_in(acme):
        make_primary(ana.emails.get(address="ana@hooli.example"), by=recruiter)

    late = send(1, company="Hooli")

    assert late.status_code == 422
    assert fields_of(late.text)["emails"] == ["ana@hooli.example\nana@example.com"]


def test_a_record_that_nobody_else_has_saved_is_saved_at_once(two, acme, ana, path):
    send = two(f"{path}edit/")
    assert send(0, company="Hooli").status_code < 400
    assert send(1, company="Hooli", city="Porto").status_code < 400

    with acting_in(acme):
        ana.refresh_from_db()
        assert (ana.company, ana.city) == ("Hooli", "Porto")


def test_a_row_saved_by_two_keeps_what_the_first_has_written(two, acme, ana):
    with acting_in(acme):
        row = ana.phones.get()
    send = two(f"/acme/candidates/rows/phone/{row.pk}/")
    send(0, state="wrong", use="work")

    late = send(1, number="+351 210 999 999", use="private")

    assert late.status_code == 422
    assert "Meanwhile somebody else has written “Work”" in html.unescape(late.text)
    again = fields_of(late.text)
    assert (again["state"], again["use"]) == (["wrong"], ["private"])
    assert send(1, again).status_code < 400
    with acting_in(acme):
        row.refresh_from_db()
        assert (row.number, row.state, row.use) == ("+351 210 999 999", "wrong", "private")


def test_first_wishes_of_two_are_kept(two, acme, ana, path):
    send = two(f"{path}preferences/")
    send(0, wanted_role="CTO", notice="3 months")

    late = send(1, wanted_place="Porto")

    assert late.status_code == 422
    assert LATE in seen(late)
    send(1, fields_of(late.text))
    with acting_in(acme):
        wishes = CandidatePreference.objects.get()
        assert (wishes.wanted_role, wishes.notice, wishes.wanted_place) == (
            "CTO", "3 months", "Porto",
        )  # fmt: skip

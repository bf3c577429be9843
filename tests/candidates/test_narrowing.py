"""Lists of pools and jobs are narrowed by words and by their own fields, as far as one sees these."""

import pytest

from candidates.models import CustomField
from candidates.services import custom_fields as service
from candidates.services.custom_fields import set_values
from candidates.services.provenance import by_hand
from crm.tenancy.scope import acting_in
from pipelines.services.jobs import create_job
from tests.candidates.conftest import seen
from tests.factories import TalentPoolFactory

Kind, Subject = CustomField.Kind, CustomField.Subject


@pytest.fixture(params=["pool", "job"])
def listed(request, acme, owner):
    """Two of them with fields; gives the address of their list."""
    with acting_in(acme):
        make = {
            "pool": lambda name: TalentPoolFactory(name=name),
            "job": lambda name: create_job(title=name, by=owner),
        }[request.param]
        values = {"by": owner, "subject": request.param}
        fields = [
            service.add_field(name="Sponsor", kind=Kind.TEXT, **values),
            service.add_field(name="Budget", kind=Kind.MONEY, **values),
            service.add_field(name="Review", kind=Kind.DATE, **values),
            service.add_field(name="Urgent", kind=Kind.BOOLEAN, **values),
            service.add_field(name="Secret", kind=Kind.TEXT, visible_to="admins", **values),
        ]
        filled = {
            "Łódź nurses": ("Inès Roy", "5000 EUR", "2026-03-01", True, "Alpha"),
            "Lyon engineers": ("Bo Ek", "9000 EUR", "2026-05-01", False, "Beta"),
        }
        for name, entered in filled.items():
            set_values(
                make(name),
                dict(zip((one.key for one in fields), entered, strict=True)),
                provenance=by_hand(owner),
                by=owner,
            )
    return f"/acme/{request.param}s/" + ("?status=all&q=" if request.param == "job" else "?q=")


BOTH, NURSES, ENGINEERS = {"nurses", "engineers"}, {"nurses"}, {"engineers"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", BOTH),
        ("lodz", NURSES),
        ("ines", NURSES),
        ("lodz bo", set()),
        ("sponsor:ines", NURSES),
        ("field.sponsor:%22bo ek%22", ENGINEERS),
        ("budget:5000", NURSES),
        ("budget:%3E5000", ENGINEERS),
        ("budget:4000..9000", BOTH),
        ("review:2026-05-01", ENGINEERS),
        ("review:%3C2026-04-01 lodz", NURSES),
        ("urgent:yes", NURSES),
        ("urgent:no", ENGINEERS),
        # To others this field does not exist.
        ("alpha", set()),
    ],
)
def test_words_and_fields_narrow_the_list(client, listed, recruiter, text, found):
    client.force_login(recruiter)

    words = seen(client.get(listed + text))

    assert {name for name in BOTH if name in words} == found
    assert ("matches" in words) == (not found)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("color:red", "There is no field “color” here, or you may not see it. Fields are: budget, review, sponsor, urgent."),
        ("secret:alpha", "There is no field “secret” here"),
        ("budget:much", "Budget: “much” cannot be read. Write a number"),
        ("review:soon", "Review: “soon” cannot be read."),
        ("urgent:perhaps", "Urgent: “perhaps” cannot be read. Write yes or no."),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said_and_finds_nothing(client, listed, recruiter, text, problem):
    client.force_login(recruiter)

    words = seen(client.get(listed + text))

    assert problem in words
    assert not {name for name in BOTH if name in words}


def test_who_sees_a_field_finds_by_it(client, listed, owner):
    client.force_login(owner)
    for text in ("alpha", "secret:alpha"):
        assert "nurses" in seen(client.get(listed + text))


def test_more_words_than_a_list_takes_are_refused_not_passed_over(client, listed, owner):
    client.force_login(owner)

    page = seen(client.get(f"{listed}one two three four five six seven eight nine"))

    assert "A list takes 8 words at once: take some of them away." in page
    assert "Lyon engineers" not in page

"""A test that is named for an address but does not reach it fails."""

import pytest

from tests.reaching import reaching

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("method", "body"),
    [
        pytest.param("get", {}, id="only looked at"),
        pytest.param("post", {"full_name": ""}, id="refused"),
        pytest.param(None, {}, id="never asked"),
    ],
)
def test_who_is_named_but_does_not_succeed_fails(as_user, recruiter, method, body):
    browser = as_user(recruiter)
    with pytest.raises(AssertionError, match="candidates:add"), reaching({"candidates:add"}):
        if method:
            getattr(browser, method)("/acme/candidates/add/", body)


def test_who_succeeds_does_not(as_user, recruiter):
    with reaching({"candidates:add"}):
        as_user(recruiter).post(
            "/acme/candidates/add/",
            {
                "full_name": "Bo Ek",
                "status": "new",
                "lawful_basis": "consent",
                "owner": recruiter.pk,
            },
        )

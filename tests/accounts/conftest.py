"""Fixtures for tests that really sign in."""

import pytest
from django.test import Client

PASSWORD = "plum orchard 42 lanterns"


@pytest.fixture
def fast_hashing(settings):
    """Hashing that costs nothing: for tests in which its time does not matter."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def ada(db, fast_hashing, recruiter):
    """A recruiter with a password."""
    recruiter.set_password(PASSWORD)
    recruiter.save()
    return recruiter


@pytest.fixture
def sign_in():
    """`sign_in(client, email, password, ip=…)` posts the sign-in form."""

    def post(client: Client, email: str, password: str = PASSWORD, *, ip: str = "203.0.113.1"):
        return client.post(
            "/accounts/login/", {"login": email, "password": password}, REMOTE_ADDR=ip
        )

    return post

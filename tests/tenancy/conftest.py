"""Fixtures for tests of members and settings."""

import pytest
from django.test import Client

from tests.accounts.conftest import PASSWORD as PASSWORD
from tests.accounts.conftest import fast_hashing as fast_hashing


@pytest.fixture
def client_of():
    """`client_of(user)` is a browser in which `user` is signed in."""

    def sign_in(user) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in

"""Whose request it is, as far as the connection and our own proxy say."""

import pytest
from django.test import RequestFactory

from crm.web.requests import client_ip


@pytest.mark.parametrize(
    ("forwarded", "ip"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("198.51.100.1, 203.0.113.7", "203.0.113.7"),
        ("203.0.113.7:51002", "203.0.113.7"),
        ("2001:db8::7", "2001:db8::7"),
        ("[2001:db8::7]:51002", "2001:db8::7"),
        ("203.0.113.7, unknown", None),
        ("203.0.113.7, <script>", None),
        ("", "192.0.2.1"),
    ],
)
def test_the_proxys_word_is_read(settings, forwarded, ip):
    settings.BEHIND_PROXY = True
    headers = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}

    assert client_ip(RequestFactory().get("/", REMOTE_ADDR="192.0.2.1", **headers)) == ip


@pytest.mark.parametrize(("address", "ip"), [("192.0.2.1", "192.0.2.1"), ("", None)])
def test_without_a_proxy_only_the_connection_counts(settings, address, ip):
    settings.BEHIND_PROXY = False
    request = RequestFactory().get("/", REMOTE_ADDR=address, HTTP_X_FORWARDED_FOR="203.0.113.7")

    assert client_ip(request) == ip

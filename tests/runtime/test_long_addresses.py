"""The web server reads the addresses that searches make."""

from urllib.parse import quote

from gunicorn.config import Config
from gunicorn.http.parser import RequestParser

from crm.runtime import web


def read(address: str):
    """A request for the address, from a page with the same one, as gunicorn reads it with Rapport's settings."""
    config = Config()
    for name in config.settings:
        if hasattr(web, name):
            config.set(name, getattr(web, name))
    lines = [
        f"GET {address} HTTP/1.1",
        "Host: recruiting.example.com",
        f"Referer: https://recruiting.example.com{address}",
        f"HX-Current-URL: https://recruiting.example.com{address}",
    ]
    request = "\r\n".join([*lines, "", ""]).encode()
    return next(RequestParser(config, iter([request]), ("127.0.0.1", 4000)))


def test_the_longest_address_is_read_also_where_the_next_request_names_it():
    address = f"/acme/candidates/?q={quote('я' * 1300)}&where={'x' * 300}"
    assert len(address) > 8100

    request = read(address)

    assert request.query.startswith("q=%D1%8F")
    assert dict(request.headers)["REFERER"].endswith("xxx")

"""What browsers are told where the site has an https address (T16): by a process of its own, as settings are read once."""

import json
import os
import subprocess
import sys

import pytest

from crm.accounts.models import User
from crm.runtime.local import ROOT
from tests.accounts.conftest import PASSWORD

HOST = "crm.example.com"
# Signs in through the whole chain of middleware, tokens checked, and tells each answer's headers and cookies.
SIGN_IN = """
import json, sys
import django
django.setup()
from django.test import Client

client = Client(enforce_csrf_checks=True, headers={"host": sys.argv[1], "referer": f"https://{sys.argv[1]}/"})
plain = client.get("/accounts/login/")
page = client.get("/accounts/login/", secure=True)
form = {"login": sys.argv[2], "password": sys.argv[3], "csrfmiddlewaretoken": client.cookies["__Host-csrf"].value}
signed_in = client.post("/accounts/login/", form, secure=True)
home = client.get("/acme/", secure=True)
missing = client.get("/acme/nothing-here/", secure=True)
print(json.dumps({
    name: {
        "status": answer.status_code,
        "headers": dict(answer.headers),
        "cookies": {name: dict(cookie) for name, cookie in answer.cookies.items()},
    }
    for name, answer in {
        "plain": plain, "page": page, "signed in": signed_in, "home": home, "missing": missing,
    }.items()
}))
"""


@pytest.fixture
def answers(acme, owner: User) -> dict[str, dict]:
    owner.set_password(PASSWORD)
    owner.save()
    told = subprocess.run(
        [sys.executable, "-c", SIGN_IN, HOST, owner.email, PASSWORD],
        env=os.environ | {"SITE_URL": f"https://{HOST}", "ALLOWED_HOSTS": HOST},
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert told.returncode == 0, told.stderr
    return json.loads(told.stdout.splitlines()[-1])


@pytest.mark.django_db(transaction=True)
def test_over_https_browsers_stay_on_https_and_keep_cookies_to_this_host(answers):
    assert {name: answer["status"] for name, answer in answers.items()} == {
        "plain": 301,
        "page": 200,
        "signed in": 302,
        "home": 200,
        "missing": 404,
    }
    assert answers["plain"]["headers"]["Location"] == f"https://{HOST}/accounts/login/"
    assert answers["plain"]["cookies"] == {}
    for name in answers.keys() - {"plain"}:
        hsts = answers[name]["headers"]["Strict-Transport-Security"]
        assert hsts == "max-age=31536000", name

    cookies = [cookie for answer in answers.values() for cookie in answer["cookies"].items()]
    assert {name for name, _ in cookies} == {
        "__Host-csrf",
        "__Host-session",
        "__Host-known-browser",
    }
    for name, cookie in cookies:
        # What browsers ask of a cookie with this prefix: Secure, the whole site, no domain.
        assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", ""), name
        assert cookie["httponly"], name
        assert cookie["samesite"] == "Lax", name

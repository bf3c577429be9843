"""A deployment that lacks a secret does not start, and says which."""

import os
import subprocess
import sys

import pytest

from crm.runtime.local import ROOT

COMPLETE = {
    "SECRET_KEY": "s" * 50,
    "FIELD_KEY": "f" * 50,
    "DATABASE_URL": "postgres://app:none@127.0.0.1:1/none",
    "BROKER_URL": "redis://127.0.0.1:1/0",
}


def load_settings(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from django.conf import settings; print(settings.VERSION)"],
        env={"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "crm.settings", **environment},
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )


def test_settings_load_with_every_secret():
    assert load_settings(COMPLETE).stdout.strip() == "0.1.0"


@pytest.mark.parametrize("name", COMPLETE)
def test_settings_refuse_a_missing_secret(name):
    loaded = load_settings({key: value for key, value in COMPLETE.items() if key != name})

    assert loaded.returncode != 0
    assert loaded.stderr.splitlines()[-1].startswith("django.core.exceptions.ImproperlyConfigured:")
    assert name in loaded.stderr.splitlines()[-1]


@pytest.mark.parametrize("name", ["SECRET_KEY", "FIELD_KEY"])
def test_settings_refuse_a_short_secret_without_repeating_it(name):
    loaded = load_settings(COMPLETE | {name: "hunter2"})

    assert f"{name} is missing or shorter than 32 characters" in loaded.stderr
    assert "hunter2" not in loaded.stderr


def test_a_webhook_secret_that_no_address_can_name_is_refused_without_repeating_it():
    loaded = load_settings(COMPLETE | {"ANYMAIL": "WEBHOOK_SECRET=hunter2"})

    assert loaded.stderr.splitlines()[-1].endswith(
        "Write user:password, as in the address that the provider posts to."
    )
    assert "hunter2" not in loaded.stderr
    working = load_settings(COMPLETE | {"ANYMAIL": "WEBHOOK_SECRET=user:hunter2"})
    assert working.stdout.strip() == "0.1.0"

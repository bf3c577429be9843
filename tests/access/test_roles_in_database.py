"""The suite itself runs as the application's role (T5)."""

import pytest
from django.core.checks import run_checks

pytestmark = pytest.mark.django_db


def test_database_walls_stand():
    assert run_checks(databases=["default"], tags=["tenancy"]) == []

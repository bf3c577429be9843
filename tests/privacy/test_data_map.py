"""The data map speaks of every field (T52)."""

import pytest
from django.apps import apps
from django.db import models

from candidates.models import Candidate
from crm.privacy.checks import check_data_map
from crm.privacy.registry import data_map, mapped_fields
from crm.tenancy.models import OwnedModel


def test_every_field_of_every_model_is_in_the_map():
    assert check_data_map(None) == []
    assert sum(len(mapped_fields(model)) for model in data_map()) > 250


@pytest.fixture
def _forget_model():
    models_of_app = apps.all_models["candidates"]
    known = dict(models_of_app)
    yield
    models_of_app.clear()
    models_of_app.update(known)
    apps.clear_cache()


@pytest.mark.usefixtures("_forget_model")
def test_a_forgotten_model_fails_the_build():
    class Secret(OwnedModel):
        thought = models.TextField()

        class Meta(OwnedModel.Meta):
            app_label = "candidates"

    assert [error.id for error in check_data_map(None)] == ["privacy.E001"]


def test_a_forgotten_field_fails_the_build(monkeypatch):
    rules = dict(data_map())
    fields = dict(rules[Candidate].fields)
    del fields["salary_expectation"]
    fields["shoe_size"] = fields["company"]
    rules[Candidate] = type(rules[Candidate])("p", "r", fields)
    monkeypatch.setattr("crm.privacy.checks.data_map", lambda: rules)

    assert [(error.id, error.msg) for error in check_data_map(None)] == [
        ("privacy.E002", "candidates.Candidate.salary_expectation is not in the data map."),
        (
            "privacy.E003",
            "The data map speaks of candidates.Candidate.shoe_size, which does not exist.",
        ),
    ]

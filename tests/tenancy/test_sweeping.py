"""A sweep goes through all organizations, whatever fails in one."""

import pytest

from crm.tenancy.scope import current_organization
from crm.tenancy.sweeping import everywhere, inside

pytestmark = pytest.mark.django_db


def test_an_organization_in_which_something_fails_holds_up_no_other(acme, globex, caplog):
    done = []

    def act(organization):
        if organization == acme:
            raise KeyError("odd row")
        done.append(organization)
        return 2

    def also():
        done.append(current_organization())
        return 1

    assert everywhere(act, inside(also)) == 4
    assert done == [acme, globex, globex]
    assert [record.getMessage() for record in caplog.records] == ["sweep_failed"]


def test_closed_organizations_are_left_alone(acme, globex):
    globex.closed_at = globex.created_at
    globex.save()
    done = []

    everywhere(done.append)

    assert done == [acme]


def test_a_sweep_goes_only_where_something_is_to_be_done(acme, globex):
    done = []

    everywhere(done.append, among=[globex.pk])
    everywhere(done.append, among=[])

    assert done == [globex]

"""Acting in an organization, in transactions of its own."""

import os

import psycopg
import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from candidates.models import Candidate
from crm.tenancy.scope import acting_in, is_acting
from tests.access.world import build_world

pytestmark = pytest.mark.django_db


def test_two_organizations_may_hold_the_same_names(acme, globex, owner, stranger):
    build_world(acme, owner, marker="same")
    build_world(globex, stranger, marker="same")


def setting():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('app.organization_id', true)")
        return cursor.fetchone()[0]


def test_acting_nests_and_leaves_nothing_behind(acme, globex):
    with acting_in(acme):
        with acting_in(globex):
            assert setting() == str(globex.pk)
        assert setting() == str(acme.pk)
        with pytest.raises(ZeroDivisionError), acting_in(globex):
            raise ZeroDivisionError
        assert setting() == str(acme.pk)
    assert not setting()
    assert not is_acting()


@pytest.mark.django_db(transaction=True)
def test_acting_begins_its_transaction_with_the_organization(acme):
    with CaptureQueriesContext(connection) as queries, acting_in(acme):
        assert setting() == str(acme.pk)
    # The organization came with BEGIN: no statement, no round trip of its own.
    assert [one["sql"].split()[0] for one in queries] == ["BEGIN", "SELECT", "COMMIT"]
    assert not setting()

    with pytest.raises(ZeroDivisionError), acting_in(acme):
        Candidate.objects.create(full_name="Gone")
        raise ZeroDivisionError
    assert not setting()
    with acting_in(acme):
        assert not Candidate.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_acting_on_a_lost_connection_says_so_and_recovers(acme):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    with psycopg.connect(
        os.environ["TEST_ADMIN_URL"], dbname=connection.settings_dict["NAME"]
    ) as admin:
        admin.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])

    with pytest.raises(OperationalError), acting_in(acme):
        pass
    with acting_in(acme):
        assert setting() == str(acme.pk)

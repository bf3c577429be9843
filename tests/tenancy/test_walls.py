"""The check of the walls reads the policies themselves: what they say, and that there is no second one."""

import pytest
from django.db import connections

from candidates.models import Candidate
from crm.tenancy.checks import check_walls

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

TABLE = Candidate._meta.db_table


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(f"ALTER POLICY organization ON {TABLE} USING (true)", id="reads everything"),
        pytest.param(
            f"ALTER POLICY organization ON {TABLE} WITH CHECK (true)", id="writes everything"
        ),
        pytest.param(
            f"ALTER POLICY organization ON {TABLE} USING (organization_id IS NOT NULL)",
            id="compares with nothing",
        ),
        pytest.param(f"CREATE POLICY support ON {TABLE} USING (true)", id="second policy"),
        pytest.param(f"DROP POLICY organization ON {TABLE}", id="no policy"),
        pytest.param(f"ALTER POLICY organization ON {TABLE} TO CURRENT_USER", id="for one role"),
        pytest.param(f"ALTER TABLE {TABLE} DISABLE ROW LEVEL SECURITY", id="switched off"),
    ],
)
def test_a_table_whose_policy_says_something_else_is_noticed(change):
    owner = connections["owner"]
    assert check_walls(owner) == []
    with owner.cursor() as cursor:
        cursor.execute(change)

    assert [(error.id, error.msg) for error in check_walls(owner)] == [
        ("tenancy.E011", "candidates.Candidate lacks row-level security by its one policy.")
    ]

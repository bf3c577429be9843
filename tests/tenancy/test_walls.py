"""The check of the walls reads the policies themselves: what they say, and that there is no second one."""

import pytest
from django.db import connections

from candidates.models import Candidate
from crm.tenancy.checks import check_walls

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

TABLE = Candidate._meta.db_table


@pytest.mark.parametrize(
    ("key", "change"),
    [
        pytest.param("candidates_note_candidate_id_own", "", id="none"),
        pytest.param(
            "candidates_note_candidate_id_own",
            "FOREIGN KEY (candidate_id) REFERENCES candidates_candidate (id)",
            id="without the organization",
        ),
        pytest.param(
            "candidates_note_candidate_id_own",
            "FOREIGN KEY (organization_id, candidate_id) REFERENCES candidates_tag (organization_id, id)",
            id="to another table",
        ),
        pytest.param("candidates_note_own", "UNIQUE (organization_id, id, body)", id="too wide"),
    ],
)
def test_a_key_that_has_the_name_alone_is_noticed(key, change):
    owner = connections["owner"]
    with owner.cursor() as cursor:
        cursor.execute(f"ALTER TABLE candidates_note DROP CONSTRAINT {key} CASCADE")
        if change:
            cursor.execute(f"ALTER TABLE candidates_note ADD CONSTRAINT {key} {change}")

    assert f"candidates.Note lacks {key}." in [error.msg for error in check_walls(owner)]


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

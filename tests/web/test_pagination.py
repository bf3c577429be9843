"""Keyset pages: every row once, in both directions, whatever the ties and whatever the cursor."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from crm.accounts.models import User
from crm.web.pagination import KeysetPage, capped_count, keyset_page, quick_count
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

START = datetime(2026, 1, 1, tzinfo=UTC)
NEWEST = ("-joined_at", "-id")


def walk(order: tuple[str, ...], size: int, *, last: str = "") -> list[KeysetPage[User]]:
    """All pages forwards from the first one."""
    pages = [keyset_page(User.objects.all(), order=order, size=size)]
    while pages[-1].next_cursor:
        cursor = pages[-1].next_cursor
        pages.append(keyset_page(User.objects.all(), order=order, cursor=cursor, size=size))
    return pages


@pytest.fixture
def seven() -> list[User]:
    """Seven users, of whom three joined in the same instant, newest first."""
    moments = [0, 1, 1, 1, 2, 3, 4]
    users = [UserFactory(joined_at=START + timedelta(microseconds=moment)) for moment in moments]
    return sorted(users, key=lambda user: (user.joined_at, user.pk), reverse=True)


@pytest.mark.parametrize("size", [1, 2, 3, 6, 7, 8])
def test_forwards_gives_every_row_once(seven, size):
    pages = walk(NEWEST, size)

    assert [row for page in pages for row in page.rows] == seven
    assert pages[0].previous_cursor == ""
    assert pages[-1].next_cursor == ""


@pytest.mark.parametrize("size", [1, 2, 3, 6])
def test_backwards_gives_the_same_rows(seven, size):
    pages = walk(NEWEST, size)
    page, back = pages[-1], [pages[-1]]
    while page.previous_cursor:
        page = keyset_page(User.objects.all(), order=NEWEST, cursor=page.previous_cursor, size=size)
        back.insert(0, page)

    assert [row for one in back for row in one.rows] == seven
    assert back[0].previous_cursor == ""
    assert back[0].next_cursor


def test_mixed_directions_and_text(seven):
    User.objects.filter(pk__in=[user.pk for user in seven[:3]]).update(name="Same")

    rows = [row for page in walk(("name", "-id"), 2) for row in page.rows]

    assert rows == sorted(User.objects.all(), key=lambda user: (user.name, -user.pk))


def test_new_rows_do_not_shift_the_next_page(seven):
    first = keyset_page(User.objects.all(), order=NEWEST, size=3)
    UserFactory(joined_at=START + timedelta(days=1))

    second = keyset_page(User.objects.all(), order=NEWEST, cursor=first.next_cursor, size=3)

    assert list(second.rows) == seven[3:6]


def test_an_emptied_page_has_no_neighbors(seven):
    first = keyset_page(User.objects.all(), order=NEWEST, size=3)

    page = keyset_page(User.objects.filter(pk=0), order=NEWEST, cursor=first.next_cursor, size=3)

    assert page == KeysetPage([])


def written(*values: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "é",
        "AAAA",
        "[",
        written(),
        written("next"),
        written("sideways", "2026-01-01T00:00:00Z", 1),
        written("next", "2026-13-45", 1),
        written("next", None, None),
        written("next", "2026-01-01T00:00:00Z", float("inf")),
        written("next", "2026-01-01T00:00:00Z", "\0"),
        written("next", {"a": 1}, [1]),
        written(["next"], 1, 2),
        base64.urlsafe_b64encode(b"[" * 20_000).decode(),
    ],
)
def test_foreign_cursor_gives_the_first_page(seven, cursor):
    page = keyset_page(User.objects.all(), order=NEWEST, cursor=cursor, size=3)

    assert list(page.rows) == seven[:3]


def test_half_of_a_letter_in_a_cursor_gives_the_first_page(seven):
    cursor = written("next", "\ud800", 5)

    page = keyset_page(User.objects.all(), order=("email", "pk"), cursor=cursor, size=3)

    assert len(page.rows) == 3


@given(cursor=st.text(max_size=60))
@hypothesis_settings(
    max_examples=60,
)
def test_any_text_is_a_harmless_cursor(db, cursor):
    assert keyset_page(User.objects.all(), order=NEWEST, cursor=cursor).rows == []


@pytest.mark.parametrize("rows", [1, 3])
def test_page_is_one_query(rows, django_assert_num_queries):
    UserFactory.create_batch(rows)

    with django_assert_num_queries(1):
        keyset_page(User.objects.all(), order=NEWEST, size=2)


def test_count_stops_at_the_limit(seven, monkeypatch):
    monkeypatch.setattr("crm.web.pagination.COUNT_LIMIT", 5)

    assert str(capped_count(User.objects.all())) == "5+"
    assert str(capped_count(User.objects.filter(pk=seven[0].pk))) == "1"


def test_quick_count_gives_up_and_leaves_the_transaction_usable(seven):
    few = User.objects.filter(pk=seven[0].pk)

    assert quick_count(few.extra(where=["pg_sleep(1) IS NOT NULL"])) is None
    assert str(quick_count(few)) == "1"
    # The limit was for the count alone.
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)

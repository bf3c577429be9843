"""Two people with the same pool open: nothing is lost, and nothing is overwritten unseen."""

import html

import pytest

from candidates.models import TalentPool
from candidates.services import pools
from candidates.services.smart_pools import fill_due, rule_in_words
from crm.tenancy.scope import acting_in
from tests.candidates.conftest import asking, seen
from tests.factories import CandidateFactory
from tests.pipelines.test_meanwhile import fields_of


@pytest.fixture
def pool(acme, recruiter) -> TalentPool:
    with acting_in(acme):
        for name in ("Red", "Blue"):
            CandidateFactory(full_name=f"{name} Silva", tags=[name])
        pool = pools.create_pool(by=recruiter, name="Backend", query=asking("tag:Red"))
    fill_due(acme)
    return pool


@pytest.fixture
def two(pool, as_user, recruiter, owner):
    """Two who have the pool's form open: `send(who, **typed)`."""
    path = f"/acme/pools/{pool.pk}/edit/"
    clients = [as_user(recruiter), as_user(owner)]
    forms = [fields_of(client.get(path).text) for client in clients]

    def send(who: int, fields: dict | None = None, **typed):
        return clients[who].post(path, (fields or forms[who]) | typed)

    return send


def now(pool: TalentPool) -> tuple[str, str]:
    with acting_in(pool.organization):
        pool = TalentPool.objects.get(pk=pool.pk)
        return pool.description, rule_in_words(pool)


def is_saved(answer) -> bool:
    return answer.status_code in (200, 302) and "<form" not in answer.text


def test_a_rule_that_was_changed_meanwhile_is_not_put_back(two, pool):
    assert is_saved(two(0, rule="tag:Blue"))

    answer = two(1, description="For the spring")

    assert answer.status_code == 422
    assert "Somebody else has saved this meanwhile: Rule changed." in seen(answer)
    assert now(pool) == ("", "tag:Blue")
    again = fields_of(answer.text)
    assert (again["rule"], again["description"]) == (["tag:Blue"], ["For the spring"])
    assert is_saved(two(1, again))
    assert now(pool) == ("For the spring", "tag:Blue")


def test_who_changes_the_same_rule_sees_what_the_other_wrote(two, pool):
    two(0, rule="tag:Blue")

    answer = two(1, rule="tag:Red OR tag:Blue")

    assert answer.status_code == 422
    assert "Meanwhile somebody else has written “tag:Blue”" in html.unescape(seen(answer))
    assert is_saved(two(1, fields_of(answer.text)))
    assert now(pool)[1] == "(tag:Red OR tag:Blue)"


def test_a_form_opened_twice_is_saved_twice_where_nobody_was_faster(two, pool):
    assert is_saved(two(1, description="For the spring", rule="tag:Blue"))

    assert now(pool) == ("For the spring", "tag:Blue")


def test_a_rule_that_was_given_up_meanwhile_does_not_come_back(two, pool):
    assert is_saved(two(0, rule="", picked_by_hand="on"))

    answer = two(1, description="For the spring")

    assert answer.status_code == 422
    assert is_saved(two(1, fields_of(answer.text)))
    assert now(pool) == ("For the spring", "")


def test_who_saves_a_pool_that_got_its_rule_meanwhile_gives_none_up(pool, two, as_user, recruiter):
    two(0, rule="", picked_by_hand="on")
    path = f"/acme/pools/{pool.pk}/edit/"
    client = as_user(recruiter)
    mine = fields_of(client.get(path).text)
    with acting_in(pool.organization):
        pools.edit_pool(pool, by=recruiter, query=asking("tag:Blue"))

    answer = client.post(path, mine | {"description": "For the spring"})

    assert answer.status_code == 422
    assert "picked by hand" not in seen(answer).split("Empty:")[0]
    assert is_saved(client.post(path, fields_of(answer.text)))
    assert now(pool) == ("For the spring", "tag:Blue")

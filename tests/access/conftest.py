"""Two organizations with a row of everything, made once for all the tests of a module.

Each test gets copies, and a savepoint that takes its changes back; the module's transaction takes the worlds back.
Not for tests that commit: their modules make worlds of their own.
"""

import pickle
from collections.abc import Iterator

import pytest
from django.db import transaction
from django.test import override_settings

from crm.tenancy.roles import Role
from crm.tenancy.scope import acting_in
from tests.access.world import World, build_world
from tests.factories import MembershipFactory, OrganizationFactory


@pytest.fixture(scope="module")
def _worlds(
    django_db_setup, django_db_blocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[bytes, bytes]]:
    files = str(tmp_path_factory.getbasetemp() / "files")
    with (
        django_db_blocker.unblock(),
        override_settings(MEDIA_ROOT=files),
        transaction.atomic(),
    ):
        worlds = _world_of("acme", "acme-text"), _world_of("globex", "globex-secret")
        # Five times as fast to copy as the rows themselves.
        yield pickle.dumps(worlds[0]), pickle.dumps(worlds[1])
        transaction.set_rollback(True)


def _world_of(slug: str, marker: str) -> World:
    organization = OrganizationFactory(name=slug.title(), slug=slug)
    users = [
        MembershipFactory(
            organization=organization, role=role, user__email=f"{role.value}@{slug}.example"
        ).user
        for role in (Role.OWNER, Role.HIRING_MANAGER)
    ]
    world = build_world(organization, users[0], marker=marker)
    with acting_in(organization):
        # The hiring manager belongs to the job, and is shown its person.
        type(world["pipelines.JobMember"]).objects.create(job=world["pipelines.Job"], user=users[1])
        card = world["pipelines.Candidacy"]
        card.shortlisted_at = card.created_at
        card.save(update_fields=["shortlisted_at"])
    return world


@pytest.fixture
def here(_worlds: tuple[bytes, bytes]) -> World:
    """Acme."""
    world: World = pickle.loads(_worlds[0])  # noqa: S301 - our own
    return world


@pytest.fixture
def there(_worlds: tuple[bytes, bytes]) -> World:
    """Globex, whose rows nobody of Acme may meet."""
    world: World = pickle.loads(_worlds[1])  # noqa: S301 - our own
    return world

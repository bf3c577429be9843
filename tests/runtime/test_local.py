"""The environment of local mode: made once, private, and used by commands beside it."""

import os
import stat

import pytest

from crm.runtime import local
from crm.runtime.local import Refusal, claim_place, find_place, prepare


@pytest.fixture
def empty_environment(monkeypatch):
    for name in list(os.environ):
        if name in local.OWN_SETTINGS or name == "DATA_DIR":
            monkeypatch.delenv(name)
    # What `prepare` sets goes with the test.
    monkeypatch.setattr(os, "environ", os.environ.copy())


def test_place_is_made_once_and_private(tmp_path):
    place = claim_place(tmp_path / "data")

    assert stat.S_IMODE(place.data_dir.stat().st_mode) == 0o700
    assert stat.S_IMODE((place.data_dir / "environment").stat().st_mode) == 0o600
    assert find_place(place.data_dir) == place
    secrets = {
        name: value
        for name, value in place.environment.items()
        if "PASSWORD" in name or "KEY" in name
    }
    assert len(set(secrets.values())) == len(secrets) == 6
    assert not place.socket_dir.exists(), "made by who starts servers, not by who is refused"


def test_place_is_refused_while_another_holds_it(tmp_path):
    claim_place(tmp_path / "data")

    with pytest.raises(Refusal, match=rf"already runs on .*data \(process {os.getpid()}\)"):
        claim_place(tmp_path / "data")


def test_socket_folder_that_somebody_else_made_is_left_alone(tmp_path):
    place = claim_place(tmp_path / "data")
    place.socket_dir.mkdir(mode=0o755)
    (tmp_path / "data" / "lock").unlink()

    again = claim_place(tmp_path / "data")

    assert again.socket_dir != place.socket_dir
    assert str(again.socket_dir) in again.environment["DATABASE_URL"]
    assert again.environment["SECRET_KEY"] == place.environment["SECRET_KEY"]
    place.socket_dir.rmdir()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, who alone can enter")
def test_root_refuses_another_users_place(tmp_path):
    place = claim_place(tmp_path / "data")
    (tmp_path / "data" / "lock").unlink()
    os.chown(place.data_dir / "environment", 65534, 65534)

    with pytest.raises(Refusal, match="belongs to user 65534"):
        claim_place(tmp_path / "data")


def test_commands_use_the_place_when_the_environment_names_nothing(
    tmp_path, monkeypatch, empty_environment
):
    place = claim_place(tmp_path / "data")
    monkeypatch.setenv("DATA_DIR", str(place.data_dir))

    prepare(["migrate"])

    assert os.environ["DATABASE_URL"] == place.environment["DATABASE_URL"]


def test_commands_leave_an_own_environment_alone(tmp_path, monkeypatch, empty_environment):
    place = claim_place(tmp_path / "data")
    monkeypatch.setenv("DATA_DIR", str(place.data_dir))
    monkeypatch.setenv("DATABASE_URL", "postgres://elsewhere/rapport")

    prepare(["migrate"])

    assert os.environ["DATABASE_URL"] == "postgres://elsewhere/rapport"
    assert "SECRET_KEY" not in os.environ


def test_commands_without_a_place_say_how_to_make_one(tmp_path, monkeypatch, empty_environment):
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "nothing"))

    with pytest.raises(Refusal, match="`make run` makes one"):
        prepare(["migrate"])

    assert "DATABASE_URL" not in os.environ

"""A kept database serves until a migration changes."""

import tarfile

import pytest

from tests import migrated


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """A temporary folder and a clone with one migration of their own."""
    (tmp_path / "clone/app/migrations").mkdir(parents=True)
    (tmp_path / "clone/app/migrations/0001_initial.py").write_text("# people")
    monkeypatch.setattr(migrated, "ROOT", tmp_path / "clone")
    monkeypatch.setattr(migrated.tempfile, "gettempdir", lambda: str(tmp_path))
    return tmp_path


def unpack(kept, name: str, makers: list[str]) -> str:
    def make(target):
        makers.append(name)
        target.mkdir()
        (target / "rows").write_text(f"made for {name}")

    migrated.unpack(kept / name, make=make)
    return (kept / name / "rows").read_text()


def test_database_is_made_once_for_each_state_of_the_migrations(kept):
    makers: list[str] = []

    assert unpack(kept, "first", makers) == "made for first"
    assert unpack(kept, "second", makers) == "made for first"
    (kept / "clone/app/migrations/0002_pools.py").write_text("# pools")
    assert unpack(kept, "third", makers) == "made for third"

    assert makers == ["first", "third"]


def test_a_database_that_could_not_be_made_is_not_kept(kept):
    def fail(target):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        migrated.unpack(kept / "first", make=fail)

    assert unpack(kept, "second", []) == "made for second"


def test_folder_that_others_may_enter_is_refused(kept):
    unpack(kept, "first", [])
    (folder,) = kept.glob("rapport-test-templates-*")
    folder.chmod(0o755)

    with pytest.raises(RuntimeError, match="remove it"):
        unpack(kept, "second", [])


def test_kept_file_is_whole(kept):
    unpack(kept, "first", [])
    (archive,) = kept.glob("rapport-test-templates-*/*")

    with tarfile.open(archive) as file:
        assert file.getnames() == [".", "./rows"]

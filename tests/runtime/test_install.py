"""`.venv` on a Python that comes with nothing."""

import subprocess
import sys

import pytest

from crm.runtime import install


@pytest.fixture
def bare(tmp_path, monkeypatch):
    """An own folder for `.venv`, and a Python without ensurepip."""
    monkeypatch.setattr(install, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(install, "MARK", tmp_path / ".venv" / "requirements.lock")
    monkeypatch.setattr(install, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    monkeypatch.setattr(install.importlib.util, "find_spec", lambda name: None)
    return tmp_path


def test_without_pip_and_ensurepip_pip_runs_from_its_wheel(bare):
    assert install._make_venv() is None
    assert not install._succeeds([install.PYTHON, "-c", "import pip"])

    # Isolated: the pip of whoever runs this test is not in reach.
    python, *rest = install._pip()
    shown = subprocess.run(
        [python, "-I", *rest, "--version"], check=True, capture_output=True, text=True
    ).stdout

    assert python == sys.executable
    assert shown.startswith("pip 25.3 from ")
    assert str(install.PIP.parent) in shown


def test_a_python_that_cannot_be_started_is_made_anew(bare):
    install.PYTHON.parent.mkdir(parents=True)
    install.PYTHON.write_text("of somebody else")
    install.PYTHON.chmod(0o600)

    assert not install._is_complete()
    assert not install._runs()
    assert install._make_venv() is None
    assert install._runs()


def test_packages_of_a_lock_are_installed_by_it_and_only_once(bare, monkeypatch, capsys):
    lock = bare / "requirements.lock"
    lock.write_text("")
    monkeypatch.setattr(install, "LOCK", lock)

    assert install.main() is None
    assert install.MARK.read_text() == ""
    assert "Installing" in capsys.readouterr().err

    assert install.main() is None
    assert capsys.readouterr().err == ""

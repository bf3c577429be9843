"""`manage.py up` for real: these tests start processes and take seconds each, so there are few."""

import os
import stat
import sys
import tempfile
from pathlib import Path

import pytest

from crm.runtime.local import ROOT
from tests.running import RunningApp, wait_until

LONGEST_STOP = 10.0
BEAT_IN_AN_HOUR = """
from datetime import timedelta
from django.utils import timezone
from crm.runtime.models import Heartbeat
assert Heartbeat.objects.update(beaten_at=timezone.now() + timedelta(hours=1))
"""


@pytest.fixture
def installation(tmp_path: Path):
    app = RunningApp(tmp_path / "data")
    yield app
    if app.is_running:
        app.stop()


def assert_all_stopped(app: RunningApp) -> None:
    assert app.processes() == []


def test_installation_survives_interruption_and_kill(installation):
    """One data folder through its life: first start interrupted, started, stopped, killed, started again."""
    installation.spawn()
    wait_until(lambda: "Making the database" in installation.output, seconds=20, what="start")
    assert installation.stop() < LONGEST_STOP
    assert_all_stopped(installation)
    assert "Traceback" not in installation.output

    installation.start()
    sockets = Path(installation.environment_file["SOCKET_DIR"])
    assert installation.get("/livez") == (200, "ok")
    assert installation.output.count(f"Ready: {installation.base_url}/\n") == 1
    assert installation.stop() < LONGEST_STOP
    assert installation.process.returncode == 0
    assert_all_stopped(installation)
    assert not sockets.exists()

    installation.start()
    left = installation.processes()
    # A pulse that outlives its part would be told by its age: nothing that beats from now on is younger than now.
    installation.manage("shell", "--no-imports", "-c", BEAT_IN_AN_HOUR)
    installation.kill()
    installation.start()
    assert not set(left) & set(installation.processes())
    assert installation.get("/livez") == (200, "ok")
    wait_until(lambda: installation.health()["ok"], seconds=30, what="healthy after a kill")
    health = installation.health()
    assert min(health["worker"]["age"], health["beat"]["age"]) >= 0


def test_a_worker_that_crashed_is_not_healthy_until_its_successor_beats(running_app):
    wait_until(lambda: running_app.health()["worker"]["ok"], seconds=40, what="healthy")

    running_app.kill_part("worker")
    wait_until(
        lambda: not running_app.health()["worker"]["ok"], seconds=5, what="the crash is noticed"
    )

    assert running_app.health()["beat"]["ok"]
    wait_until(lambda: running_app.health()["worker"]["ok"], seconds=40, what="healthy again")


def test_crashed_parts_are_shown_and_started_again(running_app):
    old = {name: running_app.part(name) for name in ("web", "worker", "inbound", "beat")}

    for name in old:
        running_app.kill_part(name)

    for name, pid in old.items():
        wait_until(
            lambda name=name: (
                f"{name} ended unexpectedly (killed by SIGKILL)" in running_app.output
            ),
            seconds=10,
            what=f"{name} is reported",
        )
        wait_until(lambda name=name: has_part(running_app, name), seconds=10, what=name)
        assert running_app.part(name) != pid
    # The port stays taken meanwhile: a request waits, and is answered.
    assert running_app.get("/livez") == (200, "ok")


def has_part(app: RunningApp, name: str) -> bool:
    try:
        return bool(app.part(name))
    except LookupError:
        return False


def test_running_app_is_healthy_and_guards_its_data_and_port(running_app):
    wait_until(lambda: running_app.health()["ok"], seconds=40, what="healthy")
    status, _ = running_app.get("/healthz")
    assert status == 200

    second = RunningApp(running_app.data_dir)
    assert_refused(second, "Rapport already runs on", "DATA_DIR=")

    same_port = RunningApp(running_app.data_dir.with_name("other"), port=running_app.port)
    assert_refused(same_port, f"Port {running_app.port} cannot be used", "PORT=")
    assert_all_stopped(same_port)
    assert running_app.get("/livez") == (200, "ok")


def test_commands_beside_a_running_app_use_its_database(running_app):
    shown = running_app.manage(
        "shell",
        "--no-imports",
        "-c",
        "from crm.runtime.models import Heartbeat; print(Heartbeat.objects.exists())",
    )

    assert shown.strip() == "True"


@pytest.mark.parametrize(
    ("port", "sentence"),
    [("eighty", "PORT is “eighty”"), ("70000", "PORT is “70000”"), ("0", "PORT is “0”")],
)
def test_up_refuses_a_port_that_is_none(installation, port, sentence):
    installation.port = port

    assert_refused(installation, sentence)


def test_up_refuses_a_wish_for_demo_data_that_is_none(installation):
    installation.command = ("env", "DEMO=maybe", *installation.command)

    assert_refused(installation, "DEMO is “maybe”")


def test_up_refuses_a_data_folder_that_cannot_be_one(installation):
    installation.data_dir.write_text("a file")

    assert_refused(installation, "The data folder", "cannot be used", "DATA_DIR=")


NOBODY = 65534


@pytest.fixture
def plain_users(tmp_path_factory):
    """An installation of somebody without rights, in a folder that they can reach."""
    if os.geteuid() != 0:
        pytest.skip("the other tests run as a plain user already")
    python = Path(sys.executable).resolve()
    if any(not folder.stat().st_mode & stat.S_IXOTH for folder in (*python.parents, *ROOT.parents)):
        pytest.skip(f"a plain user can reach neither {python} nor {ROOT}")
    with tempfile.TemporaryDirectory() as folder:
        os.chown(folder, NOBODY, NOBODY)
        app = RunningApp(Path(folder) / "data")
        app.command = (
            "setpriv",
            f"--reuid={NOBODY}",
            f"--regid={NOBODY}",
            "--clear-groups",
            *app.command,
        )
        yield app
        if app.is_running:
            app.stop()


def test_plain_user_can_run_it_but_not_over_a_read_only_folder(plain_users):
    plain_users.start()
    assert plain_users.get("/livez") == (200, "ok")
    assert plain_users.stop() < LONGEST_STOP
    assert_all_stopped(plain_users)

    plain_users.data_dir.joinpath("lock").unlink()
    plain_users.data_dir.chmod(0o555)
    assert_refused(plain_users, "The data folder", "Permission denied", "DATA_DIR=")


def test_up_refuses_a_database_whose_passwords_are_lost(installation):
    (installation.data_dir / "postgres").mkdir(parents=True)

    assert_refused(installation, "has lost its file `environment`")


def assert_refused(app: RunningApp, *sentences: str) -> None:
    """It ends by itself, with one line and no traceback."""
    app.spawn()
    app.process.wait(30)

    assert app.process.returncode != 0
    assert len(app.output.strip().splitlines()) == 1
    assert "Error" not in app.output
    for sentence in sentences:
        assert sentence in app.output

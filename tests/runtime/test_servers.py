"""The embedded servers: private, restartable over what a crash left, and able to run below root."""

import os
import signal
import stat
import subprocess
from pathlib import Path

import psycopg
import pytest

from crm.runtime import servers
from crm.runtime.processes import end, is_alive, working_in
from crm.runtime.servers import ServerFailed, start_postgres, start_valkey

QUICK = ("fsync=off", "synchronous_commit=off", "shared_buffers=16MB")
needs_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root starts servers as another user"
)


@pytest.fixture
def started():
    """Servers put in here are stopped after the test."""
    running = []
    yield running
    for server in running:
        server.stop()


def ask(sockets: Path, **how: str) -> object:
    with psycopg.connect(
        host=str(sockets), user="postgres", dbname="postgres", **how
    ) as connection:
        return connection.execute("SELECT 1").fetchone()


@needs_root
def test_servers_run_from_a_copy_when_their_user_cannot_enter_the_package(
    tmp_path, monkeypatch, started
):
    """As in a clone below /root: neither the programs nor the data can be reached by their paths."""
    monkeypatch.setattr(servers, "_is_open_to_all", lambda program: False)
    assert tmp_path.parent.stat().st_mode & stat.S_IXOTH == 0

    postgres = start_postgres(tmp_path / "postgres", *QUICK)
    started.append(postgres)
    valkey = start_valkey(tmp_path / "valkey")
    started.append(valkey)

    for server in started:
        program = Path(f"/proc/{server.process.pid}/exe").readlink()
        assert program.is_relative_to(server.socket_dir / "programs")
        assert Path(f"/proc/{server.process.pid}").stat().st_uid != 0
    assert ask(postgres.socket_dir) == (1,)
    postgres.stop()
    assert not postgres.socket_dir.exists()


def test_postgres_starts_over_what_a_crash_left(tmp_path, started):
    first = start_postgres(tmp_path / "postgres", *QUICK, password="a password")
    started.append(first)
    with pytest.raises(psycopg.OperationalError, match="no password supplied"):
        ask(first.socket_dir)
    assert stat.S_IMODE(first.socket_dir.stat().st_mode) == 0o700
    os.kill(first.process.pid, signal.SIGKILL)
    first.process.wait()
    # The number in the left file is by now somebody else's: ours.
    pid_file = tmp_path / "postgres" / "postmaster.pid"
    pid_file.write_text(pid_file.read_text().replace(str(first.process.pid), str(os.getpid()), 1))

    second = start_postgres(tmp_path / "postgres", *QUICK)
    started.append(second)

    assert ask(second.socket_dir, password="a password") == (1,)


def test_start_ends_a_server_that_was_left_running(tmp_path, started):
    left = start_valkey(tmp_path / "valkey")
    started.append(left)
    assert working_in(tmp_path / "valkey") == [left.process.pid]

    started.append(start_valkey(tmp_path / "valkey"))

    assert left.process.wait(5) is not None
    assert working_in(tmp_path / "valkey") == [started[1].process.pid]


def test_failed_start_names_the_log_and_leaves_no_folder(tmp_path, started, monkeypatch):
    started.append(start_postgres(tmp_path / "postgres", *QUICK))
    started.pop().stop()
    made = []
    make = servers.private_folder
    monkeypatch.setattr(servers, "private_folder", lambda: made.append(make()) or made[-1])

    with pytest.raises(ServerFailed, match=r"Postgres did not start; see .*postgres\.log.*no_such"):
        start_postgres(tmp_path / "postgres", "no_such_setting=1")

    assert [folder for folder in made if folder.exists()] == []


def test_end_forces_what_does_not_listen():
    deaf = subprocess.Popen(
        ["sh", "-c", "trap '' INT TERM; echo; while :; do sleep 0.05; done"],
        stdout=subprocess.PIPE,
    )
    assert deaf.stdout.readline()

    end([deaf.pid], patience=0.2)

    assert not is_alive(deaf.pid)
    assert deaf.wait() == -signal.SIGKILL
    deaf.stdout.close()

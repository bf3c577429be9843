"""Runs all of Rapport on one machine: servers, database, demo data, web, worker and beat.

One thread, one loop: children are started by the main thread only, because the kernel ends them
with the thread that made them.
"""

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from types import FrameType

from django.db import DatabaseError, connections

from crm.celery import INBOUND, WITHOUT_INBOUND
from crm.runtime import processes
from crm.runtime.database import check_walls, has_pending_migrations, make_roles_and_database
from crm.runtime.demo.cast import SIGN_INS
from crm.runtime.local import Place, Refusal
from crm.runtime.logtail import LogTail
from crm.runtime.models import Heartbeat
from crm.runtime.parts import Part, launch_child
from crm.runtime.patience import Patience
from crm.runtime.servers import Server, ServerFailed, start_postgres, start_valkey
from crm.runtime.services import beat_heart, forget_pulses

HOST = "127.0.0.1"
# Together below ten seconds: children first, then the servers that they use.
CHILDREN_STOP_TIMEOUT = 3.5
SERVERS_STOP_TIMEOUT = 3.0
MANAGE = (sys.executable, "manage.py")
# Failing statements are logged without their values, which are personal data.
POSTGRES_OPTIONS = ("log_min_error_statement=panic", "log_error_verbosity=terse")


class Stopped(Exception):
    """Somebody asked us to stop. Raised where we wait, never by the signal itself: that could hit any line."""


@dataclass
class Supervisor:
    """One run of `manage.py up`, from the first line printed to the last child stopped."""

    place: Place
    port: int
    with_demo: bool
    servers: dict[str, Server] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)
    tails: list[LogTail] = field(default_factory=list)
    is_stopping: bool = False

    def run(self) -> None:
        """Run until asked to stop; raises Refusal when it cannot start."""
        for signum in _stop_signals():
            signal.signal(signum, self._note_signal)
        try:
            # What a killed run left may still hold the port.
            processes.end(processes.marked(str(self.place.socket_dir)), patience=2)
            with self._listener() as listener:
                self.place.socket_dir.mkdir(mode=0o700, exist_ok=True)
                self._prepare()
                self._start_parts(listener)
                self._wait_until_ready()
                # Not before: nobody waits for it, and what people wait for starts sooner. Its silence counts from now.
                beat_heart(Heartbeat.Part.INBOUND)
                connections.close_all()
                self._start(INBOUND, [*MANAGE, "worker", f"--queues={INBOUND}", "--concurrency=1"])
                self._announce()
                self._watch()
        except Stopped:
            say("Stopping…")
        except ServerFailed as error:
            raise Refusal(str(error)) from error
        finally:
            self._stop()

    def _note_signal(self, signum: int, frame: FrameType | None) -> None:
        self.is_stopping = True

    def _pause(self, seconds: float) -> None:
        """Wait a little, unless somebody has asked us to stop."""
        if self.is_stopping:
            raise Stopped
        time.sleep(seconds)

    def _listener(self) -> socket.socket:
        """The web port, taken before anything is started and kept over restarts of the web part."""
        try:
            return socket.create_server((HOST, self.port), backlog=256)
        except OSError as error:
            raise Refusal(
                f"Port {self.port} cannot be used: {os.strerror(error.errno or 0)}. "
                f"Name another one: PORT={self.port + 1 if self.port < 65535 else 8000} make run"
            ) from error

    def _prepare(self) -> None:
        say(f"Rapport keeps its data in {self.place.data_dir}")
        self.place.environment["SITE_URL"] = f"http://{HOST}:{self.port}"
        self.place.save()
        is_new = not (self.place.postgres_dir / "PG_VERSION").exists()
        say("Making the database server (once)…" if is_new else "Starting the database…")
        self._start_servers()
        make_roles_and_database(self.place)
        if has_pending_migrations():
            say("Bringing the database up to date…")
            self._run("migrate", "The database could not be brought up to date", as_owner=True)
        check_walls()
        forget_pulses()
        connections.close_all()
        if self.with_demo:
            self._seed()

    def _start_servers(self) -> None:
        environment, sockets = self.place.environment, self.place.socket_dir

        def postgres() -> Server:
            return start_postgres(
                self.place.postgres_dir,
                *POSTGRES_OPTIONS,
                sockets=sockets,
                password=environment["ADMIN_PASSWORD"],
                pause=self._pause,
            )

        def valkey() -> Server:
            return start_valkey(self.place.data_dir / "valkey", sockets=sockets, pause=self._pause)

        for name, start in (("postgres", postgres), ("valkey", valkey)):
            self.parts.append(self._server_part(name, start))
            self.parts[-1].launch()

    def _server_part(self, name: str, start: Callable[[], Server]) -> Part:
        def restart() -> subprocess.Popen[bytes]:
            if name in self.servers:
                self.servers[name].stop()
            self.servers[name] = start()
            return self.servers[name].process

        return Part(name, restart)

    def _seed(self) -> None:
        done = self.place.data_dir / "seeded"
        if done.exists():
            return
        say("Making the demo data (once; about 20 seconds)…")
        self._run("seed", "The demo data could not be made (DEMO=0 starts without)")
        done.touch()

    def _run(self, command: str, failure: str, *, as_owner: bool = False) -> None:
        """Run one of our commands to its end; refuse to go on when it fails."""
        log = self.place.logs / f"{command}.log"
        arguments = [sys.executable, "manage.py", command]
        process = launch_child(self.place, arguments, log, as_owner=as_owner)
        # Among the parts, so that it is stopped like them.
        part = Part(command, lambda: process, process)
        self.parts.append(part)
        while process.poll() is None:
            self._pause(0.05)
        self.parts.remove(part)
        if process.returncode:
            last = log.read_text(errors="replace").strip().splitlines()[-1:]
            raise Refusal(" ".join([f"{failure}; see {log}.", *last]))

    def _start_parts(self, listener: socket.socket) -> None:
        say("Starting web, worker and beat…")
        fd = listener.fileno()
        web = [sys.executable, "-m", "gunicorn", "-c", "python:crm.runtime.web"]
        self._start("web", [*web, "--bind", f"fd://{fd}", "crm.wsgi"], pass_fds=(fd,))
        self._start("worker", [*MANAGE, "worker", f"--queues={','.join(WITHOUT_INBOUND)}"])
        schedule = str(self.place.data_dir / "beat-schedule")
        self._start("beat", [*MANAGE, "beat", "--schedule", schedule])

    def _start(self, name: str, command: list[str], *, pass_fds: tuple[int, ...] = ()) -> None:
        tail = LogTail(name, self.place.logs / f"{name}.log")
        self.tails.append(tail)
        start = partial(launch_child, self.place, command, tail.path, pass_fds=pass_fds)
        self.parts.append(Part(name, start))
        self.parts[-1].launch()

    def _wait_until_ready(self) -> None:
        patience = Patience(lambda: processes.seconds_of_work(self._groups()))
        while missing := self._missing_part():
            self._look_after_parts()
            broken = next((part for part in self.parts if part.crashes >= 3), None)
            if broken:
                raise Refusal(f"{broken.name} does not start; see {self._log_of(broken.name)}")
            if patience.is_over(missing):
                raise Refusal(f"{patience.complaint()}. See {self._log_of(missing)}")
            if word := patience.word():
                say(word)
            self._pause(0.05)

    def _groups(self) -> set[int]:
        """Each part is a process group of its own."""
        return {part.process.pid for part in self.parts if part.process}

    def _log_of(self, name: str) -> str:
        """Where to read what kept a part; the broker and the database tell in the folder."""
        log = self.place.logs / f"{name}.log"
        return str(log if log.exists() else self.place.logs)

    def _missing_part(self) -> str:
        """The name of a part that does not work yet, as /healthz tells it; empty when all of them do."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=5)
        try:
            with contextlib.closing(connection):
                connection.request("GET", "/healthz")
                health = json.load(connection.getresponse())
        except (OSError, http.client.HTTPException, ValueError):
            return "web"
        findings = {name: found for name, found in health.items() if isinstance(found, dict)}
        started = [name for name in findings if name != INBOUND]
        return next((name for name in started if not findings[name]["ok"]), "")

    def _announce(self) -> None:
        lines = [f"Ready: http://{HOST}:{self.port}/"]
        if (self.place.data_dir / "seeded").exists():
            lines += [f"  {address:<28} {role}" for address, role in SIGN_INS]
            lines += [f"  Password for each: {self.place.environment['DEMO_PASSWORD']}"]
        elif not self.with_demo:
            lines += [
                "  No demo data. Make an organization: .venv/bin/python manage.py create_organization SLUG NAME OWNER_EMAIL"
            ]
        lines += [f"  Logs are in {self.place.logs}", "  Ctrl-C stops everything."]
        say("\n".join(lines))

    def _watch(self) -> None:
        while True:
            self._look_after_parts()
            self._pause(0.2)

    def _look_after_parts(self) -> None:
        for tail in self.tails:
            tail.show(say)
        for part in self.parts:
            if part.process is None:
                if time.monotonic() >= part.due_at:
                    self._start_again(part)
            elif (code := part.process.poll()) is not None:
                _note_silence(part)
                say(
                    f"{part.name} ended unexpectedly ({_describe(code)}); starting it again in {part.note_crash():.0f} s."
                )

    def _start_again(self, part: Part) -> None:
        try:
            part.launch()
        except ServerFailed as error:
            say(f"{error} Trying again in {part.note_crash():.0f} s.")

    def _stop(self) -> None:
        children = [
            part.process for part in self.parts if part.process and part.name not in self.servers
        ]
        for process in children:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + CHILDREN_STOP_TIMEOUT
        for process in children:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))
        for process in children:
            # The whole group: also what a child left behind.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        for server in self.servers.values():
            server.ask_to_stop()
        deadline = time.monotonic() + SERVERS_STOP_TIMEOUT
        for server in self.servers.values():
            server.wait_until_stopped(deadline)
        shutil.rmtree(self.place.socket_dir, ignore_errors=True)


def _note_silence(part: Part) -> None:
    """A part has ended: its pulse must not speak for the one that is started in its place."""
    if part.name in Heartbeat.Part.values:
        # Without a database nobody reads a pulse either.
        with contextlib.suppress(DatabaseError):
            forget_pulses(Heartbeat.Part(part.name))
        connections.close_all()


def say(text: str) -> None:
    """Print for the person at the terminal; a terminal that is gone stops nothing."""
    with contextlib.suppress(OSError):
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


def _describe(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _stop_signals() -> Iterator[signal.Signals]:
    yield from (signal.SIGINT, signal.SIGTERM)
    # Under nohup a closed terminal shall not stop us.
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        yield signal.SIGHUP

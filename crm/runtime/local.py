"""The environment of local mode: secrets and addresses made once and kept in `DATA_DIR/environment`.

`manage.py up` makes it; every other command uses it when the environment itself names nothing, so
that `manage.py run_retention` works beside a running `make run` without further ado.
"""

import fcntl
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

from crm.runtime.processes import private_name, server_user

ROOT = Path(__file__).resolve().parent.parent.parent
DATABASE = "rapport"
OWNER, APPLICATION = "rapport_owner", "rapport_app"
# Settings read these; where one is set, the environment is somebody's own and stays untouched.
OWN_SETTINGS = ("SECRET_KEY", "FIELD_KEY", "DATABASE_URL", "BROKER_URL")


class Refusal(Exception):
    """Local mode cannot start; the message is one sentence for the person at the terminal."""


@dataclass(frozen=True)
class Place:
    """Where one local installation lives, and the environment of its processes."""

    data_dir: Path
    environment: dict[str, str]

    @property
    def socket_dir(self) -> Path:
        return Path(self.environment["SOCKET_DIR"])

    @property
    def logs(self) -> Path:
        return self.data_dir / "logs"

    @property
    def postgres_dir(self) -> Path:
        return self.data_dir / "postgres"

    def save(self) -> None:
        """Write the environment file, readable by its owner only, in one step."""
        lines = "".join(f"{name}={value}\n" for name, value in sorted(self.environment.items()))
        partial = self.data_dir / f"environment.{os.getpid()}"
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(lines)
        partial.replace(self.data_dir / "environment")


def data_dir() -> Path:
    return Path(os.environ.get("DATA_DIR") or ROOT / ".data").expanduser().absolute()


def prepare(arguments: list[str]) -> None:
    """Set `os.environ` for the command line `arguments`, before Django reads its settings.

    Raises Refusal where there is neither an installation nor an environment.
    """
    if arguments[:1] == ["up"]:
        os.environ.update(claim_place(data_dir()).environment)
    elif not any(os.environ.get(name) for name in OWN_SETTINGS):
        try:
            os.environ.update(find_place(data_dir()).environment)
        except OSError:
            raise Refusal(
                f"There is no installation in {data_dir()} that you can read, and the environment names none. "
                "`make run` makes one; DATA_DIR names another folder, .env.example what a deployment sets."
            ) from None


def find_place(folder: Path) -> Place:
    """The installation in `folder`; raises OSError when there is none that we may read."""
    lines = (folder / "environment").read_text().splitlines()
    return Place(folder, dict(line.split("=", 1) for line in lines))


def claim_place(folder: Path) -> Place:
    """The installation in `folder`, made if missing, and ours alone as long as this process lives.

    Raises Refusal where the folder cannot be used or another process holds it.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _lock(folder / "lock")
        (folder / "logs").mkdir(exist_ok=True)
        try:
            place = find_place(folder)
            _refuse_another_users(place)
        except FileNotFoundError:
            place = Place(folder, {})
            _refuse_orphaned_database(place)
        if not place.environment or _is_taken(place):
            place = Place(folder, _new_environment(folder, place.environment))
            place.save()
    except OSError as error:
        raise Refusal(
            f"The data folder {folder} cannot be used: {error.strerror}. "
            "Name another one: DATA_DIR=/path/to/folder make run"
        ) from error
    return place


def _refuse_another_users(place: Place) -> None:
    # Only root gets here: whoever goes on would leave files that the other cannot open.
    owner = (place.data_dir / "environment").stat().st_uid
    if owner != os.geteuid():
        raise Refusal(
            f"The data folder {place.data_dir} belongs to user {owner}. Run Rapport as that user, "
            "or name another data folder: DATA_DIR=/path/to/folder make run"
        )


def _refuse_orphaned_database(place: Place) -> None:
    if place.postgres_dir.exists():
        raise Refusal(
            f"The data folder {place.data_dir} has lost its file `environment`, which holds the database's "
            "passwords and keys. Restore it, or name another data folder: DATA_DIR=/path/to/folder make run"
        )


def _lock(path: Path) -> None:
    # Never closed: the lock ends with the process, however that ends.
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.read(file, 20).decode().strip()
        raise Refusal(
            f"Rapport already runs on {path.parent} (process {holder}). "
            "Stop it first, or name another data folder: DATA_DIR=/path/to/folder make run"
        ) from error
    os.truncate(file, 0)
    os.write(file, f"{os.getpid()}\n".encode())


def _is_taken(place: Place) -> bool:
    """Whether somebody else has made a folder where our sockets shall be."""
    try:
        found = place.socket_dir.lstat()
    except FileNotFoundError:
        return False
    ours = {os.geteuid(), server_user().uid}
    is_private = stat.S_ISDIR(found.st_mode) and not found.st_mode & 0o077
    return not (is_private and found.st_uid in ours)


def _new_environment(folder: Path, known: dict[str, str]) -> dict[str, str]:
    sockets = private_name()
    made = {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "FIELD_KEY": secrets.token_urlsafe(48),
        "ADMIN_PASSWORD": secrets.token_urlsafe(24),
        "OWNER_PASSWORD": secrets.token_urlsafe(24),
        "APPLICATION_PASSWORD": secrets.token_urlsafe(24),
        "DEMO_PASSWORD": f"demo-{secrets.token_hex(4)}",
        "SITE_URL": "http://127.0.0.1:8000",
    } | known
    return made | {
        "SOCKET_DIR": str(sockets),
        "DATABASE_ADMIN_URL": f"postgres://postgres:{made['ADMIN_PASSWORD']}@/{sockets}/postgres",
        "DATABASE_OWNER_URL": f"postgres://{OWNER}:{made['OWNER_PASSWORD']}@/{sockets}/{DATABASE}",
        "DATABASE_URL": f"postgres://{APPLICATION}:{made['APPLICATION_PASSWORD']}@/{sockets}/{DATABASE}",
        "BROKER_URL": f"redis+socket://{sockets}/valkey.sock?virtual_host=0",
        "CACHE_URL": f"unix://{sockets}/valkey.sock?db=1",
        "ALLOWED_HOSTS": "127.0.0.1,localhost,[::1]",
        "MEDIA_ROOT": str(folder / "files"),
        "DEMO_MAILBOX": "1",
    }

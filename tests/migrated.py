"""The servers' data with a migrated, empty database in it, kept between test runs.

Migrating takes most of a short run's time, and gives the same rows until a migration changes. The kept copies lie
in the temporary folder, one per state of the migrations, for all clones of one user; whoever doubts one deletes it.
"""

import hashlib
import os
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# What a migrated database is made from: the migrations, what they call, and the servers and apps of the lock.
SOURCES = (
    "*/migrations/*.py",
    "crm/*/migrations/*.py",
    "crm/tenancy/create_models.py",
    "crm/tenancy/search_views.py",
    "crm/tenancy/walls.py",
    "crm/runtime/provisioning.py",
    "crm/runtime/servers.py",
    "tests/embedded.py",
    "tests/migrated.py",
    "requirements.lock",
)
KEPT_SECONDS = 24 * 3600


def unpack(target: Path, *, make: Callable[[Path], None]) -> None:
    """Put the data folder of a migrated PostgreSQL at `target`; `make(target)` makes it where none is kept.

    `make` leaves the server stopped. Ownership is kept: PostgreSQL runs as somebody else when we are root.
    """
    kept = _kept_folder() / f"{_fingerprint()}.tar.gz"
    try:
        with tarfile.open(kept) as archive:
            # Written by ourselves, where nobody else can write.
            archive.extractall(target, filter="fully_trusted")  # noqa: S202
        kept.touch()
    except FileNotFoundError:
        make(target)
        _keep(target, kept)


def _keep(source: Path, kept: Path) -> None:
    partial = kept.with_name(f"{os.getpid()}.partial")
    with tarfile.open(partial, "w:gz", compresslevel=1) as archive:
        archive.add(source, ".")
    partial.replace(kept)
    for other in kept.parent.iterdir():
        if other.stat().st_mtime < time.time() - KEPT_SECONDS:
            other.unlink(missing_ok=True)


def _kept_folder() -> Path:
    folder = Path(tempfile.gettempdir()) / f"rapport-test-templates-{os.geteuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if found.st_uid != os.geteuid() or found.st_mode & 0o077 or folder.is_symlink():
        raise RuntimeError(f"{folder} is not a folder of this user alone: remove it.")
    return folder


def _fingerprint() -> str:
    digest = hashlib.sha256(sys.version.encode())
    for path in sorted(path for pattern in SOURCES for path in ROOT.glob(pattern)):
        digest.update(str(path.relative_to(ROOT)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:24]

"""Files on disk that belong to rows: gone when their rows are, and never without a row for long."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from django.apps import apps
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models.fields.files import FieldFile
from django.utils import timezone

from candidates.models import KeptFile, Resume
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in

# A file without a row may belong to a transaction that still runs.
ORPHANS_KEPT = timedelta(days=1)


def clean_file_name(name: str) -> str:
    """The bare name without path, control and direction characters."""
    bare = re.split(r"[/\\]", name)[-1]
    kept = "".join(letter for letter in bare if unicodedata.category(letter)[0] != "C")
    return kept.strip()[-255:] or "file"


def _folders() -> dict[str, type[Resume] | type[KeptFile]]:
    """The folders of private files, and whose they are: also of apps above this one."""
    kept = {model.folder: model for model in apps.get_models() if issubclass(model, KeptFile)}
    return {"resumes": Resume, **kept}


class _HasFile(Protocol):
    file: FieldFile


def delete_from_storage(rows: Iterable[_HasFile]) -> None:
    """Delete the files of these rows once the transaction has held; a crash in between leaves them to the sweep."""
    names = [str(row.file.name) for row in rows if row.file]

    def delete() -> None:
        for name in names:
            default_storage.delete(name)

    if names:
        transaction.on_commit(delete)


def delete_orphans(now: datetime | None = None) -> int:
    """Delete files that no row names: of crashes, and of uploads that were rolled back. Returns how many."""
    before = (now or timezone.now()) - ORPHANS_KEPT
    deleted = 0
    for folder, model in _folders().items():
        for own in _subfolders(Path(settings.MEDIA_ROOT) / folder):
            old = [path for path in own.rglob("*") if _is_older(path, before)]
            known = _known(own.name, model) if old else set()
            for path in old:
                if path.relative_to(settings.MEDIA_ROOT).as_posix() not in known:
                    path.unlink(missing_ok=True)
                    deleted += 1
    return deleted


def _subfolders(folder: Path) -> Iterable[Path]:
    """One for each organization, called by its id."""
    return folder.iterdir() if folder.is_dir() else ()


def _is_older(path: Path, before: datetime) -> bool:
    return path.is_file() and path.stat().st_mtime < before.timestamp()


def _known(organization_id: str, model: type[Resume] | type[KeptFile]) -> set[str]:
    organization = (
        Organization.objects.filter(pk=organization_id).first()
        if organization_id.isdigit()
        else None
    )
    if organization is None:
        return set()
    with acting_in(organization):
        return set(model._default_manager.exclude(file="").values_list("file", flat=True))

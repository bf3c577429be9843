"""Imports and résumés, as their own tests make them."""

from tests.candidates.imports.conftest import check, import_text, run, upload
from tests.candidates.resumes.conftest import drop

__all__ = ["check", "drop", "import_text", "run", "upload"]

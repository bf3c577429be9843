"""Imports, as their own tests make them."""

from tests.candidates.imports.conftest import check, import_text, run, upload

__all__ = ["check", "import_text", "run", "upload"]

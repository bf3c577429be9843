"""Third-party browser files are the ones that were reviewed."""

import re
import shutil

import pytest

from scripts import vendor


def test_files_are_the_recorded_ones():
    assert vendor.differences() == []


def test_every_package_brings_its_license():
    assert [
        package.name for package in vendor.PACKAGES if not (package.folder / "LICENSE").is_file()
    ] == []


def test_no_file_names_a_source_map():
    found = [
        path.name
        for path in vendor.VENDOR.rglob("*")
        if path.suffix in {".js", ".css"} and "sourceMappingURL" in path.read_text()
    ]

    assert found == []


def test_templates_name_existing_files():
    templates = vendor.VENDOR.parent.parent / "templates"
    named = {
        name
        for path in templates.rglob("*.html")
        for name in re.findall(r"'vendor/([^']+)'", path.read_text())
    }

    assert [name for name in sorted(named) if not (vendor.VENDOR / name).is_file()] == []
    assert named


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A copy of static/vendor/ to spoil."""
    folder = shutil.copytree(vendor.VENDOR, tmp_path / "vendor")
    monkeypatch.setattr(vendor, "VENDOR", folder)
    monkeypatch.setattr(vendor, "MANIFEST", folder / "vendor.json")
    return folder


def test_differences_tell_of_changed_missing_and_new_files(copy):
    script = next(copy.glob("idiomorph-*/*.js"))
    script.write_text(script.read_text() + " ")
    gone = next(copy.glob("sortablejs-*/*.js"))
    gone.unlink()
    (copy / "extra.js").write_text("")

    assert vendor.differences() == [
        f"{gone.relative_to(copy)} is missing",
        "extra.js is not in vendor.json",
        f"{script.relative_to(copy)} was changed",
    ]

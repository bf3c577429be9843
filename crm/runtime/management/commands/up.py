"""`manage.py up`: all of Rapport on this machine, until Ctrl-C."""

import os
import sys
from typing import Any

from django.core.management.base import BaseCommand

from crm.runtime.local import Refusal, data_dir, find_place
from crm.runtime.supervisor import Supervisor


class Command(BaseCommand):
    help = "Run everything on this machine: PostgreSQL, Valkey, web, worker and beat. PORT, DATA_DIR and DEMO=0 are honored."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            Supervisor(find_place(data_dir()), port=_port(), with_demo=_with_demo()).run()
        except Refusal as refusal:
            sys.exit(str(refusal))


def _with_demo() -> bool:
    given = os.environ.get("DEMO") or "1"
    if given not in {"0", "1"}:
        raise Refusal(f"DEMO is “{given}”; it must be 1, with demo data, or 0, without.")
    return given == "1"


def _port() -> int:
    given = os.environ.get("PORT") or "8000"
    if not given.isdecimal() or not 0 < int(given) < 65536:
        raise Refusal(f"PORT is “{given}”; it must be a number from 1 to 65535.")
    return int(given)

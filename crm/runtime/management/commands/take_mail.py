"""`manage.py take_mail`: listens for mail over SMTP or LMTP, from a mail server in front."""

import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from crm.runtime.mail_door import Door


class Command(BaseCommand):
    help = "Listen for mail to INBOUND_DOMAIN over SMTP or LMTP, until it is stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=2525)
        parser.add_argument("--lmtp", action="store_true", help="Speak LMTP (RFC 2033)")

    def handle(self, *args: Any, **options: Any) -> None:
        stopped = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: stopped.set())
        door = Door(hostname=options["host"], port=options["port"], speaks_lmtp=options["lmtp"])
        door.start()
        language = "LMTP" if options["lmtp"] else "SMTP"
        self.stdout.write(
            f"Taking mail for {settings.INBOUND_DOMAIN} over {language} "
            f"at {options['host']}:{options['port']}."
        )
        try:
            stopped.wait()
        except KeyboardInterrupt:
            self.stdout.write("Stopped.")
        finally:
            door.stop()

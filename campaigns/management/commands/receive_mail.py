"""`manage.py receive_mail`: takes in one mail from standard input, as a mail server's pipe delivers it."""

import logging
import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from campaigns.services.receiving import UnknownRecipient, receive

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Take in one mail from standard input (for a mail server's pipe transport)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--recipient", action="append", default=[], help="The envelope's recipient"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            message = receive(sys.stdin.buffer.read(), recipients=tuple(options["recipient"]))
        except UnknownRecipient:
            self.stderr.write("Nobody here has this address.")
            sys.exit(os.EX_NOUSER)
        except Exception:
            # Anything but "try again later" would make the mail server return the reply to its writer.
            logger.exception("mail_not_taken_in")
            sys.exit(os.EX_TEMPFAIL)
        if message is None:
            self.stdout.write(
                "Nothing stored: a report, an unsubscription, or an erased person's mail."
            )
        elif message.candidate_id is None:
            self.stdout.write(f"Stored as message {message.pk}; whose it is must be decided.")
        else:
            self.stdout.write(f"Stored as message {message.pk}.")

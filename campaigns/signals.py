"""What happens here that higher apps may need to know."""

from django.dispatch import Signal

# Sent with `message` (received, matched), in the transaction that stored it.
message_received = Signal()

"""What happens here that higher apps may need to know."""

from django.dispatch import Signal

# Sent with `candidacy`, `origin` (Stage), `to` (Stage), `by` (User or None), in the move's transaction.
candidacy_moved = Signal()

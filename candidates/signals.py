"""What happens here that higher apps may need to know."""

from django.dispatch import Signal

# Sent with `candidate_ids`, `until` (date), `by` (User), in the transaction that snoozes them, before
# their rows are locked: who locks enrollments locks them first.
candidates_snoozed = Signal()

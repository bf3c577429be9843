"""What happens here that higher apps may need to know, and what is asked of them."""

from dataclasses import dataclass
from datetime import datetime

from django.dispatch import Signal

# Sent with `candidacy`, `origin` (Stage), `to` (Stage), `by` (User or None), in the move's transaction.
candidacy_moved = Signal()

# Sent with `candidate_ids`, `to` (Stage), `by` (User or None), in the transaction in which their candidacies come into
# the stage, by whatever way: moved there, or back, or put on the job. Those of whom no `extensions.register_watch`
# wants to hear may be left out.
stage_entered = Signal()

# Sent with `candidacies` (hired or rejected just now), `by` (User or None), in the transaction that closes them.
candidacies_closed = Signal()

# Sent with `job`, `by` (User or None), in the transaction that fills or cancels it.
job_closed = Signal()

# Sent with `candidacy`, `wish` (MailWish), `by` (User or None): whoever has an outbox puts the mail there and
# answers with a `MailAnswer`.
mail_wanted = Signal()

# Sent with `candidacies`, `wish`, `by`, in a dry run: the same answers with what would keep the mail from being
# written, in words, by the ids of the candidacies; who is not named would be written to.
mail_foreseen = Signal()

# Sent with `interview`, `by` (User, or None: the candidate), in the transaction that books or moves it.
interview_booked = Signal()

# Sent with `candidacy`, `because`: whatever of its mails has not gone is not sent after all.
mail_unwanted = Signal()


@dataclass(frozen=True)
class MailWish:
    """A mail to the candidate of a candidacy, which may hold merge fields.

    `due_at` is when it may go at the earliest. The same `key` is written once a candidacy.
    """

    subject: str
    body: str
    due_at: datetime
    key: str
    # An entry for calendars (RFC 5545) that goes with it, and what it does there (RFC 5546).
    calendar: str = ""
    calendar_method: str = ""
    # The candidate waits for it, as for an interview: it goes also to who wants no other mail of ours.
    is_expected: bool = False


@dataclass(frozen=True)
class MailAnswer:
    """What became of a wish: waiting in the outbox, or why not; a sentence for the user."""

    is_queued: bool
    words: str

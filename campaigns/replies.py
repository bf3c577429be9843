"""People's answers on one page: what each says, what it seems to want, and what is known beside it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, QuerySet

from campaigns.inbound.intents import Intent, suggest_day
from campaigns.inbound.quotes import cut_quotes
from campaigns.models import Message, Sequence, Step
from campaigns.reading import readable_mails
from candidates.models import Candidate, EmailAddress
from candidates.services.identifying import normalize_email
from crm.accounts.models import User
from crm.web.pagination import KeysetPage, keyset_page

# A sequence of these states takes people up: in a draft nobody would be written to.
NURTURING = (Sequence.State.ACTIVE, Sequence.State.PAUSED)


@dataclass(frozen=True)
class Choice:
    """One button: what the answer may want, in a word."""

    intent: Intent
    label: str
    icon: str


CHOICES = (
    Choice(Intent.INTERESTED, "Interested", "thumbs-up"),
    Choice(Intent.NO_THANKS, "No, thanks", "thumbs-down"),
    Choice(Intent.WRONG_PERSON, "Wrong person", "user-x"),
    Choice(Intent.REFERRAL, "Names somebody else", "user-plus"),
    Choice(Intent.REMOVE_ME, "Remove me", "ban"),
)


@dataclass(frozen=True)
class Card:
    """One answer, and what may be made of it."""

    mail: Message
    words: str
    suggested: str
    until: date
    # An address of the candidate's that the record does not have.
    new_address: str

    choices = CHOICES

    @property
    def stopped(self) -> Sequence | None:
        """The sequence that it answers."""
        return self.mail.enrollment.sequence if self.mail.enrollment else None

    @property
    def nurture(self) -> Sequence | None:
        """What takes up the thread again of who says “not now”, if that sequence has one that is not put away."""
        then = self.stopped.after_not_now if self.stopped else None
        return then if then and then.state in NURTURING else None

    @property
    def suggests_erasing(self) -> bool:
        return self.suggested == Intent.ERASE_ME

    @property
    def suggested_label(self) -> str:
        return str(Message.Intent(self.suggested).label) if self.suggested else ""


def answers(viewer: User) -> QuerySet[Message]:
    """What people whom we know wrote to us, as far as the viewer may read it."""
    return readable_mails(viewer).filter(
        direction=Message.Direction.IN,
        state=Message.State.RECEIVED,
        is_automatic=False,
        candidate__isnull=False,
    )


def open_answers(viewer: User) -> QuerySet[Message]:
    """Those that nobody has sorted yet."""
    return answers(viewer).filter(sorted_at=None)


def page_of_replies(*, viewer: User, is_sorted: bool, cursor: str = "") -> KeysetPage[Message]:
    rows = answers(viewer).filter(sorted_at__isnull=False) if is_sorted else open_answers(viewer)
    rows = rows.select_related("candidate", "enrollment__sequence__after_not_now", "sorted_by")
    return keyset_page(rows.defer("body_html", "references"), cursor=cursor)


def newest_open_answer(candidate: Candidate, *, viewer: User) -> Message | None:
    found: Message | None = (
        open_answers(viewer)
        .filter(candidate=candidate)
        .select_related("candidate", "enrollment__sequence__after_not_now")
        .order_by("-created_at", "-pk")
        .first()
    )
    return found


def cards_of(mails: Iterable[Message], *, today: date) -> list[Card]:
    """The cards of these mails; one query however many."""
    mails = list(mails)
    written_from = {mail.pk: normalize_email(mail.from_address) or "" for mail in mails}
    known = set(
        EmailAddress.objects.filter(normalized__in=set(written_from.values())).values_list(
            "normalized", flat=True
        )
    )
    return [
        Card(
            mail,
            cut_quotes(mail.body_text),
            mail.intent or mail.suggested_intent,
            suggest_day(mail.body_text, today=today),
            "" if written_from[mail.pk] in known else mail.from_address,
        )
        for mail in mails
    ]


def nurture_sequences() -> QuerySet[Sequence]:
    """Sequences that may take somebody up again later."""
    has_steps = Exists(Step.objects.filter(sequence=OuterRef("pk")))
    found: QuerySet[Sequence] = Sequence.objects.filter(has_steps, state__in=NURTURING)
    return found.order_by("name")

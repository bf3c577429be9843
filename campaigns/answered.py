"""Who answered a sequence: the one definition that every number, list and comparison goes by."""

from datetime import timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from campaigns.models import Enrollment, Message

# What counts as gone: of an ambiguous mail nobody can say that it did not arrive.
GONE = (Message.State.SENT, Message.State.AMBIGUOUS)
# How long after its last step a mail that names no mail of ours still counts as an answer to the sequence.
ANSWERS_WITHIN = timedelta(days=90)


def written_by_people() -> QuerySet[Message]:
    """Mail of humans: an automatic answer is none."""
    mails: QuerySet[Message] = Message.objects.filter(
        direction=Message.Direction.IN, is_automatic=False
    )
    return mails


def has_replied() -> Q:
    """Whether an enrollment was answered: a human answered one of its mails, whether or not more were to come.

    Somebody who wrote without naming a mail has answered it too, if it had written to them and that stopped it; or if
    it had finished, within some weeks, and nothing else of ours had gone to them since. Answers to another sequence
    do not count.
    """
    named = written_by_people().filter(enrollment__isnull=False)
    unprompted = written_by_people().filter(enrollment=None, candidate__isnull=False)
    theirs = unprompted.filter(
        candidate=OuterRef("candidate"), created_at__gte=OuterRef("enrolled_at")
    )
    out = Message.objects.filter(direction=Message.Direction.OUT, state__in=GONE)
    since = out.filter(
        candidate=OuterRef("candidate"),
        handed_at__gt=OuterRef(OuterRef("ended_at")),
        handed_at__lt=OuterRef("created_at"),
    )
    after_the_end = theirs.filter(
        ~Exists(since),
        created_at__gte=OuterRef("ended_at"),
        created_at__lte=OuterRef("ended_at") + ANSWERS_WITHIN,
    )
    stopped = Q(stop_reason=Enrollment.StopReason.REPLIED) & Q(Exists(theirs))
    finished = Q(state=Enrollment.State.FINISHED) & Q(Exists(after_the_end))
    # Sets, read once for all rows, where they decide it: a question for each of 100,000 rows takes seconds.
    return Q(pk__in=named.values("enrollment")) | (
        Q(candidate__in=unprompted.values("candidate"))
        & (stopped | finished)
        & Q(Exists(out.filter(enrollment=OuterRef("pk"))))
    )


def follows_an_answer() -> Exists:
    """Whether a mail of an enrollment went after the person had answered it: of a sequence that goes on, not the one
    that they answered."""
    before = written_by_people().filter(
        enrollment=OuterRef("enrollment"), created_at__lt=OuterRef("handed_at")
    )
    return Exists(before)

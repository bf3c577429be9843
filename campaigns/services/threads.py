"""Threads of mail with one person: what belongs together, and whether only its member reads it."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from django.db import transaction

from campaigns.models import MailReader, Message
from campaigns.reading import entry_of, mail_link, private_words, words_of
from campaigns.services import enrolling
from candidates.models import Candidate, Notification, Touchpoint
from crm.accounts.models import User
from crm.audit.services import record
from crm.web.errors import DomainError

Kind = Touchpoint.Kind
KINDS = (Kind.MAIL_SENT, Kind.MAIL_RECEIVED, Kind.AUTO_REPLY)
# Kinds of notifications that may repeat a subject.
_TOLD = (Notification.Kind.REPLY, Notification.Kind.WATCHED)
# So near lie a mail and its entry whose words were written another way.
_NEAR = timedelta(seconds=5)
# Enough of a subject to be found in a line that was cut.
_TELLING = 80
_PREFIXES = re.compile(r"^(?:\w{1,5}\s*:\s*)+")


class NotYourThread(DomainError):
    def __init__(self) -> None:
        super().__init__(
            "Only the member whose mailbox or sequence a thread belongs to can make it private or share it."
        )


def thread_of(mail: Message) -> list[Message]:
    """All mails of its thread with the same person, the first one first: by headers, and by sequence."""
    if mail.candidate_id is None:
        return [mail]
    rest = list(
        Message.objects.filter(candidate=mail.candidate_id)
        .select_related("candidate", "enrollment__sequence__owner", "sender__user", "member")
        .order_by("created_at", "pk")
    )
    names, thread = _names(mail), []
    while found := [one for one in rest if one.pk == mail.pk or names & _names(one)]:
        thread += found
        rest = [one for one in rest if one not in found]
        names = names.union(*map(_names, found))
    return sorted(thread, key=lambda one: (one.created_at, one.pk))


def holder_of(thread: Sequence[Message]) -> User | None:
    """Whose thread it is: who began it, else the owner of its sequence, else whose address it went out from."""
    if not thread or thread[0].candidate_id is None:
        return None
    first = thread[0]
    owner = first.enrollment.sequence.owner if first.enrollment else None
    return first.member or owner or (first.sender.user if first.sender else None)


def join(mail: Message, *, after: Message | None = None, begins_private: bool = False) -> list[int]:
    """Make a mail that is about to be stored as private as its thread; one of no thread is as it begins.

    `after` is the mail that it answers, where that is known otherwise than by headers.

    Returns the members who read it besides: give them to `let_read` once it is stored.
    """
    if mail.candidate_id is None:
        return []
    # Whoever changes the thread meanwhile comes before this mail, or after it.
    locked = Candidate.objects.select_for_update(of=("self",), no_key=True)
    list(locked.filter(pk=mail.candidate_id).values_list("pk"))
    others = Message.objects.filter(candidate=mail.candidate_id).order_by("-is_private", "-pk")
    mate = next((one for one in others if one == after or _belong_together(one, mail)), None)
    if mate is None:
        mail.is_private = begins_private and mail.member_id is not None
        return []
    mail.is_private = mate.is_private
    if not mate.is_private:
        return []
    mail.member_id = mate.member_id
    return list(MailReader.objects.filter(message=mate).values_list("user_id", flat=True))


def let_read(mails: Iterable[Message], readers: Iterable[int]) -> None:
    """Name who reads these private mails besides their member."""
    readers = set(readers)
    MailReader.objects.bulk_create(
        [MailReader(message=mail, user_id=user) for mail in mails for user in sorted(readers)],
        ignore_conflicts=True,
    )


def let_read_follow_ups(mates: Mapping[int, Message]) -> None:
    """Let who reads these private mails read also what has been queued after them; `mates` are by enrollment."""
    if not mates:
        return
    readers: defaultdict[int, set[int]] = defaultdict(set)
    for reader in MailReader.objects.filter(message__in=[mate.pk for mate in mates.values()]):
        readers[reader.message_id].add(reader.user_id)
    shared = [enrollment for enrollment, mate in mates.items() if mate.pk in readers]
    queued = Message.objects.filter(
        enrollment__in=shared, state=Message.State.QUEUED, is_private=True
    )
    for mail in queued:
        if mail.enrollment_id:
            let_read([mail], readers[mates[mail.enrollment_id].pk])


@transaction.atomic
def make_private(mail: Message, *, by: User, readers: Iterable[User] = ()) -> list[Message]:
    """From now on only `by`, and `readers`, read the thread; copies of its words are taken away everywhere."""
    thread = _locked_thread(mail, by)
    ids = [one.pk for one in thread]
    Message.objects.filter(pk__in=ids).update(is_private=True, member=by)
    MailReader.objects.filter(message__in=ids).delete()
    for one in thread:
        one.is_private, one.member = True, by
    let_read(thread, [user.pk for user in readers if user.pk != by.pk])
    _rewrite(thread)
    _hush(thread)
    record("mail.made_private", mail, by=by, mails=len(thread))
    return thread


@transaction.atomic
def share(mail: Message, *, by: User) -> list[Message]:
    """Let everybody who reads records read the thread again; its entries get their words back."""
    thread = _locked_thread(mail, by)
    ids = [one.pk for one in thread]
    Message.objects.filter(pk__in=ids).update(is_private=False)
    MailReader.objects.filter(message__in=ids).delete()
    for one in thread:
        one.is_private = False
    _rewrite(thread)
    record("mail.shared", mail, by=by, mails=len(thread))
    return thread


def _locked_thread(mail: Message, by: User) -> list[Message]:
    """The thread, in the order of locks that everybody keeps: enrollments, then mails. Refuses who does not hold it."""
    # Whoever was merged meanwhile has it on another record.
    mail = Message.objects.select_related("candidate").get(pk=mail.pk)
    if mail.candidate is None:
        raise NotYourThread
    enrolling.lock_running(mail.candidate)
    people = Candidate.objects.select_for_update(of=("self",), no_key=True)
    list(people.filter(pk=mail.candidate.pk).values_list("pk"))
    ids = [one.pk for one in thread_of(mail)]
    locked = Message.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=ids)
    list(locked.order_by("pk").values_list("pk"))
    thread = thread_of(mail)
    if holder_of(thread) != by:
        raise NotYourThread
    return thread


def _names(mail: Message) -> set[str]:
    """By what a mail is known, and what it names: headers without their brackets, and its sequence."""
    told = f"{mail.message_id} {mail.provider_id} {mail.in_reply_to} {mail.references}"
    names = {name.strip("<>") for name in told.split()}
    return names | {f"enrollment {mail.enrollment_id}"} if mail.enrollment_id else names


def _belong_together(known: Message, mail: Message) -> bool:
    if _names(known) & _names(mail):
        return True
    # Some programs leave the thread out of an answer: the subject of a private one is enough not to tell it.
    is_loose = not (mail.in_reply_to or mail.references)
    bare = _bare(mail.subject)
    return is_loose and known.is_private and bool(bare) and bare == _bare(known.subject)


def _bare(subject: str) -> str:
    return _PREFIXES.sub("", subject).strip().lower()


def _rewrite(thread: Sequence[Message]) -> None:
    """Let the timeline tell of these mails as they are now."""
    candidate = thread[0].candidate_id
    entries = list(Touchpoint.objects.filter(candidate=candidate, kind__in=KINDS))
    others = Message.objects.filter(candidate=candidate).exclude(pk__in=[one.pk for one in thread])
    of_others = {words for mail in others for words in _ways_to_tell(mail)}
    for mail in thread:
        ways, link = _ways_to_tell(mail), mail_link(mail)
        own = [
            entry
            for entry in entries
            if entry.link == link or (entry.kind, entry.summary, entry.body) in ways
        ] or _nearest(entries, mail, of_others)
        told = entry_of(mail)
        for entry in own:
            Touchpoint.objects.filter(pk=entry.pk).update(
                summary=_one_line(told.summary), body=told.body, link=told.link
            )


def _nearest(
    entries: Sequence[Touchpoint], mail: Message, of_others: set[tuple[str, str, str]]
) -> list[Touchpoint]:
    """The entry that was written with the mail in words of then."""
    moment, kind = mail.handed_at or mail.created_at, _kind_of(mail)

    def distance(entry: Touchpoint) -> timedelta:
        return abs(entry.at - moment)

    near = [
        entry
        for entry in entries
        if entry.kind == kind
        and distance(entry) < _NEAR
        and (entry.kind, entry.summary, entry.body) not in of_others
    ]
    return [min(near, key=distance)] if near else []


def _ways_to_tell(mail: Message) -> set[tuple[str, str, str]]:
    """How its entry may read, as long as it is not private."""
    summary, body = words_of(mail)
    return {(_kind_of(mail), _one_line(one), body) for one in (summary, mail.subject)}


def _kind_of(mail: Message) -> Kind:
    if mail.direction == Message.Direction.OUT:
        return Kind.MAIL_SENT
    return Kind.AUTO_REPLY if mail.is_automatic else Kind.MAIL_RECEIVED


def _hush(thread: Sequence[Message]) -> None:
    """Take the subjects out of what members were told of these mails."""
    for mail in thread:
        telling = " ".join(mail.subject.split())[:_TELLING]
        if telling:
            Notification.objects.filter(
                candidate=mail.candidate_id, kind__in=_TOLD, text__contains=telling
            ).update(text=private_words(mail)[:300])


def _one_line(summary: str) -> str:
    words = " ".join(summary.split())
    return words if len(words) <= 300 else f"{words[:299]}…"

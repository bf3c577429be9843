"""Mails to candidates: wished for here, written and sent by whoever has the outbox."""

from collections.abc import Sequence

from crm.accounts.models import User
from pipelines.models import Candidacy
from pipelines.signals import MailAnswer, MailWish, mail_foreseen, mail_wanted

NOT_REACHED = MailAnswer(is_queued=False, words="No mail was written: nothing sends mail here.")


def wish_mail(candidacy: Candidacy, wish: MailWish, *, by: User | None) -> MailAnswer:
    """Have the mail sent; the answer says whether it waits in the outbox, or why not."""
    for _, answer in mail_wanted.send(Candidacy, candidacy=candidacy, wish=wish, by=by):
        if isinstance(answer, MailAnswer):
            return answer
    return NOT_REACHED


def foresee_mails(
    candidacies: Sequence[Candidacy], wish: MailWish, *, by: User | None
) -> dict[int, str]:
    """Why the mail would not be written, by the ids of the candidacies concerned. Writes nothing."""
    for _, found in mail_foreseen.send(Candidacy, candidacies=candidacies, wish=wish, by=by):
        if isinstance(found, dict):
            return found
    return dict.fromkeys([one.pk for one in candidacies], NOT_REACHED.words)

"""Mails to candidates: wished for here, written and sent by whoever has the outbox."""

from crm.accounts.models import User
from pipelines.models import Candidacy
from pipelines.signals import MailAnswer, MailWish, mail_wanted

NOT_REACHED = MailAnswer(is_queued=False, words="No mail was written: nothing sends mail here.")


def wish_mail(candidacy: Candidacy, wish: MailWish, *, by: User | None) -> MailAnswer:
    """Have the mail sent; the answer says whether it waits in the outbox, or why not."""
    for _, answer in mail_wanted.send(Candidacy, candidacy=candidacy, wish=wish, by=by):
        if isinstance(answer, MailAnswer):
            return answer
    return NOT_REACHED

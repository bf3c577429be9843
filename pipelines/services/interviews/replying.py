"""Interviewers who answer in their own calendar: its reply comes by mail (iTIP REPLY, RFC 5546, 3.2.3)."""

from django.db import transaction

from pipelines import calendars
from pipelines.models import Interviewer
from pipelines.services.interviews import scheduling

Answer = Interviewer.Answer
ANSWERS = {
    "ACCEPTED": Answer.ACCEPTED,
    "TENTATIVE": Answer.TENTATIVE,
    "DECLINED": Answer.DECLINED,
    "NEEDS-ACTION": Answer.NONE,
}


@transaction.atomic
def take_reply(calendar: str, *, from_address: str) -> bool:
    """Note what an interviewer of this organization answered; returns whether it was such an answer.

    It counts for whom it names, only from that member's own address, and only about the time that they were last
    told: what answers an earlier one is passed over. Taking it again changes nothing.
    """
    reply = calendars.read_reply(calendar)
    if reply is None or reply.address != from_address.lower():
        return False
    row = (
        Interviewer.objects.filter(interview__uid=reply.uid, user__email__iexact=reply.address)
        .select_for_update(of=("self",))
        .select_related("interview", "user")
        .first()
    )
    if row is None:
        return False
    says = ANSWERS.get(reply.answer)
    is_late = row.mailed_sequence is None or reply.sequence < row.mailed_sequence
    if says is None or is_late or row.removed_at or not row.interview.is_open:
        return True
    if says != row.answer:
        scheduling.answer(row, says=says, by=row.user)
    return True

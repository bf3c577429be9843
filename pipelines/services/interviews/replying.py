"""Who answers an invitation in their own calendar: its reply comes by mail (iTIP REPLY, RFC 5546, 3.2.3)."""

from django.db import transaction

from candidates.services.identifying import normalize_email
from crm.audit.services import record
from pipelines import calendars
from pipelines.models import Interview, Interviewer
from pipelines.services.interviews import scheduling
from pipelines.services.interviews.announcing import tell_of_answer

Answer = Interviewer.Answer
ANSWERS = {
    "ACCEPTED": Answer.ACCEPTED,
    "TENTATIVE": Answer.TENTATIVE,
    "DECLINED": Answer.DECLINED,
    "NEEDS-ACTION": Answer.NONE,
}
# What whoever arranged it reads of a candidate's answer, after the candidate's name.
SAID = {
    Answer.ACCEPTED: "accepted in their calendar: {what}.",
    Answer.TENTATIVE: "said “maybe” in their calendar: {what}.",
    Answer.DECLINED: "declined in their calendar: {what}. It still stands: move it, or cancel it.",
}


@transaction.atomic
def take_reply(calendar: str, *, from_address: str) -> bool:
    """Note what an interviewer or the candidate of an interview here answered; returns whether it was such an answer.

    It counts for whom it names, only from that person's own address, and only about the time that they were last
    told: what answers an earlier one is passed over. Taking it again changes nothing.
    """
    reply = calendars.read_reply(calendar)
    if reply is None or reply.address != from_address.lower():
        return False
    return _take_of_interviewer(reply) or _take_of_candidate(reply)


def _take_of_interviewer(reply: calendars.Reply) -> bool:
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


def _take_of_candidate(reply: calendars.Reply) -> bool:
    """A press of a button is no reason to call people off: the interview shows it, whoever arranged it is told, and
    nothing else follows.
    """
    found = Interview.objects.filter(
        uid=reply.uid,
        candidacy__candidate__emails__normalized=normalize_email(reply.address) or "",
    ).first()
    if found is None:
        return False
    interview = scheduling.lock_interview(found)
    says = ANSWERS.get(reply.answer)
    stands = interview.state == Interview.State.BOOKED and not interview.is_over
    if not says or not stands or reply.sequence < interview.candidate_sequence:
        return True
    # Mails overtake each other: an earlier press that arrives after a later one is not what they say now.
    if not reply.said_at or reply.said_at >= interview.candidate_answer_stamp:
        interview.candidate_answer, interview.candidate_answer_stamp = says, reply.said_at
        interview.save(update_fields=["candidate_answer", "candidate_answer_stamp"])
    key = f"answer:{interview.pk}:{reply.sequence}:{says}:{reply.said_at}"
    tell_of_answer(interview, SAID[says], comment=reply.comment, key=key)
    record("interview.answered", interview, by=None, answer=str(says))
    return True

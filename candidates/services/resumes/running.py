"""Reading what waits, one file at a time, each committed by itself: a killed worker loses nothing but its last file."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from candidates.models import Notification, Resume
from candidates.resumes.documents import Unreadable
from candidates.resumes.jail import Jail, JailBroken
from candidates.resumes.version import VERSION
from candidates.services.files import delete_from_storage
from candidates.services.identifying import fold
from candidates.services.notifying import notify
from candidates.services.resumes.commands import ScannerBroken, recognize, scan
from candidates.services.resumes.judging import judge
from candidates.services.resumes.matching import find_people, is_erased
from candidates.services.skills.resolving import own_words
from crm.audit.services import record
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in

logger = logging.getLogger(__name__)

State = Resume.State
# Below the tasks' time limit, with room for the last file and its scanners.
RUN_SECONDS = 60
# The longest that one file can take, and then some: whoever has not ended by then is dead.
STALE_AFTER = timedelta(seconds=90)
STALE_AFTER_COMMANDS = timedelta(minutes=5)
MOST_TRIES = 3
_MOST_OWN_SKILLS = 3000
BLOCKED = "Refused: this person was erased and must not be stored again. The file was deleted."
GIVEN_UP = "It stopped the reading three times. Save it again as a simple PDF and drop it again."
NO_READER = "It could not be read here for a reason that is not the file's. Ask whoever runs Rapport to look at the log."
NO_SCANNER = (
    "The virus scanner does not answer. The file waits, and is tried again every few minutes."
)
NOT_AGAIN = "It was to be read anew and could not be; what was read before stands. {problem}"
RECOGNIZED = "Its text was recognized from pictures (OCR): look twice at names and numbers."


@dataclass(frozen=True)
class _Claim:
    resume_id: int
    tries: int
    content: bytes
    file_name: str
    skills: list[str]


def read_waiting(organization: Organization, *, seconds: float = RUN_SECONDS) -> bool:
    """Read files until none waits or the time is up; True when none is left."""
    until = monotonic() + seconds
    with Jail() as jail:
        while monotonic() < until:
            claim = _claim_next(organization)
            if claim is None:
                return True
            _read(organization, jail, claim)
    return False


def _claim_next(organization: Organization) -> _Claim | None:
    """Take the next file that nobody else has taken, and say so at once."""
    with acting_in(organization):
        resume = (
            Resume.objects.select_for_update(of=("self",), skip_locked=True)
            .filter(state=State.WAITING)
            .order_by("pk")
            .first()
        )
        if resume is None:
            return None
        resume.state, resume.beat_at, resume.tries = State.READING, timezone.now(), resume.tries + 1
        resume.save(update_fields=["state", "beat_at", "tries"])
        skills = own_words(_MOST_OWN_SKILLS)
    try:
        with resume.file.open("rb") as file:
            content = file.read()
    except (OSError, ValueError):
        logger.exception("file of a resume is missing resume=%s", resume.pk)
        content = b""
    return _Claim(resume.pk, resume.tries, content, resume.file_name, skills)


def _read(organization: Organization, jail: Jail, claim: _Claim) -> None:
    """Read one file outside of any transaction, and write down what came of it."""
    answer: dict[str, Any] = {}
    problem = ""
    try:
        scan(claim.content)
        answer = jail.read(claim.content, file_name=claim.file_name, skills=claim.skills)
        answer = _recognized(jail, claim, answer)
    except Unreadable as refusal:
        problem = str(refusal)
    except ScannerBroken:
        logger.exception("the scanner does not answer resume=%s", claim.resume_id)
        _put_off(organization, claim)
        return
    except JailBroken:
        logger.exception("a resume could not be read resume=%s", claim.resume_id)
        if claim.tries < MOST_TRIES:
            # Left as taken: the sweep gives it back in a while, when what is broken may work again.
            return
        problem = NO_READER
    with acting_in(organization):
        resume = _lock_taken(claim)
        if resume is None:
            return
        if problem:
            _give_up(resume, problem)
        else:
            _store(resume, answer)
        _tell_when_all_are_read(resume)


def _lock_taken(claim: _Claim) -> Resume | None:
    """The row of a file that is being read; None if it was discarded or erased meanwhile."""
    rows = Resume.objects.select_for_update(of=("self",))
    taken: Resume | None = rows.filter(pk=claim.resume_id, state=State.READING).first()
    return taken


def _put_off(organization: Organization, claim: _Claim) -> None:
    """No file's fault, so no file pays for it: a new one waits, and counts no try; one that was read stands as it was."""
    with acting_in(organization):
        resume = _lock_taken(claim)
        if resume is None:
            return
        if resume.reader_version:
            resume.state = _state_before(resume)
        else:
            # Left as taken: the sweep gives it back in a while.
            resume.tries, resume.problem = claim.tries - 1, NO_SCANNER
        resume.save(update_fields=["state", "tries", "problem"])


def _state_before(resume: Resume) -> Resume.State:
    """Of one that was read before."""
    return State.ACCEPTED if resume.decided_at else State.READY


def _give_up(resume: Resume, problem: str) -> None:
    """A new file is refused. Of one that was read before, file, text and decision stand, and a notice tells."""
    if not resume.reader_version:
        refuse(resume, problem)
        return
    resume.state, resume.reader_version = _state_before(resume), VERSION
    resume.notices = [*resume.notices, NOT_AGAIN.format(problem=problem)]
    resume.save(update_fields=["state", "reader_version", "notices"])
    record("resume.not_read_again", resume)


def _tell_when_all_are_read(resume: Resume) -> None:
    """Tell who dropped the files, once, after the last of them."""
    upload = resume.upload
    if upload is None or upload.resumes.filter(state__in=[State.WAITING, State.READING]).exists():
        return
    number = upload.resumes.count()
    notify(
        upload.created_by,
        kind=Notification.Kind.RESUMES,
        text="Your résumé was read" if number == 1 else f"Your {number} résumés were read",
        link=f"candidates/resumes/uploads/{upload.pk}/",
        key=f"resumes:{upload.pk}",
    )


def _recognized(jail: Jail, claim: _Claim, answer: dict[str, Any]) -> dict[str, Any]:
    """The reading, or that of the text which character recognition finds where there was none."""
    if (
        answer.get("kind") != "pdf"
        or sum(letter.isalnum() for letter in answer.get("text", "")) >= 30
    ):
        return answer
    recognized = recognize(claim.content)
    if not recognized:
        return answer
    told: dict[str, Any] = {"file_name": claim.file_name, "skills": claim.skills}
    try:
        if recognized.startswith(b"%PDF-"):
            second = jail.read(recognized, **told)
        else:
            second = jail.read_text(recognized.decode("utf-8", "replace"), **told)
    except Unreadable:
        return answer
    return {**second, "kind": "pdf", "pages": answer.get("pages", 1), "notices": [RECOGNIZED]}


def _store(resume: Resume, answer: dict[str, Any]) -> None:
    reading = judge(answer)
    resume.kind, resume.pages, resume.text = reading.kind, reading.pages, reading.text
    resume.fields, resume.notices = reading.fields, reading.notices
    resume.reader_version, resume.problem = VERSION, ""
    if resume.candidate_id is None and is_erased(resume):
        refuse(resume, BLOCKED)
        return
    resume.state = _state_before(resume)
    if resume.decided_at:
        resume.search_text = fold(resume.text)
    else:
        match = next(iter(find_people(resume)), None)
        resume.match = match.candidate if match else None
        resume.match_reason = match.reason if match else ""
    resume.save()


def refuse(resume: Resume, problem: str) -> None:
    """Say why, and keep nothing of a file that is no version of anybody's résumé."""
    resume.state, resume.problem = State.REFUSED, problem[:300]
    delete_from_storage([resume])
    resume.file, resume.text, resume.fields, resume.notices = "", "", {}, []
    resume.save()
    record("resume.refused", resume)


# Those that stand still


def organizations_with_waiting_resumes(now: datetime | None = None) -> list[Organization]:
    """Where files wait or stand still. Asked over all organizations; tells their ids alone."""
    before = (now or timezone.now()) - timedelta(seconds=30)
    with connection.cursor() as cursor:
        cursor.execute("SELECT candidates_organizations_with_resumes(%s)", [before])
        ids = [organization_id for (organization_id,) in cursor.fetchall()]
    return list(Organization.objects.filter(pk__in=ids).order_by("pk"))


def give_back_stalled(
    organization: Organization, now: datetime | None = None, *, patience: timedelta | None = None
) -> int:
    """Let files whose worker died be read again; those that did it too often are given up. Returns how many."""
    now = now or timezone.now()
    if patience is None:
        has_commands = settings.RESUME_SCAN_COMMAND or settings.RESUME_OCR_COMMAND
        patience = STALE_AFTER_COMMANDS if has_commands else STALE_AFTER
    with acting_in(organization):
        stalled = list(
            Resume.objects.select_for_update(of=("self",), skip_locked=True)
            .filter(state=State.READING, beat_at__lte=now - patience)
            .order_by("pk")
        )
        for resume in stalled:
            if resume.tries >= MOST_TRIES:
                _give_up(resume, GIVEN_UP)
            else:
                resume.state, resume.beat_at = State.WAITING, now
                resume.save(update_fields=["state", "beat_at"])
    return len(stalled)


def read_again(organization: Organization) -> int:
    """Let files that an older reader read be read by this one; decisions stay. Returns how many wait now."""
    with acting_in(organization):
        outdated = Resume.objects.filter(
            state__in=[State.READY, State.ACCEPTED], reader_version__lt=VERSION
        ).exclude(file="")
        return outdated.update(state=State.WAITING, tries=0, beat_at=timezone.now())

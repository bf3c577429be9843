"""Referrals by colleagues without an account: taken in, matched with whom we know, answered by a link of their own."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.utils import timezone

from candidates.models import Candidate, Notification, Origin, Source, Touchpoint
from candidates.services.candidates import create_candidate
from candidates.services.identifying import normalize_email, normalize_link, normalize_phone
from candidates.services.matching import find_matches, is_decisive
from candidates.services.notifying import admins, notify_all
from candidates.services.provenance import Provenance
from candidates.services.suppressing import Identifier, suppressed_reasons
from candidates.services.timeline import add_touchpoint
from crm.accounts.models import User
from crm.audit.services import record
from crm.tenancy import public_links
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in, current_organization
from crm.web.links import absolute, site_reverse
from crm.web.mails import Fate, build_mail, hand_over
from pipelines.models import Candidacy, Job, Referral, ReferralLink, Stage
from pipelines.services.candidacies import add_to_job

FORM, STATUS = "referral form", "referral status"
SOURCE = "Referral"
RETRY_AFTER = timedelta(minutes=10)
GIVE_UP_AFTER = timedelta(hours=24)
# A word for somebody who is not kept is kept no longer than this.
KEPT_WITHOUT_CANDIDATE = timedelta(days=180)


@dataclass(frozen=True)
class Referred:
    """Who is recommended, as the form has it."""

    name: str
    email: str
    phone: str = ""
    link: str = ""


@transaction.atomic
def open_link(*, name: str, job: Job | None, by: User) -> ReferralLink:
    link = ReferralLink.objects.create(name=name, job=job, created_by=by)
    record("referral_link.opened", link, by=by)
    return link


@transaction.atomic
def close_link(link: ReferralLink, *, by: User) -> ReferralLink:
    """Its address shows nothing any more. Doing it twice changes nothing."""
    if link.closed_at is None:
        link.closed_at, link.version = timezone.now(), link.version + 1
        link.save(update_fields=["closed_at", "version"])
        record("referral_link.closed", link, by=by)
    return link


def form_url(link: ReferralLink) -> str:
    token = public_links.sign(
        FORM, organization_id=link.organization_id, object_id=link.pk, version=link.version
    )
    return absolute(site_reverse("refer:form", token=token))


def status_url(referral: Referral) -> str:
    token = public_links.sign(
        STATUS, organization_id=referral.organization_id, object_id=referral.pk
    )
    return absolute(site_reverse("refer:status", token=token))


@transaction.atomic
def refer(
    link: ReferralLink,
    referred: Referred,
    *,
    job: Job | None,
    referrer_name: str,
    referrer_email: str,
    relation: Referral.Relation,
    note: str,
) -> Referral:
    """Take somebody in, as a person we know already or a new one. Whoever must not be kept is not, silently:
    the colleague gets the same answer."""
    job = link.job or job
    candidate = None
    was_known = False
    if not _is_suppressed(referred):
        candidate = _known(referred)
        was_known = candidate is not None
        candidate = candidate or _new_person(referred, referrer_name)
    referral = Referral.objects.create(
        candidate=candidate,
        job=job,
        referrer_name=referrer_name,
        referrer_email=referrer_email.strip().lower(),
        relation=relation,
        note=note.strip() if candidate else "",
        was_known=was_known,
        mail_due_at=timezone.now(),
    )
    record("referral.received", referral, was_known=was_known)
    if candidate:
        _take_in(referral, candidate)
    return referral


def _take_in(referral: Referral, candidate: Candidate) -> None:
    add_touchpoint(
        candidate,
        Touchpoint.Kind.REFERRAL,
        f"Referred by {referral.referrer_name}: {referral.relation_told}",
        body=referral.note,
        link="referrals/",
    )
    job = referral.job
    if job and not job.is_closed:
        add_to_job(job, [candidate.pk], by=None, origin=Candidacy.Origin.REFERRED)
    told = [job.owner, candidate.owner] if job else [candidate.owner]
    for_job = f" for {job}" if job else ""
    notify_all(
        [*told] if any(told) else admins(),
        kind=Notification.Kind.REFERRAL,
        text=f"{referral.referrer_name} referred {candidate}{for_job}",
        link=f"candidates/{candidate.pk}/",
        candidate=candidate,
    )


def _identifiers(referred: Referred) -> list[Identifier]:
    found = [
        ("email", normalize_email(referred.email) or ""),
        ("phone", normalize_phone(referred.phone)),
        ("profile", normalize_link(referred.link)),
    ]
    return [(kind, value) for kind, value in found if value]


def _is_suppressed(referred: Referred) -> bool:
    """Whoever was erased, objected or complained is not taken in again; who only unsubscribed may be referred."""
    gone = {"erased", "objected", "complained"}
    reasons = suppressed_reasons(_identifiers(referred))
    return any(str(reason) in gone for found in reasons.values() for reason in found)


def _known(referred: Referred) -> Candidate | None:
    """Somebody who has an address or profile of theirs that belongs to one person alone."""
    values = dict(_identifiers(referred))
    matches = find_matches(emails=[values.get("email", "")], links=[values.get("profile", "")])
    for (kind, value), ids in matches.items():
        if is_decisive(kind, value):
            return Candidate.objects.get(pk=ids[0])
    return None


def _new_person(referred: Referred, referrer_name: str) -> Candidate:
    source, _ = Source.objects.get_or_create(name=SOURCE)
    return create_candidate(
        by=None,
        full_name=referred.name,
        emails=[referred.email],
        phones=[referred.phone] if referred.phone else [],
        links=[referred.link] if referred.link else [],
        source=source,
        # Only the person can consent for themselves (GDPR Art. 4(11), 7); a colleague's word is a source (Art. 14).
        lawful_basis=Candidate.LawfulBasis.LEGITIMATE_INTEREST,
        provenance=Provenance(Origin.FORM, timezone.now(), f"Referral by {referrer_name}"),
        summary=f"Referred by {referrer_name}",
    )


def status_of(referral: Referral) -> str:
    """How far it got, in words that give nothing else away."""
    if referral.candidate_id is None or referral.job_id is None:
        return "Received: we are looking at it."
    candidacy = (
        Candidacy.objects.filter(candidate=referral.candidate_id, job=referral.job_id)
        .select_related("stage")
        .first()
    )
    if candidacy is None:
        return "Received: we are looking at it."
    if candidacy.stage.kind == Stage.Kind.HIRED:
        return "Hired. Thank you!"
    if candidacy.closed_at:
        return "We decided not to go on this time."
    if candidacy.stage.kind == Stage.Kind.LEAD:
        return "Received: we are looking at it."
    return "We are talking with each other."


@dataclass(frozen=True)
class Parcel:
    mail: EmailMultiAlternatives
    referral_id: int
    due_at: datetime


def mail_referrers(organization: Organization, now: datetime | None = None) -> int:
    """Mail who referred somebody the link to its status; returns how many mails. Outside any organization."""
    now = now or timezone.now()
    sent = 0
    while True:
        with acting_in(organization, durable=True):
            parcel = _take(now)
        if parcel is None:
            return sent
        fate = hand_over(parcel.mail)
        sent += fate is Fate.SENT
        if fate is Fate.NOT_SENT and now - parcel.due_at < GIVE_UP_AFTER:
            with acting_in(organization, durable=True):
                Referral.objects.filter(pk=parcel.referral_id).update(mail_due_at=now + RETRY_AFTER)


def _take(now: datetime) -> Parcel | None:
    referral = (
        Referral.objects.filter(mail_due_at__lte=now)
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("job")
        .order_by("mail_due_at", "pk")
        .first()
    )
    if referral is None or referral.mail_due_at is None:
        return None
    due_at, referral.mail_due_at = referral.mail_due_at, None
    referral.save(update_fields=["mail_due_at"])
    organization = current_organization()
    context = {
        "organization": organization,
        "referral": referral,
        "url": status_url(referral),
    }
    mail = build_mail(
        "email/referral",
        to=referral.referrer_email,
        context=context,
        organization=organization.slug,
    )
    return Parcel(mail, referral.pk, due_at)


def forget_old_referrals(now: datetime | None = None) -> int:
    """Delete words for people who are not kept; returns how many."""
    old = Referral.objects.filter(
        candidate=None, created_at__lt=(now or timezone.now()) - KEPT_WITHOUT_CANDIDATE
    )
    count, _ = old.delete()
    return count

"""Links for hiring managers without an account: made, mailed, opened with a code, revoked."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from crm.accounts.models import User
from crm.audit.services import record
from crm.tenancy import public_links
from crm.tenancy.models import Organization, hash_token
from crm.tenancy.scope import acting_in, current_organization
from crm.web.links import absolute, site_reverse
from crm.web.mails import Fate, build_mail, hand_over
from pipelines.models import Job, ReviewLink

CODE_LIFETIME = timedelta(minutes=15)
# A code of six digits is guessed with these tries once in 200,000.
CODE_TRIES = 5
RETRY_AFTER = timedelta(minutes=5)
GIVE_UP_AFTER = timedelta(hours=24)


@transaction.atomic
def make_link(job: Job, *, email: str, days: int, by: User) -> ReviewLink:
    """A link for whoever reads mail at `email`; earlier ones of theirs for the job end."""
    email = email.strip().lower()
    now = timezone.now()
    # Two at once would leave two links open.
    Job.objects.select_for_update(of=("self",)).get(pk=job.pk)
    ReviewLink.objects.filter(job=job, email=email, revoked_at=None).update(revoked_at=now)
    link = ReviewLink.objects.create(
        job=job, email=email, expires_at=now + timedelta(days=days), created_by=by, mail_due_at=now
    )
    record("review_link.made", link, by=by, job=job.pk, days=days)
    return link


@transaction.atomic
def revoke_link(link: ReviewLink, *, by: User | None) -> ReviewLink:
    """It opens nothing from now on, also where it is open now. Doing it twice changes nothing."""
    link = ReviewLink.objects.select_for_update(of=("self",)).get(pk=link.pk)
    if link.revoked_at is None:
        link.revoked_at, link.mail_due_at, link.code_due_at = timezone.now(), None, None
        link.save(update_fields=["revoked_at", "mail_due_at", "code_due_at"])
        record("review_link.revoked", link, by=by)
    return link


def revoke_links_of(email: str) -> int:
    """Somebody left the organization: their links end with their membership."""
    open_ones = ReviewLink.objects.filter(email=email.lower(), revoked_at=None)
    links = [revoke_link(link, by=None) for link in open_ones]
    return len(links)


def link_of(token: str) -> ReviewLink | None:
    """The open link behind `token`, in the organization being acted in."""
    return (
        ReviewLink.objects.select_related("job")
        .filter(token_hash=hash_token(token), revoked_at=None, expires_at__gt=timezone.now())
        .first()
    )


@transaction.atomic
def ask_for_code(link: ReviewLink) -> None:
    """Have a code mailed to the address that the link is bound to."""
    ReviewLink.objects.filter(pk=link.pk).update(code_due_at=timezone.now())
    record("review_link.code_asked", link)


@transaction.atomic
def check_code(link: ReviewLink, code: str) -> bool:
    """Whether it is the newest code, which opens the link once.

    After a few wrong ones none is right until another one was sent.
    """
    link = ReviewLink.objects.select_for_update(of=("self",)).get(pk=link.pk)
    now = timezone.now()
    is_alive = link.code_expires_at is not None and link.code_expires_at > now
    if not link.is_open or not link.code_hash or not is_alive or link.code_tries >= CODE_TRIES:
        return False
    link.code_tries += 1
    is_right = hmac.compare_digest(link.code_hash, _hash(link, code))
    if is_right:
        link.code_hash, link.opened_at = "", now
        record("review_link.opened", link)
    else:
        record("review_link.wrong_code", link, tries=link.code_tries)
    link.save(update_fields=["code_tries", "code_hash", "opened_at"])
    return is_right


def _hash(link: ReviewLink, code: str) -> str:
    digits = "".join(filter(str.isdigit, code))
    text = f"review code:{link.organization_id}:{link.pk}:{digits}"
    return hmac.digest(settings.FIELD_KEY.encode(), text.encode(), "sha256").hex()


@dataclass(frozen=True)
class Parcel:
    """A mail that was taken to be sent."""

    mail: EmailMultiAlternatives
    link_id: int
    is_code: bool
    due_at: datetime


def mail_links(organization: Organization, now: datetime | None = None) -> int:
    """Mail the links and codes that are due in `organization`; returns how many. Outside any organization.

    Token and code are made for the mail, and only their hashes stay here.
    """
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
                field = "code_due_at" if parcel.is_code else "mail_due_at"
                ReviewLink.objects.filter(pk=parcel.link_id).update(**{field: now + RETRY_AFTER})


def _take(now: datetime) -> Parcel | None:
    link = (
        ReviewLink.objects.filter(
            Q(mail_due_at__lte=now) | Q(code_due_at__lte=now),
            revoked_at=None,
            expires_at__gt=now,
        )
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("job", "created_by")
        .order_by("pk")
        .first()
    )
    if link is None:
        return None
    if link.mail_due_at and link.mail_due_at <= now:
        due_at, link.mail_due_at = link.mail_due_at, None
        token = public_links.new_secret(current_organization())
        link.token_hash = hash_token(token)
        link.save(update_fields=["mail_due_at", "token_hash"])
        url = absolute(site_reverse("review:page", token=token))
        mail = _write("email/review_link", link, url=url)
        return Parcel(mail, link.pk, is_code=False, due_at=due_at)
    due_at, link.code_due_at = link.code_due_at or now, None
    code = f"{secrets.randbelow(10**6):06}"
    link.code_hash, link.code_tries = _hash(link, code), 0
    link.code_expires_at = now + CODE_LIFETIME
    link.save(update_fields=["code_due_at", "code_hash", "code_tries", "code_expires_at"])
    mail = _write(
        "email/review_code", link, code=code, minutes=int(CODE_LIFETIME.total_seconds() // 60)
    )
    return Parcel(mail, link.pk, is_code=True, due_at=due_at)


def _write(template: str, link: ReviewLink, **more: object) -> EmailMultiAlternatives:
    organization = current_organization()
    context = {"organization": organization, "link": link, "job": link.job, **more}
    return build_mail(template, to=link.email, context=context, organization=organization.slug)

"""Making organizations, and who belongs to them in which role."""

import logging
from datetime import timedelta
from smtplib import SMTPException

from anymail.exceptions import AnymailError
from django.db import transaction
from django.utils import timezone

from crm.accounts.models import User
from crm.tenancy.models import Invitation, Membership, Organization, hash_token
from crm.tenancy.roles import ADMINS, Role
from crm.tenancy.scope import acting_in, current_organization
from crm.tenancy.signals import announce, organization_created
from crm.web.errors import DomainError
from crm.web.links import absolute, site_reverse
from crm.web.mails import send_mail

logger = logging.getLogger(__name__)

INVITATION_LIFETIME = timedelta(days=7)
RETRY_MAIL_AFTER = timedelta(minutes=5)


class RoleOutOfReach(DomainError):
    """A member touched a role above the own one."""


class LastOwner(DomainError):
    """The organization would be left without an owner."""


class AlreadyMember(DomainError):
    """The invited person is a member."""


class InvitationGone(DomainError):
    """The invitation was used, revoked or expired while its page was open."""

    def __init__(self) -> None:
        super().__init__("This invitation can no longer be used. Ask for a new one.")


def _lock(organization: Organization) -> Organization:
    """Membership changes of one organization happen one after the other: rules see the truth."""
    return Organization.objects.select_for_update().get(pk=organization.pk)


def _refuse_out_of_reach(organization: Organization, by: User, *roles: str) -> None:
    """Admins manage members; only owners make, change or remove owners."""
    own = Membership.objects.filter(organization=organization, user=by).first()
    if own is None or own.role not in ADMINS:
        raise RoleOutOfReach("Only owners and admins manage members.")
    if Role.OWNER in roles and own.role != Role.OWNER:
        raise RoleOutOfReach("Only an owner can make, change or remove an owner.")


def _refuse_without_owner(membership: Membership) -> None:
    others = Membership.objects.filter(
        organization=membership.organization_id, role=Role.OWNER, user__is_active=True
    ).exclude(pk=membership.pk)
    if membership.role == Role.OWNER and not others.exists():
        raise LastOwner("This is the only owner. Make somebody else an owner first.")


def _issue_token(invitation: Invitation) -> str:
    """Give the invitation a new token, valid for its lifetime from now; the old link stops working."""
    token = Invitation.new_token()
    invitation.token_hash = hash_token(token)
    invitation.expires_at = timezone.now() + INVITATION_LIFETIME
    return token


def invitation_link(token: str) -> str:
    return absolute(site_reverse("organizations:invitation", token=token))


@transaction.atomic
def invite(*, email: str, role: str, by: User) -> Invitation:
    """Invite `email` into the organization being acted in; replaces an open invitation of the address.

    The mail goes out afterwards, by `send_next_invitation`.
    """
    organization = _lock(current_organization())
    email = email.strip().lower()
    _refuse_out_of_reach(organization, by, role)
    if Membership.objects.filter(organization=organization, user__email=email).exists():
        raise AlreadyMember(f"{email} is a member already.")
    now = timezone.now()
    organization.invitations.filter(email=email, accepted_at=None, revoked_at=None).update(
        revoked_at=now, mail_due_at=None
    )
    invitation = Invitation(
        organization=organization, email=email, role=role, invited_by=by, mail_due_at=now
    )
    _issue_token(invitation)
    invitation.save()
    announce("invitation.created", invitation, by=by, role=role)
    return invitation


def _open(invitation: Invitation) -> Invitation:
    invitation = (
        Invitation.objects.select_for_update(of=("self",))
        .select_related("organization")
        .get(pk=invitation.pk)
    )
    if invitation.accepted_at or invitation.revoked_at:
        raise InvitationGone
    return invitation


@transaction.atomic
def resend_invitation(invitation: Invitation, *, by: User) -> Invitation:
    """Send the link again, with a new token and a new lifetime."""
    invitation = _open(invitation)
    _refuse_out_of_reach(invitation.organization, by, invitation.role)
    invitation.mail_due_at = timezone.now()
    invitation.expires_at = timezone.now() + INVITATION_LIFETIME
    invitation.save(update_fields=["mail_due_at", "expires_at"])
    announce("invitation.resent", invitation, by=by)
    return invitation


@transaction.atomic
def revoke_invitation(invitation: Invitation, *, by: User) -> Invitation:
    invitation = _open(invitation)
    _refuse_out_of_reach(invitation.organization, by, invitation.role)
    invitation.revoked_at = timezone.now()
    invitation.mail_due_at = None
    invitation.save(update_fields=["revoked_at", "mail_due_at"])
    announce("invitation.revoked", invitation, by=by)
    return invitation


@transaction.atomic
def send_next_invitation() -> bool:
    """Mail the link of the invitation that waits longest. False: none is due.

    Safe to run in many workers at once. When the mail cannot be sent, it is tried again until the
    invitation expires.
    """
    now = timezone.now()
    invitation = (
        Invitation.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("organization", "invited_by")
        .filter(mail_due_at__lte=now, expires_at__gt=now, accepted_at=None, revoked_at=None)
        .order_by("mail_due_at")
        .first()
    )
    if invitation is None:
        return False
    link = invitation_link(_issue_token(invitation))
    try:
        send_mail(
            "email/invitation",
            to=invitation.email,
            context={"invitation": invitation, "link": link},
            organization=invitation.organization.slug,
        )
    except (OSError, SMTPException, AnymailError):
        logger.warning("invitation not mailed id=%s", invitation.pk, exc_info=True)
        Invitation.objects.filter(pk=invitation.pk).update(mail_due_at=now + RETRY_MAIL_AFTER)
        return True
    invitation.mail_due_at = None
    invitation.save(update_fields=["token_hash", "expires_at", "mail_due_at"])
    return True


@transaction.atomic
def accept_invitation(invitation: Invitation, *, by: User) -> Membership:
    """`by`, who proved to own the invited address, joins. A member already keeps the role."""
    invitation = _open(invitation)
    if not invitation.is_open or by.email != invitation.email:
        raise InvitationGone
    with acting_in(invitation.organization):
        membership, joined = Membership.objects.get_or_create(
            user=by, organization=invitation.organization, defaults={"role": invitation.role}
        )
        invitation.accepted_at = timezone.now()
        invitation.save(update_fields=["accepted_at"])
        announce("invitation.accepted", invitation, by=by, role=membership.role, joined=joined)
    return membership


@transaction.atomic
def accept_as_new_user(invitation: Invitation, *, name: str, password: str) -> Membership:
    """Make the user whose address the invitation's mail proved, and let it join."""
    invitation = _open(invitation)
    if User.objects.filter(email=invitation.email).exists():
        raise InvitationGone
    user = User.objects.create_user(invitation.email, password, name=name.strip())
    return accept_invitation(invitation, by=user)


@transaction.atomic
def change_role(membership: Membership, *, to: str, by: User) -> Membership:
    organization = _lock(current_organization())
    membership = organization.memberships.get(pk=membership.pk)
    if membership.role == to:
        return membership
    _refuse_out_of_reach(organization, by, membership.role, to)
    _refuse_without_owner(membership)
    before, membership.role = membership.role, to
    membership.save(update_fields=["role"])
    announce(
        "membership.role_changed",
        membership,
        by=by,
        user=membership.user_id,
        before=before,
        after=to,
    )
    return membership


@transaction.atomic
def remove_member(membership: Membership, *, by: User) -> None:
    """End a membership; the user's next request to the organization is refused. Its work stays."""
    organization = _lock(current_organization())
    membership = organization.memberships.get(pk=membership.pk)
    if membership.user_id != by.pk:
        _refuse_out_of_reach(organization, by, membership.role)
    _refuse_without_owner(membership)
    announce("membership.removed", membership, by=by, user=membership.user_id, role=membership.role)
    membership.delete()


@transaction.atomic
def change_settings(organization: Organization, *, changed: list[str], by: User) -> None:
    """Store what the settings form changed on `organization`: the names of its fields are in `changed`."""
    if changed:
        organization.save(update_fields=changed)
        announce("organization.changed", organization, by=by, fields=sorted(changed))


@transaction.atomic
def create_organization(*, slug: str, name: str, owner_email: str) -> tuple[Organization, str]:
    """A new organization, and the link by which its owner joins. The link is not mailed and not kept."""
    organization = Organization(slug=slug, name=name)
    organization.full_clean()
    organization.save()
    invitation = Invitation(
        organization=organization, email=owner_email.strip().lower(), role=Role.OWNER
    )
    token = _issue_token(invitation)
    invitation.full_clean(exclude=["token_hash", "invited_by"])
    invitation.save()
    with acting_in(organization):
        announce("organization.created", organization)
        announce("invitation.created", invitation, role=Role.OWNER)
        organization_created.send(Organization, organization=organization)
    return organization, invitation_link(token)

"""Making organizations, and who belongs to them in which role."""

import logging
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from crm.accounts.models import User
from crm.tenancy.api_tokens import revoke_tokens_of
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
# Says on record that somebody acted as an operator, from outside the organization.
OPERATOR = {"via": "operator"}


class RoleOutOfReach(DomainError):
    """A member touched a role above the own one."""


class LastOwner(DomainError):
    """The organization would be left without an owner."""


class OperatorOutOfReach(DomainError):
    """An operator was about to let an operator into an organization."""


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


def _refuse_operators(user: User) -> None:
    """Operators let others in, never themselves nor each other: their members' own invitation does that."""
    if user.is_staff:
        raise OperatorOutOfReach(
            f"{user.email} is an operator. Only members of the organization can invite operators."
        )


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
def _claim_next_invitation() -> tuple[Invitation, str] | None:
    """The invitation whose mail waits longest, and its new token. The next try is put off already."""
    now = timezone.now()
    invitation = (
        Invitation.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("organization", "invited_by")
        .filter(mail_due_at__lte=now, expires_at__gt=now, accepted_at=None, revoked_at=None)
        .order_by("mail_due_at")
        .first()
    )
    if invitation is None:
        return None
    token = _issue_token(invitation)
    invitation.mail_due_at = now + RETRY_MAIL_AFTER
    # Its new lifetime begins when the mail went: what can never be mailed expires.
    invitation.save(update_fields=["token_hash", "mail_due_at"])
    return invitation, token


def send_next_invitation() -> bool:
    """Mail the link of the invitation that waits longest. False: none is due.

    Safe to run in many workers at once. When the mail cannot be sent, for whatever reason, it is tried
    again until the invitation expires. No lock and no transaction is held while the mail server is
    spoken to.
    """
    claimed = _claim_next_invitation()
    if claimed is None:
        return False
    invitation, token = claimed
    link = invitation_link(token)
    try:
        send_mail(
            "email/invitation",
            to=invitation.email,
            context={"invitation": invitation, "link": link},
            organization=invitation.organization.slug,
        )
    except Exception:
        # Whatever it is, the invitations of other organizations must not wait for it.
        logger.warning("invitation not mailed id=%s", invitation.pk, exc_info=True)
        return True
    # Who asked meanwhile for another mail gets it, and one that was revoked stays as it is.
    Invitation.objects.filter(
        pk=invitation.pk, mail_due_at=invitation.mail_due_at, token_hash=invitation.token_hash
    ).update(mail_due_at=None, expires_at=invitation.expires_at)
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
def add_member(user: User, *, role: str, by: User) -> Membership:
    """An operator, `by`, lets a user who is no operator into the organization being acted in."""
    organization = _lock(current_organization())
    _refuse_operators(user)
    membership, is_new = Membership.objects.get_or_create(
        user=user, organization=organization, defaults={"role": role}
    )
    if not is_new:
        raise AlreadyMember(f"{user.email} is a member already.")
    announce("membership.created", membership, by=by, user=user.pk, role=role, **OPERATOR)
    return membership


def check_role_by_operator(membership: Membership, *, user: User, role: str) -> None:
    """Raise what keeps an operator from giving `user` the role; an unsaved membership is a new one."""
    _refuse_operators(user)
    if membership.pk:
        stored = Membership.objects.get(pk=membership.pk)
        if role != stored.role:
            _refuse_without_owner(stored)


@transaction.atomic
def change_role(
    membership: Membership, *, to: str, by: User, as_operator: bool = False
) -> Membership:
    """Give the member another role: `by` is an owner or admin, or an operator where `as_operator`."""
    organization = _lock(current_organization())
    membership = organization.memberships.get(pk=membership.pk)
    if membership.role == to:
        return membership
    if as_operator:
        _refuse_operators(membership.user)
    else:
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
        **(OPERATOR if as_operator else {}),
    )
    return membership


@transaction.atomic
def remove_member(membership: Membership, *, by: User, as_operator: bool = False) -> None:
    """End a membership; the user's next request to the organization is refused. Its work stays."""
    organization = _lock(current_organization())
    membership = organization.memberships.get(pk=membership.pk)
    if membership.user_id != by.pk and not as_operator:
        _refuse_out_of_reach(organization, by, membership.role)
    _refuse_without_owner(membership)
    announce(
        "membership.removed",
        membership,
        by=by,
        user=membership.user_id,
        role=membership.role,
        **(OPERATOR if as_operator else {}),
    )
    revoke_tokens_of(membership.user, by=by)
    membership.delete()


@transaction.atomic
def change_user(user: User, *, changed: list[str], by: User) -> None:
    """An operator, `by`, stores what changed of a user; each organization of the user's has it on record.

    Nobody is deactivated who is the only owner of an organization.
    """
    memberships = user.memberships.select_related("organization").order_by("organization")
    for membership in memberships:
        with acting_in(membership.organization):
            _lock(membership.organization)
            if "is_active" in changed and not user.is_active:
                refuse_to_deactivate(membership)
                revoke_tokens_of(user, by=by)
            announce("user.edited", user, by=by, user=user.pk, fields=sorted(changed), **OPERATOR)
    if changed:
        user.save(update_fields=changed)


def refuse_to_deactivate(membership: Membership) -> None:
    """Raise LastOwner where nobody else who signs in owns the organization."""
    try:
        _refuse_without_owner(membership)
    except LastOwner:
        raise LastOwner(
            f"{membership.user.email} is the only owner of {membership.organization}."
            " Make somebody else an owner first."
        ) from None


def refuse_operator_from_members(user: User) -> None:
    """Raise OperatorOutOfReach where a member of an organization would become an operator."""
    if names := _organizations_of(user):
        raise OperatorOutOfReach(
            f"{user.email} is a member of {names}. Operators see no candidates: use another address for the operator."
        )


def refuse_new_address(user: User) -> None:
    """Raise OperatorOutOfReach where a member's address would become another: whoever reads it could get in."""
    if names := _organizations_of(user):
        raise OperatorOutOfReach(
            f"{user.email} is a member of {names}, and the new address would open it."
            " Let an owner invite the new address instead."
        )


def _organizations_of(user: User) -> str:
    names = user.memberships.order_by("organization__name").values_list(
        "organization__name", flat=True
    )
    return ", ".join(names) if user.pk else ""


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

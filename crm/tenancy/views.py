"""Choosing an organization, joining one, and its settings: general and members."""

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from crm.accounts.forms import NewUserForm
from crm.accounts.models import User
from crm.accounts.throttling import remember_browser
from crm.tenancy import queries, services
from crm.tenancy.forms import InvitationForm, RoleForm, SettingsForm, roles_within_reach
from crm.tenancy.models import Invitation, Organization
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import ADMINS, SUMMARIES, Role, roles_allowed
from crm.tenancy.tasks import send_invitations
from crm.web.queues import ring
from crm.web.requests import SignedInRequest


def choose(request: SignedInRequest) -> HttpResponse:
    """The start of the site: straight into the only organization, else a choice."""
    organizations = list(queries.organizations_of(request.user))
    if len(organizations) == 1:
        return redirect(organizations[0])
    return render(request, "tenancy/choose.html", {"organizations": organizations})


@login_not_required
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Where an invitation's link leads. Whatever makes a link useless, the answer is the same."""
    found = queries.invitation_of(token)
    if found is None:
        return render(request, "tenancy/invitation_gone.html", status=410)
    if request.user.is_authenticated:
        return _join(request, found)
    if User.objects.filter(email=found.email).exists():
        return render(request, "tenancy/invitation_sign_in.html", {"invitation": found})
    return _join_as_new_user(request, found)


def _join(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    context = {"invitation": invitation}
    user: User = request.user  # type: ignore[assignment]
    if user.email != invitation.email:
        return render(request, "tenancy/invitation_wrong_user.html", context, status=403)
    if request.method != "POST":
        return render(request, "tenancy/invitation_join.html", context)
    return redirect(services.accept_invitation(invitation, by=user).organization)


def _join_as_new_user(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    form = NewUserForm(request.POST or None, email=invitation.email)
    if not form.is_valid():
        context = {"invitation": invitation, "form": form}
        status = 422 if form.is_bound else 200
        return render(request, "tenancy/invitation_new_user.html", context, status=status)
    membership = services.accept_as_new_user(
        invitation, name=form.cleaned_data["name"], password=form.cleaned_data["password"]
    )
    get_adapter().login(request, membership.user)
    response = redirect(membership.organization)
    remember_browser(request, response, membership.user.email)
    return response


@roles_allowed(ADMINS)
def settings(request: OrganizationRequest) -> HttpResponse:
    """The organization's name, zone, postal address and second-factor policy."""
    organization = Organization.objects.get(pk=request.organization.pk)
    form = SettingsForm(request.POST or None, instance=organization, user=request.user)
    if request.method == "POST" and form.is_valid():
        services.change_settings(organization, changed=form.changed_data, by=request.user)
        messages.success(request, "The settings were saved.")
        return redirect("tenancy:settings")
    return render(
        request, "tenancy/settings.html", {"form": form}, status=422 if form.is_bound else 200
    )


def _members_page(
    request: OrganizationRequest, form: InvitationForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "members": queries.members(request.organization),
        "invitations": queries.open_invitations(request.organization),
        "form": form,
        "roles": roles_within_reach(request.membership.role),
        "summaries": [(Role(role).label, text) for role, text in SUMMARIES.items()],
    }
    return render(request, "tenancy/members.html", context, status=status)


@roles_allowed(ADMINS)
def members(request: OrganizationRequest) -> HttpResponse:
    """Who belongs to the organization, who is invited, and in which role."""
    return _members_page(request, InvitationForm(inviter_role=request.membership.role))


@require_POST
@roles_allowed(ADMINS)
def invite(request: OrganizationRequest) -> HttpResponse:
    form = InvitationForm(request.POST, inviter_role=request.membership.role)
    if not form.is_valid():
        return _members_page(request, form, status=422)
    invited = services.invite(**form.cleaned_data, by=request.user)
    ring(send_invitations)
    messages.success(request, f"{invited.email} is invited. The link in the mail works for 7 days.")
    return redirect("tenancy:members")


@require_POST
@roles_allowed(ADMINS)
def resend_invitation(request: OrganizationRequest, pk: int) -> HttpResponse:
    invitation = get_object_or_404(queries.open_invitations(request.organization), pk=pk)
    services.resend_invitation(invitation, by=request.user)
    ring(send_invitations)
    messages.success(
        request, f"A new link goes to {invitation.email}. The old one no longer works."
    )
    return redirect("tenancy:members")


@require_POST
@roles_allowed(ADMINS)
def revoke_invitation(request: OrganizationRequest, pk: int) -> HttpResponse:
    invitation = get_object_or_404(queries.open_invitations(request.organization), pk=pk)
    services.revoke_invitation(invitation, by=request.user)
    messages.success(request, f"The invitation of {invitation.email} was revoked.")
    return redirect("tenancy:members")


@require_POST
@roles_allowed(ADMINS)
def change_role(request: OrganizationRequest, pk: int) -> HttpResponse:
    membership = get_object_or_404(queries.members(request.organization), pk=pk)
    form = RoleForm(request.POST)
    if form.is_valid():
        services.change_role(membership, to=form.cleaned_data["role"], by=request.user)
        messages.success(request, f"The role of {membership.user} was changed.")
    else:
        messages.error(request, "Choose a role.")
    return redirect("tenancy:members")


@require_POST
@roles_allowed(ADMINS)
def remove_member(request: OrganizationRequest, pk: int) -> HttpResponse:
    membership = get_object_or_404(queries.members(request.organization), pk=pk)
    services.remove_member(membership, by=request.user)
    if membership.user_id == request.user.pk:
        return redirect("/")
    messages.success(request, f"{membership.user} no longer belongs to {request.organization}.")
    return redirect("tenancy:members")

"""One's own profile, and what our pages add to allauth's."""

from allauth.account.forms import ResetPasswordKeyForm
from allauth.account.views import PasswordResetFromKeyView as AllauthPasswordResetFromKeyView
from allauth.account.views import PasswordResetView as AllauthPasswordResetView
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.views import ActivateTOTPView as AllauthActivateTOTPView
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator

from crm.accounts.forms import ActivateTOTPForm, ProfileForm, ResetPasswordForm
from crm.accounts.second_factor import has_second_factor, record_proof, use_totp_step
from crm.accounts.tasks import send_account_mails
from crm.accounts.throttling import remember_browser
from crm.web.queues import ring
from crm.web.requests import SignedInRequest


@method_decorator(login_not_required, name="dispatch")
class PasswordResetView(AllauthPasswordResetView):
    """Queues the mail and wakes a worker: the same for every address."""

    def form_valid(self, form: ResetPasswordForm) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        ring(send_account_mails)
        return response


@method_decorator(login_not_required, name="dispatch")
class PasswordResetFromKeyView(AllauthPasswordResetFromKeyView):
    """Whoever set the password by mail owns the address: this browser is a known one from now on."""

    def form_valid(self, form: ResetPasswordKeyForm) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        remember_browser(self.request, response, self.reset_user.email)
        return response


class ActivateTOTPView(AllauthActivateTOTPView):
    """The code that sets the app up is used up by that, and proves the second factor for this session."""

    request: SignedInRequest

    def form_valid(self, form: ActivateTOTPForm) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        authenticator = Authenticator.objects.get(
            user=self.request.user, type=Authenticator.Type.TOTP
        )
        use_totp_step(authenticator, form.secret, form.cleaned_data["code"])
        record_proof(self.request, self.request.user, authenticator)
        return response


def profile(request: SignedInRequest) -> HttpResponse:
    """One's name, and the ways to one's password and second factor."""
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Your profile was saved.")
        return redirect("account_profile")
    context = {"form": form, "has_second_factor": has_second_factor(request.user)}
    return render(request, "accounts/profile.html", context, status=422 if form.is_bound else 200)

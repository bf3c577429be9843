"""allauth's forms with our counting of tries, and one's own profile."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import ChangePasswordForm as AllauthChangePasswordForm
from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.account.forms import ResetPasswordForm as AllauthResetPasswordForm
from allauth.account.forms import ResetPasswordKeyForm as AllauthResetPasswordKeyForm
from allauth.core import context
from allauth.mfa.adapter import get_adapter as get_factor_adapter
from allauth.mfa.base.forms import AuthenticateForm as AllauthAuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as AllauthReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.forms import ActivateTOTPForm as AllauthActivateTOTPForm
from allauth.mfa.utils import decrypt
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.http import HttpRequest

from crm.accounts import services
from crm.accounts.models import AccountMail, User
from crm.accounts.second_factor import matching_step, use_totp_step
from crm.accounts.throttling import TooManyTries, Try, count_reset, count_try, log_failure
from crm.web.time_zones import time_zones


def _count(email: str, purpose: str) -> Try:
    try:
        return count_try(context.request, email, purpose)
    except TooManyTries as refused:
        raise get_adapter().validation_error("rate_limited") from refused


def write_plainly(form: forms.BaseForm, labels: dict[str, str]) -> None:
    """Label fields in our words; no placeholder says the label again."""
    for name, label in labels.items():
        form.fields[name].label = label
        form.fields[name].widget.attrs.pop("placeholder", None)


class LoginForm(AllauthLoginForm):
    # Above what is wrong: nothing is saved here.
    refusal = "You are not signed in yet"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        write_plainly(self, {"login": "E-mail", "password": "Password"})


class ResetPasswordForm(AllauthResetPasswordForm):
    """Asks for a mail with a link. Does the same whoever the address belongs to."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        write_plainly(self, {"email": "E-mail"})
        self.fields["email"].validators.append(MaxLengthValidator(254))

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].lower()
        try:
            self.may_mail = count_reset(context.request, email)
        except TooManyTries as refused:
            raise get_adapter().validation_error("rate_limited") from refused
        return email

    def save(self, request: HttpRequest, **kwargs: object) -> str:
        email: str = self.cleaned_data["email"]
        if self.may_mail:
            services.queue_mail(AccountMail.Kind.RESET, email)
        return email


class NewPasswordForm(AllauthResetPasswordKeyForm):
    """A new password, by the link of a mail."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        write_plainly(self, {"password1": "New password", "password2": "New password again"})


class ChangePasswordForm(AllauthChangePasswordForm):
    user: User

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        write_plainly(
            self,
            {
                "oldpassword": "Current password",
                "password1": "New password",
                "password2": "New password again",
            },
        )

    def clean_oldpassword(self) -> str:
        counted = _count(self.user.email, "change_password")
        password: str = super().clean_oldpassword()
        counted.take_back()
        return password


class CountedCodeMixin:
    """Checks a second-factor code: counted, and every code works once."""

    user: User
    cleaned_data: dict[str, str]
    authenticator: Authenticator

    def clean_code(self) -> str:
        counted = _count(self.user.email, "second_factor")
        code = self.cleaned_data["code"]
        for authenticator in Authenticator.objects.filter(user=self.user):
            if self._accepts(authenticator, code):
                counted.take_back()
                authenticator.refresh_from_db()
                self.authenticator = authenticator
                return code
        log_failure(context.request, self.user.email, "second_factor")
        raise get_factor_adapter().validation_error("incorrect_code")

    def _accepts(self, authenticator: Authenticator, code: str) -> bool:
        if authenticator.type == Authenticator.Type.TOTP:
            return use_totp_step(authenticator, decrypt(authenticator.data["secret"]), code)
        return bool(RecoveryCodes(authenticator).validate_code(code))


class AuthenticateForm(CountedCodeMixin, AllauthAuthenticateForm):
    refusal = LoginForm.refusal


class ReauthenticateForm(CountedCodeMixin, AllauthReauthenticateForm):
    pass


class ActivateTOTPForm(AllauthActivateTOTPForm):
    def clean_code(self) -> str:
        counted = _count(self.user.email, "second_factor")
        code: str = self.cleaned_data["code"]
        if matching_step(self.secret, code) is None:
            raise get_factor_adapter().validation_error("incorrect_code")
        counted.take_back()
        return code


def _zones_of_users() -> list[tuple[str, str]]:
    return [("", "The organization's"), *time_zones()]


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    time_zone = forms.ChoiceField(
        choices=_zones_of_users,
        required=False,
        help_text="Decides what is today and tomorrow for you.",
    )

    class Meta:
        model = User
        fields = ["name", "time_zone"]
        help_texts = {"name": "Colleagues see it; candidates see the name of the sender instead."}


class NewUserForm(forms.Form):
    """Name and password of somebody who was invited and signs in here for the first time."""

    name = forms.CharField(max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password = forms.CharField(
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 10 characters; a few words that you can remember are best.",
    )

    def __init__(self, *args: object, email: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.email = email

    def clean(self) -> dict[str, str]:
        cleaned = super().clean() or {}
        if "password" in cleaned:
            user = User(email=self.email, name=cleaned.get("name", ""))
            try:
                get_adapter().clean_password(cleaned["password"], user)
            except ValidationError as error:
                self.add_error("password", error)
        return cleaned

"""How allauth behaves here: nobody signs up by themselves, tries are counted, mails are queued."""

import base64
import secrets
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from crm.accounts import services
from crm.accounts.models import AccountMail
from crm.accounts.throttling import (
    TooManyTries,
    Try,
    count_try,
    log_failure,
    remember_browser,
)

NOTICES = {
    "account/email/password_changed": AccountMail.Kind.PASSWORD_CHANGED,
    "account/email/password_reset": AccountMail.Kind.PASSWORD_CHANGED,
    "mfa/email/totp_activated": AccountMail.Kind.SECOND_FACTOR_ADDED,
    "mfa/email/totp_deactivated": AccountMail.Kind.SECOND_FACTOR_REMOVED,
    "mfa/email/recovery_codes_generated": AccountMail.Kind.RECOVERY_CODES_RESET,
}


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": "This e-mail address and password do not belong together.",
        "too_many_login_attempts": (
            "Too many tries. Wait a few minutes, or set a new password by mail."
        ),
        "rate_limited": "Too many tries. Wait a few minutes.",
    }
    _try: Try

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """People join through an invitation, which makes their user itself."""
        return False

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account_profile")

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        try:
            self._try = count_try(request, credentials["email"], "sign_in")
        except TooManyTries as refused:
            raise self.validation_error("too_many_login_attempts") from refused

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        user = super().authenticate(request, **credentials)
        if user:
            self._try.take_back()
        else:
            log_failure(request, credentials["email"], "sign_in")
        return user

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        response = super().post_login(request, user, **kwargs)
        remember_browser(request, response, user.email)
        return response

    def send_notification_mail(
        self,
        template_prefix: str,
        user: Any,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Queue the notice: a slow mail server must not hold up the page."""
        services.queue_mail(NOTICES[template_prefix], user.email)


def _cipher() -> AESGCM:
    derive = HKDF(SHA256(), length=32, salt=None, info=b"crm.accounts second factor")
    return AESGCM(derive.derive(settings.FIELD_KEY.encode()))


class SecondFactorAdapter(DefaultMFAAdapter):
    """Secrets of second factors are encrypted: a copy of the database alone signs in nowhere."""

    def encrypt(self, text: str) -> str:
        nonce = secrets.token_bytes(12)
        sealed = nonce + _cipher().encrypt(nonce, text.encode(), None)
        return base64.b64encode(sealed).decode()

    def decrypt(self, encrypted_text: str) -> str:
        sealed = base64.b64decode(encrypted_text)
        return _cipher().decrypt(sealed[:12], sealed[12:], None).decode()

"""The reviewed table of addresses outside of organizations: who may open which, with what, and where it leads.

An address that is not here fails the build (`test_site_urls.py`), and so does a rule under which nobody reaches it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from crm.accounts.models import User
from crm.runtime.models import MailboxMessage
from crm.tenancy.models import hash_token
from crm.tenancy.operator_admin import site
from crm.tenancy.public_links import sign
from crm.tenancy.scope import acting_in
from tests.access.world import World
from tests.accounts.conftest import PASSWORD
from tests.campaigns.links import unsubscribe_token

GET, POST, BOTH = ("GET",), ("POST",), ("GET", "POST")
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
TOKEN = "the-token-of-an-invitation-that-nobody-guesses"

# That the codes were seen, so that they are not shown again and again.
SEEN = 'UPDATE "mfa_authenticator"'
# Where anybody gets in, a token is the credential, or nothing needs one.
ANYBODY, MEMBER, OPERATOR = "anybody", "member", "operator"


@dataclass
class Scene:
    """Who signs in, and what the addresses name."""

    world: World
    member: User
    operator: User
    mail: MailboxMessage

    @property
    def reset_key(self) -> dict[str, str]:
        key = default_token_generator.make_token(self.member)
        return {"uidb36": user_pk_to_url_str(self.member), "key": key}


def code() -> str:
    """What the authenticator app shows now."""
    return format_hotp_value(hotp_value(SECRET, int(timezone.now().timestamp()) // 30))


def sign_in(client: Client, user: User) -> None:
    """With the password, as far as it leads."""
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})


def with_app(client: Client, scene: Scene) -> None:
    """The member has an authenticator app, and waits for the question after the password."""
    TOTP.activate(scene.member, SECRET)
    RecoveryCodes.activate(scene.member)
    client.logout()
    sign_in(client, scene.member)


def through_app(client: Client, scene: Scene) -> None:
    with_app(client, scene)
    client.post("/accounts/2fa/authenticate/", {"code": code()})
    confirm(client, scene)


def confirm(client: Client, scene: Scene) -> None:
    """With the password once more, as what concerns the second factor asks."""
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})


def without_proof(client: Client, scene: Scene) -> None:
    """A session of a member with an app that never gave a code."""
    through_app(client, scene)
    client.logout()
    client.force_login(scene.member)
    # The code that signed in is used up; there is no other for half a minute.
    app = Authenticator.objects.get(type=Authenticator.Type.TOTP)
    del app.data["last_step"]
    app.save()


def follow_reset_link(client: Client, scene: Scene) -> None:
    """The link puts its key into the session, so that no referrer tells it."""
    client.get(reverse("account_reset_password_from_key", kwargs=scene.reset_key))


@dataclass(frozen=True)
class Site:
    """One address: who may open it, and how it succeeds.

    `page` is the status of a GET, `done` where a POST leads (its status where it stays). `prepare` brings the
    client where the address has something to do.
    """

    who: str
    methods: tuple[str, ...] = GET
    kwargs: Callable[[Scene], dict[str, Any]] = lambda scene: {}
    data: Callable[[Scene], dict[str, Any]] = lambda scene: {}
    prepare: Callable[[Client, Scene], None] = lambda client, scene: None
    page: int = 200
    done: str | int = ""
    # What its GET may note, and where no form of ours is posted from, what else keeps it safe.
    notes: str = ""
    no_token: str = ""
    # Its token opens something of the organization: the page may show that.
    shows: bool = False


def mail_of(scene: Scene) -> dict[str, Any]:
    return {"pk": scene.mail.pk}


def _password(name: str) -> Callable[[Scene], dict[str, Any]]:
    new = "seven brass kettles singing"
    return lambda scene: {"oldpassword": PASSWORD, f"{name}1": new, f"{name}2": new}


SITE: dict[str, Site] = {
    "organizations:choose": Site(MEMBER, page=302),
    "organizations:invitation": Site(
        ANYBODY,
        BOTH,
        lambda scene: {"token": TOKEN},
        lambda scene: {"name": "Ada", "password": PASSWORD},
        done="/acme/",
    ),
    "runtime:favicon": Site(ANYBODY, page=302),
    "runtime:healthz": Site(ANYBODY, page=503),
    "runtime:robots": Site(ANYBODY),
    "account_profile": Site(
        MEMBER,
        BOTH,
        data=lambda scene: {"name": "Ada Lovelace", "time_zone": "Europe/London"},
        done="/accounts/profile/",
    ),
    "account_login": Site(
        ANYBODY,
        BOTH,
        data=lambda scene: {"login": scene.member.email, "password": PASSWORD},
        done="/",
    ),
    "account_logout": Site(
        ANYBODY, BOTH, prepare=lambda client, scene: sign_in(client, scene.member), done="/"
    ),
    "account_inactive": Site(ANYBODY),
    "account_reauthenticate": Site(
        MEMBER, BOTH, data=lambda scene: {"password": PASSWORD}, done="/"
    ),
    "account_change_password": Site(
        MEMBER, BOTH, data=_password("password"), done="/accounts/profile/"
    ),
    "account_set_password": Site(MEMBER, page=302),
    "account_reset_password": Site(
        ANYBODY,
        BOTH,
        data=lambda scene: {"email": scene.member.email},
        done="/accounts/password/reset/done/",
    ),
    "account_reset_password_done": Site(ANYBODY),
    "account_reset_password_from_key": Site(
        ANYBODY,
        BOTH,
        lambda scene: {**scene.reset_key, "key": "set-password"},
        _password("password"),
        prepare=follow_reset_link,
        done="/accounts/password/reset/key/done/",
    ),
    "account_reset_password_from_key_done": Site(ANYBODY),
    "mfa_index": Site(MEMBER),
    "mfa_authenticate": Site(
        ANYBODY, BOTH, data=lambda scene: {"code": code()}, prepare=with_app, done="/"
    ),
    "mfa_reauthenticate": Site(
        MEMBER, BOTH, data=lambda scene: {"code": code()}, prepare=without_proof, done="/"
    ),
    "mfa_activate_totp": Site(MEMBER, prepare=confirm),
    "mfa_deactivate_totp": Site(MEMBER, BOTH, prepare=through_app, done="/accounts/2fa/"),
    "mfa_view_recovery_codes": Site(MEMBER, prepare=through_app, notes=SEEN),
    "mfa_generate_recovery_codes": Site(
        MEMBER, BOTH, prepare=through_app, done="/accounts/2fa/recovery-codes/"
    ),
    "mfa_download_recovery_codes": Site(MEMBER, prepare=through_app, notes=SEEN),
    "operator_admin:index": Site(OPERATOR),
    "operator_admin:app_list": Site(OPERATOR, kwargs=lambda scene: {"app_label": "tenancy"}),
    "operator_admin:login": Site(ANYBODY, page=302),
    "operator_admin:jsi18n": Site(OPERATOR),
    "operator_admin:autocomplete": Site(OPERATOR, page=403),
    # To look at in the local mode; elsewhere for operators alone (tests/web/test_shell.py).
    "styleguide": Site(ANYBODY),
    "styleguide_page": Site(ANYBODY, kwargs=lambda scene: {"page": "list"}),
    "styleguide_move": Site(
        ANYBODY,
        POST,
        data=lambda scene: {"card": "1", "stage": "screen"},
        done="/styleguide/board/",
    ),
    "styleguide_undo": Site(ANYBODY, POST, done="/styleguide/board/"),
    "unsubscribe:page": Site(
        ANYBODY,
        BOTH,
        lambda scene: {"token": token_of_mail(scene)},
        done=200,
        no_token="mail providers post here (RFC 8058); the signed token is the only credential",
    ),
    "content:shared": Site(
        ANYBODY,
        kwargs=lambda scene: {
            "token": signed("shared content", scene.world["campaigns.SharedContent"])
        },
        prepare=lambda client, scene: count_clicks(scene),
        page=302,
        # The click, which the organization has chosen to count; who opens it has no other way than a link.
        notes='INSERT INTO "campaigns_contentclick"',
    ),
    "content:file": Site(
        ANYBODY,
        kwargs=lambda scene: {"token": signed("content file", scene.world["item with a file"])},
        shows=True,
    ),
    "booking:page": Site(
        ANYBODY,
        BOTH,
        lambda scene: {"token": signed("booking", scene.world["pipelines.Interview"])},
        lambda scene: {"cancel": "1"},
        prepare=lambda client, scene: offer_until_tomorrow(scene),
        done=200,
        shows=True,
    ),
    "calendar:feed": Site(
        ANYBODY,
        kwargs=lambda scene: {"token": secret_of(scene, "pipelines.CalendarFeed")},
        notes='UPDATE "pipelines_calendarfeed"',
        shows=True,
    ),
    "review:page": Site(
        ANYBODY,
        BOTH,
        lambda scene: {"token": secret_of(scene, "pipelines.ReviewLink")},
        lambda scene: {"send": "1"},
        done=200,
        # Of the walk's own token.
        notes='UPDATE "pipelines_reviewlink"',
        shows=True,
    ),
    "refer:form": Site(
        ANYBODY,
        BOTH,
        lambda scene: {"token": signed("referral form", scene.world["pipelines.ReferralLink"])},
        lambda scene: {
            "name": "Bo Ek",
            "email": "bo@example.com",
            "relation": "friend",
            "referrer_name": "Cy",
            "referrer_email": "cy@example.com",
            "consent": "on",
        },
        done=200,
        shows=True,
    ),
    "refer:status": Site(
        ANYBODY,
        kwargs=lambda scene: {
            "token": signed("referral status", scene.world["pipelines.Referral"])
        },
        shows=True,
    ),
    # The local mailbox, which exists in the local mode alone.
    "mailbox:inbox": Site(ANYBODY),
    "mailbox:jump": Site(ANYBODY, POST, done="/demo/mail/"),
    "mailbox:message": Site(ANYBODY, kwargs=mail_of),
    "mailbox:html": Site(ANYBODY, kwargs=mail_of),
    "mailbox:answer": Site(
        ANYBODY, POST, mail_of, lambda scene: {"quick": "interested"}, done="/demo/mail/"
    ),
}

# Visited by nothing here, each for a reason. At most 15.
EXEMPT = {
    "operator_admin:?": "Django's old address of a row; only sends on to …/change/",
}


def token_of_mail(scene: Scene) -> str:
    with acting_in(scene.world.organization):
        return unsubscribe_token(scene.world["campaigns.Message"])


def signed(purpose: str, row: Any) -> str:
    """A signed link to a row of the world, in its first version."""
    return sign(
        purpose,
        organization_id=row.organization_id,
        object_id=row.pk,
        version=getattr(row, "version", 0) if purpose == "referral form" else 0,
    )


def secret_of(scene: Scene, label: str) -> str:
    """The token of a row of the world, which stays open until tomorrow."""
    token = f"{scene.world.organization.pk}.{'A' * 22}"
    with acting_in(scene.world.organization):
        rows = type(scene.world[label]).objects.filter(pk=scene.world[label].pk)
        rows.update(token_hash=hash_token(token))
        if label == "pipelines.ReviewLink":
            rows.update(expires_at=timezone.now() + timedelta(days=1))
    return token


def count_clicks(scene: Scene) -> None:
    with acting_in(scene.world.organization):
        type(scene.world["campaigns.SendingRules"]).objects.update(counts_clicks=True)
        type(scene.world["campaigns.SharedContent"]).objects.update(is_tracked=True)


def offer_until_tomorrow(scene: Scene) -> None:
    with acting_in(scene.world.organization):
        type(scene.world["pipelines.Interview"]).objects.update(
            link_version=0, link_expires_at=timezone.now() + timedelta(days=1)
        )


def _operator_rows() -> dict[str, Site]:
    """The four pages of each model in the operators' admin, with what the admin itself says may be done."""
    rows = {}
    for model, admin in site._registry.items():
        name = f"operator_admin:{model._meta.app_label}_{model._meta.model_name}"

        def row(scene: Scene, model: Any = model) -> dict[str, Any]:
            return {"object_id": model.objects.order_by("pk").first().pk}

        allowed = {True: 200, False: 403}
        rows[f"{name}_changelist"] = Site(OPERATOR)
        rows[f"{name}_add"] = Site(OPERATOR, page=allowed[admin.may_add])
        rows[f"{name}_change"] = Site(OPERATOR, kwargs=row)
        rows[f"{name}_delete"] = Site(OPERATOR, kwargs=row, page=allowed[admin.may_delete])
    return rows


SITE |= _operator_rows()

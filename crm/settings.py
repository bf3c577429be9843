"""Every setting, from the environment alone. Production refuses to start on a missing secret."""

import logging
from datetime import timedelta
from pathlib import Path

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from crm.runtime.logs import configure_logging

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = "0.1.0"

env = environ.Env()  # type: ignore[no-untyped-call]  # the package is half typed

DEBUG = env.bool("DEBUG", default=False)
# The local mode of `manage.py up` and of the test suite: generated secrets, mail that stays on this machine.
DEMO_MAILBOX = env.bool("DEMO_MAILBOX", default=False)


def secret(name: str) -> str:
    """The environment variable `name`; raises ImproperlyConfigured with its name when it is missing or short."""
    value: str = env.str(name, default="")
    if len(value) < 32:
        raise ImproperlyConfigured(
            f"{name} is missing or shorter than 32 characters. "
            "Set it in the environment (see .env.example); `openssl rand -base64 48` makes one."
        )
    return value


SECRET_KEY = secret("SECRET_KEY")
# Keys the suppression hashes and signed links, apart from SECRET_KEY so that sessions can be ended without losing them.
FIELD_KEY = secret("FIELD_KEY")
# Seal the passwords and keys of mailboxes and providers (crm/tenancy/sealing.py). The first one seals, all of them open.
CREDENTIALS_KEYS = env.list("CREDENTIALS_KEYS", default=[FIELD_KEY])

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# Links in mails are absolute; there is no request to take the host from.
SITE_URL = env.str("SITE_URL", default="http://127.0.0.1:8000").rstrip("/")
HTTPS = SITE_URL.startswith("https://")

INSTALLED_APPS = [
    "crm.web",
    "crm.accounts",
    "crm.tenancy",
    "crm.audit",
    "candidates",
    "pipelines",
    "campaigns",
    "analytics",
    "crm.privacy",
    "crm.runtime",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django.forms",
    "django_htmx",
    "template_partials",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "anymail",
    "csp",
    "django_structlog",
]

MIDDLEWARE = [
    "crm.runtime.middleware.LivezMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "crm.web.middleware.SecurityHeadersMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "crm.web.middleware.NullBytesMiddleware",
    "crm.web.middleware.FormSizeMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "crm.web.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "crm.web.middleware.ToastMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "crm.runtime.logs.RequestLogMiddleware",
    "crm.audit.middleware.AuditMiddleware",
    "crm.web.middleware.DoubleSubmitMiddleware",
    "crm.tenancy.middleware.OrganizationMiddleware",
    "crm.tenancy.second_factor.SecondFactorMiddleware",
    "crm.web.middleware.DomainErrorMiddleware",
    "campaigns.middleware.HookMiddleware",
]

ROOT_URLCONF = "crm.urls"
ORGANIZATION_URLCONF = "crm.organization_urls"
WSGI_APPLICATION = "crm.wsgi.application"
FORM_RENDERER = "crm.web.forms.FormRenderer"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "crm.web.context_processors.site",
                "crm.tenancy.context_processors.organization",
                "candidates.context_processors.frame",
                "crm.runtime.context_processors.background",
            ],
            "builtins": ["crm.web.templatetags.web"],
        },
    }
]

# Two roles: the application owns nothing and cannot bypass row-level security; the owner only migrates.
DATABASES = {"default": env.db("DATABASE_URL")}
if env.str("DATABASE_OWNER_URL", default=""):
    DATABASES["owner"] = env.db("DATABASE_OWNER_URL")
for database in DATABASES.values():
    database["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
    database["CONN_HEALTH_CHECKS"] = True
    # Server-side cursors and prepared statements do not survive transaction pooling (PgBouncer).
    database["DISABLE_SERVER_SIDE_CURSORS"] = True
DATABASES["default"]["TEST"] = {"MIRROR": None}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

BROKER_URL = env.str("BROKER_URL")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": env.str("CACHE_URL", default=BROKER_URL),
        "KEY_PREFIX": "rapport",
    }
}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "crm.accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_LOGIN_ON_PASSWORD_RESET = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
ACCOUNT_EMAIL_NOTIFICATIONS = True
# Tries are counted in Postgres (`crm.accounts.throttling`): the rule must survive the loss of the cache.
ACCOUNT_RATE_LIMITS = False
# allauth's own generator would fill its table of addresses, which stays empty here.
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105 - a class
PASSWORD_RESET_TIMEOUT = int(timedelta(hours=4).total_seconds())
ACCOUNT_FORMS = {
    "login": "crm.accounts.forms.LoginForm",
    "reset_password": "crm.accounts.forms.ResetPasswordForm",
    "change_password": "crm.accounts.forms.ChangePasswordForm",
    "reset_password_from_key": "crm.accounts.forms.NewPasswordForm",
}
MFA_ADAPTER = "crm.accounts.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Rapport"
# One step (30 s) before and after: clocks of phones differ. Each step is accepted once.
MFA_TOTP_TOLERANCE = 1
# Addresses are proven by the invitation's mail or set by an operator.
MFA_ALLOW_UNVERIFIED_EMAIL = True
# Operators reach every organization's door; in local mode the demo operator goes without.
OPERATORS_NEED_SECOND_FACTOR = env.bool("OPERATORS_NEED_SECOND_FACTOR", default=not DEMO_MAILBOX)
MFA_FORMS = {
    "authenticate": "crm.accounts.forms.AuthenticateForm",
    "reauthenticate": "crm.accounts.forms.ReauthenticateForm",
    "activate_totp": "crm.accounts.forms.ActivateTOTPForm",
}

SESSION_COOKIE_AGE = int(timedelta(days=14).total_seconds())
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
if HTTPS:
    # The __Host- prefix makes browsers refuse a cookie set by a sibling host (RFC 6265bis, 4.1.3.2).
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
CSRF_FAILURE_VIEW = "crm.web.views.csrf_failure"
SECURE_SSL_REDIRECT = HTTPS and env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
# One proxy of ours stands before the web process: its word on scheme and client address counts.
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if HTTPS else 0
# An operator's other hosts are an operator's to promise for.
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("HSTS_INCLUDE_SUBDOMAINS", default=False)
SECURE_HSTS_PRELOAD = env.bool("HSTS_PRELOAD", default=False)
# Django asks for both of everybody.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-src": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
        "manifest-src": [SELF],
    }
}

LANGUAGE_CODE = "en-us"
FORMAT_MODULE_PATH = "crm.web.formats"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles"))
STATICFILES_DIRS = [BASE_DIR / "static"]
# Local mode serves static files as they are in the source folder, without collectstatic.
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEMO_MAILBOX
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEMO_MAILBOX
            else "whitenoise.storage.CompressedManifestStaticFilesStorage"
        )
    },
}
MEDIA_ROOT = env.str("MEDIA_ROOT", default=str(BASE_DIR / ".data" / "files"))
# What is posted is read into memory: forms need little, a mail that a provider posts is as large as its attachments.
FORM_MAX_BYTES = 10 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

# The largest file that one import takes. The number of its rows is not limited.
IMPORT_MAX_BYTES = env.int("IMPORT_MAX_BYTES", default=500 * 1024 * 1024)

# Résumés: the largest file, the most files of one upload and of a ZIP, and how large they may be together.
RESUME_MAX_BYTES = env.int("RESUME_MAX_BYTES", default=15 * 1024 * 1024)
RESUME_MAX_FILES = env.int("RESUME_MAX_FILES", default=500)
RESUME_UPLOAD_MAX_BYTES = env.int("RESUME_UPLOAD_MAX_BYTES", default=500 * 1024 * 1024)
DATA_UPLOAD_MAX_NUMBER_FILES = RESUME_MAX_FILES + 10
# Commands that get a file on standard input. The scanner ends with 0 for clean and 1 for infected; the character
# recognition writes a PDF with text, or text, to standard output.
RESUME_SCAN_COMMAND = env.str("RESUME_SCAN_COMMAND", default="")
RESUME_OCR_COMMAND = env.str("RESUME_OCR_COMMAND", default="")

# Mail. In local mode every mail is kept and shown at /demo/mail/; else the Anymail backend named here sends it.
EMAIL_BACKEND = (
    "crm.runtime.mailbox.MailboxBackend"
    if DEMO_MAILBOX
    else env.str("EMAIL_BACKEND", default="django.core.mail.backends.smtp.EmailBackend")
)
_mail_server = env.email("EMAIL_URL", default="smtp://localhost:25")
EMAIL_HOST, EMAIL_PORT = _mail_server["EMAIL_HOST"], _mail_server["EMAIL_PORT"]
EMAIL_HOST_USER = _mail_server["EMAIL_HOST_USER"] or ""
EMAIL_HOST_PASSWORD = _mail_server["EMAIL_HOST_PASSWORD"] or ""
EMAIL_USE_TLS = _mail_server.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = _mail_server.get("EMAIL_USE_SSL", False)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Rapport <rapport@localhost>")
# Replies come back to <organization>+<token>@INBOUND_DOMAIN.
INBOUND_DOMAIN = env.str("INBOUND_DOMAIN", default="reply.localhost")
# Whether members may name mail servers on private networks and at unusual ports: where everybody is trusted.
PRIVATE_MAIL_HOSTS = env.bool("PRIVATE_MAIL_HOSTS", default=DEMO_MAILBOX)
# One call to the mail server or provider may take so long; then the mail's fate is in doubt.
EMAIL_TIMEOUT = 20
# No pixel, and links as they were written, whatever the account says. Brevo and Resend ask only the account.
NO_TRACKING = {"track_opens": False, "track_clicks": False}
ANYMAIL: dict[str, object] = {
    **{
        f"{provider}_SEND_DEFAULTS": NO_TRACKING
        for provider in ("MAILGUN", "MAILJET", "POSTMARK", "SPARKPOST")
    },
    **env.dict("ANYMAIL", default={}),
    "REQUESTS_TIMEOUT": EMAIL_TIMEOUT,
}
if ":" not in str(ANYMAIL.get("WEBHOOK_SECRET", ":")):
    raise ImproperlyConfigured(
        "WEBHOOK_SECRET in ANYMAIL has no colon. Write user:password, as in the address that the provider posts to."
    )

# Celery. Recovery comes from the database, never from the broker's redelivery; no ETA tasks.
CELERY_BROKER_URL = BROKER_URL
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 900}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 270
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 5
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_DEFAULT_QUEUE = "default"
# What may take long per item has its own queue, so that the short sweeps never wait behind it.
CELERY_TASK_ROUTES = {
    "campaigns.tasks.send_due": {"queue": "send"},
    "crm.runtime.tasks.send_at_any_hour": {"queue": "send"},
    "campaigns.tasks.sync_mailbox": {"queue": "inbound"},
    "crm.runtime.tasks.heartbeat_of_inbound": {"queue": "inbound"},
    "candidates.tasks.work_on_import": {"queue": "bulk"},
    "candidates.tasks.work_on_undo": {"queue": "bulk"},
    "candidates.tasks.read_resumes": {"queue": "bulk"},
}
CELERY_TIMEZONE = "UTC"
# Only idempotent sweeps: two beats, or none for an hour, do no harm.
CELERY_BEAT_SCHEDULE: dict[str, dict[str, object]] = {
    "send_account_mails": {"task": "crm.accounts.tasks.send_account_mails", "schedule": 60},
    "forget_old_sessions": {"task": "crm.accounts.tasks.forget_old_sessions", "schedule": 86400},
    "forget_old_tries": {"task": "crm.accounts.tasks.forget_old_tries", "schedule": 3600},
    "send_invitations": {"task": "crm.tenancy.tasks.send_invitations", "schedule": 60},
    # In local mode somebody sits and watches.
    "dispatch_due": {"task": "campaigns.tasks.dispatch_due", "schedule": 5 if DEMO_MAILBOX else 15},
    "auto_enroll": {"task": "campaigns.tasks.auto_enroll", "schedule": 30},
    "go_on_filled": {"task": "campaigns.tasks.go_on_filled", "schedule": 60},
    "reconcile_sending": {"task": "campaigns.tasks.reconcile_sending", "schedule": 60},
    "sync_mailboxes": {"task": "campaigns.tasks.sync_mailboxes", "schedule": 30},
    "tend_exports": {"task": "candidates.tasks.tend_exports", "schedule": 60},
    "resume_imports": {"task": "candidates.tasks.resume_imports", "schedule": 60},
    "resume_undos": {"task": "candidates.tasks.resume_undos", "schedule": 60},
    "forget_old_changes": {"task": "candidates.tasks.forget_old_changes", "schedule": 86400},
    "forget_import_rows": {"task": "candidates.tasks.forget_import_rows", "schedule": 86400},
    "return_snoozed": {"task": "candidates.tasks.return_snoozed", "schedule": 900},
    "tell_of_the_day": {"task": "candidates.tasks.tell_of_the_day", "schedule": 900},
    "tell_of_matches": {"task": "candidates.tasks.tell_of_matches", "schedule": 3600},
    "tell_watchers": {"task": "candidates.tasks.tell_watchers", "schedule": 60},
    "mail_notifications": {"task": "candidates.tasks.mail_notifications", "schedule": 60},
    "forget_notifications": {"task": "candidates.tasks.forget_notifications", "schedule": 86400},
    "resume_reading": {"task": "candidates.tasks.resume_reading", "schedule": 60},
    "forget_files": {"task": "candidates.tasks.forget_files", "schedule": 86400},
    "compare_people": {"task": "candidates.tasks.compare_people", "schedule": 60},
    "compare_everybody": {
        "task": "candidates.tasks.compare_everybody",
        "schedule": crontab(hour="3", minute="15"),
    },
    "freshen_people": {
        "task": "candidates.tasks.freshen_people",
        "schedule": 5 if DEMO_MAILBOX else 15,
    },
    "resume_bulk_acts": {"task": "candidates.tasks.resume_bulk_acts", "schedule": 60},
    "fill_pools": {"task": "candidates.tasks.fill_pools", "schedule": 10 if DEMO_MAILBOX else 30},
    "fill_every_pool": {
        "task": "candidates.tasks.fill_every_pool",
        "schedule": crontab(hour="4", minute="10"),
    },
    "rewarm_everybody": {
        "task": "candidates.tasks.rewarm_everybody",
        "schedule": crontab(hour="3", minute="40"),
    },
    "resume_merging": {"task": "candidates.tasks.resume_merging", "schedule": 120},
    "mail_from_jobs": {"task": "pipelines.tasks.mail_from_jobs", "schedule": 15},
    "tend_interviews": {"task": "pipelines.tasks.tend_interviews", "schedule": 300},
    "forget_from_jobs": {"task": "pipelines.tasks.forget_from_jobs", "schedule": 86400},
    "run_stage_rules": {"task": "pipelines.tasks.run_stage_rules", "schedule": 60},
    "heartbeat": {"task": "crm.runtime.tasks.heartbeat", "schedule": 30.0},
    "heartbeat_of_inbound": {"task": "crm.runtime.tasks.heartbeat_of_inbound", "schedule": 60.0},
    "resume_retention": {"task": "crm.privacy.tasks.resume_retention", "schedule": 120},
    "sweep_retention": {
        "task": "crm.privacy.tasks.sweep_retention",
        "schedule": crontab(hour="2", minute="30"),
    },
}

DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
DJANGO_STRUCTLOG_STATUS_4XX_LOG_LEVEL = logging.INFO
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG
DJANGO_STRUCTLOG_CELERY_TASK_START_LOG_LEVEL = logging.DEBUG
LOGGING = configure_logging(env.str("LOG_LEVEL", default="INFO"))

"""Site-level addresses. Organizations' pages are in `organization_urls`; first path segments are reserved."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from crm.tenancy import operator_admin
from pipelines import public_urls

handler500 = "crm.web.views.failure"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("crm.tenancy.site_urls")),
    path("", include("crm.runtime.urls")),
    path("accounts/", include("crm.accounts.urls")),
    path("admin/", operator_admin.site.urls),
    path("booking/", include(public_urls.booking)),
    path("c/", include("campaigns.content_urls")),
    path("calendar/", include(public_urls.calendar)),
    path("refer/", include(public_urls.refer)),
    path("review/", include(public_urls.review)),
    path("hooks/", include("campaigns.hook_urls")),
    path("styleguide/", include("crm.web.styleguide")),
    path("u/", include("campaigns.public_urls")),
]
if settings.DEMO_MAILBOX:
    urlpatterns.append(path("demo/mail/", include("crm.runtime.mailbox_urls")))

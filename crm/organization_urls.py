"""The addresses inside an organization: `/acme/candidates/` arrives here as `candidates/`."""

from django.urls import URLPattern, URLResolver, include, path

from analytics import views as analytics_views
from crm.tenancy import organization_admin

handler500 = "crm.web.views.failure"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", analytics_views.home, name="home"),
    path("jump/", analytics_views.palette, name="palette"),
    path("candidates/", include("candidates.urls")),
    path("searches/", include("candidates.search_urls")),
    path("pools/", include("candidates.pool_urls")),
    path("pools/", include("pipelines.pool_urls")),
    path("tasks/", include("candidates.task_urls")),
    path("notifications/", include("candidates.notification_urls")),
    path("jobs/", include("pipelines.urls")),
    path("interviews/", include("pipelines.interview_urls")),
    path("review/", include("pipelines.review_urls")),
    path("referrals/", include("pipelines.referral_urls")),
    path("sequences/", include("campaigns.urls")),
    path("analytics/", include("analytics.urls")),
    path("api/", include("crm.api.urls")),
    path("settings/people/", include("candidates.people_settings_urls")),
    path("settings/mailboxes/", include("campaigns.mailbox_urls")),
    path("settings/senders/", include("campaigns.sender_urls")),
    path("settings/fields/", include("candidates.field_urls")),
    path("settings/privacy/", include("crm.privacy.urls")),
    path("settings/audit/", include("crm.audit.urls")),
    path("settings/", include("crm.tenancy.urls")),
    path("admin/", organization_admin.site.urls),
]

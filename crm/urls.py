"""Site-level addresses. Organizations' pages are in `organization_urls`; their first path segments are reserved."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]

"""Site-level addresses under /hooks/: providers report here."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

app_name = "hooks"
urlpatterns: list[URLPattern | URLResolver] = []
# Without a secret anybody could report bounces: then there is no such address.
if settings.ANYMAIL.get("WEBHOOK_SECRET"):
    urlpatterns.append(path("anymail/", include("anymail.urls")))

"""Site-level addresses under /u/: candidates unsubscribe here."""

from django.urls import URLPattern

app_name = "unsubscribe"
urlpatterns: list[URLPattern] = []

"""Addresses under /settings/people/."""

from django.urls import URLPattern, path

from candidates.views import people_settings

app_name = "people_settings"
urlpatterns: list[URLPattern] = [
    path("", people_settings.general, name="general"),
]

"""Site-level addresses: choosing an organization, accepting an invitation."""

from django.urls import URLPattern

app_name = "organizations"
urlpatterns: list[URLPattern] = []

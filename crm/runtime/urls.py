"""Site-level addresses: health."""

from django.urls import URLPattern

app_name = "runtime"
urlpatterns: list[URLPattern] = []

"""Site-level addresses under /hooks/: providers report here."""

from django.urls import URLPattern

app_name = "hooks"
urlpatterns: list[URLPattern] = []

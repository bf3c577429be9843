"""The addresses inside an organization: `/acme/candidates/` arrives here as `candidates/`."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []

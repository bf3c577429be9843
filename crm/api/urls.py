"""Addresses under /api/: the documentation for people, and the API itself for programs with a token."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from crm.api import views
from crm.api.endpoints import api

app_name = "api"
# Ninja's own start page would lead to a documentation that is not there.
_endpoints = [pattern for pattern in api.urls[0] if getattr(pattern, "name", "") != "api-root"]
v1: list[URLPattern | URLResolver] = [
    *_endpoints,
    path("openapi.json", views.openapi, name="openapi"),
    re_path("^(?P<rest>.*)$", views.nothing, name="nothing"),
]
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.docs, name="docs"),
    path("openapi.json", views.openapi, name="openapi"),
    path("v1/", include((v1, "v1"))),
]

"""Addresses under /api/: the documentation for people, and the API itself for programs with a token."""

from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.decorators.csrf import csrf_exempt

from crm.api import views
from crm.api.endpoints import api
from crm.api.refusing import read_only

app_name = "api"
# Ninja's own start page would lead to a documentation that is not there.
_endpoints = [pattern for pattern in api.urls[0] if getattr(pattern, "name", "") != "api-root"]
for pattern in _endpoints:
    if pattern.callback:
        pattern.callback = read_only(pattern.callback)
v1: list[URLPattern | URLResolver] = [
    *_endpoints,
    path("openapi.json", read_only(views.openapi), name="openapi"),
    re_path("^(?P<rest>.*)$", csrf_exempt(views.nothing), name="nothing"),
]
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.docs, name="docs"),
    path("openapi.json", views.openapi, name="openapi"),
    path("v1/", include((v1, "v1"))),
]

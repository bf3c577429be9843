"""Addresses under /settings/: the organization, its members and roles."""

from django.urls import URLPattern

app_name = "tenancy"
urlpatterns: list[URLPattern] = []

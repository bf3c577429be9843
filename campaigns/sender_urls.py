"""Addresses under /settings/senders/."""

from django.urls import URLPattern

app_name = "senders"
urlpatterns: list[URLPattern] = []

"""Addresses under /referrals/."""

from django.urls import URLPattern, path

from pipelines.views import referrals

app_name = "referrals"
urlpatterns: list[URLPattern] = [
    path("", referrals.referrals, name="list"),
    path("links/<int:pk>/close/", referrals.close_link, name="close_link"),
]

"""Addresses under /settings/audit/."""

from django.urls import path

from crm.audit import views

app_name = "audit"
urlpatterns = [path("", views.entries, name="list")]

"""Site-level addresses under /demo/mail/: the local mailbox."""

from django.urls import URLPattern

app_name = "mailbox"
urlpatterns: list[URLPattern] = []

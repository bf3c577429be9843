"""Addresses under /settings/mailboxes/."""

from django.urls import URLPattern, path

from campaigns.views import mailboxes

app_name = "mailboxes"
urlpatterns: list[URLPattern] = [
    path("", mailboxes.mailbox_list, name="list"),
    path("address/renew/", mailboxes.renew_address, name="renew_address"),
    path("add/", mailboxes.add_mailbox, name="add"),
    path("<int:pk>/", mailboxes.edit_mailbox, name="edit"),
    path("<int:pk>/stop/", mailboxes.stop_mailbox, name="stop"),
    path("<int:pk>/remove/", mailboxes.remove_mailbox, name="remove"),
]

"""Addresses under /settings/senders/."""

from django.urls import URLPattern, path

from campaigns.views import accounts, senders, suppressions

app_name = "senders"
urlpatterns: list[URLPattern] = [
    path("", senders.sender_list, name="list"),
    path("add/", senders.add_sender, name="add"),
    path("rules/", senders.edit_rules, name="rules"),
    path("pause/", senders.pause_all, name="pause_all"),
    path("resume/", senders.resume_all, name="resume_all"),
    path("kept-back/", suppressions.kept_back, name="kept_back"),
    path("kept-back/look-up/", suppressions.look_up, name="look_up"),
    path("kept-back/lift/", suppressions.lift, name="lift"),
    path("accounts/", accounts.account_list, name="accounts"),
    path("accounts/add/", accounts.add_account, name="add_account"),
    path("accounts/<int:pk>/", accounts.edit_account, name="edit_account"),
    path("accounts/<int:pk>/check/", accounts.check_account, name="check_account"),
    path("accounts/<int:pk>/remove/", accounts.remove_account, name="remove_account"),
    path("names/", accounts.names, name="names"),
    path("names/<int:pk>/ask/", accounts.ask_for_name, name="ask_for_name"),
    path("names/<int:pk>/grant/", accounts.grant_name, name="grant_name"),
    path("names/<int:pk>/revoke/", accounts.revoke_name, name="revoke_name"),
    path("<int:pk>/health/", accounts.sender_health, name="health"),
    path("<int:pk>/", senders.edit_sender, name="edit"),
    path("<int:pk>/pause/", senders.pause_sender, name="pause"),
    path("<int:pk>/resume/", senders.resume_sender, name="resume"),
]

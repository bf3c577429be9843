"""Addresses under /settings/senders/."""

from django.urls import URLPattern, path

from campaigns.views import senders

app_name = "senders"
urlpatterns: list[URLPattern] = [
    path("", senders.sender_list, name="list"),
    path("add/", senders.add_sender, name="add"),
    path("pause/", senders.pause_all, name="pause_all"),
    path("resume/", senders.resume_all, name="resume_all"),
    path("<int:pk>/", senders.edit_sender, name="edit"),
    path("<int:pk>/pause/", senders.pause_sender, name="pause"),
    path("<int:pk>/resume/", senders.resume_sender, name="resume"),
]

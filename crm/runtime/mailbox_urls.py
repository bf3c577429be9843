"""Site-level addresses under /demo/mail/: the local mailbox."""

from django.urls import URLPattern, path

from crm.runtime import mailbox_views as views

app_name = "mailbox"
urlpatterns: list[URLPattern] = [
    path("", views.inbox, name="inbox"),
    path("jump/", views.jump, name="jump"),
    path("<int:pk>/", views.message, name="message"),
    path("<int:pk>/html/", views.message_html, name="html"),
    path("<int:pk>/answer/", views.answer, name="answer"),
]

"""Addresses under /settings/privacy/."""

from django.urls import path

from crm.privacy import notice_views, views

app_name = "privacy"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("start/", views.start_run, name="start"),
    path("expired/", views.expired, name="expired"),
    path("notice/", notice_views.rules, name="notice_rules"),
    path("to-be-told/", notice_views.to_be_told, name="to_be_told"),
    path("to-be-told/send/", notice_views.send_notices, name="send_notices"),
    path("to-be-told/<int:pk>/told/", notice_views.mark_told, name="mark_told"),
    path("data-map/", views.show_data_map, name="data_map"),
    path("runs/<int:pk>/", views.run, name="run"),
    path("runs/<int:pk>/certificate.json", views.certificate, name="certificate"),
    path("erase/selected/", views.erase_selected, name="erase_selected"),
    path("copy/<int:pk>/", views.copy, name="copy"),
    path("erase/<int:pk>/", views.erase, name="erase"),
]

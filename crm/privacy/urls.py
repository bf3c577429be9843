"""Addresses under /settings/privacy/."""

from django.urls import path

from crm.privacy import views

app_name = "privacy"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("start/", views.start_run, name="start"),
    path("expired/", views.expired, name="expired"),
    path("data-map/", views.show_data_map, name="data_map"),
    path("runs/<int:pk>/", views.run, name="run"),
    path("runs/<int:pk>/certificate.json", views.certificate, name="certificate"),
    path("erase/selected/", views.erase_selected, name="erase_selected"),
    path("erase/<int:pk>/", views.erase, name="erase"),
]

"""Addresses under /settings/fields/."""

from django.urls import URLPattern, path

from candidates.views import custom_fields as views

app_name = "fields"
urlpatterns: list[URLPattern] = [
    path("", views.field_list, name="list"),
    path("add/", views.field_add, name="add"),
    path("<int:pk>/", views.field_edit, name="edit"),
    path("<int:pk>/move/<slug:way>/", views.field_move, name="move"),
    path("<int:pk>/archive/", views.field_archive, name="archive"),
    path("<int:pk>/restore/", views.field_restore, name="restore"),
]

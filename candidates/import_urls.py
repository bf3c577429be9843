"""Addresses under /candidates/imports/, inside the namespace of candidates."""

from django.urls import URLPattern, path

from candidates.views import imports

urlpatterns: list[URLPattern] = [
    path("", imports.import_list, name="imports"),
    path("add/", imports.add, name="import_add"),
    path("<int:pk>/", imports.detail, name="import"),
    path("<int:pk>/columns/", imports.columns, name="import_columns"),
    path("<int:pk>/reading/", imports.reading, name="import_reading"),
    path("<int:pk>/start/", imports.start, name="import_start"),
    path("<int:pk>/discard/", imports.discard, name="import_discard"),
    path("<int:pk>/failed.csv", imports.failed_rows, name="import_failed"),
]

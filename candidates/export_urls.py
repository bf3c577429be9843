"""Addresses under /candidates/exports/, inside the namespace of candidates."""

from django.urls import URLPattern, path

from candidates.views import exports

urlpatterns: list[URLPattern] = [
    path("", exports.export_list, name="exports"),
    path("people/", exports.add_people, name="export_people"),
    path("selected/", exports.add_selected, name="export_selected"),
    path("everything/", exports.add_everything, name="export_everything"),
    path("<int:pk>/", exports.download, name="export"),
    path("<int:pk>/delete/", exports.delete, name="export_delete"),
]

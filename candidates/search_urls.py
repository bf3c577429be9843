"""Addresses under /searches/."""

from django.urls import path

from candidates.views import searches

app_name = "searches"
urlpatterns = [
    path("", searches.search_list, name="list"),
    path("save/", searches.save, name="save"),
    path("<int:pk>/", searches.open_search, name="open"),
    path("<int:pk>/pin/", searches.pin, name="pin"),
    path("<int:pk>/delete/", searches.delete, name="delete"),
]

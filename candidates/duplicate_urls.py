"""Addresses under /candidates/duplicates/."""

from django.urls import path

from candidates.views import duplicates

urlpatterns = [
    path("", duplicates.queue, name="duplicates"),
    path("compare/", duplicates.compare_people, name="compare"),
    path("merge/", duplicates.merge, name="merge"),
    path("apart/", duplicates.tell_apart, name="tell_apart"),
    path("apart/<int:pk>/undo/", duplicates.take_back_apart, name="take_back_apart"),
    path("all/", duplicates.all_of_them, name="merge_all"),
    path("rules/", duplicates.rules, name="matching_rules"),
]

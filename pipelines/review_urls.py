"""Addresses under /review/."""

from django.urls import URLPattern, path

from pipelines.views import reviews

app_name = "reviews"
urlpatterns: list[URLPattern] = [
    path("<int:job_pk>/", reviews.review, name="page"),
    path("<int:job_pk>/link/", reviews.make_link, name="make_link"),
    path("links/<int:pk>/revoke/", reviews.revoke_link, name="revoke_link"),
    path("candidacies/<int:pk>/answer/", reviews.answer, name="answer"),
    path("candidacies/<int:pk>/unblind/", reviews.unblind, name="unblind"),
]

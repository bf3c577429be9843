"""Addresses under /interviews/."""

from django.urls import URLPattern, path

from pipelines.views import interview_times, interviews

app_name = "interviews"
urlpatterns: list[URLPattern] = [
    path("", interviews.interview_list, name="list"),
    path("times/", interview_times.times, name="times"),
    path("times/<int:pk>/remove/", interview_times.remove_time, name="remove_time"),
    path("calendars/", interview_times.calendars, name="calendars"),
    path("calendars/<int:pk>/revoke/", interview_times.revoke_calendar, name="revoke_calendar"),
    path("arrange/<int:candidacy_pk>/", interviews.arrange, name="arrange"),
    path("<int:pk>/", interviews.detail, name="detail"),
    path("<int:pk>/edit/", interviews.edit, name="edit"),
    path("<int:pk>/move/", interviews.move, name="move"),
    path("<int:pk>/cancel/", interviews.cancel, name="cancel"),
    path("<int:pk>/no-show/", interviews.no_show, name="no_show"),
    path("<int:pk>/link/", interviews.renew_link, name="renew_link"),
    path("<int:pk>/answer/", interviews.answer, name="answer"),
]

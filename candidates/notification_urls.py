"""Addresses under /notifications/."""

from django.urls import URLPattern, path

from candidates.views import notifications

app_name = "notifications"
urlpatterns: list[URLPattern] = [
    path("", notifications.notification_list, name="list"),
    path("read/", notifications.read_all, name="read_all"),
    path("choices/", notifications.choose, name="choices"),
    path("<int:pk>/open/", notifications.open_one, name="open"),
    path("<int:pk>/unread/", notifications.keep_unread, name="unread"),
]

"""Addresses under /pools/."""

from django.urls import URLPattern, path

from candidates.views import pools, reminders, watches

app_name = "pools"
urlpatterns: list[URLPattern] = [
    path("", pools.pool_list, name="list"),
    path("add/", pools.create, name="create"),
    path("preview/", pools.preview, name="preview"),
    path("files/<int:pk>/", pools.custom_file, name="custom_file"),
    path("<int:pk>/", pools.detail, name="detail"),
    path("<int:pk>/filling/", pools.filling, name="filling"),
    path("<int:pk>/edit/", pools.edit, name="edit"),
    path("<int:pk>/remind/", reminders.remind_of_pool, name="remind"),
    path("<int:pk>/watch/", watches.watch_pool, name="watch"),
    path("<int:pk>/archive/", pools.archive, name="archive"),
    path("<int:pk>/restore/", pools.restore, name="restore"),
    path("<int:pk>/join/", pools.join, name="join"),
    path("<int:pk>/leave/", pools.leave, name="leave"),
    path("<int:pk>/excluded/", pools.excluded, name="excluded"),
    path("<int:pk>/readmit/", pools.readmit, name="readmit"),
]

"""Addresses under /tasks/."""

from django.urls import URLPattern, path

from candidates.views import tasks

app_name = "tasks"
urlpatterns: list[URLPattern] = [
    path("", tasks.task_list, name="list"),
    path("add/", tasks.add, name="add"),
    path("<int:pk>/complete/", tasks.complete, name="complete"),
    path("<int:pk>/reopen/", tasks.reopen, name="reopen"),
]

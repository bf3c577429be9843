"""Addresses under /tasks/."""

from django.urls import URLPattern, path

from candidates.views import tasks

app_name = "tasks"
urlpatterns: list[URLPattern] = [
    path("", tasks.day, name="day"),
    path("list/", tasks.task_list, name="list"),
    path("add/", tasks.add, name="add"),
    path("bulk/<slug:action>/", tasks.bulk, name="bulk"),
    path("undo/<str:token>/", tasks.undo, name="undo"),
    path("<int:pk>/", tasks.edit, name="edit"),
    path("<int:pk>/complete/", tasks.complete, name="complete"),
    path("<int:pk>/reopen/", tasks.reopen, name="reopen"),
    path("<int:pk>/snooze/", tasks.snooze, name="snooze"),
]

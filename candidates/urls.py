"""Addresses under /candidates/."""

from django.urls import URLPattern, URLResolver, include, path

from candidates.views import cold, lists, records, resumes, snoozes

app_name = "candidates"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", lists.candidate_list, name="list"),
    path("filters/", lists.filters, name="filters"),
    path("imports/", include("candidates.import_urls")),
    path("exports/", include("candidates.export_urls")),
    path("resumes/", include("candidates.resume_urls")),
    path("<int:pk>/resumes/add/", resumes.resume_add, name="resume_add"),
    path("cold/", cold.going_cold, name="cold"),
    path("add/", records.add, name="add"),
    path("bulk/snooze/", snoozes.bulk_snooze, name="bulk_snooze"),
    path("bulk/task/", snoozes.bulk_task, name="bulk_task"),
    path("undo-snooze/<str:token>/", snoozes.undo_snooze, name="undo_snooze"),
    path("bulk/<slug:action>/", lists.bulk, name="bulk"),
    path("undo/<str:token>/", lists.undo, name="undo"),
    path("notes/<int:pk>/delete/", records.delete_note, name="delete_note"),
    path("<int:pk>/", records.detail, name="detail"),
    path("<int:pk>/edit/", records.edit, name="edit"),
    path("<int:pk>/note/", records.note, name="note"),
    path("<int:pk>/call/", records.call, name="call"),
    path("<int:pk>/task/", records.task, name="task"),
    path("<int:pk>/tag/", records.tag, name="tag"),
    path("<int:pk>/skill/", records.skill, name="skill"),
    path("<int:pk>/owner/", records.owner, name="owner"),
    path("<int:pk>/snooze/", snoozes.snooze, name="snooze"),
    path("<int:pk>/wake/", snoozes.wake, name="wake"),
    path("<int:pk>/status/", records.status, name="status"),
    path("<int:pk>/pools/join/", records.join_pool, name="join_pool"),
    path("<int:pk>/pools/<int:pool>/leave/", records.leave_pool, name="leave_pool"),
]

"""Addresses under /jobs/."""

from django.urls import path

from pipelines.views import board, jobs, matching, people, stages, watches

app_name = "pipelines"
urlpatterns = [
    path("", jobs.jobs, name="jobs"),
    path("add/", jobs.add, name="add"),
    path("<int:pk>/", board.board, name="board"),
    path("<int:pk>/table/", board.table, name="table"),
    path("<int:pk>/edit/", jobs.edit, name="edit"),
    path("<int:pk>/team/", jobs.team, name="team"),
    path("<int:pk>/team/<int:member_pk>/leave/", jobs.leave, name="leave_team"),
    path("<int:pk>/watch/", watches.watch, name="watch"),
    path("<int:pk>/people/", people.people, name="people"),
    path("<int:pk>/match/", matching.match, name="match"),
    path("<int:pk>/match/criteria/", matching.match_criteria, name="match_criteria"),
    path("<int:pk>/move/", board.move, name="move"),
    path("<int:pk>/stages/<int:stage_pk>/", board.more, name="more"),
    path("<int:pk>/stages/<int:stage_pk>/remind/", board.remind, name="remind"),
    path("candidacies/<int:pk>/", board.candidacy, name="candidacy"),
    path("candidacies/<int:pk>/undo/<int:version>/", board.undo, name="undo"),
    path("candidacies/<int:pk>/reopen/", board.reopen, name="reopen"),
    path("candidacies/<int:pk>/remove/", board.remove, name="remove"),
    path("consider/", people.consider_selected, name="consider_selected"),
    path("consider/<int:candidate_pk>/", people.consider, name="consider"),
    path("consider/pool/<int:pool_pk>/", people.consider_pool, name="consider_pool"),
    path("templates/", stages.templates, name="templates"),
    path("templates/<int:pk>/rename/", stages.rename, name="rename_template"),
    path("templates/<int:pk>/remove/", stages.remove_template, name="remove_template"),
    path("pipelines/<int:pk>/", stages.stages, name="stages"),
    path("pipelines/<int:pk>/criteria/", stages.add_criterion, name="add_criterion"),
    path("criteria/<int:pk>/remove/", stages.remove_criterion, name="remove_criterion"),
    path("stages/<int:pk>/edit/", stages.edit_stage, name="edit_stage"),
    path("stages/<int:pk>/shift/", stages.shift_stage, name="shift_stage"),
    path("stages/<int:pk>/remove/", stages.remove_stage, name="remove_stage"),
]

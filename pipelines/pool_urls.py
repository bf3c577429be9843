"""Addresses under /pools/ that are of pools with stages."""

from django.urls import path

from pipelines.views import pool_stages

app_name = "pool_stages"
urlpatterns = [
    path("<int:pk>/board/", pool_stages.board, name="board"),
    path("<int:pk>/table/", pool_stages.table, name="table"),
    path("<int:pk>/stages/", pool_stages.give, name="give"),
    path("<int:pk>/stages/remove/", pool_stages.remove, name="remove"),
    path("<int:pk>/stages/<int:stage_pk>/", pool_stages.more, name="more"),
    path("<int:pk>/stages/<int:stage_pk>/remind/", pool_stages.remind, name="remind"),
    path("<int:pk>/move/", pool_stages.move, name="move"),
    path("<int:pk>/move/selected/", pool_stages.move_selected, name="move_selected"),
    path("<int:pk>/undo/<str:token>/", pool_stages.undo_selected, name="undo_selected"),
    path("places/<int:pk>/undo/<int:version>/", pool_stages.undo, name="undo"),
]

"""Site-level addresses under /u/: candidates unsubscribe here."""

from django.urls import path

from campaigns import public_views

app_name = "unsubscribe"
urlpatterns = [path("<str:token>/", public_views.unsubscribe, name="page")]

"""Site-level addresses of the machinery."""

from django.urls import path

from crm.runtime import views

app_name = "runtime"
urlpatterns = [
    path("livez", views.livez, name="livez"),
    path("healthz", views.healthz, name="healthz"),
]

"""Site-level addresses: health. (/livez is answered by middleware.)"""

from django.urls import path

from crm.runtime import views

app_name = "runtime"
urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
]

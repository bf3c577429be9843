"""Site-level addresses: health, and what browsers and robots ask for by themselves. (/livez: middleware.)"""

from django.urls import path

from crm.runtime import views

app_name = "runtime"
urlpatterns = [
    path("favicon.ico", views.favicon, name="favicon"),
    path("healthz", views.healthz, name="healthz"),
    path("robots.txt", views.robots, name="robots"),
]

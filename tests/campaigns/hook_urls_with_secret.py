"""The addresses of an installation that has a webhook secret."""

from django.urls import include, path

from crm.urls import urlpatterns as usual

urlpatterns = [path("hooks/anymail/", include("anymail.urls")), *usual]

"""Site-level addresses: choosing an organization, accepting an invitation."""

from django.urls import path

from crm.tenancy import views

app_name = "organizations"
urlpatterns = [
    path("", views.choose, name="choose"),
    path("invitations/<str:token>/", views.invitation, name="invitation"),
]

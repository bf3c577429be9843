"""Addresses under /settings/: the organization, its members and roles."""

from django.urls import path

from crm.tenancy import token_views, views

app_name = "tenancy"
urlpatterns = [
    path("", views.settings, name="settings"),
    path("members/", views.members, name="members"),
    path("members/invite/", views.invite, name="invite"),
    path("members/<int:pk>/role/", views.change_role, name="change_role"),
    path("members/<int:pk>/remove/", views.remove_member, name="remove_member"),
    path("invitations/<int:pk>/resend/", views.resend_invitation, name="resend_invitation"),
    path("invitations/<int:pk>/revoke/", views.revoke_invitation, name="revoke_invitation"),
    path("tokens/", token_views.token_list, name="tokens"),
    path("tokens/make/", token_views.make_token, name="make_token"),
    path("tokens/<int:pk>/revoke/", token_views.revoke_token, name="revoke_token"),
]

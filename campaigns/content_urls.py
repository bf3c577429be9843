"""Site-level addresses under /c/: what mails show of the content library."""

from django.urls import path

from campaigns import public_content

app_name = "content"
urlpatterns = [
    path("file/<str:token>/", public_content.file, name="file"),
    path("<str:token>/", public_content.shared, name="shared"),
]

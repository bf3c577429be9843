"""Addresses under /candidates/resumes/, inside the namespace of candidates."""

from django.urls import URLPattern, path

from candidates.views import resumes

urlpatterns: list[URLPattern] = [
    path("", resumes.resume_list, name="resumes"),
    path("uploads/add/", resumes.upload_add, name="resume_upload_add"),
    path("uploads/<int:pk>/", resumes.upload, name="resume_upload"),
    path("<int:pk>/", resumes.resume, name="resume"),
    path("<int:pk>/accept/", resumes.resume_accept, name="resume_accept"),
    path("<int:pk>/discard/", resumes.resume_discard, name="resume_discard"),
    path("<int:pk>/file/", resumes.resume_file, name="resume_file"),
    path("<int:pk>/pages/<int:number>.png", resumes.resume_page, name="resume_page"),
]

"""The way from dropped files to reviewed people, for tests of résumés."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from candidates.models import Resume
from candidates.services.resumes import running, storing


@pytest.fixture
def drop(in_acme, recruiter):
    """`drop({"cv.pdf": b"…"})` stores files; `drop(…, read=True)` reads them too. Returns them by name."""

    def store(named: dict[str, bytes], *, read: bool = True, **choices) -> dict[str, Resume]:
        uploaded = [SimpleUploadedFile(name, content) for name, content in named.items()]
        upload = storing.store_upload(uploaded, by=recruiter, **choices)
        if read:
            assert running.read_waiting(in_acme)
        return {resume.file_name: resume for resume in upload.resumes.order_by("pk")}

    return store

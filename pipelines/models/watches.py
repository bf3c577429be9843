"""Following a job."""

from django.db import models

from candidates.models import Watch
from pipelines.models.jobs import Job


class JobWatch(Watch):
    """A member follows who is put on a job and how they move."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="watches")

    class Meta(Watch.Meta):
        abstract = False
        verbose_name_plural = "job watches"
        constraints = [
            models.UniqueConstraint(fields=["organization", "user", "job"], name="job_watched_once")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} watches job {self.job_id}"

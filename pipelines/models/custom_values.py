"""What jobs and candidacies have in the organization's own fields: see `candidates.models.custom_fields`."""

from django.db import models

from candidates.models import (
    VALUE_ORDER,
    CandidateFile,
    CustomField,
    CustomValue,
    OrganizationFile,
    value_constraints,
)
from crm.tenancy.models import OwnedModel
from pipelines.models.candidacies import Candidacy
from pipelines.models.jobs import Job


class JobCustomValue(CustomValue, OwnedModel):
    """What one job has in one custom field."""

    subject = CustomField.Subject.JOB
    file_page = "pipelines:job_file"

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="custom_values")
    attachment = models.ForeignKey(
        OrganizationFile, null=True, on_delete=models.CASCADE, related_name="+"
    )

    class Meta(OwnedModel.Meta):
        ordering = VALUE_ORDER
        constraints = value_constraints(CustomField.Subject.JOB, prefix="job")

    @classmethod
    def new_file(cls, owner: Job) -> OrganizationFile:
        return OrganizationFile()


class CandidacyCustomValue(CustomValue, OwnedModel):
    """What somebody has in one custom field as far as one job is concerned."""

    subject = CustomField.Subject.CANDIDACY
    file_page = "pipelines:candidacy_file"

    candidacy = models.ForeignKey(Candidacy, on_delete=models.CASCADE, related_name="custom_values")
    # The person's: erased, merged and exported with all other files of theirs.
    attachment = models.ForeignKey(
        CandidateFile, null=True, on_delete=models.CASCADE, related_name="+"
    )

    class Meta(OwnedModel.Meta):
        ordering = VALUE_ORDER
        constraints = value_constraints(CustomField.Subject.CANDIDACY, prefix="candidacy")

    @classmethod
    def new_file(cls, owner: Candidacy) -> CandidateFile:
        return CandidateFile(candidate_id=owner.candidate_id)

"""What jobs and candidacies have in the organization's own fields: see `candidates.models.custom_fields`."""

from django.db import models

from candidates.models import (
    VALUE_ORDER,
    CandidateFile,
    CustomField,
    CustomValue,
    OrganizationFile,
    SearchRow,
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


class CandidacyValueSearch(SearchRow):
    """What people have in the custom fields of their candidacies, through the fence that they are found in."""

    job = models.BigIntegerField(db_column="job_id")
    field = models.BigIntegerField(db_column="field_id")
    text = models.TextField()
    number = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    currency = models.CharField(max_length=3)
    day = models.DateField(null=True)
    yes = models.BooleanField(null=True)
    option = models.BigIntegerField(null=True, db_column="option_id")
    member = models.BigIntegerField(null=True, db_column="member_id")

    class Meta(SearchRow.Meta):
        db_table = "candidacy_value_search"


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

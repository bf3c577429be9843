"""Words put on people: tags of ours, skills of theirs."""

from django.core.validators import MaxValueValidator
from django.db import models

from candidates.models.evidence import Evidenced
from candidates.models.people import Candidate, CandidateChild
from candidates.models.provenance import Sourced
from crm.tenancy.models import OwnedModel


class Label(OwnedModel):
    """A word put on candidates; the same word in other case or accents is the same label."""

    name = models.CharField(max_length=60)
    normalized = models.CharField(max_length=60, editable=False)

    class Meta(OwnedModel.Meta):
        abstract = True
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "normalized"], name="one_%(class)s_per_name"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Tag(Label):
    """An organization's own word for sorting people, if it wants in one of the colors `hue-1` to `hue-8`."""

    hue = models.PositiveSmallIntegerField(
        "color", default=0, validators=[MaxValueValidator(8)], help_text="0: none"
    )

    @property
    def css_class(self) -> str:
        return f"tag tint hue-{self.hue}" if self.hue else "tag"


class Skill(Label):
    """Something a person can do."""


class CandidateTag(CandidateChild):
    candidate = models.ForeignKey(
        Candidate, on_delete=models.CASCADE, related_name="candidate_tags"
    )
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="candidate_tags")

    class Meta(CandidateChild.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "candidate", "tag"], name="tag_once")
        ]
        indexes = [
            models.Index(fields=["organization", "tag", "candidate"], name="candidates_of_tag")
        ]

    def __str__(self) -> str:
        return f"{self.tag_id} on {self.candidate_id}"


class CandidateSkill(Sourced, Evidenced, CandidateChild):
    candidate = models.ForeignKey(
        Candidate, on_delete=models.CASCADE, related_name="candidate_skills"
    )
    skill = models.ForeignKey(Skill, on_delete=models.CASCADE, related_name="candidate_skills")

    class Meta(CandidateChild.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "candidate", "skill"], name="skill_once"
            )
        ]
        indexes = [
            models.Index(fields=["organization", "skill", "candidate"], name="candidates_of_skill")
        ]

    def __str__(self) -> str:
        return f"{self.skill_id} of {self.candidate_id}"

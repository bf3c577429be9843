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
    """Something a person can do: of the list that Rapport brings, of the organization's own, or a word still unknown."""

    class State(models.TextChoices):
        KNOWN = "known", "Known"
        WAITING = "waiting", "Waiting for a look"
        IGNORED = "ignored", "Not a skill"

    state = models.CharField(max_length=10, choices=State, default=State.KNOWN, db_default="known")
    family = models.CharField(
        max_length=60, blank=True, db_default="", help_text="Such as Data and analytics"
    )
    # The name in the list that Rapport brings, however the organization calls it; empty for its own.
    shipped_as = models.CharField(max_length=60, blank=True, db_default="", editable=False)

    class Meta(Label.Meta):
        abstract = False
        indexes = [
            models.Index(
                fields=["organization", "name", "id"],
                condition=models.Q(state="waiting"),
                name="skill_waiting",
            )
        ]


class SkillAlias(OwnedModel):
    """Another way to write a skill, of the organization's own: whoever writes it means the skill."""

    skill = models.ForeignKey(Skill, on_delete=models.CASCADE, related_name="aliases")
    name = models.CharField(max_length=60)
    normalized = models.CharField(max_length=60, editable=False)

    class Meta(OwnedModel.Meta):
        verbose_name_plural = "skill aliases"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "normalized"], name="one_skill_per_alias"
            )
        ]

    def __str__(self) -> str:
        return self.name


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

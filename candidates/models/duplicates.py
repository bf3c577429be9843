"""People who may be one person: what they are found by, the pairs that were found, and what people said of them."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from candidates.models.people import Candidate, CandidateChild
from crm.tenancy.models import OwnedModel


class MatchingRules(OwnedModel):
    """Which spellings of an address name the same mailbox. At most one row an organization."""

    ignores_dots = models.BooleanField(
        "dots in Gmail addresses do not matter",
        default=True,
        help_text="anna.meier@gmail.com and annameier@gmail.com are one mailbox.",
    )
    ignores_plus = models.BooleanField(
        "what stands behind a plus does not matter",
        default=True,
        help_text="anna+jobs@example.com and anna@example.com are one mailbox.",
    )

    class Meta(OwnedModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organization"], name="one_matching_rules")]

    def __str__(self) -> str:
        return "Rules of matching"


class MatchCheck(CandidateChild):
    """Somebody who is to be compared with all others. Triggers of the database add these rows, and never wait.

    One may stand here several times: a row goes when it was worked on, and what changed meanwhile has its own.
    """

    # Made by Rapport alone and made again at any time: of no interest to change sets.
    is_derived = True

    # Of derived rows the composite indexes are enough, their twins cost time.
    candidate = models.ForeignKey(
        Candidate, on_delete=models.CASCADE, related_name="+", db_index=False
    )

    class Meta(CandidateChild.Meta):
        indexes = [models.Index(fields=["organization", "candidate"], name="check_of_candidate")]

    def __str__(self) -> str:
        return f"compare {self.candidate_id}"


class MatchKey(CandidateChild):
    """Something that a person shares with others who may be the same: a hash of a number, of name and city."""

    is_derived = True

    candidate = models.ForeignKey(
        Candidate, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    key = models.BigIntegerField()

    class Meta(CandidateChild.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "key", "candidate"], name="key_once")
        ]
        indexes = [
            models.Index(fields=["organization", "candidate"], name="match_keys_of_candidate")
        ]

    def __str__(self) -> str:
        return f"{self.key} of {self.candidate_id}"


class DuplicatePair(CandidateChild):
    """Two people who may be one: `candidate` came first. One pair leads each group of connected pairs."""

    is_derived = True

    candidate = models.ForeignKey(
        Candidate, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    other = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="+", db_index=False)
    confidence = models.PositiveSmallIntegerField(help_text="Of a hundred")
    reasons = models.JSONField(default=list, help_text="Kind and sentence of each, strongest first")
    is_leading = models.BooleanField(default=True)
    found_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(CandidateChild.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "candidate", "other"], name="one_pair_of_two"
            )
        ]
        indexes = [
            models.Index(fields=["organization", "other"], name="pair_of_other"),
            models.Index(
                fields=["organization", "-confidence", "-id"],
                condition=models.Q(is_leading=True),
                name="pair_surest",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.candidate_id} and {self.other_id}: {self.confidence} %"

    @property
    def sentences(self) -> list[str]:
        """The reasons in words."""
        return [sentence for _, sentence in self.reasons]


class Distinction(CandidateChild):
    """Somebody said that these two are not the same person: they are not shown as a pair again."""

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="+")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(CandidateChild.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "candidate", "other"], name="distinguished_once"
            )
        ]
        indexes = [models.Index(fields=["organization", "other"], name="distinction_of_other")]

    def __str__(self) -> str:
        return f"{self.candidate_id} is not {self.other_id}"


class FormerId(CandidateChild):
    """The id under which a person was known who was merged into another: old addresses lead to the other."""

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="former_ids")
    number = models.BigIntegerField()

    class Meta(CandidateChild.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "number"], name="one_person_per_number")
        ]
        indexes = [models.Index(fields=["organization", "candidate"], name="former_of_candidate")]

    def __str__(self) -> str:
        return f"{self.number} is {self.candidate_id} now"

"""What is to be looked at again because a person changed, and what was derived from a person."""

from django.db import models

from candidates.models.people import Candidate, CandidateChild


class PersonMark(CandidateChild):
    """Somebody changed: their place and their smart pools are to be found anew.

    Triggers of the database add these rows whatever wrote the change, and never wait. One may stand here several
    times: a row goes when it was worked on, and what changed meanwhile has its own.
    """

    is_derived = True

    candidate = models.ForeignKey(
        Candidate, on_delete=models.CASCADE, related_name="+", db_index=False
    )

    class Meta(CandidateChild.Meta):
        indexes = [models.Index(fields=["organization", "candidate"], name="mark_of_candidate")]

    def __str__(self) -> str:
        return f"look at {self.candidate_id}"


class CandidatePlace(CandidateChild):
    """Where the town of a person's record is, by the gazetteer: for distances, and where the record says no more.

    Never written back into the record. `place` is what was read: once the record says another, it is stale.
    """

    is_derived = True

    candidate = models.ForeignKey(
        Candidate, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    place = models.CharField(max_length=130, help_text="City and country of the record")
    name = models.CharField(max_length=120)
    country = models.CharField(max_length=2)
    latitude = models.FloatField(help_text="Degrees")
    longitude = models.FloatField(help_text="Degrees")
    time_zone = models.CharField(max_length=60)

    class Meta(CandidateChild.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "candidate"], name="one_place_each")
        ]
        indexes = [
            models.Index(fields=["organization", "latitude", "longitude"], name="place_by_latitude")
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.country}"

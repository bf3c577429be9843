"""What a candidacy has in the organization's own fields; the person's timeline tells of it, and Undo takes it back."""

from collections.abc import Mapping
from typing import Any

from candidates.models import ChangeSet, Touchpoint
from candidates.services.custom_fields import set_values
from candidates.services.editing import undoable
from candidates.services.provenance import by_hand
from candidates.services.timeline import add_touchpoint
from crm.accounts.models import User
from pipelines.models import Candidacy, CandidacyCustomValue


def fill_candidacy(
    candidacy: Candidacy, values: Mapping[str, Any], *, by: User
) -> ChangeSet | None:
    """Set these values (key of a field to what was given); None where that changed nothing."""
    person, job = candidacy.candidate, candidacy.job
    with undoable(
        person, "Changed fields for a job", models=[CandidacyCustomValue], by=by
    ) as change_set:
        outcome = set_values(candidacy, values, provenance=by_hand(by), by=by)
        if outcome.changed:
            names = ", ".join(name for name, *_ in outcome.told)
            # More people read the timeline than know of a confidential job.
            told = [[name] for name, *_ in outcome.told] if job.is_confidential else outcome.told
            add_touchpoint(
                person,
                Touchpoint.Kind.EDITED,
                f"Changed {names} · {job.told_as}",
                actor=by,
                changes=told,
                link=job.path,
            )
    if outcome.changed:
        return change_set
    change_set.delete()
    return None

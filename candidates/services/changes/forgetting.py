"""Letting go of what change sets hold of people and files that are no longer there."""

from collections.abc import Collection

from django.db import models

from candidates.models import Change, ChangeSet, Resume


def forget_values(changes: "models.QuerySet[Change]") -> None:
    """Delete the values before and after; that something was changed stays."""
    changes.update(before=None, after=None, provenance=None)


def forget_files(resumes: Collection[Resume]) -> None:
    """Forget what change sets hold of résumés that are thrown away, and what these brought and is taken back."""
    of_files = Change.objects.filter(
        model=Resume._meta.label, object_id__in=[resume.pk for resume in resumes]
    )
    brought = Change.objects.filter(
        change_set__kind=ChangeSet.Kind.RESUME,
        change_set__link__in=[resume.path for resume in resumes],
        change_set__state=ChangeSet.State.UNDONE,
    )
    forget_values(of_files)
    # What was kept is on the record still.
    forget_values(brought.exclude(outcome=Change.Outcome.KEPT))

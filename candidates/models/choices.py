"""Words that an organization chooses from: admins keep these lists under the settings."""

from django.db import models

from candidates.models.labels import Label


class Choice(Label):
    """One word of a list. An archived one stays where it was used, and is offered no more."""

    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta(Label.Meta):
        abstract = True


class RejectionReason(Choice):
    """Why somebody was not taken on for a job."""


class NotNowReason(Choice):
    """Why a candidate is snoozed."""


class ContactKind(Choice):
    """How one spoke to a person: offered where a contact is logged, beside calls and notes.

    Log one as a touchpoint of the kind CALL whose summary begins with the name (“Coffee: open to a
    move”), so that it counts as a contact and stays readable whatever becomes of the list.
    """

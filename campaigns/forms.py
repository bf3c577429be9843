"""Forms of sequences, steps, senders and mail."""

import calendar
from collections.abc import Iterable
from datetime import time
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.db.models import Exists, OuterRef, QuerySet
from django.http import QueryDict
from django.utils import timezone

from campaigns.models import MailAccount, Message, Sender, SendingRules, Sequence, Step
from campaigns.replies import nurture_sequences
from campaigns.services.answering import Rest
from campaigns.services.lifting import Because
from campaigns.services.senders import SenderDetails
from candidates.models import Candidate, NotNowReason, PoolMembership, TalentPool
from candidates.queries import possible_readers
from candidates.services.bulk import frozen_ids
from crm.accounts.models import User
from crm.tenancy.roles import RECRUITERS
from crm.tenancy.scope import current_organization
from crm.web.ids import is_id

MIDNIGHT = time(0)
WEEKDAYS = list(enumerate(calendar.day_name))


def members() -> QuerySet[User]:
    """Who may own a sequence or stand behind a sender: members who may write to people."""
    return User.objects.filter(
        memberships__organization=current_organization(), memberships__role__in=RECRUITERS
    ).order_by("name", "email")


def typed_values(posted: QueryDict) -> dict[tuple[int, str], str]:
    """What was typed for people who lack a value, by candidate and merge field: `value-<candidate>-<field>`."""
    typed = {}
    for name, value in posted.items():
        prefix, _, rest = name.partition("-")
        pk, _, field = rest.partition("-")
        if prefix == "value" and is_id(pk) and str(value).strip():
            typed[int(pk), field] = str(value)
    return typed


class ThreadForm(forms.Form):
    """Whether only its member reads a thread of mail, and who else does."""

    is_private = forms.BooleanField(required=False)
    readers = forms.ModelMultipleChoiceField(
        queryset=User.objects.none(), required=False, widget=forms.CheckboxSelectMultiple()
    )

    def __init__(self, data: Any = None, *, holder: User, readers: Iterable[User] = ()) -> None:
        super().__init__(data, initial={"readers": [user.pk for user in readers]})
        others = possible_readers().exclude(pk=holder.pk)
        self.fields["readers"].queryset = others  # type: ignore[attr-defined]


class SenderForm(forms.ModelForm):  # type: ignore[type-arg]
    # Declared here, for the class is made outside any organization.
    account: "forms.ModelChoiceField[MailAccount]" = forms.ModelChoiceField(
        queryset=None,
        required=False,
        label="Goes out through",
        empty_label="The mail server of this installation",
    )
    window_days = forms.TypedMultipleChoiceField(
        label="Days",
        coerce=int,
        choices=WEEKDAYS,
        widget=forms.CheckboxSelectMultiple,
        help_text="Mails wait for one of these days.",
    )
    time_zone = forms.ChoiceField(
        label="Time zone", choices=[(zone, zone) for zone in sorted(available_timezones())]
    )

    class Meta:
        model = Sender
        fields = (
            "name",
            "address",
            "user",
            "daily_cap",
            "hourly_cap",
            "gap_seconds",
            "window_days",
            "window_start",
            "window_end",
            "time_zone",
        )
        labels = {
            "window_start": "From",
            "window_end": "Until",
            "user": "Member",
            "gap_seconds": "Seconds between mails",
        }
        help_texts = {
            "user": "Whose mails these are.",
            "daily_cap": "At most so many mails in any 24 hours.",
            "window_end": "00:00 is midnight.",
        }
        widgets = {
            "window_start": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "window_end": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "daily_cap": forms.NumberInput(attrs={"min": 1, "max": 2000}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = members()  # type: ignore[attr-defined]
        self.fields["account"].queryset = MailAccount.objects.all()  # type: ignore[attr-defined]
        self.fields["gap_seconds"].required = False
        if self.instance.pk:
            self.initial["account"] = self.instance.account_id
        if not self.instance.pk:
            self.initial.setdefault("time_zone", current_organization().time_zone)

    def clean_address(self) -> str:
        address: str = self.cleaned_data["address"].lower()
        if Sender.objects.exclude(pk=self.instance.pk).filter(address=address).exists():
            raise forms.ValidationError("This address is a sender already.")
        return address

    def clean_daily_cap(self) -> int:
        cap: int = self.cleaned_data["daily_cap"]
        if not 1 <= cap <= 2000:
            raise forms.ValidationError("Between 1 and 2,000 mails.")
        return cap

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        start, end = data.get("window_start"), data.get("window_end")
        if start is not None and end is not None and end <= start and end != MIDNIGHT:
            self.add_error("window_end", "The window must end after it starts.")
        return data

    def details(self) -> SenderDetails:
        return SenderDetails(**self.cleaned_data)


class PauseForm(forms.Form):
    because = forms.CharField(
        label="Why", max_length=200, help_text="Shown wherever a mail waits for this sender."
    )


class EnrollForm(forms.Form):
    """Whom to put on which sequence. Whom: a pool, or people chosen one by one.

    Once they are checked, `candidates` says who they are, also of a pool: whoever joins it later is not enrolled.
    """

    sequence: "forms.ModelChoiceField[Sequence]" = forms.ModelChoiceField(
        queryset=None, widget=forms.RadioSelect, empty_label=None
    )
    pool: "forms.ModelChoiceField[TalentPool]" = forms.ModelChoiceField(
        queryset=None, required=False
    )
    candidates = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._by = by
        has_steps = Exists(Step.objects.filter(sequence=OuterRef("pk")))
        sequences = Sequence.objects.filter(has_steps).exclude(state=Sequence.State.ARCHIVED)
        self.fields["sequence"].queryset = sequences.order_by("name")  # type: ignore[attr-defined]
        pools = TalentPool.objects.filter(archived_at=None)
        self.fields["pool"].queryset = pools  # type: ignore[attr-defined]

    def clean_candidates(self) -> list[int]:
        """A selection as `freeze` writes it; of many, who is gone since is told when they are enrolled."""
        given = self.cleaned_data["candidates"]
        known = frozen_ids(given, by=self._by) if given else []
        if given[:1].isdecimal() and len(known) < len(set(given.split(","))):
            raise forms.ValidationError("Some of these people are gone. Choose the people again.")
        if given and not known:
            raise forms.ValidationError("Choose the people again.")
        return known

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("pool") and not data.get("candidates") and not self.errors:
            raise forms.ValidationError("Choose a pool, or people.")
        if self.data.get("confirm") and not data.get("candidates") and not self.errors:
            raise forms.ValidationError("Check the people first: then those are enrolled.")
        return data

    def candidate_ids(self) -> list[int]:
        """Whom a check has counted; of a pool that was not checked yet, who is in it now."""
        if self.cleaned_data["candidates"]:
            return list(self.cleaned_data["candidates"])
        pool: TalentPool = self.cleaned_data["pool"]
        members = PoolMembership.objects.filter(pool=pool).order_by("-added_at", "-pk")
        return list(members.values_list("candidate_id", flat=True))


class SortForm(forms.Form):
    """What an answer wants, and for “not now” until when, why, and what takes up the thread then."""

    intent = forms.ChoiceField(choices=Message.Intent.choices)
    until = forms.DateField(required=False)
    reason: "forms.ModelChoiceField[NotNowReason]" = forms.ModelChoiceField(
        queryset=None, required=False
    )
    sequence: "forms.ModelChoiceField[Sequence]" = forms.ModelChoiceField(
        queryset=None, required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].queryset = NotNowReason.objects.filter(archived_at=None)  # type: ignore[attr-defined]
        self.fields["sequence"].queryset = nurture_sequences()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        until = data.get("until")
        is_rest = data.get("intent") == Message.Intent.NOT_NOW and "until" not in self.errors
        if is_rest and (until is None or until <= timezone.localdate()):
            self.add_error("until", "Choose a day that lies ahead.")
        return data

    def rest(self) -> Rest | None:
        data = self.cleaned_data
        if data["intent"] != Message.Intent.NOT_NOW:
            return None
        return Rest(until=data["until"], reason=data["reason"], sequence=data["sequence"])


class AssignForm(forms.Form):
    """Whose mail it is."""

    candidate: "forms.ModelChoiceField[Candidate]" = forms.ModelChoiceField(queryset=None)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["candidate"].queryset = Candidate.objects.all()  # type: ignore[attr-defined]


class AddressForm(forms.Form):
    """An address to look up."""

    address = forms.EmailField(label="E-mail address", max_length=254)


class LiftForm(forms.Form):
    """Why somebody may be written to again."""

    reason = forms.CharField(widget=forms.HiddenInput)
    because = forms.ChoiceField(label="Why", choices=[("", "Choose"), *Because.choices])
    note = forms.CharField(
        label="How you know",
        required=False,
        max_length=300,
        help_text="Stands on their timeline, such as: asked for it on the phone.",
    )

    def details(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {**data, "because": Because(data["because"])}


class SendingRulesForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = SendingRules
        fields = (
            *("budget_mails", "budget_days", "domain_cap", "daily_cap"),
            *("quiet_start", "quiet_end", "bounce_limit", "complaint_limit"),
            "counts_clicks",
        )
        labels = {
            "daily_cap": "Mails a day of everybody",
            "quiet_start": "Quiet from",
            "quiet_end": "Until",
        }
        widgets = {
            "quiet_start": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "quiet_end": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if (data.get("quiet_start") is None) != (data.get("quiet_end") is None):
            self.add_error("quiet_end", "Give both hours, or neither.")
        return data

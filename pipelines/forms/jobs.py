"""What is asked about jobs and their teams."""

from typing import Any, ClassVar

from django import forms
from django.core.validators import MinValueValidator
from django.db.models import Q, QuerySet
from django.utils.text import get_text_list

from candidates.forms.people import WordsField
from candidates.models import TalentPool
from crm.accounts.models import User
from crm.tenancy.models import Membership
from crm.tenancy.roles import EDITORS, MEMBERS, Role
from crm.web.forms import DayInput, refuse_far_days
from crm.web.meanwhile import MeanwhileMixin
from pipelines.models import Job, JobMember, JobSkill, Pipeline
from pipelines.queries import may_see_salary, users_in_roles
from pipelines.services.jobs import DEFAULT_TEMPLATE

SALARY_FIELDS = ("salary_min", "salary_max", "salary_currency", "salary_period", "salary_seen_by")


class JobForm(MeanwhileMixin, forms.ModelForm):  # type: ignore[type-arg]
    """A job as its recruiter describes it, and who of the hiring managers sees it."""

    managers: "forms.ModelMultipleChoiceField[User]" = forms.ModelMultipleChoiceField(
        queryset=User.objects.none(),
        required=False,
        label="Hiring managers",
        widget=forms.CheckboxSelectMultiple,
        help_text="They see this job, and of its people those who are shortlisted for them or whom they interview.",
    )

    must = WordsField(
        label="Must have", help_text="Skills, with commas between", longest=60, most=30
    )
    nice = WordsField(
        label="Nice to have", help_text="Skills, with commas between", longest=60, most=30
    )
    pools: "forms.ModelMultipleChoiceField[TalentPool]" = forms.ModelMultipleChoiceField(
        queryset=None,
        required=False,
        label="Pools to look into",
        widget=forms.CheckboxSelectMultiple,
        help_text="Their people are proposed on the job's shortlist.",
    )

    class Meta:
        model = Job
        fields = (
            *("title", "code", "place", "remote", "openings", "owner", "status"),
            *("opened_on", "on_hold_on", "closed_on", "is_confidential", "description"),
            *SALARY_FIELDS,
        )
        widgets: ClassVar[dict[str, Any]] = {
            "opened_on": DayInput(),
            "on_hold_on": DayInput(),
            "closed_on": DayInput(),
            "description": forms.Textarea(attrs={"rows": 5}),
        }
        help_texts: ClassVar[dict[str, str]] = {
            "opened_on": "Left empty, it is the day the job becomes open.",
            "on_hold_on": "Left empty, it is the day the job is put on hold.",
            "closed_on": "Left empty, it is the day the job is filled or cancelled.",
        }

    def __init__(self, *args: Any, membership: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["owner"].queryset = users_in_roles(EDITORS)
        fields["openings"].validators.append(
            MinValueValidator(1, "A job has at least one opening.")
        )
        fields["openings"].widget.attrs["min"] = 1
        for name in ("opened_on", "on_hold_on", "closed_on"):
            fields[name].validators.append(refuse_far_days)
        fields["managers"].queryset = self._possible_managers()
        fields["pools"].queryset = TalentPool.objects.filter(archived_at=None)
        fields["salary_period"].required = fields["salary_seen_by"].required = False
        if self.instance.pk:
            self._read_the_rest()
            if not may_see_salary(self.instance, membership):
                for name in SALARY_FIELDS:
                    del fields[name]

    def _possible_managers(self) -> QuerySet[User]:
        """Hiring managers of the organization, and whoever is one on this job already: they stay unless unticked."""
        possible = Q(pk__in=users_in_roles([Role.HIRING_MANAGER]).values("pk"))
        if self.instance.pk:
            there = self.instance.members.filter(role=JobMember.Role.HIRING_MANAGER)
            possible |= Q(pk__in=there.values("user"))
        return User.objects.filter(possible).order_by("name", "email")

    def _read_the_rest(self) -> None:
        """What the job's other tables say."""
        job = self.instance
        managers = job.members.filter(role=JobMember.Role.HIRING_MANAGER)
        self.initial["managers"] = list(managers.values_list("user_id", flat=True))
        self.initial["pools"] = list(job.job_pools.values_list("pool_id", flat=True))
        names: dict[str, list[str]] = {need: [] for need in JobSkill.Need.values}
        for row in job.job_skills.select_related("skill").order_by("pk"):
            names[row.need].append(row.skill.name)
        self.initial.update(names)

    def clean_salary_period(self) -> str:
        return self.cleaned_data["salary_period"] or str(Job.PayPeriod.YEAR)

    def clean_salary_seen_by(self) -> str:
        return self.cleaned_data["salary_seen_by"] or str(Job.SalaryVisibility.RECRUITERS)

    def clean_salary_currency(self) -> str:
        return str(self.cleaned_data["salary_currency"]).upper()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        opened, closed = cleaned.get("opened_on"), cleaned.get("closed_on")
        if opened and closed and closed < opened:
            self.add_error("closed_on", "A job cannot close before it opens.")
        self._refuse_day_of_another_status(cleaned)
        low, high = cleaned.get("salary_min"), cleaned.get("salary_max")
        if low is not None and high is not None and high < low:
            self.add_error("salary_max", "The salary cannot end below where it begins.")
        return cleaned

    def _refuse_day_of_another_status(self, cleaned: dict[str, Any]) -> None:
        """A day that is typed is not dropped; one that stood there before goes with the status that it was of."""
        days = {"on_hold_on": (Job.Status.ON_HOLD,), "closed_on": Job.CLOSED}
        for name, statuses in days.items():
            if (
                cleaned.get(name)
                and name in self.changed_data
                and cleaned.get("status") not in statuses
            ):
                labels = get_text_list([f"“{status.label}”" for status in statuses], "or")
                self.add_error(
                    name, f"This day goes with the status {labels}: choose it, or leave this empty."
                )


class NewJobForm(JobForm):
    """A job that starts with the stages of a template."""

    template: "forms.ModelChoiceField[Pipeline]" = forms.ModelChoiceField(
        queryset=None,
        required=False,
        label="Stages",
        empty_label=DEFAULT_TEMPLATE,
        help_text="The job gets its own copy, which can be changed later.",
    )
    field_order = ("title", "place", "openings", "template", "owner", "managers", "status")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        templates = Pipeline.objects.filter(is_template=True)
        self.fields["template"].queryset = templates  # type: ignore[attr-defined]
        first = templates.order_by("pk").first()
        if first:
            # The empty choice stands for the default template until the organization has one.
            self.fields["template"].empty_label = None  # type: ignore[attr-defined]
            self.fields["template"].required = True
            self.initial.setdefault("template", first)


class TeamForm(forms.Form):
    """Who joins a job's team, and as what."""

    user: "forms.ModelChoiceField[User]" = forms.ModelChoiceField(
        queryset=None, label="Member", empty_label="Choose a member…"
    )
    role = forms.ChoiceField(choices=JobMember.Role)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = users_in_roles(MEMBERS)  # type: ignore[attr-defined]

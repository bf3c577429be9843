"""Views that people are found through (see `candidates.queries.search`)."""

from typing import TypeVar

from django.contrib.postgres.search import SearchVectorField
from django.db import models

from crm.tenancy.scope import current_organization

Searched = TypeVar("Searched", bound=models.Model)


class SearchManager(models.Manager[Searched]):
    """Raises outside an organization, as OwnedManager does; the view itself shows the organization's rows."""

    def get_queryset(self) -> models.QuerySet[Searched]:
        current_organization()
        return super().get_queryset()


class SearchView(models.Model):
    """A row of a view that belongs to the tables' owner, with the tenant predicate inside it.

    Under a policy, LIKE and its kind lose their index; inside these views they keep it, as long as the
    query names nothing but such views. Read only, by grant. Made by `crm.tenancy.search_views.SearchViews`.
    """

    id = models.BigIntegerField(primary_key=True)

    objects = SearchManager()

    class Meta:
        abstract = True
        managed = False

    def __str__(self) -> str:
        return str(self.pk)


class SearchRow(SearchView):
    """A row that belongs to one person."""

    candidate = models.BigIntegerField(db_column="candidate_id")

    class Meta(SearchView.Meta):
        abstract = True


class CandidateSearch(SearchView):
    """A person, with the columns that people are found, filtered and sorted by."""

    search_text = models.TextField()
    # Words of the record (weight A), of notes that everybody reads (C) and of accepted résumés (D). The
    # database alone keeps this column, by triggers: it is in no other model.
    search = SearchVectorField()
    full_name = models.CharField(max_length=200)
    preferred_name = models.CharField(max_length=100)
    headline = models.CharField(max_length=200)
    company = models.CharField(max_length=200)
    # The form in which companies are compared; the database alone keeps it, as it does for positions.
    company_key = models.TextField()
    city = models.CharField(max_length=120)
    country = models.CharField(max_length=2)
    owner = models.BigIntegerField(null=True, db_column="owner_id")
    source = models.BigIntegerField(null=True, db_column="source_id")
    status = models.CharField(max_length=20)
    lawful_basis = models.CharField(max_length=30)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    last_contacted_at = models.DateTimeField(null=True)
    last_replied_at = models.DateTimeField(null=True)
    last_touched_at = models.DateTimeField()
    heat = models.FloatField()

    class Meta(SearchView.Meta):
        db_table = "candidate_search"


class PoolMembershipSearch(SearchRow):
    pool = models.BigIntegerField(db_column="pool_id")
    added_at = models.DateTimeField()

    class Meta(SearchView.Meta):
        db_table = "pool_membership_search"


class CandidateTagSearch(SearchRow):
    tag = models.BigIntegerField(db_column="tag_id")

    class Meta(SearchView.Meta):
        db_table = "candidate_tag_search"


class CandidateSkillSearch(SearchRow):
    skill = models.BigIntegerField(db_column="skill_id")

    class Meta(SearchView.Meta):
        db_table = "candidate_skill_search"


class EmailSearch(SearchRow):
    normalized = models.CharField(max_length=254)
    state = models.CharField(max_length=10)
    # What stands behind the @, and the same without its first part.
    domain = models.TextField()
    parent_domain = models.TextField()

    class Meta(SearchView.Meta):
        db_table = "email_search"


class PhoneSearch(SearchRow):
    normalized = models.CharField(max_length=20)

    class Meta(SearchView.Meta):
        db_table = "phone_search"


class CustomValueSearch(SearchRow):
    field = models.BigIntegerField(db_column="field_id")
    text = models.TextField()
    number = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    currency = models.CharField(max_length=3)
    day = models.DateField(null=True)
    yes = models.BooleanField(null=True)
    option = models.BigIntegerField(null=True, db_column="option_id")
    member = models.BigIntegerField(null=True, db_column="member_id")

    class Meta(SearchView.Meta):
        db_table = "custom_value_search"


class LanguageSearch(SearchRow):
    normalized = models.CharField(max_length=60)
    level = models.CharField(max_length=10)

    class Meta(SearchView.Meta):
        db_table = "language_search"


class PlaceSearch(SearchRow):
    """Where the town of the record is."""

    latitude = models.FloatField()
    longitude = models.FloatField()
    time_zone = models.CharField(max_length=60)

    class Meta(SearchView.Meta):
        db_table = "place_search"


class PreferenceSearch(SearchRow):
    remote = models.CharField(max_length=10)
    time_zone = models.CharField(max_length=60)
    starts_on = models.DateField(null=True)
    wanted_role = models.CharField(max_length=200)
    wanted_place = models.CharField(max_length=200)
    # A year.
    pay_low = models.DecimalField(max_digits=16, decimal_places=2, null=True)
    pay_high = models.DecimalField(max_digits=16, decimal_places=2, null=True)
    currency = models.CharField(max_length=3)

    class Meta(SearchView.Meta):
        db_table = "preference_search"


class SnoozeSearch(SearchRow):
    until_on = models.DateField()

    class Meta(SearchView.Meta):
        db_table = "snooze_search"


class TouchpointSearch(SearchRow):
    """Entries of the timeline: whoever asks names the kinds, of which an index has what the person did."""

    kind = models.CharField(max_length=20)
    at = models.DateTimeField()

    class Meta(SearchView.Meta):
        db_table = "touchpoint_search"


class NoteSearch(SearchRow):
    """Notes that everybody reads."""

    created_at = models.DateTimeField()

    class Meta(SearchView.Meta):
        db_table = "note_search"


class TaskSearch(SearchRow):
    """Open tasks."""

    due_on = models.DateField(null=True)
    assignee = models.BigIntegerField(null=True, db_column="assignee_id")

    class Meta(SearchView.Meta):
        db_table = "task_search"


class PositionSearch(SearchRow):
    """Positions at a company, now or before: by the form in which companies are compared."""

    company_key = models.TextField()
    is_current = models.BooleanField()
    end_year = models.PositiveSmallIntegerField(null=True)
    end_month = models.PositiveSmallIntegerField(null=True)

    class Meta(SearchView.Meta):
        db_table = "position_search"


class PastPositionSearch(SearchRow):
    """Positions that a person does not hold any more."""

    title = models.CharField(max_length=200)
    company = models.CharField(max_length=200)

    class Meta(SearchView.Meta):
        db_table = "past_position_search"


class EducationSearch(SearchRow):
    school = models.CharField(max_length=200)

    class Meta(SearchView.Meta):
        db_table = "education_search"

"""Views the list of candidates is found through."""

from typing import TypeVar

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
    query names nothing but such views (see `candidates.queries.people`). Read only, by grant.
    """

    id = models.BigIntegerField(primary_key=True)

    objects = SearchManager()

    class Meta:
        abstract = True
        managed = False

    def __str__(self) -> str:
        return str(self.pk)


class CandidateSearch(SearchView):
    search_text = models.TextField()
    owner = models.BigIntegerField(null=True, db_column="owner_id")
    status = models.CharField(max_length=20)
    created_at = models.DateTimeField()
    last_touched_at = models.DateTimeField()

    class Meta(SearchView.Meta):
        db_table = "candidate_search"


class PoolMembershipSearch(SearchView):
    pool = models.BigIntegerField(db_column="pool_id")
    candidate = models.BigIntegerField(db_column="candidate_id")

    class Meta(SearchView.Meta):
        db_table = "pool_membership_search"


class CandidateTagSearch(SearchView):
    tag = models.BigIntegerField(db_column="tag_id")
    candidate = models.BigIntegerField(db_column="candidate_id")

    class Meta(SearchView.Meta):
        db_table = "candidate_tag_search"

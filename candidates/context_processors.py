"""What stands around every page of an organization."""

from functools import cached_property, lru_cache

from django.db.models import Count, Subquery
from django.http import HttpRequest

from candidates.models import Notification
from crm.accounts.models import User
from crm.tenancy.compiled import KEPT, Statement, compiled, run
from crm.tenancy.models import Membership, Organization
from crm.tenancy.queries import organizations_of
from crm.tenancy.scope import current_organization


class Frame:
    """Asked of the database in one statement, and only if a template looks."""

    def __init__(self, membership: Membership) -> None:
        self.membership = membership

    @cached_property
    def _found(self) -> list[tuple[Organization, int]]:
        """The member's organizations, each with what is unread here."""
        statement = _statement(current_organization().pk, self.membership.user_id)
        return [
            (Organization(pk=pk, name=name, slug=slug), unread or 0)
            for pk, name, slug, unread in run(statement)
        ]

    @property
    def other_organizations(self) -> list[Organization]:
        """Where else the member belongs."""
        here = self.membership.organization_id
        return [organization for organization, _ in self._found if organization.pk != here]

    @property
    def unread(self) -> int:
        """Notifications of this organization that the member has not seen."""
        return next((unread for _, unread in self._found), 0)

    @property
    def unread_words(self) -> str:
        """The number on the bell."""
        return "99+" if self.unread > 99 else str(self.unread)


@lru_cache(maxsize=KEPT)
def _statement(organization_id: int, user_id: int) -> Statement:
    """A user's organizations, each with what is unread in the one being acted in."""
    unread = (
        Notification.objects.filter(user=user_id, read_at=None)
        .order_by()
        .values("user")
        .annotate(number=Count("pk"))
    )
    found = organizations_of(User(pk=user_id))
    return compiled(found.values_list("pk", "name", "slug", Subquery(unread.values("number"))))


def frame(request: HttpRequest) -> dict[str, Frame]:
    """`frame`: the other organizations and the bell of a member."""
    membership = getattr(request, "membership", None)
    return {"frame": Frame(membership)} if membership else {}

"""What stands around every page of an organization."""

from functools import cached_property

from django.db.models import Count, IntegerField, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest

from candidates.models import Notification
from crm.tenancy.models import Membership, Organization
from crm.tenancy.queries import organizations_of


class Frame:
    """Asked of the database in one statement, and only if a template looks."""

    def __init__(self, membership: Membership) -> None:
        self.membership = membership

    @cached_property
    def _organizations(self) -> list[Organization]:
        unread = (
            Notification.objects.filter(user=self.membership.user_id, read_at=None)
            .order_by()
            .values("user")
            .annotate(number=Count("pk"))
        )
        return list(
            organizations_of(self.membership.user).annotate(
                unread=Coalesce(Subquery(unread.values("number")), 0, output_field=IntegerField())
            )
        )

    @property
    def other_organizations(self) -> list[Organization]:
        """Where else the member belongs."""
        here = self.membership.organization_id
        return [organization for organization in self._organizations if organization.pk != here]

    @property
    def unread(self) -> int:
        """Notifications of this organization that the member has not seen."""
        return next((found.unread for found in self._organizations), 0)  # type: ignore[attr-defined]

    @property
    def unread_words(self) -> str:
        """The number on the bell."""
        return "99+" if self.unread > 99 else str(self.unread)


def frame(request: HttpRequest) -> dict[str, Frame]:
    """`frame`: the other organizations and the bell of a member."""
    membership = getattr(request, "membership", None)
    return {"frame": Frame(membership)} if membership else {}

"""Who asks: what somebody may not see, they do not find either."""

from dataclasses import dataclass

from candidates.queries.access import readable_candidates
from crm.accounts.models import User
from crm.tenancy.models import Membership
from crm.tenancy.roles import READERS, Role


@dataclass(frozen=True)
class Searcher:
    """A member; or nobody in particular, who sees what every reader sees (`ANY_READER`): pools and rules."""

    membership: Membership | None = None

    @property
    def user(self) -> User | None:
        return self.membership.user if self.membership else None

    @property
    def role(self) -> Role:
        return Role(self.membership.role) if self.membership else Role.VIEWER

    def own_people(self) -> list[int] | None:
        """The only people this member may find, or None for all."""
        if self.membership is None or self.role in READERS:
            return None
        return list(readable_candidates(self.membership).values_list("pk", flat=True))


ANY_READER = Searcher()

"""The request inside an organization's pages."""

from crm.tenancy.models import Membership, Organization
from crm.tenancy.roles import Role
from crm.web.requests import SignedInRequest


class OrganizationRequest(SignedInRequest):
    """A request of a member; everything it reads and writes belongs to `organization`."""

    organization: Organization
    membership: Membership

    @property
    def role(self) -> Role:
        return Role(self.membership.role)

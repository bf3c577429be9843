"""What a member may do. One role per membership; views name the set of roles that may open them."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.core.exceptions import PermissionDenied
from django.db.models import TextChoices
from django.http import HttpRequest


class Role(TextChoices):
    OWNER = "owner", "Owner"
    ADMIN = "admin", "Admin"
    RECRUITER = "recruiter", "Recruiter"
    SOURCER = "sourcer", "Sourcer"
    HIRING_MANAGER = "hiring_manager", "Hiring manager"
    VIEWER = "viewer", "Viewer"


# Everyone who belongs to the organization. Hiring managers see the people of their own jobs only:
# what opens to MEMBERS must filter for them.
MEMBERS = frozenset(Role)
# Who may read all candidates, pools, sequences and reports.
READERS = MEMBERS - {Role.HIRING_MANAGER}
# Who adds, imports and edits people, pools, notes and tasks.
EDITORS = frozenset({Role.OWNER, Role.ADMIN, Role.RECRUITER, Role.SOURCER})
# Who writes to people, runs jobs, and erases.
RECRUITERS = frozenset({Role.OWNER, Role.ADMIN, Role.RECRUITER})
# Who configures the organization.
ADMINS = frozenset({Role.OWNER, Role.ADMIN})

# What a role may do, in the words of the members page.
SUMMARIES = {
    Role.OWNER: "Everything, including owners and admins",
    Role.ADMIN: "Settings, members and everything a recruiter does",
    Role.RECRUITER: "What a sourcer does; jobs, sequences, erasure",
    Role.SOURCER: "People, imports, pools, notes and tasks; writes to nobody",
    Role.HIRING_MANAGER: "Only the people of the own jobs",
    Role.VIEWER: "Reads people, pools, sequences and reports",
}

# What a view answers: a page; of the API also plain data.
View = TypeVar("View", bound=Callable[..., Any])


def roles_allowed(roles: frozenset[Role]) -> Callable[[View], View]:
    """Only members whose role is in `roles` may open the view; others get 403.

    The set stays readable as `view.roles_allowed`: the URL walk compares it with the reviewed role table.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: object, **kwargs: object) -> Any:
            if request.membership.role not in roles:  # type: ignore[attr-defined]
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.roles_allowed = roles  # type: ignore[attr-defined]
        return cast(View, guarded)

    return decorate

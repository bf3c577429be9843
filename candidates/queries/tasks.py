"""Lists of tasks."""

from django.db.models import Q

from candidates.models import Task
from crm.accounts.models import User
from crm.web.pagination import KeysetPage, keyset_page


def page_of_tasks(
    show: str, *, viewer: User, cursor: str = ""
) -> tuple[KeysetPage[Task], list[Task]]:
    """A page of tasks ("mine", "replies", "all" or "done"), and after the last dated one those without a day."""
    rows = Task.objects.select_related("candidate", "assignee").defer("candidate__search_text")
    if show == "done":
        done = rows.filter(done_at__isnull=False)
        return keyset_page(done, order=("-done_at", "-id"), cursor=cursor), []
    rows = rows.filter(done_at=None)
    if show == "mine":
        rows = rows.filter(assignee=viewer)
    if show == "replies":
        # Theirs, and those that nobody is named to answer: what the home page counts.
        rows = rows.filter(Q(assignee=viewer) | Q(assignee=None), origin=Task.Origin.REPLY)
    page = keyset_page(rows.filter(due_on__isnull=False), order=("due_on", "id"), cursor=cursor)
    undated = [] if page.next_cursor else list(rows.filter(due_on=None).order_by("-pk")[:100])
    return page, undated

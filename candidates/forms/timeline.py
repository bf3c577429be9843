"""The timeline's filters as they stand in the address: what cannot be read is left out, never an error."""

from collections.abc import Mapping

from candidates.models import Touchpoint
from candidates.queries import TIMELINE, TimelineFilter
from crm.accounts.models import User
from crm.web.ids import read_id


def timeline_filter(data: Mapping[str, str], *, viewer: User) -> TimelineFilter:
    """The filter in a query string: show (a tab), kind, by ("me", "nobody" or a user's id)."""
    show, kind, by = data.get("show", ""), data.get("kind", ""), data.get("by", "")
    show = show if show in TIMELINE else ""
    return TimelineFilter(
        show=show,
        kind=kind if kind in Touchpoint.Kind and kind in TIMELINE[show] else "",
        author=viewer.pk if by == "me" else read_id(by),
        by_nobody=by == "nobody",
    )

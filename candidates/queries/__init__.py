"""Reading candidates: search and filters, rows of lists, what a record shows, and to whom."""

from candidates.queries.access import Grant, grant_hiring_managers, readable_candidates
from candidates.queries.choices import (
    MOST_CHOICES,
    Choices,
    choices,
    possible_owners,
    possible_readers,
)
from candidates.queries.cold import (
    ColdPerson,
    Thresholds,
    find_cold,
    page_of_cold,
    people_settings,
)
from candidates.queries.custom_fields import (
    FieldValues,
    custom_fields,
    custom_values,
    custom_values_of,
    custom_values_of_all,
    is_taken,
)
from candidates.queries.duplicates import address_owners, pair_of, pairs_among
from candidates.queries.neighbors import Neighbor, Neighbors, neighbors_of
from candidates.queries.people import PersonRow, list_rows, page_of_candidates
from candidates.queries.pools import (
    count_of_pool,
    page_of_excluded,
    page_of_pool,
    page_of_pools,
    people_outside_pool,
    summary_of_pool,
)
from candidates.queries.records import (
    Acquaintance,
    acquaintances_of,
    open_tasks_of,
    pools_of,
    skills_of,
    tags_of,
)
from candidates.queries.resumes import (
    groups_of,
    left_to_review,
    next_to_review,
    page_of_group,
    page_of_uploads,
    pieces_of,
    resumes_of,
)
from candidates.queries.tasks import Day, day_of, open_tasks, page_of_tasks
from candidates.queries.timeline import (
    CONTACT_KINDS,
    TIMELINE,
    TimelineFilter,
    page_of_timeline,
    visible_notes,
    visible_touchpoints,
)

__all__ = [
    "CONTACT_KINDS",
    "MOST_CHOICES",
    "TIMELINE",
    "Acquaintance",
    "Choices",
    "ColdPerson",
    "Day",
    "FieldValues",
    "Grant",
    "Neighbor",
    "Neighbors",
    "PersonRow",
    "Thresholds",
    "TimelineFilter",
    "acquaintances_of",
    "address_owners",
    "choices",
    "count_of_pool",
    "custom_fields",
    "custom_values",
    "custom_values_of",
    "custom_values_of_all",
    "day_of",
    "find_cold",
    "grant_hiring_managers",
    "groups_of",
    "is_taken",
    "left_to_review",
    "list_rows",
    "neighbors_of",
    "next_to_review",
    "open_tasks",
    "open_tasks_of",
    "page_of_candidates",
    "page_of_cold",
    "page_of_excluded",
    "page_of_group",
    "page_of_pool",
    "page_of_pools",
    "page_of_tasks",
    "page_of_timeline",
    "page_of_uploads",
    "pair_of",
    "pairs_among",
    "people_outside_pool",
    "people_settings",
    "pieces_of",
    "pools_of",
    "possible_owners",
    "possible_readers",
    "readable_candidates",
    "resumes_of",
    "skills_of",
    "summary_of_pool",
    "tags_of",
    "visible_notes",
    "visible_touchpoints",
]

"""Reading jobs and boards: one module per noun."""

from pipelines.queries.access import (
    may_see_salary,
    open_jobs,
    readable_candidacies,
    readable_jobs,
    users_in_roles,
)
from pipelines.queries.blinding import (
    candidates_of_manager,
    is_hidden,
    judges_blind,
    pseudonym,
    shown_to,
    unblinded_among,
    veil,
)
from pipelines.queries.board import (
    Column,
    StageCount,
    StageOwner,
    board_columns,
    cards,
    cards_on,
    count_by_kind,
    history_of,
    more_cards,
    owners_on,
    page_of_cards,
    places,
    staged_pool,
    stages_by_pipeline,
    stages_with_counts,
)
from pipelines.queries.feedback import feedback_on
from pipelines.queries.filtering import CardFilter
from pipelines.queries.people import candidacies_of, newest_open_stages, people_for
from pipelines.queries.proposals import Proposal, propose

__all__ = [
    "CardFilter",
    "Column",
    "Proposal",
    "StageCount",
    "StageOwner",
    "board_columns",
    "candidacies_of",
    "candidates_of_manager",
    "cards",
    "cards_on",
    "count_by_kind",
    "feedback_on",
    "history_of",
    "is_hidden",
    "judges_blind",
    "may_see_salary",
    "more_cards",
    "newest_open_stages",
    "open_jobs",
    "owners_on",
    "page_of_cards",
    "people_for",
    "places",
    "propose",
    "pseudonym",
    "readable_candidacies",
    "readable_jobs",
    "shown_to",
    "staged_pool",
    "stages_by_pipeline",
    "stages_with_counts",
    "unblinded_among",
    "users_in_roles",
    "veil",
]

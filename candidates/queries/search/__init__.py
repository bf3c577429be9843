"""Finding people: one query object for the list, exports, bulk acts, saved searches, pools and rules.

`PeopleQuery` holds a tree of conditions (`Group`, `Condition`). It is written in three ways: as JSON
(`as_json`, to be stored: names as ids), as text (`write`, what one types, names as names) and in an address
(`?q=` is that text). `find_people(query, searcher=…)` gives the ids of the people, `prepare(…)` also what is
wrong with the query (`problems`: unknown or deleted things; such a query finds nobody) and what its values are
called. `searcher` says who asks: `Searcher(membership)`, or `ANY_READER` where nobody in particular does.

Row-level security takes the index away from every operator that is not leakproof. So finding people goes
through views of the tables' owner with the tenant predicate inside (`CandidateSearch` and its kind). They keep
their indexes only as long as the query names nothing else: a join with an ordinary table flattens the view into
a query that has policies. Therefore all that narrows, orders, pages or counts people happens inside the fence,
as one query over these views that yields ids, sliced by the keyset page. Rows are then read by id.
"""

from candidates.queries.search.compiling import (
    SORTS,
    PeopleQuery,
    Prepared,
    find_people,
    prepare,
    words_query,
)
from candidates.queries.search.fields import Field, Kind, register, registry
from candidates.queries.search.language import parse, write
from candidates.queries.search.searcher import ANY_READER, Searcher
from candidates.queries.search.tree import (
    Combine,
    Condition,
    Group,
    QueryError,
    conditions_of,
    simplified,
)

__all__ = [
    "ANY_READER",
    "SORTS",
    "Combine",
    "Condition",
    "Field",
    "Group",
    "Kind",
    "PeopleQuery",
    "Prepared",
    "QueryError",
    "Searcher",
    "conditions_of",
    "find_people",
    "parse",
    "prepare",
    "register",
    "registry",
    "simplified",
    "words_query",
    "write",
]

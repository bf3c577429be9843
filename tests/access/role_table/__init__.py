"""The reviewed table: who may open which address of an organization, with what, and what it does.

A URL that is not here fails the build (`test_urls.py`). `objects` says which model's id each URL
argument takes; `data` is a body that the POST accepts, made from the world's own rows, so that the
walk can also post another organization's ids and see them refused. A POST without `data` names in `shown_by` the
test that reaches it with success.
"""

from tests.access.role_table import (
    campaigns,
    candidates,
    interviews,
    organizations,
    pipelines,
    pools,
)
from tests.access.role_table.rules import GET, Route

__all__ = ["GET", "ROUTES", "Route"]

ROUTES: dict[str, Route] = {
    **organizations.ROUTES,
    **candidates.ROUTES,
    **pools.ROUTES,
    **pipelines.ROUTES,
    **interviews.ROUTES,
    **campaigns.ROUTES,
}

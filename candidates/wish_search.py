"""Searching by what people want of the next job: its pay."""

from django.db.models import Exists, OuterRef, Q

from candidates.models import PreferenceSearch
from candidates.queries.search.searcher import Searcher
from candidates.queries.search.tree import Condition
from candidates.queries.search.values import amount_of


def wants_pay(asked: Condition, searcher: Searcher) -> Q:
    """Pay a year: what somebody wants and what is asked for have an amount in common.

    Who names one end of a range wants that amount. What is wanted by month, day or hour counts as the view has it:
    12 months, 220 days or 1,760 hours a year.
    """
    own = PreferenceSearch.objects.filter(candidate=OuterRef("pk"))
    if asked.operator == "set":
        return Q(Exists(own.filter(pay_low__isnull=False)))
    amounts = sorted(map(amount_of, asked.values))
    if asked.operator != "at_most":
        own = own.filter(pay_high__gte=amounts[0][0])
    if asked.operator != "at_least":
        own = own.filter(pay_low__lte=amounts[-1][0])
    for _, currency in amounts:
        if currency:
            own = own.filter(currency=currency)
    return Q(Exists(own))

"""How items of the content library are used: whom they reached, and who opened them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Func, Max, Min, Q, QuerySet

from campaigns.answered import GONE
from campaigns.models import ContentItem, SharedContent


@dataclass(frozen=True)
class ItemNumbers:
    """People, not mails: `clicked` are those of whom a click is kept that no machine made."""

    people: int = 0
    clicked: int = 0
    last: datetime | None = None


def counts_of(items: Iterable[ContentItem]) -> dict[int, ItemNumbers]:
    """The numbers of each item that was shared, in one query for all."""
    rows = (
        SharedContent.objects.filter(item__in=[item.pk for item in items], message__state__in=GONE)
        .order_by()
        .values("item_id")
        .annotate(
            people=Count("candidate", distinct=True),
            clicked=Count("candidate", distinct=True, filter=Q(clicks__machine="")),
            last=Max("message__sent_at"),
        )
    )
    return {row["item_id"]: ItemNumbers(row["people"], row["clicked"], row["last"]) for row in rows}


def shares_of(item: ContentItem) -> QuerySet[SharedContent]:
    """The mails that showed it and have gone, with when a person first opened its link in each."""
    found: QuerySet[SharedContent] = SharedContent.objects.filter(
        item=item, message__state__in=GONE
    )
    return found.select_related("candidate", "shared_by", "message__candidate").annotate(
        clicked_at=Min("clicks__at", filter=Q(clicks__machine=""))
    )


def tags_in_use() -> list[str]:
    """The tags of all items that are offered, each once."""
    items = ContentItem.objects.filter(archived_at=None).order_by()
    tags = items.annotate(tag=Func(F("tags"), function="unnest")).values_list("tag", flat=True)
    return sorted(tags.distinct(), key=str.casefold)

"""Which mail showed which item to whom, the links of its own that a mail may hold for that, and who opened them.

No sequence looks at a click: they are for people to read.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from html import escape

from django.db.models import Max

from campaigns import clock
from campaigns.models import ContentClick, ContentItem, Message, MessageEvent, SharedContent
from campaigns.services.library import address_of
from campaigns.services.sending_rules import sending_rules
from crm.accounts.models import User
from crm.tenancy import public_links
from crm.web.links import absolute, site_reverse

SHARED = "shared content"
Machine = ContentClick.Machine
# Nobody reads a mail that fast; what opens all of its links this close together reads none.
TOO_SOON, AT_ONCE = timedelta(seconds=10), timedelta(seconds=2)
# More clicks of one link say nothing new, and whoever holds it could fill the table.
MOST_CLICKS = 50
# Parts of the names that scanners, previews and programs give themselves (own list).
_AGENTS = re.compile(
    r"bot\b|crawl|spider|scan|preview|prefetch|proofpoint|mimecast|barracuda|safelinks|trend ?micro|symantec|fireeye"
    r"|googleimageproxy|yahoomailproxy|slurp|facebookexternalhit|whatsapp|telegram|headless|phantomjs"
    r"|python|curl|wget|okhttp|go-http-client|java/|libwww|axios|node-fetch|ruby",
    re.I,
)


def note_shared(message: Message, items: Iterable[ContentItem], *, by: User | None) -> None:
    """Let the rows say what `message`, as it is written now, shows. Writing it again makes no second row."""
    items = list(items)
    if message.candidate_id is None:
        return
    SharedContent.objects.filter(message=message).exclude(item__in=items).delete()
    for item in items:
        SharedContent.objects.get_or_create(
            message=message,
            item=item,
            defaults={"candidate_id": message.candidate_id, "shared_by": by},
        )


def own_links(message: Message) -> dict[str, str]:
    """By the item's address the link that this mail holds instead, for those whose clicks are counted."""
    rows = SharedContent.objects.filter(message=message, is_tracked=True)
    return {
        address_of(row.item): link_of(row) for row in rows.select_related("item").order_by("pk")
    }


def track(message: Message, *, counts_clicks: bool) -> dict[str, str]:
    """Decide, as a mail goes, whether it holds links of its own; returns them."""
    if counts_clicks:
        SharedContent.objects.filter(message=message).update(is_tracked=True)
        return own_links(message)
    if message.attempts > 1:
        # An earlier try may have held some.
        SharedContent.objects.filter(message=message, is_tracked=True).update(is_tracked=False)
    return {}


def link_of(row: SharedContent) -> str:
    token = public_links.sign(SHARED, organization_id=row.organization_id, object_id=row.pk)
    return absolute(site_reverse("content:shared", token=token))


def in_plain(text: str, links: Mapping[str, str]) -> str:
    """`text`, as `markup.to_plain` wrote it, with the mail's own links."""
    for address, link in links.items():
        text = text.replace(f"({address})", f"({link})")
    return text


def in_html(html: str, links: Mapping[str, str]) -> str:
    """`html`, as `markup.to_html` wrote it, with the mail's own links."""
    for address, link in links.items():
        html = html.replace(f'href="{escape(address)}"', f'href="{escape(link)}"')
    return html


def find_shared(object_id: int) -> SharedContent | None:
    """What a mail's own link opens; None where person, mail or item are gone, or the item is archived."""
    rows = SharedContent.objects.filter(pk=object_id, item__archived_at=None)
    return rows.select_related("item__file", "message").first()


def note_click(row: SharedContent, *, machine: str = "", at: datetime | None = None) -> None:
    """Keep that the link was opened, unless clicks are not counted. `machine`: why it was no person, if that shows."""
    if not (row.is_tracked and sending_rules().counts_clicks):
        return
    at = at or clock.now()
    # One click of a mail after the other: two at once would not see each other.
    of_mail = SharedContent.objects.filter(message=row.message_id, is_tracked=True)
    links = len(of_mail.select_for_update(of=("self",), no_key=True).order_by("pk"))
    if row.clicks.count() >= MOST_CLICKS:
        return
    machine = machine or (Machine.SOON if _is_soon(row.message, at) else "")
    ContentClick.objects.create(shared=row, at=at, machine=machine)
    if links > 1:
        _mark_all_at_once(row.message, at, links=links)


def machine_of(*, method: str, agent: str, purpose: str) -> str:
    """What a request says of itself; `purpose` is the header with which browsers name loading ahead."""
    if method == "HEAD":
        return Machine.HEAD
    if re.search(r"prefetch|prerender|preview", purpose, re.I):
        return Machine.PREFETCH
    return Machine.AGENT if not agent.strip() or _AGENTS.search(agent) else ""


def _is_soon(message: Message, at: datetime) -> bool:
    """Before the mail can have been read; also where it has been handed over and not yet written down as sent."""
    delivered = message.events.filter(kind=MessageEvent.Kind.DELIVERED).aggregate(last=Max("at"))
    arrived = delivered["last"] or message.sent_at or message.handed_at
    return arrived is None or at < arrived + TOO_SOON


def _mark_all_at_once(message: Message, at: datetime, *, links: int) -> None:
    """Several links of one mail, and all of them opened within two seconds: those clicks were no person's."""
    near = ContentClick.objects.filter(shared__message=message, at__range=(at - AT_ONCE, at))
    if near.values("shared").distinct().count() == links:
        near.filter(machine="").update(machine=Machine.ALL)

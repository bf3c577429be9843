"""How candidates and what happened to them look: rings, icons, links."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import template
from django.template.defaultfilters import linebreaksbr
from django.urls import get_script_prefix
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString

from candidates.lines import Line, lines_of
from candidates.lines import marked as with_spans
from candidates.models import (
    Candidate,
    EmailAddress,
    Note,
    Notification,
    PhoneNumber,
    ProfileLink,
    Touchpoint,
)
from candidates.queries import PersonRow, TimelineFilter
from candidates.queries.excerpts import Excerpt
from candidates.queries.search.marking import Marks
from candidates.services.contacts import BY_HAND
from crm.accounts.models import User
from crm.web.templatetags.web import ring

register = template.Library()

Status, Kind = Candidate.Status, Touchpoint.Kind

# How far along a relationship is, in percent of the ring, and its color.
RINGS = {
    Status.NEW: (0, "hue-5"),
    Status.NURTURING: (25, "hue-1"),
    Status.IN_PROCESS: (60, "hue-6"),
    Status.NOT_NOW: (0, "hue-8"),
    Status.DO_NOT_CONTACT: (0, "hue-7"),
    Status.HIRED: (100, "hue-2"),
    Status.ALUMNI: (100, "hue-3"),
}
SIGNS = {
    Kind.ADDED: ("user-plus", "hue-8"),
    Kind.IMPORTED: ("file-up", "hue-8"),
    Kind.EDITED: ("pencil", ""),
    Kind.UNDONE: ("undo-2", "hue-8"),
    Kind.NOTE: ("sticky-note", "hue-6"),
    Kind.CALL: ("phone", "hue-4"),
    Kind.TEXT: ("message-square", "hue-4"),
    Kind.MEETING: ("users", "hue-4"),
    Kind.SOCIAL: ("message-circle", "hue-4"),
    Kind.TASK: ("circle-check", "hue-2"),
    Kind.POOL: ("layers", "hue-3"),
    Kind.TAG: ("tag", "hue-3"),
    Kind.MAIL_SENT: ("send", "hue-5"),
    Kind.MAIL_RECEIVED: ("mail-open", "hue-2"),
    Kind.AUTO_REPLY: ("bot", "hue-1"),
    Kind.BOUNCE: ("mail-x", "hue-7"),
    Kind.UNSUBSCRIBE: ("bell-off", "hue-7"),
    Kind.MAIL_AGAIN: ("bell", "hue-2"),
    Kind.SEQUENCE: ("list-ordered", "hue-5"),
    Kind.STATUS: ("alarm-clock", "hue-8"),
    Kind.STAGE: ("git-commit-horizontal", "hue-4"),
    Kind.INTERVIEW: ("calendar-clock", "hue-4"),
    Kind.REVIEW: ("thumbs-up", "hue-4"),
    Kind.REFERRAL: ("user-plus", "hue-3"),
}
TOLD = {
    Notification.Kind.REPLY: "mail-open",
    Notification.Kind.MENTION: "at-sign",
    Notification.Kind.TASK_ASSIGNED: "circle-check",
    Notification.Kind.TASK_DUE: "calendar-clock",
    Notification.Kind.RETURNED: "alarm-clock",
    Notification.Kind.COLD: "snowflake",
    Notification.Kind.IMPORT: "file-up",
    Notification.Kind.RESUMES: "file-text",
    Notification.Kind.SENDER: "triangle-alert",
    Notification.Kind.RETENTION: "shield-check",
    Notification.Kind.DECISION: "thumbs-up",
    Notification.Kind.INTERVIEW: "calendar-clock",
    Notification.Kind.REFERRAL: "user-plus",
    Notification.Kind.SEARCH: "search",
    Notification.Kind.WATCHED: "eye",
    Notification.Kind.REVIEW: "list-checks",
    Notification.Kind.OPERATOR: "shield-check",
}
PLAIN = ("circle-dot", "hue-8")
EMAIL_SIGNS = {
    EmailAddress.State.VALID: ("circle-check", "ok"),
    EmailAddress.State.BOUNCED: ("circle-alert", "warn"),
    EmailAddress.State.WRONG: ("circle-alert", "warn"),
}


@register.simple_tag
def people_lines(
    people: Sequence[PersonRow],
    cells: dict[int, list[SafeString]],
    walk: str = "",
    marks: Marks | None = None,
    excerpts: Mapping[int, Excerpt] | None = None,
) -> list[Line]:
    """`{% people_lines page.rows cells as lines %}`: what `{% stamp lines %}` takes."""
    return lines_of(people, cells, walk, marks, excerpts)


@register.simple_tag
def marked(text: str, within: str, marks: Marks | None) -> SafeString:
    """`{% marked person.headline "title" found.marks %}`: what was searched for marked, where there was a search."""
    return with_spans(text, marks.spans(text, within) if marks else [])


@register.filter
def status_ring(status: str) -> SafeString:
    return ring(*RINGS[Status(status)])


@register.filter
def kind_icon(kind: str) -> str:
    return SIGNS.get(Kind(kind), PLAIN)[0]


@register.filter
def kind_hue(kind: str) -> str:
    return SIGNS.get(Kind(kind), PLAIN)[1]


@register.filter
def told_icon(kind: str) -> str:
    return TOLD[Notification.Kind(kind)]


@register.filter
def email_icon(state: str) -> str:
    return EMAIL_SIGNS.get(EmailAddress.State(state), ("", ""))[0]


@register.filter
def email_icon_class(state: str) -> str:
    return f"icon {EMAIL_SIGNS[EmailAddress.State(state)][1]}"


@register.filter
def in_organization(path: str) -> str:
    """A path inside the organization, such as `jobs/3/`, as an address."""
    return f"{get_script_prefix()}{path.lstrip('/')}"


@register.filter
def of(found: dict[Any, Any], key: Any) -> Any:
    """What `found` holds under `key`; nothing where it holds nothing."""
    return found.get(key, ())


@register.filter
def is_past(day: date) -> bool:
    return day < timezone.localdate()


@register.filter
def due_words(day: date) -> str:
    """A day that comes, as one says it: Today, Tomorrow, Fri, 24 Nov, 2 Mar 2027."""
    today = timezone.localdate()
    ahead = (day - today).days
    if ahead in (0, 1):
        return ("Today", "Tomorrow")[ahead]
    if 1 < ahead < 7:
        return date_format(day, "D")
    return date_format(day, "j M" if day.year == today.year else "j M Y")


@register.filter
def kind_label(kind: str) -> str:
    return str(Kind(kind).label) if kind else ""


@register.filter
def is_by_hand(kind: str) -> bool:
    """Whether somebody logged this kind of entry by hand, so that they may take it back."""
    return kind in BY_HAND


@register.filter
def author_label(wanted: TimelineFilter, owners: list[tuple[int, str]]) -> str:
    """Whose entries are shown."""
    if wanted.by_nobody:
        return "the person or Rapport"
    return dict(owners).get(wanted.author or 0, "somebody else") if wanted.author else ""


@register.filter
def told_changes(changes: list[list[str]]) -> list[tuple[str, str, str]]:
    """Each change as name, before, after; of what not everybody sees the name alone is told."""
    padded = ([*map(str, one), "", ""] for one in changes if isinstance(one, list) and one)
    return [(one[0], one[1], one[2]) for one in padded]


@register.filter
def use_and_state(row: EmailAddress | PhoneNumber | ProfileLink) -> str:
    """What an address, number or link is for, and whether it works: “Work, bounced”."""
    use = row.get_use_display() if row.use else ""
    state = row.get_state_display() if row.state not in {"", "unknown", "valid"} else ""
    return ", ".join(filter(None, [use, state.lower() if use else state]))


@register.filter
def is_out_of_use(row: EmailAddress | PhoneNumber) -> bool:
    return row.state in {"bounced", "wrong"}


@register.filter
def seen_by(note: Note, viewer: User) -> str:
    """Who reads a private note."""
    readers = [reader.user for reader in note.readers.all()]
    if not readers:
        return "Only you see this"
    others = [str(user) for user in (*readers, note.author) if user and user != viewer]
    return f"Seen by you and {', '.join(others)}"


@register.simple_tag
def note_text(body: str, owners: list[tuple[int, str]], marks: Marks | None = None) -> SafeString:
    """The text of a note in its lines, with the names behind an @ set off, and what was searched for marked."""
    names = sorted((name for _, name in owners or []), key=len, reverse=True)
    if "@" not in body or not names:
        return linebreaksbr(marked(body, "note", marks))
    pattern = re.compile(rf"(?<![\w.])@(?:{'|'.join(map(re.escape, names))})(?!\w)", re.IGNORECASE)
    parts, at = [], 0
    for match in pattern.finditer(body):
        parts += [
            marked(body[at : match.start()], "note", marks),
            format_html("<b>{}</b>", match.group()),
        ]
        at = match.end()
    return linebreaksbr(SafeString("".join([*parts, marked(body[at:], "note", marks)])))


@register.filter
def breakable(address: str) -> SafeString:
    """An address that breaks before its “@” and its dots where it has to, not within a word."""
    return SafeString(re.sub(r"(?=[@.])", "<wbr>", escape(address)))

"""Reading the local mailbox: the parts of a mail, and which organization's sequence it came from."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as modern
from email.utils import getaddresses, parseaddr
from typing import cast
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Q, QuerySet

from campaigns import signing
from campaigns.models import Enrollment, Message
from crm.runtime.models import MailboxMessage
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in
from pipelines.calendars import Entry, Method, read_entry


@dataclass(frozen=True)
class Origin:
    """Where a mail came from: told in words and links, so that nothing is read outside its organization."""

    organization: str
    slug: str
    candidate: str = ""
    sequence: str = ""
    step: int | None = None
    state: str = ""
    record_url: str = ""
    sequence_url: str = ""


@dataclass(frozen=True)
class Appointment:
    """A calendar file of a mail; without an entry where it cannot be read."""

    name: str
    method: str
    entry: Entry | None

    @property
    def asks(self) -> str:
        """What it does to the calendar of whoever got it."""
        if self.method == Method.CANCEL:
            return "takes the appointment back"
        is_changed = self.entry is not None and self.entry.sequence > 0
        return "changes the appointment" if is_changed else "invites"


@dataclass(frozen=True)
class Mail:
    """One mail taken apart."""

    mime: EmailMessage

    @classmethod
    def of(cls, stored: MailboxMessage) -> "Mail":
        return cls(message_from_bytes(bytes(stored.raw), policy=modern))

    def header(self, name: str) -> str:
        return " ".join(str(self.mime[name] or "").split())

    @property
    def html(self) -> str:
        return self._text("html")

    @property
    def text(self) -> str:
        return self._text("plain")

    def _text(self, kind: str) -> str:
        part = self.mime.get_body((kind,))
        return str(cast(EmailMessage, part).get_content()) if part else ""

    @property
    def headers(self) -> list[tuple[str, str]]:
        return [(name, str(value)) for name, value in self.mime.items()]

    @property
    def answer_address(self) -> str:
        """Where an answer arrives in Rapport; empty for mails that nobody answers, such as a password reset."""
        addresses = getaddresses([self.header("Reply-To") or self.header("From")])
        address = addresses[0][1] if addresses else ""
        domain = address.rpartition("@")[2].lower()
        return address if domain == settings.INBOUND_DOMAIN.lower() else ""

    @property
    def unsubscribe_path(self) -> str:
        """The path of the one-click link (RFC 8058), if the mail has one."""
        for target in self.header("List-Unsubscribe").split(","):
            url = target.strip(" <>")
            if url.startswith(("http://", "https://")):
                return urlsplit(url).path
        return ""

    @property
    def appointments(self) -> list[Appointment]:
        """The calendar files that come with it, in words."""
        found = []
        for part in self.mime.iter_attachments():
            if part.get_content_type() == "text/calendar":
                words = cast(bytes, part.get_payload(decode=True)).decode(errors="replace")
                method, entry = read_entry(words) or ("", None)
                found.append(Appointment(part.get_filename() or "calendar", method, entry))
        return found

    @property
    def writer(self) -> str:
        name, address = parseaddr(self.header("From"))
        return name or address


def list_mails(query: str = "", organization: str = "") -> QuerySet[MailboxMessage]:
    """The mails, without their text; those whose recipient or subject holds `query`.

    `organization` is a slug: its mails, and Rapport's own, which belong to nobody.
    """
    mails = MailboxMessage.objects.defer("raw")
    # Postgres stores no NUL: nothing holds one.
    if "\0" in query + organization:
        return mails.none()
    if organization:
        mails = mails.filter(organization_slug__in=[organization, ""])
    if query:
        mails = mails.filter(Q(to_address__icontains=query) | Q(subject__icontains=query))
    return mails


def organizations_with_mail() -> list[Organization]:
    """Whose sequences wrote any of the mails."""
    slugs = MailboxMessage.objects.exclude(organization_slug="").order_by()
    found = Organization.objects.filter(slug__in=slugs.values("organization_slug"))
    return list(found.order_by("name"))


def find_origins(mails: Iterable[MailboxMessage]) -> dict[int, Origin]:
    """Which sequence each mail came from: one visit to each organization that is named by a Message-ID."""
    references: defaultdict[int, dict[int, list[int]]] = defaultdict(dict)
    for mail in mails:
        for reference in signing.read_message_ids(mail.message_id):
            ours = references[reference.organization_id]
            ours.setdefault(reference.message_id, []).append(mail.pk)
    origins = {}
    for organization in Organization.objects.filter(pk__in=references):
        with acting_in(organization):
            for message_id, origin in _origins_in(organization, references[organization.pk]):
                for mail_id in references[organization.pk][message_id]:
                    origins[mail_id] = origin
    return origins


def _origins_in(organization: Organization, message_ids: Iterable[int]) -> list[tuple[int, Origin]]:
    found = Message.objects.filter(pk__in=list(message_ids)).select_related(
        "candidate", "step", "enrollment__sequence"
    )
    return [(message.pk, _origin(organization, message)) for message in found]


def _origin(organization: Organization, message: Message) -> Origin:
    candidate, enrollment = message.candidate, message.enrollment
    if enrollment is None:
        state = ""
    elif enrollment.state == Enrollment.State.STOPPED:
        because = enrollment.ended_because
        state = f"Stopped: {because[:1].lower()}{because[1:]}"
    else:
        state = enrollment.get_state_display()
    return Origin(
        organization=organization.name,
        slug=organization.slug,
        candidate=str(candidate or ""),
        sequence=str(enrollment.sequence) if enrollment else "",
        step=message.step.position if message.step else None,
        state=state,
        record_url=candidate.get_absolute_url() if candidate else "",
        sequence_url=enrollment.sequence.get_absolute_url() if enrollment else "",
    )

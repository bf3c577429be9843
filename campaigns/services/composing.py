"""Turns an outbox row into a mail: texts, footer, and the headers that bring answers back."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.utils import formataddr
from functools import cached_property
from html import escape

from django.core.mail import EmailMultiAlternatives

from campaigns import signing
from campaigns.models import ContentItem, Enrollment, Message, Sender, Step
from campaigns.services import markup, sharing
from campaigns.services.rendering import Sources, render
from campaigns.services.wording import Wording, wording_of
from candidates.models import Candidate
from crm.tenancy.bulk import among
from crm.tenancy.models import Organization
from crm.tenancy.scope import current_organization
from crm.web.links import absolute, site_reverse

SUBJECT_LENGTH = 300


def reference_of(message: Message) -> signing.Reference:
    return signing.Reference(message.organization_id, message.pk)


@dataclass(frozen=True)
class Draft:
    """Subject, text and thread of a step's mail; `missing` names the merge fields without value."""

    subject: str
    # The text with the signs of `markup`.
    marked: str
    in_reply_to: str = ""
    references: str = ""
    missing: tuple[str, ...] = ()
    variant: str = ""
    items: tuple[ContentItem, ...] = ()

    @cached_property
    def body_text(self) -> str:
        return markup.to_plain(self.marked)

    @cached_property
    def body_html(self) -> str:
        """Looks are for the mail that goes: a queue has no use for them."""
        return markup.to_html(self.marked)


def draft(
    wording: Wording,
    candidate: Candidate,
    sender: Sender,
    *,
    before: Message | None,
    sources: Sources | None = None,
) -> Draft:
    """What a step's words say to `candidate`. `sources` are those of everybody who is written to with them.

    Without a subject they answer `before`, the mail that the enrollment sent last. Where that is one that the person
    wrote, they answer it anyhow.
    """
    sources = sources or Sources([candidate.pk])
    takes_up = before is not None and before.direction == Message.Direction.IN
    own_subject = "" if takes_up else wording.subject
    subject = render(own_subject, candidate, sender=sender, sources=sources)
    body = render(wording.body, candidate, sender=sender, quote=markup.quote, sources=sources)
    missing = tuple(dict.fromkeys(subject.missing + body.missing))
    line = " ".join(subject.text.split())[:SUBJECT_LENGTH]
    if line or subject.missing:
        return Draft(line, body.text, missing=missing, variant=wording.variant, items=body.items)
    if before is None:
        line = current_organization().name
        return Draft(line, body.text, missing=missing, variant=wording.variant, items=body.items)
    is_reply = before.subject.lower().startswith("re:")
    line = (before.subject if is_reply else f"Re: {before.subject}")[:SUBJECT_LENGTH]
    # Ten are enough for every mail reader, and keep the header short.
    chain = [*before.references.split(), before.message_id][-10:]
    references = " ".join(dict.fromkeys(filter(None, chain)))
    return Draft(
        line, body.text, before.message_id, references, missing, wording.variant, body.items
    )


def write(
    message: Message, step: Step, candidate: Candidate, sender: Sender, *, before: Message | None
) -> Draft:
    """Fill subject, text and thread of a step's message; returns what it was written from."""
    written = draft(wording_of(step, candidate.pk), candidate, sender, before=before)
    message.subject = written.subject
    message.body_text, message.body_html = written.body_text, written.body_html
    message.in_reply_to, message.references = written.in_reply_to, written.references
    message.variant = written.variant
    message.from_address = sender.address
    return written


def domain_of(address: str) -> str:
    return address.rpartition("@")[2].lower()


def last_sent(enrollments: Iterable[Enrollment]) -> dict[int, Message]:
    """The mail that each enrollment sent last, or may have sent; before its first the one that it takes up, if any."""
    by_id: dict[int, Enrollment] = {enrollment.pk: enrollment for enrollment in enrollments}
    if not by_id:
        return {}
    sent = (
        Message.objects.filter(
            enrollment__in=among(by_id),
            direction=Message.Direction.OUT,
            state__in=(Message.State.SENT, Message.State.AMBIGUOUS),
        )
        .order_by("enrollment", "-handed_at", "-pk")
        .distinct("enrollment")
    )
    found = {message.enrollment_id: message for message in sent if message.enrollment_id}
    starting = {
        pk: enrollment.takes_up_id
        for pk, enrollment in by_id.items()
        if pk not in found and enrollment.takes_up_id
    }
    taken_up = Message.objects.in_bulk(list(starting.values())) if starting else {}
    return found | {pk: taken_up[mail] for pk, mail in starting.items() if mail in taken_up}


def unsubscribe_url(message: Message) -> str:
    token = signing.token(signing.Purpose.UNSUBSCRIBE, reference_of(message))
    return absolute(site_reverse("unsubscribe:page", token=token))


def compose(
    message: Message,
    sender: Sender,
    organization: Organization,
    *,
    notice: str = "",
    links: Mapping[str, str] | None = None,
) -> EmailMultiAlternatives:
    """The mail as it leaves, with the notice below its text. Asks the database nothing.

    `links` are the mail's own, by the addresses in whose place they stand (`sharing.track`).
    """
    links = links or {}
    reference, url = reference_of(message), unsubscribe_url(message)
    address_lines = [
        f"{sender.name}, {organization.name}",
        " · ".join(organization.postal_address.split("\n")),
    ]
    mail = EmailMultiAlternatives(
        subject=message.subject,
        body=_plain(sharing.in_plain(message.body_text, links), notice, address_lines, url),
        from_email=formataddr((sender.name, sender.address)),
        to=[message.to_address],
        reply_to=[
            formataddr((sender.name, signing.reply_address(reference, slug=organization.slug)))
        ],
        headers=_headers(message, organization, url),
    )
    looks = message.body_html or markup.to_html(markup.quote(message.body_text))
    looks = sharing.in_html(looks, links)
    mail.attach_alternative(_html(looks, notice, address_lines, url), "text/html")
    # Anymail hands this to the provider, whose reports bring it back; other backends ignore it.
    mail.repeat_key = repeat_key_of(message)  # type: ignore[attr-defined]
    mail.metadata = {"rapport": signing.token(signing.Purpose.REPORT, reference)}  # type: ignore[attr-defined]
    return mail


def repeat_key_of(message: Message) -> str:
    """One for each time the mail was taken up: the same while it is in doubt, another once somebody has it sent anew."""
    taken = int(message.claimed_at.timestamp() * 1_000_000) if message.claimed_at else 0
    return f"rapport-{message.organization_id}-{message.pk}-{taken}"


def message_id_of(message: Message, sender: Sender) -> str:
    domain = sender.address.rpartition("@")[2]
    return signing.message_id(reference_of(message), domain=domain)


def _headers(message: Message, organization: Organization, url: str) -> dict[str, str]:
    mailto = signing.reply_address(
        reference_of(message), slug=organization.slug, purpose=signing.Purpose.UNSUBSCRIBE
    )
    headers = {
        "Message-ID": message.message_id,
        # RFC 8058: the link acts on POST alone, without cookies or sign-in.
        "List-Unsubscribe": f"<{url}>, <mailto:{mailto}?subject=unsubscribe>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    if message.in_reply_to:
        headers["In-Reply-To"] = message.in_reply_to
        headers["References"] = message.references
    return headers


def _plain(body: str, notice: str, address_lines: list[str], url: str) -> str:
    footer = "\n".join([*address_lines, f"Unsubscribe: {url}"])
    parts = [body.rstrip(), markup.to_plain(notice).strip(), f"-- \n{footer}\n"]
    return "\n\n".join(part for part in parts if part)


def _html(looks: str, notice: str, address_lines: list[str], url: str) -> str:
    """No colors of our own: mail programs choose them, also in the dark."""
    if notice:
        looks = f"{looks}\n<hr>\n{markup.to_html(notice)}"
    footer = "<br>".join(map(escape, address_lines))
    return (
        '<!doctype html><html><head><meta charset="utf-8">'
        '<meta name="color-scheme" content="light dark">'
        '<meta name="supported-color-schemes" content="light dark"></head><body>\n'
        f"{looks}\n<hr>\n"
        f'<p><small>{footer}<br><a href="{escape(url)}">Unsubscribe</a></small></p>\n'
        "</body></html>"
    )

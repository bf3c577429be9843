"""The content library: what there is to show people, and the addresses under which mails show it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias, cast
from urllib.parse import quote, urlsplit, urlunsplit

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import URLValidator
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from campaigns.models import ContentFile, ContentItem
from candidates.resumes.documents import Unreadable
from candidates.services.custom_fields.files import safe_kind, store_file
from candidates.services.files import delete_from_storage
from candidates.services.identifying import fold
from crm.accounts.models import User
from crm.audit.services import record
from crm.tenancy import public_links
from crm.web.errors import DomainError
from crm.web.links import absolute, site_reverse

# The stubs' class takes a type, the real one none.
Upload: TypeAlias = "UploadedFile[Any]"
Kind = ContentItem.Kind
# How mails name an item: this, then its key.
CONTENT = "content."
FILE = "content file"
MOST_TAGS, TAG_LENGTH, LONGEST_ADDRESS = 10, 40, 1000
_is_https = URLValidator(schemes=["https"])
# The other characters mean something in texts of mails (`markup`) or in HTML.
_AS_THEY_ARE = "!#$%&+,-./:;=?@_~"


class ItemRefused(DomainError):
    """An item that mails could not show."""


@dataclass(frozen=True, kw_only=True)
class ItemDetails:
    """What one save says of an item; of a file `upload` may be missing where there is one already."""

    title: str
    description: str = ""
    tags: tuple[str, ...] = ()
    url: str = ""
    upload: "Upload | None" = None


def items_offered() -> QuerySet[ContentItem]:
    """What mails may name."""
    found: QuerySet[ContentItem] = ContentItem.objects.filter(archived_at=None)
    return found.select_related("file")


def items_named(names: Iterable[str]) -> dict[str, ContentItem]:
    """The offered items among these merge fields, by field."""
    keys = {name.removeprefix(CONTENT) for name in names if name.startswith(CONTENT)}
    if not keys:
        return {}
    return {f"{CONTENT}{item.key}": item for item in items_offered().filter(key__in=keys)}


def why_unknown(name: str) -> str:
    """Why a mail must not name this item: a sentence."""
    archived = ContentItem.objects.filter(key=name.removeprefix(CONTENT)).first()
    if archived:
        return f"“{archived.title}” is archived in the content library. Restore it there, or take it out here."
    return f"“{name}” is not in the content library. Choose one under “Insert content”."


def address_of(item: ContentItem) -> str:
    """Where the item is to be seen, the same for everybody."""
    if item.kind == Kind.LINK:
        return item.url
    token = public_links.sign(FILE, organization_id=item.organization_id, object_id=item.pk)
    return absolute(site_reverse("content:file", token=token))


def clean_address(text: str) -> str:
    """`text` as an address that may stand in mails; ValidationError with a sentence for any other."""
    text = text.strip()
    try:
        _is_https(text)
        parts = urlsplit(text)
        host = (parts.hostname or "").encode("idna").decode()
        port = f":{parts.port}" if parts.port else ""
    except (ValidationError, ValueError) as wrong:
        raise ValidationError(
            "Enter a whole address that begins with https://, such as https://example.com/team."
        ) from wrong
    if parts.username is not None or parts.password is not None:
        raise ValidationError("An address with a name or password in it is not sent to people.")
    if ":" in host:
        raise ValidationError("Enter an address with a name, not with the number of a computer.")
    rest = quote(urlunsplit(("", "", parts.path, parts.query, parts.fragment)), safe=_AS_THEY_ARE)
    address = f"https://{host}{port}{rest}"
    if len(address) > LONGEST_ADDRESS:
        raise ValidationError(
            f"The address has {len(address):,} characters; it may have {LONGEST_ADDRESS:,}."
        )
    return address


def clean_tags(text: str) -> tuple[str, ...]:
    """The tags in `text`, between commas, each once; ValidationError for too many or too long ones."""
    tags: dict[str, str] = {}
    for part in text.split(","):
        tag = " ".join(part.split())
        if tag:
            tags.setdefault(tag.casefold(), tag)
    if len(tags) > MOST_TAGS:
        raise ValidationError(f"{MOST_TAGS} tags are the most; these are {len(tags)}.")
    for tag in tags.values():
        if len(tag) > TAG_LENGTH:
            raise ValidationError(f"“{tag[:20]}…” is too long: a tag has {TAG_LENGTH} characters.")
    return tuple(tags.values())


@transaction.atomic
def add_item(kind: str, details: ItemDetails, *, by: User) -> ContentItem:
    """Put an item into the library, under a key made from its title that stays."""
    item = ContentItem(kind=kind, key=_free_key(details.title), owner=by)
    _fill(item, details, by=by)
    record("content.added", item, by=by, kind=kind)
    return item


@transaction.atomic
def edit_item(item: ContentItem, details: ItemDetails, *, by: User) -> ContentItem:
    """Change what it is. Mails already sent show a new file under the link that they hold."""
    item = ContentItem.objects.select_for_update(of=("self",), no_key=True).get(pk=item.pk)
    before = item.file
    _fill(item, details, by=by)
    if before and before != item.file:
        delete_from_storage([before])
        before.delete()
    record("content.changed", item, by=by)
    return item


def _fill(item: ContentItem, details: ItemDetails, *, by: User) -> None:
    item.title, item.description = details.title, details.description
    item.tags = list(details.tags)
    if item.kind == Kind.LINK:
        item.url = _refusing(clean_address, details.url)
    elif details.upload:
        kind = _refusing(safe_kind, details.upload)
        item.file = cast(ContentFile, store_file(ContentFile(), details.upload, kind=kind, by=by))
    elif item.file is None:
        raise ItemRefused("Choose the file.")
    item.save()


def _refusing(check: Any, given: Any) -> str:
    try:
        return str(check(given))
    except ValidationError as wrong:
        raise ItemRefused(wrong.messages[0]) from wrong
    except Unreadable as wrong:
        raise ItemRefused(str(wrong)) from wrong


def _free_key(title: str) -> str:
    stem = re.sub(r"[^a-z0-9]+", "_", fold(title)).strip("_")[:30] or "item"
    taken = set(ContentItem.objects.filter(key__startswith=stem).values_list("key", flat=True))
    return next(
        key
        for number in range(1, 10_000)
        if (key := stem if number == 1 else f"{stem}_{number}") not in taken
    )


@transaction.atomic
def archive_item(item: ContentItem, *, by: User) -> None:
    """Offer it no more. Mails that name it wait, and links of ours to it open nothing, until it is restored."""
    ContentItem.objects.filter(pk=item.pk).update(archived_at=timezone.now())
    record("content.archived", item, by=by)


@transaction.atomic
def restore_item(item: ContentItem, *, by: User) -> None:
    ContentItem.objects.filter(pk=item.pk).update(archived_at=None)
    record("content.restored", item, by=by)

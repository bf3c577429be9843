"""Keeping an organization's tags: names, colors, merging two into one, and who may make new ones."""

from collections.abc import Iterable

from django.db import connection, transaction

from candidates.models import Import, Tag
from candidates.queries import people_settings
from candidates.services.identifying import fold
from candidates.services.stored_queries import ask_instead
from candidates.services.tagging import labels_named
from crm.accounts.models import User
from crm.audit.services import record
from crm.tenancy.models import Membership
from crm.tenancy.scope import current_organization
from crm.web.errors import DomainError


class MayNotMakeTags(DomainError):
    def __init__(self, name: str) -> None:
        super().__init__(
            f"There is no tag “{name}”, and your role may not make new ones. Choose one that exists."
        )


class TagNameTaken(DomainError):
    def __init__(self, name: str) -> None:
        super().__init__(f"There is a tag “{name}” already. Merge the two instead.")


class SameTag(DomainError):
    def __init__(self) -> None:
        super().__init__("A tag cannot be merged with itself. Choose another one.")


@transaction.atomic
def tags_named(names: Iterable[str], *, by: User | None) -> list[Tag]:
    """The tags with these names; new ones are made if the role of `by` may make tags."""
    names = list(names)
    if by and not may_make_tags(by):
        wanted = {fold(" ".join(name.split()))[:60]: name for name in names if name.strip()}
        known = set(
            Tag.objects.filter(normalized__in=list(wanted)).values_list("normalized", flat=True)
        )
        for normalized, name in wanted.items():
            if normalized not in known:
                raise MayNotMakeTags(name)
    return labels_named(Tag, names)


def may_make_tags(user: User) -> bool:
    """Whether the user's role here is one of those that make tags."""
    makers = people_settings().tag_makers
    return Membership.objects.filter(
        organization=current_organization(), user=user, role__in=makers
    ).exists()


@transaction.atomic
def add_tag(*, name: str, hue: int, by: User) -> Tag:
    """A new tag; one of the same name, whatever its case and accents, is refused."""
    name = " ".join(name.split())[:60]
    normalized = fold(name)[:60]
    taken = Tag.objects.filter(normalized=normalized).first()
    if taken:
        raise TagNameTaken(taken.name)
    tag = Tag.objects.create(name=name, normalized=normalized, hue=hue)
    record("tag.made", tag, by=by)
    return tag


@transaction.atomic
def edit_tag(tag: Tag, *, name: str, hue: int, by: User) -> Tag:
    """Give the tag a name and a color (0: none); everybody who carries it carries the new name."""
    tag = Tag.objects.select_for_update(no_key=True).get(pk=tag.pk)
    name = " ".join(name.split())[:60]
    normalized = fold(name)[:60]
    taken = Tag.objects.filter(normalized=normalized).exclude(pk=tag.pk).first()
    if taken:
        raise TagNameTaken(taken.name)
    tag.name, tag.normalized, tag.hue = name, normalized, hue
    tag.save()
    record("tag.edited", tag, by=by)
    return tag


@transaction.atomic
def merge_tags(tag: Tag, *, into: Tag, by: User) -> int:
    """Everybody with `tag` carries `into` instead, once, and every rule and saved search asks for it; `tag` is gone.

    Returns how many carried it.
    """
    if tag.pk == into.pk:
        raise SameTag
    # In one order: two people who merge both ways at the same moment wait for each other.
    list(Tag.objects.select_for_update().filter(pk__in=[tag.pk, into.pk]).order_by("pk"))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO candidates_candidatetag (organization_id, tag_id, candidate_id)"
            " SELECT organization_id, %s, candidate_id FROM candidates_candidatetag"
            " WHERE organization_id = %s AND tag_id = %s"
            " ON CONFLICT (organization_id, candidate_id, tag_id) DO NOTHING",
            [into.pk, current_organization().pk, tag.pk],
        )
    count = tag.candidate_tags.count()
    Import.objects.filter(tag=tag).update(tag=into)
    ask_instead(tag, into=into)
    record("tag.merged", into, by=by, merged=tag.pk, count=count)
    tag.delete()
    return count


@transaction.atomic
def delete_tag(tag: Tag, *, by: User) -> int:
    """Take the tag off everybody and forget it; returns how many carried it."""
    count = tag.candidate_tags.count()
    record("tag.deleted", tag, by=by, count=count)
    tag.delete()
    return count

"""How people came into a demo organization: most in lists that were imported, some typed in one by one."""

import csv
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from io import BytesIO, StringIO

from django.core.files.base import File
from django.db.models import F
from django.utils import timezone

from candidates.models import Candidate, ChangeSet, Import, Notification, Source
from candidates.services import candidates
from candidates.services.identifying import fold
from candidates.services.importing import running, uploading
from crm.accounts.models import User
from crm.runtime.demo.history import Chapter
from crm.runtime.demo.people import Person, invent_people
from crm.tenancy.models import Organization
from crm.tenancy.scope import acting_in

# What lists are called, and which source they have.
LISTS = (
    ("linkedin-connections", "LinkedIn"),
    ("meetup-guests", "Event"),
    ("careers-page", "Careers page"),
    ("known-to-colleagues", "Referral"),
)
BY_HAND = "Sourced by hand"
TAGS = ("Speaker", "Open source", "Relocates", "Part time", "Silver medalist", "Alumni")
TITLES = (
    "Name", "Job title", "Company", "City", "Country", "E-mail", "Phone", "Profile", "Skills", "Tags",
)  # fmt: skip
PEOPLE_IN_A_LIST = 50
# One in twenty has waited for longer than the usual retention allows; one in ten was typed in.
OLD_DAYS = 900
OLD_SHARE, BY_HAND_SHARE = 20, 10


@dataclass(frozen=True)
class PeopleList:
    """A file of people as it was imported so many days ago."""

    name: str
    source: str
    days_ago: float
    people: Sequence[Person]

    @property
    def file_name(self) -> str:
        return f"{self.name}-{timezone.now() - timedelta(days=self.days_ago):%Y-%m}.csv"


def bring_people(
    organization: Organization, count: int, *, editors: Sequence[User], seed: int
) -> dict[int, float]:
    """Add `count` people, met over the last years; returns how many days ago each came, by id.

    Imports commit each of their parts, as they do in a worker: call it outside any transaction.
    """
    dice = random.Random(seed)  # noqa: S311 - invents a story, guards nothing
    people = list(invent_people(count, seed=seed))
    typed_in, listed = people[: count // BY_HAND_SHARE], people[count // BY_HAND_SHARE :]
    with acting_in(organization):
        Source.objects.create(name=BY_HAND)
        chapter = Chapter()
    ages: dict[int, float] = {}
    for number, people_list in enumerate(_lists_of(listed, old=count // OLD_SHARE)):
        ids = import_list(
            organization,
            people_list,
            by=editors[number % len(editors)],
            owner=dice.choice([None, *editors]),
            dice=dice,
        )
        ages |= dict.fromkeys(ids, people_list.days_ago)
    with acting_in(organization):
        source = Source.objects.get(name=BY_HAND)
        for person in typed_in:
            candidate = type_in(person, source, by=dice.choice(editors), dice=dice)
            # More of them lately than long ago.
            ages[candidate.pk] = 400 * dice.random() ** 3 + 9
        for person in _met_again(listed[count // OLD_SHARE :]):
            candidate = type_in(person, source, by=editors[0], dice=dice)
            ages[candidate.pk] = 9
        nurtured = dice.sample(sorted(ages), k=len(ages) // 2)
        Candidate.objects.filter(pk__in=nurtured).update(status=Candidate.Status.NURTURING)
        chapter.close(ages)
    return ages


def _met_again(people: Sequence[Person]) -> Iterator[Person]:
    """Some of `people` as a colleague wrote them down who did not find them: the queue of duplicates shows them."""
    with_number = [one for one in people if one.phone and not one.full_name.isascii()]
    for one in with_number[:2]:
        yield _at_another_mailbox(one, name=fold(one.full_name).title())
    for one in with_number[2:3]:
        given, _, family = one.full_name.rpartition(" ")
        yield _at_another_mailbox(one, name=f"{family} {given}")
    for one in with_number[3:4]:
        initial = f"{one.full_name[0]}. {one.full_name.rpartition(' ')[2]}"
        yield replace(_at_another_mailbox(one, name=initial), phone="")


def _at_another_mailbox(person: Person, *, name: str) -> Person:
    mailbox = person.email.partition("@")[0].replace(".", "-")
    return replace(person, full_name=name, email=f"{mailbox}@mail.example", link="", skills=())


def _lists_of(people: Sequence[Person], *, old: int) -> Iterator[PeopleList]:
    """The lists in the order of their import: one of years ago, the newest two weeks old."""
    yield PeopleList("talents", "LinkedIn", OLD_DAYS, people[:old])
    people = people[old:]
    number_of_lists = -(-len(people) // PEOPLE_IN_A_LIST)
    for number in reversed(range(number_of_lists)):
        name, source = LISTS[number % len(LISTS)]
        days_ago = 400 * ((number + 0.5) / number_of_lists) ** 1.5 + 9
        yield PeopleList(name, source, days_ago, people[number::number_of_lists])


def import_list(
    organization: Organization,
    people_list: PeopleList,
    *,
    by: User,
    owner: User | None,
    dice: random.Random,
) -> list[int]:
    """Import the list as a recruiter does it on the page; returns the ids of its people."""
    table = _table_of(people_list.people, dice)
    with acting_in(organization):
        import_file = uploading.store_upload(
            File(BytesIO(table)), size=len(table), name=people_list.file_name, by=by
        )
    running.work_on(organization, import_file.pk)
    with acting_in(organization):
        import_file.refresh_from_db()
        mapping = uploading.mapping_of(import_file)
        uploading.choose(
            import_file, mapping=mapping, by=by, source=people_list.source, owner=owner
        )
    running.work_on(organization, import_file.pk)
    with acting_in(organization):
        uploading.start(import_file, by=by)
    running.work_on(organization, import_file.pk)
    with acting_in(organization):
        import_file.refresh_from_db()
        _move_into_past(import_file, timedelta(days=people_list.days_ago))
        return list(import_file.rows.order_by("line").values_list("candidate_id", flat=True))


def _table_of(people: Sequence[Person], dice: random.Random) -> bytes:
    text = StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(TITLES)
    for person in people:
        writer.writerow(
            (
                person.full_name,
                person.headline,
                person.company,
                person.city,
                person.country,
                person.email,
                person.phone,
                person.link,
                ", ".join(person.skills),
                ", ".join(_some_tags(dice)),
            )
        )
    return text.getvalue().encode()


def _move_into_past(import_file: Import, ago: timedelta) -> None:
    """The import, its change set and what its importer was told of it, read since."""
    Import.objects.filter(pk=import_file.pk).update(
        created_at=F("created_at") - ago,
        started_at=F("started_at") - ago,
        finished_at=F("finished_at") - ago,
    )
    ChangeSet.objects.filter(imports=import_file).update(
        created_at=F("created_at") - ago, applied_at=F("applied_at") - ago
    )
    Notification.objects.filter(
        kind=Notification.Kind.IMPORT, user=import_file.created_by, read_at=None
    ).update(created_at=F("created_at") - ago, read_at=F("created_at") - ago, mail_due_at=None)


def type_in(person: Person, source: Source, *, by: User, dice: random.Random) -> Candidate:
    """Add one person as it is done on the form."""
    return candidates.create_candidate(
        by=by,
        full_name=person.full_name,
        emails=[person.email],
        phones=[person.phone] if person.phone else [],
        links=[person.link] if person.link else [],
        skills=person.skills,
        tags=_some_tags(dice),
        headline=person.headline,
        company=person.company,
        city=person.city,
        country=person.country,
        source=source,
        owner=by,
    )


def _some_tags(dice: random.Random) -> list[str]:
    return dice.sample(TAGS, k=dice.choice((0, 0, 1, 1, 2)))

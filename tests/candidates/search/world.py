"""What the searched organization has, and its people stored in a few statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, models

from campaigns import models as campaigns
from candidates import models as candidates
from candidates.folding import fold
from candidates.services.company_rules import save_rule
from candidates.services.placing import place_people
from candidates.services.searching import refresh_search_text
from crm.accounts.models import User
from crm.tenancy.models import Membership
from pipelines import models as pipelines
from tests.candidates.search.naive import Asker, Person, Rule, Standing, Wishes

# Half past eight in the evening in London; in Auckland it is the next day already.
NOW = datetime(2026, 3, 30, 20, 30, tzinfo=UTC)
ZONES = {name: ZoneInfo(name) for name in ("UTC", "Pacific/Auckland", "America/Los_Angeles")}
KINDS = tuple(kind.value for kind in candidates.CustomField.Kind)
SEARCHABLE = frozenset({"field.text", "field.single"})
SUBJECTS = {"field.": "candidate", "candidacy.": "candidacy"}
YES_NO = {"True": "Yes", "False": "No"}
# What choices are called that are the same everywhere, as far as people of these tests have them.
CALLED = {
    "language": {"german": "German", "french": "French", "dutch": "Dutch"},
    "country": {
        "PT": "Portugal",
        "ES": "Spain",
        "PL": "Poland",
        "US": "United States",
        "FJ": "Fiji",
        "WS": "Samoa",
        "DE": "Germany",
    },
    "timezone": {"America/New_York": "America/New York"},
    "status": {"new": "New", "nurturing": "Nurturing", "not_now": "Not now"},
    "engagement": {"auto_reply": "Automatic reply"},
    "basis": {"consent": "Consent", "legitimate_interest": "Legitimate interest"},
    "remote": {"onsite": "On site", "hybrid": "Hybrid", "remote": "Remote only"},
    "field.boolean": YES_NO,
    "candidacy.boolean": YES_NO,
}


@dataclass(frozen=True)
class World:
    """What all people of a test share, by name."""

    users: dict[str, User]
    tags: dict[str, int]
    skills: dict[str, int]
    pools: dict[str, int]
    sources: dict[str, int]
    sequences: dict[str, int]
    jobs: dict[str, int]
    # Stages by job, and those of the pool that has stages: name to id.
    stages: dict[int, dict[str, int]]
    stages_of_pool: dict[str, int]
    pool_with_stages: int
    fields: dict[str, candidates.CustomField]
    options: dict[str, dict[str, int]]
    rules: tuple[Rule, ...]
    day: date

    @property
    def kinds(self) -> dict[str, str]:
        return {key: one.kind for key, one in self.fields.items()}

    def asker(self, role: str, zone: ZoneInfo) -> Asker:
        """The member called so, or nobody in particular, and what they may know: said here by hand."""
        known = {
            "": {"Nurse"},
            "recruiter": {"Nurse", "Spy of theirs"},
            "owner": set(self.jobs),
            "manager": {"Nurse", "Cook"},
        }
        members = {"owner", "recruiter"}
        names = CALLED | {
            "tag": _named(self.tags),
            "skill": _named(self.skills),
            "pool": _named(self.pools),
            "source": _named(self.sources),
            "sequence": _named(self.sequences),
            "job": {str(pk): title for title, pk in self.jobs.items() if title in known[role]},
            "stage": {
                fold(name): name
                for stages in (
                    *(self.stages[pk] for title, pk in self.jobs.items() if title in known[role]),
                    self.stages_of_pool,
                )
                for name in stages
            },
            **{key: _named(options) for key, options in self.options.items()},
        }
        called = {str(self.users[name].pk): self.users[name].name for name in members}
        for key in ("owner", "field.member", "candidacy.member"):
            names[key] = called
        return Asker(
            now=NOW,
            zone=zone,
            day=self.day,
            user=self.users[role].pk if role else None,
            is_manager=role == "manager",
            jobs=frozenset(pk for title, pk in self.jobs.items() if title in known[role]),
            names=names,
            kinds=self.kinds,
            searchable=SEARCHABLE,
            rules=self.rules,
        )


def _named(ids: dict[str, int]) -> dict[str, str]:
    return {str(pk): name for name, pk in ids.items()}


def make_world(users: dict[str, User]) -> World:
    """Labels, jobs, sequences, custom fields of every kind, and companies that are not written to."""
    tags = _labels(candidates.Tag, "Job fair", "Jobless", "Zebra")
    skills = _labels(candidates.Skill, "Java", "JavaScript", "C++")
    pools = {
        name: candidates.TalentPool.objects.create(name=name).pk
        for name in ("Poets", "Polar nurses", "Cooks")
    }
    sources = {name: candidates.Source.objects.create(name=name).pk for name in ("Fair", "Board")}
    jobs, stages = _jobs(users)
    staged = pools["Polar nurses"]
    pipeline = pipelines.Pipeline.objects.create(name="Pool", pool_id=staged)
    fields, options = _fields()
    day = _day_of_database()
    return World(
        users=users,
        tags=tags,
        skills=skills,
        pools=pools,
        sources=sources,
        sequences=_sequences(),
        jobs=jobs,
        stages=stages,
        stages_of_pool=_stages(pipeline, "Chat", "Interview"),
        pool_with_stages=staged,
        fields=fields,
        options=options,
        rules=_rules(users["owner"], day),
        day=day,
    )


def _labels(model: type[Any], *names: str) -> dict[str, int]:
    return {name: model.objects.create(name=name, normalized=fold(name)).pk for name in names}


def _stages(pipeline: pipelines.Pipeline, *names: str) -> dict[str, int]:
    return {
        name: pipelines.Stage.objects.create(
            pipeline=pipeline, name=name, kind="screen", position=place
        ).pk
        for place, name in enumerate(names)
    }


def _jobs(users: dict[str, User]) -> tuple[dict[str, int], dict[int, dict[str, int]]]:
    jobs, stages = {}, {}
    for title, names in (
        ("Nurse", ("Lead", "Interview", "Hired")),
        ("Cook", ("Lead", "Tasting")),
        ("Spy of theirs", ("Lead", "Interview")),
        ("Spy", ("Lead", "Inquiry")),
    ):
        pipeline = pipelines.Pipeline.objects.create(name=title)
        job = pipelines.Job.objects.create(
            title=title, pipeline=pipeline, owner=users["owner"], is_confidential=title != "Nurse"
        )
        jobs[title], stages[job.pk] = job.pk, _stages(pipeline, *names)
    for name, title in (
        ("manager", "Nurse"),
        ("manager", "Cook"),
        ("recruiter", "Spy of theirs"),
    ):
        pipelines.JobMember.objects.create(job_id=jobs[title], user=users[name])
    return jobs, stages


def _sequences() -> dict[str, int]:
    sender = campaigns.Sender.objects.create(name="Jon", address="jon@acme.example")
    return {
        name: campaigns.Sequence.objects.create(name=name, sender=sender).pk
        for name in ("Welcome", "Well done")
    }


def _fields() -> tuple[dict[str, candidates.CustomField], dict[str, dict[str, int]]]:
    fields, options = {}, {}
    for prefix, subject in SUBJECTS.items():
        for kind in KINDS:
            key = f"{prefix}{kind}"
            fields[key] = candidates.CustomField.objects.create(
                subject=subject,
                key=kind,
                name=f"{subject} {kind}",
                kind=kind,
                is_searchable=key in SEARCHABLE,
            )
            if kind in {"single", "multiple"}:
                options[key] = {
                    name: candidates.CustomFieldOption.objects.create(
                        field=fields[key], name=name, normalized=fold(name)
                    ).pk
                    for name in ("Low", "Lower", "High")
                }
    return fields, options


def _rules(owner: User, day: date) -> tuple[Rule, ...]:
    rules = (
        Rule("Tidewater", domain="tidewater.example"),
        Rule("Harbor GmbH", scope="recent", years=2),
        Rule("Quay", scope="ever"),
        Rule("Jetty", scope="ever", is_blocking=False),
        Rule("Mole", until=day - timedelta(days=1)),
        Rule("Pier", until=day),
    )
    for rule in rules:
        stored = candidates.CompanyRule(
            name=rule.name,
            domain=rule.domain,
            scope=rule.scope,
            years=rule.years,
            effect="block" if rule.is_blocking else "warn",
            expires_on=rule.until,
        )
        save_rule(stored, by=owner)
    return rules


def _day_of_database() -> date:
    """The day by which rules of companies are counted: the database's clock does not travel."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT CURRENT_DATE")
        (day,) = cursor.fetchone()
    return day


def memberships(organization: object) -> dict[str, Membership]:
    rows = Membership.objects.filter(organization=organization).select_related("user")
    return {{"hiring_manager": "manager"}.get(row.role, row.role): row for row in rows}


def store(people: Sequence[Person], world: World) -> dict[int, Person]:
    """Write the people down: a statement or two for each table, whatever their number."""
    rows = candidates.Candidate.objects.bulk_create(
        candidates.Candidate(
            full_name=one.name,
            preferred_name=one.preferred,
            company=one.company,
            headline=one.title,
            city=one.city,
            country=one.country,
            status=one.status,
            lawful_basis=one.basis,
            owner_id=one.owner,
            source_id=one.source,
            created_at=one.added,
            last_contacted_at=one.contacted,
            last_replied_at=one.replied,
        )
        for one in people
    )
    stored = {row.pk: one for row, one in zip(rows, people, strict=True)}
    made = [row for pk, one in stored.items() for row in _rows_of(pk, one)]
    for model in dict.fromkeys(map(type, made)):
        model.objects.bulk_create([row for row in made if type(row) is model])
    _stand_on_jobs(stored, world)
    _stand_in_pool(stored, world)
    _write_custom(stored, world)
    refresh_search_text(stored)
    place_people(stored)
    for row, one in zip(rows, people, strict=True):
        row.updated_at = one.changed
    candidates.Candidate.objects.bulk_update(rows, ["updated_at"])
    return stored


def _rows_of(pk: int, one: Person) -> list[models.Model]:
    """The rows of the models that know nothing but the person."""
    own: list[models.Model] = [candidates.CandidateTag(tag_id=tag) for tag in one.tags]
    own += [candidates.PoolMembership(pool_id=pool) for pool in one.pools]
    own += [candidates.CandidateSkill(skill_id=skill) for skill in one.skills]
    own += [
        candidates.SpokenLanguage(name=name, normalized=name, level=level)
        for name, level in one.languages.items()
    ]
    own += [
        candidates.EmailAddress(
            address=address, normalized=address, state=state, is_primary=place == 0
        )
        for place, (address, state) in enumerate(one.emails)
    ]
    own += [candidates.PhoneNumber(number="?", normalized=number) for number in one.phones]
    own += [candidates.Note(body=text) for text in one.notes]
    own += [
        candidates.Resume(
            file_name="cv.pdf", digest="0" * 64, text=text, search_text=fold(text), state=state
        )
        for text, state in one.resumes
    ]
    own += [candidates.WorkExperience(**vars(held)) for held in one.positions]
    own += [
        candidates.Education(school=school, degree=degree, field=subject)
        for school, degree, subject in one.schools
    ]
    if one.wishes:
        own.append(
            candidates.CandidatePreference(
                remote=one.wishes.remote,
                time_zone=one.wishes.zone,
                starts_on=one.wishes.starts,
                wanted_role=one.wishes.role,
                wanted_place=one.wishes.place,
                **_pay(one.wishes),
            )
        )
    own += [candidates.Touchpoint(kind=kind, at=at, summary="…") for kind, at in one.entries]
    own += [
        candidates.Task(title="Call", due_on=day, done_at=NOW if is_done else None)
        for day, is_done in one.tasks
    ]
    own += [
        candidates.Snooze(until_on=day, ended_at=NOW if is_over else None)
        for day, is_over in one.snoozes
    ]
    own += [
        campaigns.Enrollment(sequence_id=sequence, state=state, enrolled_at=since)
        for sequence, state, since in one.enrollments
    ]
    for row in own:
        row.candidate_id = pk
    return own


def _pay(wishes: Wishes) -> dict[str, Any]:
    if not wishes.pay:
        return {}
    names = ("pay_min", "pay_max", "pay_currency", "pay_period")
    return dict(zip(names, wishes.pay, strict=True))


def _closed(one: Standing) -> datetime | None:
    return NOW if one.is_closed else None


def _stand_on_jobs(stored: dict[int, Person], world: World) -> None:
    standings = [(pk, one) for pk, person in stored.items() for one in person.candidacies]
    rows = pipelines.Candidacy.objects.bulk_create(
        pipelines.Candidacy(
            candidate_id=pk,
            job_id=one.where,
            stage_id=world.stages[one.where][one.stage],
            entered_stage_at=one.since,
            closed_at=_closed(one),
            shortlisted_at=NOW if one.is_shortlisted else None,
        )
        for pk, one in standings
    )
    pipelines.CandidacyCustomValue.objects.bulk_create(
        pipelines.CandidacyCustomValue(candidacy=row, **value)
        for row, (_, one) in zip(rows, standings, strict=True)
        for value in _values(one.custom, world)
    )


def _stand_in_pool(stored: dict[int, Person], world: World) -> None:
    """Who is in the pool stands in its first stage by the database's own doing; who left, stood there."""
    pool = world.pool_with_stages
    open_rows = {row.candidate_id: row for row in pipelines.PoolPlace.objects.filter(pool_id=pool)}
    left = []
    for pk, person in stored.items():
        for one in person.places:
            row = open_rows.get(pk) if not one.is_closed else None
            if row is None:
                row = pipelines.PoolPlace(pool_id=pool, candidate_id=pk, membership=-len(left) - 1)
                left.append(row)
            row.stage_id = world.stages_of_pool[one.stage]
            row.entered_stage_at = one.since
            row.closed_at = _closed(one)
    pipelines.PoolPlace.objects.bulk_create(left)
    pipelines.PoolPlace.objects.bulk_update(
        open_rows.values(), ["stage", "entered_stage_at", "closed_at"]
    )


def _write_custom(stored: dict[int, Person], world: World) -> None:
    candidates.CandidateCustomValue.objects.bulk_create(
        candidates.CandidateCustomValue(candidate_id=pk, **value)
        for pk, person in stored.items()
        for value in _values(person.custom, world)
    )
    notes = candidates.Note.objects.bulk_create(
        candidates.Note(candidate_id=pk, body=text, is_private=True, author_id=min(readers))
        for pk, person in stored.items()
        for text, readers in person.private_notes
    )
    readers = [readers for person in stored.values() for _, readers in person.private_notes]
    candidates.NoteReader.objects.bulk_create(
        candidates.NoteReader(candidate_id=note.candidate_id, note=note, user_id=reader)
        for note, own in zip(notes, readers, strict=True)
        for reader in own - {note.author_id}
    )


def _values(custom: dict[str, object], world: World) -> list[dict[str, Any]]:
    """The columns of custom values, one row for each of several choices."""
    found = []
    for key, value in custom.items():
        row: dict[str, Any] = {"field": world.fields[key]}
        match world.fields[key].kind:
            case "number" | "money":
                amount: Any = value
                row |= {"number": Decimal(amount[0]), "currency": amount[1]}
            case "date":
                row["day"] = value
            case "boolean":
                row["yes"] = value
            case "member":
                row["member_id"] = value
            case "single":
                row["option_id"] = value
            case "multiple":
                chosen: Any = value
                found += [row | {"option_id": option} for option in chosen]
                continue
            case _:
                row |= {"text": value, "normalized": fold(str(value))[:100]}
        found.append(row)
    return found

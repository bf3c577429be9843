"""Taking people out again who were added by a change set, unless something happened to them since."""

from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import models
from django.db.models import Count, F, Max, Q, Subquery

from candidates.models import Candidate, Change, ChangeMark, ChangeSet, Touchpoint
from candidates.services.changes.forgetting import forget_values
from candidates.services.changes.recording import highest_ids
from candidates.services.changes.registry import belongings, forget_derived
from candidates.services.changes.restoring import (
    CHANGED_SINCE,
    DONE,
    GONE,
    Done,
    Outcome,
    Verdicts,
    restore_values,
)
from candidates.services.provenance import REST
from crm.audit.models import AuditEntry

MERGED = "Merged into somebody else since"
EDITED = "Edited since"
# Looking at a person changes nothing.
VIEWED = "candidate.viewed"
# Of so few people it is said beforehand who would stay.
FORESEEN = 10
Who = tuple[int | None, datetime | None]


def remove_people(change_set: ChangeSet, changes: Sequence[Done]) -> Verdicts:
    """Delete the people to whom nothing happened but their coming; the others are kept, with the reason."""
    verdicts = _who_stays(change_set, changes)
    going = verdicts.undecided(changes)
    _delete(change_set, [change.object_id for change in going])
    verdicts.say([change.pk for change in going], Outcome.REMOVED)
    return verdicts


def take_resumes_back(
    change_set: ChangeSet, model: type[models.Model], changes: Sequence[Done]
) -> Verdicts:
    """Put résumés back as they were before they were accepted: not that of a newcomer who stays, nor one that went to
    another record with its person. Of one that stays all columns stay.
    """
    verdicts = Verdicts()
    added = change_set.changes.filter(action=Change.Action.CREATE, model=Candidate._meta.label)
    stays = _who_stays(change_set, [Done(*values) for values in added.values_list(*DONE)])
    if stays.found:
        _, reason, by, at = next(iter(stays.found.values()))
        for change in changes:
            verdicts.keep(change.pk, reason, by, at)
        return verdicts
    moved = _moved_along(model, changes)
    for change in changes:
        if change.object_id in moved:
            verdicts.keep(change.pk, *moved[change.object_id])
    verdicts.found |= restore_values(model, verdicts.undecided(changes)).found
    return verdicts


def _moved_along(
    model: type[models.Model], changes: Sequence[Done]
) -> dict[int, tuple[str, int | None, datetime | None]]:
    """Which of these rows are another person's by now, and why."""
    accepted = Change.objects.filter(
        pk__in=[change.pk for change in changes], field="candidate_id"
    ).values_list("object_id", "after")
    theirs: dict[int, int] = dict(accepted)  # type: ignore[arg-type]
    now = model._default_manager.filter(pk__in=theirs).values_list("pk", "candidate")
    moved = {pk: candidate for pk, candidate in now if candidate != theirs[pk]}
    merges = _who_merged(
        [theirs[pk] for pk in moved], into=[one for one in moved.values() if one is not None]
    )
    return {
        pk: (MERGED, *merges[theirs[pk]]) if theirs[pk] in merges else (CHANGED_SINCE, None, None)
        for pk in moved
    }


def name_mergers(changes: Sequence[Done], verdicts: Verdicts) -> None:
    """Say of people who are gone, and whose values therefore stay, who merged them."""
    gone = [change for change in changes if verdicts.found[change.pk][1] == GONE]
    mergers = _mergers_of(gone)
    for change in gone:
        if change.object_id in mergers:
            verdicts.keep(change.pk, MERGED, *mergers[change.object_id])


def foresee(change_set: ChangeSet) -> list[tuple[str, int | None]]:
    """Why people whom the change set added would stay if it were undone now, and who did that last.

    Told where they are few: an import of thousands is judged by its undo.
    """
    if not 0 < change_set.counts.get("created", 0) <= FORESEEN:
        return []
    added = change_set.changes.filter(action=Change.Action.CREATE, model=Candidate._meta.label)
    found = _who_stays(change_set, [Done(*values) for values in added.values_list(*DONE)]).found
    return list(dict.fromkeys((reason, by) for _, reason, by, _ in found.values()))


def _who_stays(change_set: ChangeSet, changes: Sequence[Done]) -> Verdicts:
    """Who is not to be removed, and why; nothing is said of the others."""
    verdicts = Verdicts()
    ids = [change.object_id for change in changes]
    held = dict(Candidate.objects.filter(pk__one_of=ids).values_list("pk", "provenance"))
    gone = [change for change in changes if change.object_id not in held]
    mergers = _mergers_of(gone)
    for change in gone:
        verdicts.keep(change.pk, MERGED, *mergers.get(change.object_id, (None, None)))
    here = verdicts.undecided(changes)
    now = highest_ids() if here else {}
    for marked, mark in _by_mark(change_set, here):
        people = {change.object_id: change.pk for change in marked}
        for candidate_id, (reason, (by, at)) in _since(
            change_set, list(people), mark, held, now
        ).items():
            verdicts.keep(people[candidate_id], reason, by, at)
    return verdicts


def _mergers_of(changes: Sequence[Done]) -> dict[int, Who]:
    """Who merged the people of these changes into others, and when, by the ids that they had."""
    # Whoever stayed took the changes along.
    into = {change.candidate_id for change in changes if change.candidate_id}
    return _who_merged([change.object_id for change in changes], into=into)


def _who_merged(ids: Collection[int], *, into: Collection[int]) -> dict[int, Who]:
    if not ids:
        return {}
    merges = Change.objects.filter(
        candidate__in=into,
        action=Change.Action.DELETE,
        model=Candidate._meta.label,
        object_id__in=ids,
    )
    told = merges.values_list("object_id", "change_set__created_by", "change_set__created_at")
    return {pk: (by, at) for pk, by, at in told.order_by("pk")}


def _by_mark(change_set: ChangeSet, changes: Sequence[Done]) -> list[tuple[list[Done], ChangeMark]]:
    """The changes by the part of the change set that they were written in, with how far tables were filled."""
    if not changes:
        return []
    lowest, highest = min(change.pk for change in changes), max(change.pk for change in changes)
    known = change_set.marks.order_by("last_change")
    end = known.filter(last_change__gte=highest).values("last_change")[:1]
    # A long import has thousands of marks, and this part of it is within a few.
    marks = list(known.filter(last_change__gte=lowest, last_change__lte=Subquery(end)))
    ends = [mark.last_change for mark in marks]
    parts: dict[int, list[Done]] = {}
    for change in changes:
        parts.setdefault(bisect_left(ends, change.pk), []).append(change)
    return [(part, marks[place]) for place, part in parts.items()]


def _since(
    change_set: ChangeSet,
    ids: list[int],
    mark: ChangeMark,
    held: dict[int, dict[str, dict[str, str]]],
    now: dict[str, int],
) -> dict[int, tuple[str, Who]]:
    """To whom something happened since: what, and who did it last as far as it is known.

    `now` is how far each table is filled: where nothing came since the mark, nothing is looked for.
    """
    ids_then: dict[str, int] = mark.ids
    found: dict[int, list[str]] = {}
    who: dict[int, Who] = {}
    for pk in ids:
        # What the act itself knew better than its source, as a reviewer's corrections, is no edit since.
        edited = [
            entry
            for name, entry in held[pk].items()
            if name != REST and _is_later(entry["at"], change_set)
        ]
        if edited:
            latest = max(edited, key=lambda entry: entry["at"])
            found[pk] = []
            who[pk] = (int(latest.get("by", 0)) or None, datetime.fromisoformat(latest["at"]))
    acts = AuditEntry.objects.filter(
        object_type=Candidate._meta.label_lower,
        object_id__one_of=ids,
        pk__gt=ids_then.get(AuditEntry._meta.label, 0),
    ).exclude(action=VIEWED)
    undone = _undone_since(change_set, ids)
    for act in acts.order_by("pk").only("object_id", "actor", "at"):
        if act.object_id and not any(one.covers(act) for one in undone):
            found.setdefault(act.object_id, [])
            who[act.object_id] = (act.actor_id, act.at)
    for pk, things, acting in _changed_in_place(change_set, ids, mark):
        found.setdefault(pk, []).extend(things)
        who[pk] = acting
    for belonging in belongings():
        then = ids_then.get(belonging.label, 0)
        if belonging.is_loose or now[belonging.label] <= then:
            continue
        fresh = belonging.model._default_manager.filter(pk__gt=then)
        by_itself = getattr(belonging.model, "by_itself", None)
        if by_itself is not None:
            # A smart pool takes in whom its rule finds: nobody did anything to them.
            fresh = fresh.exclude(by_itself)
        if belonging.model is Touchpoint:
            # What is undone is as it was before, this act and others.
            fresh = fresh.exclude(kind=Touchpoint.Kind.UNDONE)
            for one in undone:
                fresh = fresh.exclude(
                    candidate__in=one.people, actor=one.by, at__range=(one.begun, one.ended)
                )
        counted = [
            found_rows
            for path in (belonging.path, *belonging.others)
            for found_rows in fresh.filter(**{f"{path}__one_of": ids})
            .values_list(path)
            .annotate(Count("pk"))
            .order_by()
        ]
        for pk, count in counted:
            # Every act leaves a touchpoint: it says who, not what.
            found.setdefault(pk, []).extend(
                [] if belonging.model is Touchpoint else [_counted(belonging.model, count)]
            )
    last = (
        Touchpoint.objects.filter(
            candidate__one_of=found, pk__gt=ids_then.get(Touchpoint._meta.label, 0)
        )
        .values("candidate")
        .annotate(last=Max("pk"))
        .values("last")
    )
    told = Touchpoint.objects.filter(pk__in=last).values_list("candidate", "actor", "at")
    for pk, teller, at in told:
        who.setdefault(pk, (teller, at))
    return {
        pk: (
            f"{EDITED}: {', '.join(things)}"[:200] if things else EDITED,
            who.get(pk, (None, None)),
        )
        for pk, things in found.items()
    }


def _changed_in_place(
    change_set: ChangeSet, ids: list[int], mark: ChangeMark
) -> list[tuple[int, list[str], Who]]:
    """Of whom acts that stand changed or took away something that came with them: what, and who did it last."""
    # Values of the person know themselves since when they stand, and entries of the timeline only tell of others.
    theirs = {
        belonging.label: belonging.model
        for belonging in belongings()
        if belonging.model is not Touchpoint
    }
    acts = (
        Change.objects.filter(candidate__one_of=ids, pk__gt=mark.last_change, model__in=theirs)
        .exclude(change_set=change_set)
        .exclude(action=Change.Action.CREATE)
        .exclude(~Q(outcome=Outcome.KEPT), change_set__state=ChangeSet.State.UNDONE)
    )
    rows: dict[int, dict[tuple[str, str], set[int]]] = {}
    who: dict[int, Who] = {}
    for pk, label, action, row, by, at in acts.order_by("pk").values_list(
        "candidate", "model", "action", "object_id", "change_set__created_by", "change_set__created_at"
    ):  # fmt: skip
        # What came later tells by itself.
        if row <= mark.ids.get(label, 0):
            done = "removed" if action == Change.Action.DELETE else "changed"
            rows.setdefault(pk, {}).setdefault((label, done), set()).add(row)
            who[pk] = (by, at)
    return [
        (pk, [f"{_counted(theirs[label], len(held))} {done}" for (label, done), held in of_person.items()], who[pk])
        for pk, of_person in rows.items()
    ]  # fmt: skip


def _counted(model: type[models.Model], count: int) -> str:
    """Such as “2 notes”."""
    names = (model._meta.verbose_name, model._meta.verbose_name_plural)
    return f"{count} {names[count != 1]}"


@dataclass
class _Undone:
    """An act that was taken back again: who did it, when, and to whom."""

    by: int | None
    begun: datetime
    ended: datetime
    people: set[int] = field(default_factory=set)

    def covers(self, act: AuditEntry) -> bool:
        """Whether an entry tells of this act: what else its author did meanwhile left rows of its own."""
        return (
            act.object_id in self.people
            and act.actor_id == self.by
            and self.begun <= act.at <= self.ended
        )


def _undone_since(change_set: ChangeSet, ids: list[int]) -> list[_Undone]:
    """Other acts that were taken back, with those of these people about whom nothing of them was kept."""
    theirs = [Candidate._meta.label, *(belonging.label for belonging in belongings())]
    found = (
        Change.objects.filter(candidate__one_of=ids, change_set__state=ChangeSet.State.UNDONE)
        .exclude(change_set=change_set)
        .values_list("change_set", "candidate")
        .annotate(
            kept=Count("pk", filter=Q(outcome=Change.Outcome.KEPT, model__in=theirs)),
            by=F("change_set__created_by"),
            begun=F("change_set__created_at"),
            ended=F("change_set__applied_at"),
        )
        .filter(kept=0, ended__isnull=False)
        .order_by()
    )
    undone: dict[int, _Undone] = {}
    for pk, person, _, by, begun, ended in found:
        undone.setdefault(pk, _Undone(by, begun, ended)).people.add(person)
    return list(undone.values())


def _is_later(at: str, change_set: ChangeSet) -> bool:
    """Whether somebody set a value after the act was done. Told to the second: within it, what they left tells."""
    return change_set.applied_at is None or datetime.fromisoformat(at) > change_set.applied_at


def _delete(change_set: ChangeSet, ids: list[int]) -> None:
    """Delete these people with their rows. Keys are checked when the transaction ends, so any order will do.

    The people go first: then no trigger looks after them because of their rows. Nobody finds what change sets hold of
    them any more, so it goes, but for what is still to be taken back.
    """
    going = _rows_of(ids)
    for model, name, above in going:
        if _is_loose(model, name):
            model._default_manager.filter(**{f"{name}__one_of": above}).update(**{name: None})
    about = Change.objects.filter(candidate__one_of=ids)
    forget_values(about.exclude(change_set=change_set, outcome=""))
    about.update(candidate=None)
    people = Candidate.objects.filter(pk__one_of=ids)
    people._raw_delete(people.db)
    for model, name, above in reversed(going):
        if not _is_loose(model, name):
            rows = model._default_manager.filter(**{f"{name}__one_of": above})
            rows._raw_delete(rows.db)
    forget_derived(ids)


def _rows_of(ids: list[int]) -> "list[tuple[type[models.Model], str, list[int]]]":
    """What belongs to these people, parents first: model, key, and the ids of the rows that the key points to.

    Rows further down are asked for by their parents' ids, and not at all where there are none: joined over all tables
    on the way, the planner reads each of them.
    """
    held: dict[type[models.Model], list[int]] = {Candidate: ids}
    found: list[tuple[type[models.Model], str, list[int]]] = []
    parents = {_target(belonging.model, belonging.key) for belonging in belongings()}
    for belonging in belongings():
        pks: set[int] = set()
        for name in (belonging.key, *belonging.others, *belonging.mentions):
            if above := held.get(_target(belonging.model, name)):
                found.append((belonging.model, name, above))
                if belonging.model in parents and not _is_loose(belonging.model, name):
                    rows = belonging.model._default_manager.filter(**{f"{name}__one_of": above})
                    pks.update(rows.values_list("pk", flat=True))
        held[belonging.model] = sorted(pks)
    return found


def _target(model: type[models.Model], name: str) -> type[models.Model]:
    target: type[models.Model] = model._meta.get_field(name).remote_field.model  # type: ignore[union-attr]
    return target


def _is_loose(model: type[models.Model], name: str) -> bool:
    """Whether rows stay without the one that this key of theirs points to."""
    on_delete = model._meta.get_field(name).remote_field.on_delete  # type: ignore[union-attr]
    return on_delete is models.SET_NULL

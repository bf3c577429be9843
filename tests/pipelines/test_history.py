"""Whatever people do with a card, in whatever order: its history tells all of it, and agrees with the card."""

from contextlib import suppress

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from candidates.models import RejectionReason, Touchpoint
from crm.audit.models import AuditEntry
from crm.web.errors import DomainError
from pipelines.models import Candidacy, StageChange
from pipelines.services import candidacies, jobs, many, rejecting, transferring
from tests.factories import CandidateFactory

STAGES = 8
PLACES = st.integers(0, STAGES - 1)
WHICH = st.integers(0, 1)


class CardMachine(RuleBasedStateMachine):
    """One person on two jobs of eight stages, moved by everything that moves cards.

    `told` is the model, two lines long: for each candidacy the stages entered, and the reasons given there.
    """

    recruiter = None

    def __init__(self) -> None:
        super().__init__()
        self.jobs = [jobs.create_job(by=self.recruiter, title=name) for name in ("One", "Two")]
        self.stages = [list(job.pipeline.stages.order_by("position")) for job in self.jobs]
        self.reason, _ = RejectionReason.objects.get_or_create(name="No", normalized="no")
        self.person = CandidateFactory()
        candidacies.add_to_job(self.jobs[0], [self.person.pk], by=self.recruiter)
        self.told = {self.cards()[0].pk: [(self.stages[0][0].pk, None)]}

    def cards(self) -> list[Candidacy]:
        rows = Candidacy.objects.filter(candidate=self.person).order_by("pk")
        return list(rows.select_related("job", "stage", "candidate"))

    def card(self, which: int) -> Candidacy:
        cards = self.cards()
        return cards[which % len(cards)]

    def enter(self, card: Candidacy, act, reason=None) -> None:
        """Do it, and write into the model what it is to have told; a refusal tells nothing."""
        with suppress(DomainError):
            act()
            now = Candidacy.objects.get(pk=card.pk)
            if now.version == len(self.told[card.pk]):
                self.told[card.pk].append((now.stage_id, reason))

    @rule(which=WHICH, place=PLACES)
    def move(self, which: int, place: int) -> None:
        card = self.card(which)
        job = self.jobs.index(card.job)
        to = self.stages[job][place]
        before = card.stage
        self.enter(card, lambda: candidacies.move_card(card, to=to, by=self.recruiter))
        moved = Candidacy.objects.get(pk=card.pk).stage_id == to.pk
        assert moved == (to == before or not before.is_closing)

    @rule(which=WHICH, place=PLACES)
    def move_with_an_old_version(self, which: int, place: int) -> None:
        card = self.card(which)
        to = self.stages[self.jobs.index(card.job)][place]
        with pytest.raises(candidacies.StaleCandidacy):
            candidacies.move_card(card, to=to, by=self.recruiter, version=card.version + 1)

    @rule(which=WHICH, place=PLACES)
    def move_to_a_stage_of_the_other_job(self, which: int, place: int) -> None:
        card = self.card(which)
        to = self.stages[1 - self.jobs.index(card.job)][place]
        with pytest.raises(candidacies.WrongStage):
            candidacies.move_card(card, to=to, by=self.recruiter)

    @rule(which=WHICH, place=PLACES)
    def move_with_others(self, which: int, place: int) -> None:
        card = self.card(which)
        to = self.stages[self.jobs.index(card.job)][place]
        seen = {card.pk: card.version}
        self.enter(card, lambda: many.move_many(card.job, seen, to=to, by=self.recruiter))

    @rule(which=WHICH)
    def undo_with_others(self, which: int) -> None:
        card = self.card(which)
        seen = {card.pk: card.version}
        self.enter(card, lambda: many.undo_many(card.job, seen, by=self.recruiter))

    @rule(which=WHICH)
    def reject(self, which: int) -> None:
        card = self.card(which)
        self.enter(
            card,
            lambda: rejecting.reject_candidacy(card, by=self.recruiter, reason=self.reason),
            reason=self.reason.pk,
        )

    @rule(which=WHICH)
    def reopen(self, which: int) -> None:
        card = self.card(which)
        self.enter(card, lambda: candidacies.reopen_candidacy(card, by=self.recruiter))
        assert Candidacy.objects.get(pk=card.pk).closed_at is None

    @rule(which=WHICH)
    def undo(self, which: int) -> None:
        card = self.card(which)
        told = self.told[card.pk]
        # Back where a reason had been given, the reason is given again.
        reason = told[-2][1] if len(told) > 1 else None
        self.enter(
            card,
            lambda: candidacies.undo_move(card, by=self.recruiter, version=card.version),
            reason=reason,
        )

    @rule(which=WHICH)
    def move_over(self, which: int) -> None:
        card = self.card(which)
        other = self.jobs[1 - self.jobs.index(card.job)]
        self.enter(card, lambda: transferring.transfer_candidacy(card, to=other, by=self.recruiter))

    @rule(which=WHICH)
    def copy(self, which: int) -> None:
        card = self.card(which)
        other = self.jobs[1 - self.jobs.index(card.job)]
        with suppress(transferring.OnThatJobAlready):
            copy = transferring.copy_candidacy(card, to=other, by=self.recruiter)
            self.told[copy.pk] = [(other.first_stage.pk, None)]

    @invariant()
    def history_tells_every_move_and_only_those(self) -> None:
        assert {card.pk for card in self.cards()} == set(self.told)
        for pk, told in self.told.items():
            changes = list(StageChange.objects.filter(candidacy=pk).order_by("id"))
            assert [(row.to_id, row.rejection_reason_id) for row in changes] == told
            assert [row.origin_id for row in changes] == [None, *(to for to, _ in told[:-1])]

    @invariant()
    def the_card_stands_where_its_history_ends(self) -> None:
        for card in self.cards():
            to, reason = self.told[card.pk][-1]
            assert (card.stage_id, card.rejection_reason_id) == (to, reason)
            assert card.version == len(self.told[card.pk]) - 1
            assert (card.closed_at is not None) == card.stage.is_closing
            assert card.stage.pipeline_id == card.job.pipeline_id
            assert card.entered_stage_at == card.stage_changes.latest("id").at

    @invariant()
    def nobody_is_on_a_job_twice(self) -> None:
        on = [card.job_id for card in self.cards()]
        assert len(on) == len(set(on))

    @invariant()
    def timeline_and_audit_tell_as_much(self) -> None:
        moves = sum(len(told) for told in self.told.values())
        told = Touchpoint.objects.filter(candidate=self.person, kind=Touchpoint.Kind.STAGE)
        assert told.count() == moves
        recorded = AuditEntry.objects.filter(
            object_type="pipelines.candidacy", object_id__in=list(self.told)
        )
        many_at_once = AuditEntry.objects.filter(
            action="candidacy.many_moved", object_id__in=[job.pk for job in self.jobs]
        )
        assert recorded.count() + many_at_once.count() == moves - len(self.told)


def test_no_path_loses_history_or_shows_two_stages(in_acme, recruiter):
    machine = type("Machine", (CardMachine,), {"recruiter": recruiter})
    run_state_machine_as_test(machine, settings=settings(max_examples=25, stateful_step_count=15))

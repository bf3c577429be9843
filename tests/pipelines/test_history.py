"""Whatever people do with a card, in whatever order: its history tells all of it, and agrees with the card."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from candidates.models import Touchpoint
from crm.audit.models import AuditEntry
from pipelines.models import Candidacy
from pipelines.services import candidacies, jobs
from tests.factories import CandidateFactory

STAGES = 8
MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("move"), st.integers(0, STAGES - 1)),
        st.tuples(st.just("stale"), st.integers(0, STAGES - 1)),
        st.tuples(st.just("reopen"), st.integers(0, 0)),
        st.tuples(st.just("undo"), st.integers(0, 1)),
    ),
    max_size=12,
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(moves=MOVES)
def test_history_tells_every_move_and_only_those(in_acme, recruiter, moves):
    job = jobs.create_job(by=recruiter, title="Staff Engineer")
    stages = list(job.pipeline.stages.order_by("position"))
    person = CandidateFactory()
    candidacies.add_to_job(job, [person.pk], by=recruiter)
    card = Candidacy.objects.get(candidate=person)
    # What must be there, kept by a model of two lines: the stages entered, and where the card is.
    expected = [stages[0].pk]

    for act, number in moves:
        at = stages[[stage.pk for stage in stages].index(expected[-1])]
        version = len(expected) - 1
        if act == "move":
            done = _try(candidacies.move_candidacy, card, recruiter, to=stages[number])
            allowed = stages[number] == at or not at.is_closing
            assert done == allowed
            if done and stages[number] != at:
                expected.append(stages[number].pk)
        elif act == "stale":
            assert not _try(
                candidacies.move_candidacy, card, recruiter, to=stages[number], version=version + 1
            )
        elif act == "reopen":
            candidacies.reopen_candidacy(card, by=recruiter)
            if at.is_closing:
                expected.append(expected[-2])
        else:
            done = _try(candidacies.undo_move, card, recruiter, version=version - number)
            assert done == (number == 0)
            if done and len(expected) > 1:
                expected.append(expected[-2])

    card = Candidacy.objects.select_related("stage").get(pk=card.pk)
    changes = list(card.stage_changes.order_by("at", "id"))
    assert [change.to_id for change in changes] == expected
    assert [change.origin_id for change in changes] == [None, *expected[:-1]]
    assert card.stage_id == expected[-1]
    assert card.version == len(expected) - 1
    assert (card.closed_at is not None) == card.stage.is_closing
    assert card.entered_stage_at == changes[-1].at
    told = Touchpoint.objects.filter(candidate=person, kind=Touchpoint.Kind.STAGE)
    assert told.count() == len(expected)
    recorded = AuditEntry.objects.filter(object_type="pipelines.candidacy", object_id=card.pk)
    assert recorded.count() == len(expected) - 1


def _try(service, card, by, **wanted) -> bool:
    try:
        service(card, by=by, **wanted)
    except (candidacies.CandidacyClosed, candidacies.StaleCandidacy):
        return False
    return True

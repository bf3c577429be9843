"""Jobs, boards, stages, candidacies, scorecards."""

from crm.tenancy.roles import EDITORS, MEMBERS, READERS, RECRUITERS
from tests.access.role_table.rules import BOTH, GET, POST, Route, pk

ROUTES: dict[str, Route] = {
    "pipelines:job_file": Route(READERS, GET, {"pk": "pipelines.JobCustomValue"}),
    "pipelines:candidacy_file": Route(READERS, GET, {"pk": "pipelines.CandidacyCustomValue"}),
    "pipelines:fields": Route(
        EDITORS,
        BOTH,
        {"pk": "pipelines.Candidacy"},
        data=lambda world: {"custom_offer": "Sent"},
    ),
    "pipelines:undo_fields": Route(
        EDITORS,
        POST,
        {"pk": "pipelines.Candidacy", "change_set": "candidates.ChangeSet"},
        shown_by="tests/pipelines/custom_fields/test_candidacies.py::test_a_candidacy_is_filled_told_and_taken_back",
    ),
    "pipelines:jobs": Route(MEMBERS),
    "pipelines:add": Route(
        RECRUITERS,
        BOTH,
        data=lambda world: {
            "title": "Staff Engineer",
            "openings": "1",
            "status": "open",
            "template": world["template"].pk,
        },
    ),
    "pipelines:board": Route(MEMBERS, objects={"pk": "pipelines.Job"}),
    "pipelines:table": Route(MEMBERS, objects={"pk": "pipelines.Job"}),
    "pipelines:remind": Route(
        EDITORS,
        BOTH,
        {"pk": "pipelines.Job", "stage_pk": "pipelines.Stage"},
        data=lambda world: {"title": "Look", "assignees": world.member.pk},
    ),
    "pipelines:more": Route(
        MEMBERS,
        objects={"pk": "pipelines.Job", "stage_pk": "pipelines.Stage"},
        status=302,
    ),
    "pipelines:edit": Route(
        RECRUITERS,
        BOTH,
        {"pk": "pipelines.Job"},
        data=lambda world: {"title": "Staff Engineer", "openings": "2", "status": "open"},
    ),
    "pipelines:team": Route(
        RECRUITERS,
        BOTH,
        {"pk": "pipelines.Job"},
        data=lambda world: {"user": world.member.pk, "role": "recruiter"},
    ),
    "pipelines:leave_team": Route(
        RECRUITERS,
        POST,
        {"pk": "pipelines.Job", "member_pk": "pipelines.JobMember"},
        data=lambda world: {},
    ),
    "pipelines:people": Route(
        EDITORS,
        BOTH,
        {"pk": "pipelines.Job"},
        data=lambda world: {"ids": world["candidates.Candidate"].pk},
    ),
    "pipelines:match": Route(
        EDITORS, objects=pk("pipelines.Job"), query=lambda world: {"people": "all"}
    ),
    "pipelines:match_criteria": Route(
        EDITORS,
        BOTH,
        pk("pipelines.Job"),
        data=lambda world: {
            "within_km": 50,
            **{
                f"{name}_weight": 1
                for name in (
                    *("must", "nice", "seniority", "place", "working", "language", "start", "past"),
                )
            },
        },
    ),
    "pipelines:move": Route(
        EDITORS,
        POST,
        {"pk": "pipelines.Job"},
        data=lambda world: {
            "card": world["pipelines.Candidacy"].pk,
            "stage": world["pipelines.Stage"].pk,
            "version": 0,
        },
    ),
    "pipelines:move_selected": Route(
        EDITORS,
        POST,
        {"pk": "pipelines.Job"},
        data=lambda world: {
            "cards": f"{world['pipelines.Candidacy'].pk}:0",
            "stage": world["pipelines.Stage"].pk,
        },
    ),
    "pipelines:reject_selected": Route(
        EDITORS,
        POST,
        {"pk": "pipelines.Job"},
        data=lambda world: {
            "cards": f"{world['pipelines.Candidacy'].pk}:{world['pipelines.Candidacy'].version}",
            "stage": world["rejected stage"].pk,
            "reason": world["candidates.RejectionReason"].pk,
            "keep_in": world["candidates.TalentPool"].pk,
        },
    ),
    "pipelines:undo_selected": Route(
        EDITORS,
        POST,
        {"pk": "pipelines.Job"},
        kwargs={"token": "old"},
        shown_by="tests/pipelines/test_many.py::test_selected_cards_are_moved_on_the_page_and_undone",
    ),
    "pipelines:remind_job": Route(
        EDITORS,
        BOTH,
        {"pk": "pipelines.Job"},
        data=lambda world: {"title": "Look", "assignees": world.member.pk},
    ),
    "pipelines:shortlist": Route(
        EDITORS,
        BOTH,
        {"pk": "pipelines.Job"},
        data=lambda world: {"ids": world["candidates.Candidate"].pk, "act": "share"},
    ),
    "pipelines:reject": Route(
        EDITORS,
        BOTH,
        {"pk": "pipelines.Candidacy"},
        data=lambda world: {
            "reason": world["candidates.RejectionReason"].pk,
            "stage": world["rejected stage"].pk,
        },
    ),
    "pipelines:transfer": Route(
        EDITORS,
        BOTH,
        {"pk": "pipelines.Candidacy"},
        data=lambda world: {"job": world["other job"].pk, "how": "move"},
    ),
    "pipelines:rate": Route(
        EDITORS, POST, {"pk": "pipelines.Candidacy"}, data=lambda world: {"rating": "4"}
    ),
    "pipelines:shortlist_one": Route(
        EDITORS, POST, {"pk": "pipelines.Candidacy"}, data=lambda world: {}
    ),
    "pipelines:hand_over": Route(
        EDITORS,
        BOTH,
        {"pk": "pipelines.Candidacy"},
        shown_by="tests/pipelines/test_handing_over.py::test_hand_over_of_a_hired_person",
        # The person of the walk is not hired.
        status=409,
    ),
    "pipelines:scorecard": Route(
        MEMBERS,
        BOTH,
        {"pk": "pipelines.Candidacy", "stage_pk": "pipelines.Stage"},
        data=lambda world: {"summary": "Explains well"},
    ),
    "pipelines:candidacy": Route(MEMBERS, objects={"pk": "pipelines.Candidacy"}),
    "pipelines:undo": Route(
        EDITORS,
        POST,
        {"pk": "pipelines.Candidacy"},
        kwargs={"version": 0},
        data=lambda world: {},
    ),
    "pipelines:reopen": Route(EDITORS, POST, {"pk": "pipelines.Candidacy"}, data=lambda world: {}),
    "pipelines:remove": Route(
        EDITORS,
        POST,
        {"pk": "pipelines.Candidacy"},
        shown_by="tests/pipelines/test_taking_off.py::test_a_card_with_nothing_on_it_goes_and_comes_back",
    ),
    "pipelines:put_back": Route(
        EDITORS,
        POST,
        {"pk": "pipelines.Job"},
        kwargs={"token": "old"},
        shown_by="tests/pipelines/test_taking_off.py::test_a_card_with_nothing_on_it_goes_and_comes_back",
    ),
    "pipelines:consider_selected": Route(
        EDITORS,
        POST,
        data=lambda world: {
            "ids": world["candidates.Candidate"].pk,
            "job": world["pipelines.Job"].pk,
        },
    ),
    "pipelines:consider": Route(
        EDITORS,
        POST,
        {"candidate_pk": "candidates.Candidate"},
        data=lambda world: {"job": world["pipelines.Job"].pk},
    ),
    "pipelines:consider_pool": Route(
        EDITORS,
        POST,
        {"pool_pk": "candidates.TalentPool"},
        data=lambda world: {"job": world["pipelines.Job"].pk},
    ),
    "pipelines:templates": Route(RECRUITERS, BOTH, data=lambda world: {"name": "Short"}),
    "pipelines:rename_template": Route(
        RECRUITERS, POST, {"pk": "pipelines.Pipeline"}, data=lambda world: {"name": "Short"}
    ),
    "pipelines:remove_template": Route(RECRUITERS, POST, {"pk": "template"}, data=lambda world: {}),
    "pipelines:stages": Route(
        RECRUITERS,
        BOTH,
        {"pk": "pipelines.Pipeline"},
        data=lambda world: {"name": "Reference", "kind": "screen", "stale_after_days": "5"},
    ),
    "pipelines:edit_stage": Route(
        RECRUITERS,
        BOTH,
        {"pk": "pipelines.Stage"},
        data=lambda world: {"name": "Reference", "kind": "lead", "stale_after_days": "5"},
    ),
    "pipelines:rules": Route(
        RECRUITERS,
        BOTH,
        {"pk": "pipelines.Stage"},
        data=lambda world: {
            "action": "notify",
            "title": "Look",
            "whom": "owner",
            "after_hours": "0",
            "due_in_days": "1",
        },
    ),
    "pipelines:rule": Route(RECRUITERS, objects={"pk": "pipelines.StageRule"}),
    "pipelines:pause_rule": Route(
        RECRUITERS, POST, {"pk": "pipelines.StageRule"}, data=lambda world: {}
    ),
    "pipelines:apply_rule": Route(
        RECRUITERS, POST, {"pk": "pipelines.StageRule"}, data=lambda world: {}
    ),
    "pipelines:remove_rule": Route(
        RECRUITERS, POST, {"pk": "pipelines.StageRule"}, data=lambda world: {}
    ),
    "pipelines:add_criterion": Route(
        RECRUITERS,
        POST,
        {"pk": "pipelines.Pipeline"},
        data=lambda world: {"criterion-name": "Kindness"},
    ),
    "pipelines:remove_criterion": Route(
        RECRUITERS, POST, {"pk": "pipelines.Criterion"}, data=lambda world: {}
    ),
    "pipelines:shift_stage": Route(
        RECRUITERS, POST, {"pk": "pipelines.Stage"}, data=lambda world: {"steps": "1"}
    ),
    "pipelines:remove_stage": Route(
        RECRUITERS,
        POST,
        {"pk": "pipelines.Stage"},
        shown_by="tests/pipelines/test_stages.py::test_stages_page_adds_edits_orders_and_removes",
    ),
    "pipelines:watch": Route(READERS, POST, {"pk": "pipelines.Job"}, data=lambda world: {}),
}

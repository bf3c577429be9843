"""Candidates: the list, the record, imports, exports, résumés, duplicates, saved searches."""

from crm.tenancy.roles import ADMINS, EDITORS, MEMBERS, READERS, RECRUITERS
from tests.access.role_table.rules import BOTH, GET, POST, Route, pk

ROUTES: dict[str, Route] = {
    # candidates
    "candidates:list": Route(READERS, query=lambda world: {"q": "acme", "owner": "me"}),
    # For htmx alone; a browser is sent to the list with its filters.
    "candidates:filters": Route(READERS, status=302),
    "candidates:count": Route(READERS, query=lambda world: {"q": "acme"}, status=302),
    "searches:list": Route(READERS),
    "searches:save": Route(
        READERS,
        BOTH,
        query=lambda world: {"where": "has:owner"},
        data=lambda world: {"name": "Owned", "where": "has:owner"},
    ),
    "searches:open": Route(READERS, objects=pk("candidates.SavedSearch"), status=302),
    "searches:pin": Route(READERS, POST, pk("candidates.SavedSearch"), data=lambda world: {}),
    "searches:delete": Route(READERS, POST, pk("candidates.SavedSearch"), data=lambda world: {}),
    "candidates:build": Route(READERS, query=lambda world: {"where": "no:owner"}),
    "candidates:add": Route(
        EDITORS,
        BOTH,
        data=lambda world: {
            "full_name": "Somebody New",
            "status": "new",
            "lawful_basis": "consent",
            "owner": world.member.pk,
        },
    ),
    "candidates:cold": Route(READERS, query=lambda world: {"show": "all"}),
    "candidates:bulk_snooze": Route(
        EDITORS,
        POST,
        data=lambda world: {
            "frozen": world["candidates.Candidate"].pk,
            "until": "2099-01-01",
            "reason": world["candidates.NotNowReason"].pk,
        },
    ),
    "candidates:bulk_act": Route(EDITORS, objects={"pk": "candidates.BulkAct"}),
    "candidates:stop_bulk_act": Route(EDITORS, POST, {"pk": "running act"}, data=lambda world: {}),
    "candidates:bulk_task": Route(
        EDITORS,
        POST,
        data=lambda world: {
            "frozen": world["candidates.Candidate"].pk,
            "title": "Call",
            "assignee": world.member.pk,
        },
    ),
    "candidates:snooze": Route(
        EDITORS,
        BOTH,
        {"pk": "candidates.Candidate"},
        data=lambda world: {
            "until": "2099-01-01",
            "reason": world["candidates.NotNowReason"].pk,
        },
    ),
    "candidates:watch": Route(READERS, POST, {"pk": "candidates.Candidate"}, data=lambda world: {}),
    "candidates:wake": Route(EDITORS, POST, {"pk": "candidates.Candidate"}, data=lambda world: {}),
    "candidates:bulk": Route(
        EDITORS,
        POST,
        kwargs={"action": "pool"},
        data=lambda world: {
            "frozen": world["candidates.Candidate"].pk,
            "pool": world["candidates.TalentPool"].pk,
        },
    ),
    "candidates:change_sets": Route(EDITORS),
    "candidates:take_proposal": Route(
        EDITORS, POST, {"pk": "candidates.Proposal"}, data=lambda world: {}
    ),
    "candidates:dismiss_proposal": Route(
        EDITORS, POST, {"pk": "candidates.Proposal"}, data=lambda world: {}
    ),
    "candidates:change_set": Route(EDITORS, GET, {"pk": "candidates.ChangeSet"}),
    "candidates:undo_changes": Route(
        EDITORS, POST, {"pk": "candidates.ChangeSet"}, data=lambda world: {}
    ),
    "candidates:detail": Route(MEMBERS, GET, {"pk": "candidates.Candidate"}),
    "candidates:edit": Route(
        EDITORS,
        BOTH,
        {"pk": "candidates.Candidate"},
        data=lambda world: {
            "full_name": "Somebody Else",
            "status": "new",
            "lawful_basis": "consent",
            "owner": world.member.pk,
        },
    ),
    "candidates:note": Route(
        EDITORS, POST, {"pk": "candidates.Candidate"}, data=lambda world: {"body": "Called back."}
    ),
    "candidates:edit_note": Route(
        EDITORS,
        BOTH,
        {"pk": "candidates.Note"},
        data=lambda world: {
            "body": "Called back.",
            "seen_by": "some",
            "readers": [world.member.pk],
        },
    ),
    "candidates:delete_note": Route(
        EDITORS, POST, {"pk": "candidates.Note"}, data=lambda world: {}
    ),
    "candidates:contact": Route(
        EDITORS,
        POST,
        {"pk": "candidates.Candidate"},
        data=lambda world: {"kind": "text", "summary": "Wrote."},
    ),
    "candidates:remove_contact": Route(
        EDITORS, POST, {"pk": "logged contact"}, data=lambda world: {}
    ),
    "candidates:background": Route(READERS, GET, {"pk": "candidates.Candidate"}),
    "candidates:add_row": Route(
        EDITORS,
        BOTH,
        {"pk": "candidates.Candidate"},
        kwargs={"kind": "experience"},
        data=lambda world: {"title": "Engineer", "company": "Initech", "evidence": "declared"},
    ),
    "candidates:edit_row": Route(
        EDITORS,
        BOTH,
        {"row": "candidates.EmailAddress"},
        kwargs={"kind": "email"},
        data=lambda world: {"address": "new@example.com", "use": "work", "state": "valid"},
    ),
    "candidates:remove_row": Route(
        EDITORS,
        POST,
        {"row": "candidates.PhoneNumber"},
        kwargs={"kind": "phone"},
        data=lambda world: {},
    ),
    "candidates:primary_row": Route(
        EDITORS,
        POST,
        {"row": "candidates.EmailAddress"},
        kwargs={"kind": "email"},
        data=lambda world: {},
    ),
    "candidates:confirm_row": Route(
        EDITORS,
        POST,
        {"row": "candidates.CandidateSkill"},
        kwargs={"kind": "skill"},
        data=lambda world: {},
    ),
    "candidates:preferences": Route(
        EDITORS,
        BOTH,
        {"pk": "candidates.Candidate"},
        data=lambda world: {"wanted_role": "Lead", "pay_period": "year"},
    ),
    "candidates:custom_values": Route(
        EDITORS,
        BOTH,
        {"pk": "candidates.Candidate"},
        data=lambda world: {"custom_notice": "Three months"},
    ),
    "candidates:undo_edit": Route(
        EDITORS,
        POST,
        {"pk": "candidates.Candidate", "change_set": "candidates.ChangeSet"},
        shown_by="tests/candidates/test_record_rows.py::test_an_address_is_added_changed_removed_and_brought_back",
    ),
    "candidates:task": Route(
        EDITORS,
        POST,
        {"pk": "candidates.Candidate"},
        data=lambda world: {"title": "Call", "assignee": world.member.pk},
    ),
    "candidates:tag": Route(
        EDITORS,
        POST,
        {"pk": "candidates.Candidate"},
        data=lambda world: {"remove": world["candidates.Tag"].pk},
    ),
    "candidates:skill": Route(
        EDITORS,
        POST,
        {"pk": "candidates.Candidate"},
        data=lambda world: {"remove": world["candidates.Skill"].pk},
    ),
    "candidates:owner": Route(
        EDITORS,
        POST,
        {"pk": "candidates.Candidate"},
        data=lambda world: {"owner": world.member.pk},
    ),
    "candidates:status": Route(
        EDITORS, POST, {"pk": "candidates.Candidate"}, data=lambda world: {"status": "hired"}
    ),
    "candidates:join_pool": Route(
        EDITORS,
        POST,
        {"pk": "candidates.Candidate"},
        data=lambda world: {"pool": world["candidates.TalentPool"].pk},
    ),
    "candidates:leave_pool": Route(
        EDITORS,
        POST,
        {"pk": "candidates.Candidate", "pool": "candidates.TalentPool"},
        data=lambda world: {},
    ),
    "candidates:imports": Route(EDITORS),
    "candidates:import_add": Route(
        EDITORS,
        POST,
        shown_by="tests/candidates/imports/test_views.py::test_the_same_file_is_noticed",
    ),
    "candidates:import": Route(EDITORS, GET, {"pk": "candidates.Import"}),
    "candidates:import_columns": Route(
        EDITORS,
        BOTH,
        {"pk": "candidates.Import"},
        shown_by="tests/candidates/imports/test_views.py::test_starting_twice_is_starting_once",
    ),
    "candidates:import_reading": Route(
        EDITORS,
        POST,
        {"pk": "candidates.Import"},
        shown_by="tests/candidates/imports/test_reading_pages.py::test_a_wrong_encoding_is_put_right_on_the_page",
    ),
    "candidates:exports": Route(RECRUITERS),
    "candidates:export_people": Route(RECRUITERS, POST, data=lambda world: {"q": "acme"}),
    "candidates:export_selected": Route(
        RECRUITERS,
        POST,
        data=lambda world: {"frozen": world["candidates.Candidate"].pk, "format": "csv"},
    ),
    "candidates:export_everything": Route(ADMINS, POST, data=lambda world: {}),
    # Its file: tests/candidates/exports/.
    "candidates:export": Route(RECRUITERS, GET, pk("candidates.Export"), status=409),
    "candidates:export_delete": Route(
        RECRUITERS, POST, pk("candidates.Export"), data=lambda world: {}
    ),
    "candidates:import_start": Route(
        EDITORS,
        POST,
        {"pk": "candidates.Import"},
        shown_by="tests/candidates/imports/test_views.py::test_starting_twice_is_starting_once",
    ),
    "candidates:import_discard": Route(
        EDITORS, POST, {"pk": "candidates.Import"}, data=lambda world: {}
    ),
    "candidates:import_failed": Route(EDITORS, GET, {"pk": "candidates.Import"}),
    "candidates:resumes": Route(EDITORS),
    "candidates:resume_upload_add": Route(
        EDITORS,
        POST,
        shown_by="tests/candidates/resumes/test_views.py::test_files_are_listed_by_what_became_of_them",
    ),
    "candidates:resume_upload": Route(EDITORS, GET, {"pk": "candidates.ResumeUpload"}),
    "candidates:resume_add": Route(
        EDITORS,
        POST,
        {"pk": "candidates.Candidate"},
        shown_by="tests/candidates/resumes/test_views.py::test_versions_on_the_record",
    ),
    "candidates:resume": Route(READERS, GET, {"pk": "candidates.Resume"}),
    "candidates:resume_accept": Route(
        EDITORS,
        POST,
        {"pk": "candidates.Resume"},
        data=lambda world: {
            "full_name": "Somebody New",
            "work-TOTAL_FORMS": 0,
            "work-INITIAL_FORMS": 0,
            "education-TOTAL_FORMS": 0,
            "education-INITIAL_FORMS": 0,
        },
    ),
    "candidates:resume_discard": Route(
        EDITORS, POST, {"pk": "candidates.Resume"}, data=lambda world: {}
    ),
    "candidates:custom_file": Route(READERS, GET, {"pk": "candidates.CandidateCustomValue"}),
    "candidates:resume_file": Route(READERS, GET, {"pk": "candidates.Resume"}),
    "candidates:resume_page": Route(
        READERS, GET, {"pk": "candidates.Resume"}, kwargs={"number": 1}
    ),
    "candidates:duplicates": Route(EDITORS, query=lambda world: {"sure": "75", "kind": "phone"}),
    "candidates:compare": Route(
        EDITORS, query=lambda world: {"people": world["candidates.Candidate"].pk}
    ),
    "candidates:merge": Route(
        EDITORS,
        POST,
        shown_by="tests/candidates/merging/test_views.py::test_merge_takes_the_choices_and_goes_to_the_person",
    ),
    "candidates:tell_apart": Route(
        EDITORS,
        POST,
        shown_by="tests/candidates/merging/test_views.py::test_not_the_same_is_remembered_and_can_be_taken_back",
    ),
    "candidates:take_back_apart": Route(
        EDITORS, POST, {"pk": "candidates.Distinction"}, data=lambda world: {}
    ),
    "candidates:merge_all": Route(
        RECRUITERS,
        BOTH,
        shown_by="tests/candidates/merging/test_merging_all.py::test_all_of_them_shows_first_and_merges_with_one_undo",
    ),
    "candidates:matching_rules": Route(ADMINS, BOTH, data=lambda world: {"ignores_dots": "on"}),
}

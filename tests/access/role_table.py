"""The reviewed table: who may open which address of an organization, with what, and what it does.

A URL that is not here fails the build (`test_urls.py`). `objects` says which model's id each URL
argument takes; `data` is a body that the POST accepts, made from the world's own rows, so that the
walk can also post another organization's ids and see them refused.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from candidates.models import Notification
from crm.tenancy.roles import ADMINS, EDITORS, MEMBERS, READERS, RECRUITERS, Role
from tests.access.world import World

GET, POST, BOTH = ("GET",), ("POST",), ("GET", "POST")


@dataclass(frozen=True)
class Route:
    """One address: its roles, its methods, the model of each argument, a body that its POST accepts."""

    roles: frozenset[Role]
    methods: tuple[str, ...] = GET
    objects: dict[str, str] = field(default_factory=dict)
    kwargs: dict[str, Any] = field(default_factory=dict)
    query: Callable[[World], dict[str, Any]] | None = None
    data: Callable[[World], dict[str, Any]] | None = None
    # What the page answers its member: 302 for a page that only sends on.
    status: int = 200


def pk(label: str) -> dict[str, str]:
    return {"pk": label}


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
    "candidates:stop_bulk_act": Route(EDITORS, POST, {"pk": "candidates.BulkAct"}),
    "candidates:bulk_task": Route(
        EDITORS,
        POST,
        data=lambda world: {
            "frozen": world["candidates.Candidate"].pk,
            "title": "Call",
            "assignee": world.member.pk,
        },
    ),
    "candidates:undo_snooze": Route(EDITORS, POST, kwargs={"token": "forged"}),
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
    "people_settings:general": Route(
        ADMINS, BOTH, data=lambda world: {"cold_after_days": 90, "tag_makers": "admin"}
    ),
    "people_settings:tags": Route(ADMINS, BOTH, data=lambda world: {"name": "Berlin", "hue": 2}),
    "people_settings:tag": Route(
        ADMINS, BOTH, {"pk": "candidates.Tag"}, data=lambda world: {"name": "Berlin", "hue": 2}
    ),
    # Bodies that name two of a kind: tests/candidates/test_people_settings.py.
    "people_settings:merge_tag": Route(ADMINS, POST, {"pk": "candidates.Tag"}),
    "people_settings:delete_tag": Route(
        ADMINS, POST, {"pk": "candidates.Tag"}, data=lambda world: {}
    ),
    "people_settings:skills": Route(
        ADMINS, BOTH, data=lambda world: {"name": "Falconry", "family": ""}
    ),
    "people_settings:skill": Route(
        ADMINS, BOTH, pk("candidates.Skill"), data=lambda world: {"name": "Falconry", "family": ""}
    ),
    "people_settings:assign_skill": Route(
        ADMINS, POST, pk("candidates.Skill"), data=lambda world: {"into": "Python"}
    ),
    "people_settings:decide_skill": Route(
        ADMINS, POST, pk("candidates.Skill"), data=lambda world: {"act": "accept"}
    ),
    "people_settings:skill_aliases": Route(
        ADMINS, POST, pk("candidates.Skill"), data=lambda world: {"name": "hawking"}
    ),
    "people_settings:companies": Route(
        ADMINS, BOTH, data=lambda world: {"name": "Tidewater", "scope": "now", "effect": "block"}
    ),
    # A file: tests/candidates/test_company_rules.py.
    "people_settings:import_companies": Route(ADMINS, POST),
    "people_settings:company": Route(
        ADMINS,
        BOTH,
        pk("candidates.CompanyRule"),
        data=lambda world: {"name": "Tidewater", "scope": "now", "effect": "block"},
    ),
    "people_settings:remove_company": Route(
        ADMINS, POST, pk("candidates.CompanyRule"), data=lambda world: {}
    ),
    "people_settings:merge_source": Route(ADMINS, POST, {"pk": "candidates.Source"}),
    "people_settings:entries": Route(
        ADMINS, BOTH, kwargs={"kind": "not-now"}, data=lambda world: {"name": "Moving"}
    ),
    "people_settings:entry": Route(
        ADMINS,
        BOTH,
        {"pk": "candidates.NotNowReason"},
        kwargs={"kind": "not-now"},
        data=lambda world: {"name": "Moving"},
    ),
    "people_settings:archive": Route(
        ADMINS,
        POST,
        {"pk": "candidates.NotNowReason"},
        kwargs={"kind": "not-now"},
        data=lambda world: {},
    ),
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
    "candidates:remove_contact": Route(EDITORS, POST, {"pk": "candidates.Touchpoint"}),
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
        EDITORS, POST, {"row": "candidates.PhoneNumber"}, kwargs={"kind": "phone"}
    ),
    "candidates:primary_row": Route(
        EDITORS, POST, {"row": "candidates.EmailAddress"}, kwargs={"kind": "email"}
    ),
    "candidates:confirm_row": Route(
        EDITORS, POST, {"row": "candidates.CandidateSkill"}, kwargs={"kind": "skill"}
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
    ),
    "fields:list": Route(ADMINS),
    "fields:add": Route(
        ADMINS,
        BOTH,
        data=lambda world: {
            "subject": "job",
            "name": "Notice",
            "kind": "text",
            "visible_to": "readers",
        },
    ),
    "fields:edit": Route(
        ADMINS,
        BOTH,
        {"pk": "candidates.CustomField"},
        data=lambda world: {"name": "Notice", "visible_to": "admins"},
    ),
    "fields:move": Route(ADMINS, POST, {"pk": "candidates.CustomField"}, kwargs={"way": "up"}),
    "fields:archive": Route(ADMINS, POST, {"pk": "candidates.CustomField"}),
    "fields:restore": Route(ADMINS, POST, {"pk": "candidates.CustomField"}),
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
    "candidates:import_add": Route(EDITORS, POST),
    "candidates:import": Route(EDITORS, GET, {"pk": "candidates.Import"}),
    # Bodies that name objects, or hold a file: tests/candidates/imports/test_views.py.
    "candidates:import_columns": Route(EDITORS, BOTH, {"pk": "candidates.Import"}),
    "candidates:import_reading": Route(EDITORS, POST, {"pk": "candidates.Import"}),
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
    "candidates:import_start": Route(EDITORS, POST, {"pk": "candidates.Import"}),
    "candidates:import_discard": Route(
        EDITORS, POST, {"pk": "candidates.Import"}, data=lambda world: {}
    ),
    "candidates:import_failed": Route(EDITORS, GET, {"pk": "candidates.Import"}),
    "candidates:resumes": Route(EDITORS),
    "candidates:resume_upload_add": Route(EDITORS, POST),
    "candidates:resume_upload": Route(EDITORS, GET, {"pk": "candidates.ResumeUpload"}),
    "candidates:resume_add": Route(EDITORS, POST, {"pk": "candidates.Candidate"}),
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
    "pools:custom_file": Route(READERS, GET, {"pk": "candidates.PoolCustomValue"}),
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
    ),
    "candidates:resume_file": Route(READERS, GET, {"pk": "candidates.Resume"}),
    "candidates:resume_page": Route(
        READERS, GET, {"pk": "candidates.Resume"}, kwargs={"number": 1}
    ),
    "notifications:list": Route(MEMBERS, query=lambda world: {"show": "unread"}),
    "notifications:read_all": Route(MEMBERS, POST, data=lambda world: {}),
    "notifications:choices": Route(
        MEMBERS,
        BOTH,
        data=lambda world: dict.fromkeys(Notification.Kind.values, "off"),
    ),
    "notifications:open": Route(
        MEMBERS, POST, {"pk": "candidates.Notification"}, data=lambda world: {}
    ),
    "notifications:unread": Route(
        MEMBERS, POST, {"pk": "candidates.Notification"}, data=lambda world: {}
    ),
    "candidates:duplicates": Route(EDITORS, query=lambda world: {"sure": "75", "kind": "phone"}),
    "candidates:compare": Route(
        EDITORS, query=lambda world: {"people": world["candidates.Candidate"].pk}
    ),
    # Bodies that name several people: tests/candidates/merging/test_views.py.
    "candidates:merge": Route(EDITORS, POST),
    "candidates:tell_apart": Route(EDITORS, POST),
    "candidates:take_back_apart": Route(
        EDITORS, POST, {"pk": "candidates.Distinction"}, data=lambda world: {}
    ),
    "candidates:merge_all": Route(RECRUITERS, BOTH),
    "candidates:matching_rules": Route(ADMINS, BOTH, data=lambda world: {"ignores_dots": "on"}),
    "pools:list": Route(READERS),
    "pools:preview": Route(EDITORS, query=lambda world: {"rule": "acme"}),
    "pools:create": Route(
        EDITORS, BOTH, data=lambda world: {"name": "Designers", "owner": world.member.pk}
    ),
    "pools:detail": Route(
        READERS, GET, {"pk": "candidates.TalentPool"}, query=lambda world: {"q": "acme"}
    ),
    "pools:remind": Route(
        EDITORS,
        BOTH,
        {"pk": "candidates.TalentPool"},
        data=lambda world: {"title": "Look", "assignees": world.member.pk},
    ),
    "pools:edit": Route(
        EDITORS,
        BOTH,
        {"pk": "candidates.TalentPool"},
        data=lambda world: {"name": "Designers", "owner": world.member.pk},
    ),
    "pools:watch": Route(READERS, POST, {"pk": "candidates.TalentPool"}, data=lambda world: {}),
    "pools:archive": Route(EDITORS, POST, {"pk": "candidates.TalentPool"}, data=lambda world: {}),
    "pools:restore": Route(EDITORS, POST, {"pk": "candidates.TalentPool"}, data=lambda world: {}),
    "pools:join": Route(
        EDITORS,
        POST,
        {"pk": "candidates.TalentPool"},
        data=lambda world: {"ids": world["candidates.Candidate"].pk},
    ),
    "pool_stages:board": Route(READERS, GET, {"pk": "staged pool"}),
    "pool_stages:table": Route(READERS, GET, {"pk": "staged pool"}),
    "pool_stages:give": Route(
        RECRUITERS,
        POST,
        {"pk": "candidates.TalentPool"},
        data=lambda world: {},
    ),
    "pool_stages:remove": Route(RECRUITERS, POST, {"pk": "staged pool"}, data=lambda world: {}),
    # A page without htmx is sent on to the table.
    "pool_stages:more": Route(
        READERS, GET, {"pk": "staged pool", "stage_pk": "stage of pool"}, status=302
    ),
    "pool_stages:remind": Route(
        EDITORS,
        BOTH,
        {"pk": "staged pool", "stage_pk": "stage of pool"},
        data=lambda world: {"title": "Look", "assignees": world.member.pk},
    ),
    "pool_stages:move": Route(
        EDITORS,
        POST,
        {"pk": "staged pool"},
        data=lambda world: {
            "card": world["place"].pk,
            "version": "0",
            "stage": world["stage of pool"].pk,
        },
    ),
    "pool_stages:move_selected": Route(
        EDITORS,
        POST,
        {"pk": "staged pool"},
        data=lambda world: {
            "cards": f"{world['place'].pk}:0",
            "stage": world["stage of pool"].pk,
        },
    ),
    "pool_stages:undo_selected": Route(
        EDITORS, POST, {"pk": "staged pool"}, kwargs={"token": "old"}
    ),
    "pool_stages:undo": Route(
        EDITORS, POST, {"pk": "place"}, kwargs={"version": 0}, data=lambda world: {}
    ),
    "pools:leave": Route(
        EDITORS,
        POST,
        {"pk": "candidates.TalentPool"},
        data=lambda world: {"ids": world["candidates.Candidate"].pk},
    ),
    "tasks:day": Route(READERS),
    "tasks:edit": Route(
        EDITORS,
        BOTH,
        {"pk": "candidates.Task"},
        data=lambda world: {"title": "Call again", "assignee": world.member.pk},
    ),
    "tasks:snooze": Route(
        EDITORS, BOTH, {"pk": "candidates.Task"}, data=lambda world: {"until": "tomorrow"}
    ),
    "tasks:bulk": Route(
        EDITORS,
        POST,
        kwargs={"action": "done"},
        data=lambda world: {"ids": world["candidates.Task"].pk},
    ),
    "tasks:undo": Route(EDITORS, POST, kwargs={"token": "forged"}),
    "tasks:list": Route(READERS, query=lambda world: {"show": "all"}),
    "tasks:add": Route(
        EDITORS, POST, data=lambda world: {"title": "Call", "assignee": world.member.pk}
    ),
    "tasks:complete": Route(EDITORS, POST, {"pk": "candidates.Task"}, data=lambda world: {}),
    "tasks:reopen": Route(EDITORS, POST, {"pk": "candidates.Task"}, data=lambda world: {}),
    # crm.tenancy
    "tenancy:settings": Route(
        ADMINS,
        BOTH,
        data=lambda world: {"name": "Acme", "time_zone": "UTC", "postal_address": "1 Road"},
    ),
    "tenancy:members": Route(ADMINS),
    "tenancy:invite": Route(
        ADMINS, POST, data=lambda world: {"email": "new@example.com", "role": Role.VIEWER}
    ),
    "tenancy:change_role": Route(
        ADMINS, POST, pk("tenancy.Membership"), data=lambda world: {"role": Role.SOURCER}
    ),
    "tenancy:remove_member": Route(ADMINS, POST, pk("tenancy.Membership"), data=lambda world: {}),
    "tenancy:resend_invitation": Route(
        ADMINS, POST, pk("tenancy.Invitation"), data=lambda world: {}
    ),
    "tenancy:revoke_invitation": Route(
        ADMINS, POST, pk("tenancy.Invitation"), data=lambda world: {}
    ),
    # crm.audit
    "audit:list": Route(ADMINS),
    # crm.privacy
    "privacy:overview": Route(ADMINS, BOTH, data=lambda world: {"keep_days": "365"}),
    "privacy:start": Route(ADMINS, POST, data=lambda world: {"dry_run": "1"}),
    "privacy:expired": Route(ADMINS),
    "privacy:data_map": Route(ADMINS),
    "privacy:notice_rules": Route(
        ADMINS, BOTH, data=lambda world: {"is_enabled": "on", "days": "20", "text": "{{ source }}"}
    ),
    "privacy:to_be_told": Route(RECRUITERS, query=lambda world: {"show": "soon"}),
    "privacy:send_notices": Route(
        RECRUITERS, POST, data=lambda world: {"sender": world["campaigns.Sender"].pk, "show": ""}
    ),
    "privacy:mark_told": Route(RECRUITERS, POST, pk("candidates.Candidate"), data=lambda world: {}),
    "privacy:run": Route(RECRUITERS, GET, pk("privacy.PurgeRun")),
    "privacy:certificate": Route(RECRUITERS, GET, pk("privacy.PurgeRun")),
    "privacy:erase_selected": Route(
        ADMINS, POST, data=lambda world: {"frozen": world["candidates.Candidate"].pk, "number": 1}
    ),
    "privacy:copy": Route(ADMINS, BOTH, pk("candidates.Candidate"), data=lambda world: {}),
    "privacy:erase": Route(
        RECRUITERS,
        BOTH,
        pk("candidates.Candidate"),
        data=lambda world: {"name": world.marker},
    ),
    "home": Route(MEMBERS),
    "palette": Route(MEMBERS, query=lambda world: {"q": "acme"}),
    "analytics:overview": Route(READERS),
    "analytics:people": Route(
        READERS,
        query=lambda world: {"metric": "members", "id": world["candidates.TalentPool"].pk},
    ),
    "pipelines:jobs": Route(MEMBERS),
    "pipelines:add": Route(
        RECRUITERS,
        BOTH,
        data=lambda world: {"title": "Staff Engineer", "openings": "1", "status": "open"},
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
        RECRUITERS, POST, {"pk": "pipelines.Job", "member_pk": "pipelines.JobMember"}
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
        EDITORS, POST, {"pk": "pipelines.Job"}, kwargs={"token": "old"}
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
    "pipelines:reject": Route(EDITORS, BOTH, {"pk": "pipelines.Candidacy"}),
    "pipelines:transfer": Route(EDITORS, BOTH, {"pk": "pipelines.Candidacy"}),
    "pipelines:rate": Route(
        EDITORS, POST, {"pk": "pipelines.Candidacy"}, data=lambda world: {"rating": "4"}
    ),
    "pipelines:shortlist_one": Route(EDITORS, POST, {"pk": "pipelines.Candidacy"}),
    "pipelines:hand_over": Route(EDITORS, BOTH, {"pk": "pipelines.Candidacy"}),
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
    "pipelines:remove": Route(EDITORS, POST, {"pk": "pipelines.Candidacy"}, data=lambda world: {}),
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
    "pipelines:rename_template": Route(RECRUITERS, POST, {"pk": "pipelines.Pipeline"}),
    "pipelines:remove_template": Route(RECRUITERS, POST, {"pk": "pipelines.Pipeline"}),
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
    "pipelines:pause_rule": Route(RECRUITERS, POST, {"pk": "pipelines.StageRule"}),
    "pipelines:apply_rule": Route(RECRUITERS, POST, {"pk": "pipelines.StageRule"}),
    "pipelines:remove_rule": Route(RECRUITERS, POST, {"pk": "pipelines.StageRule"}),
    "pipelines:add_criterion": Route(
        RECRUITERS,
        POST,
        {"pk": "pipelines.Pipeline"},
        data=lambda world: {"criterion-name": "Kindness"},
    ),
    "pipelines:remove_criterion": Route(RECRUITERS, POST, {"pk": "pipelines.Criterion"}),
    "pipelines:shift_stage": Route(
        RECRUITERS, POST, {"pk": "pipelines.Stage"}, data=lambda world: {"steps": "1"}
    ),
    "pipelines:remove_stage": Route(RECRUITERS, POST, {"pk": "pipelines.Stage"}),
}

INTERVIEW = {"pk": "pipelines.Interview"}


def _interview(world: World) -> dict[str, Any]:
    return {
        "title": "Technical interview",
        "interviewers": world.member.pk,
        "minutes": "45",
        "time_zone": "Europe/Berlin",
    }


ROUTES |= {
    "interviews:list": Route(MEMBERS, query=lambda world: {"show": "all"}),
    "interviews:times": Route(
        MEMBERS,
        BOTH,
        data=lambda world: {
            "first": date.today() + timedelta(days=2),  # noqa: DTZ011 - any day will do
            "last": date.today() + timedelta(days=2),  # noqa: DTZ011
            "weekdays": ["0", "1", "2", "3", "4", "5", "6"],
            "starts": "09:00",
            "ends": "12:00",
        },
    ),
    "interviews:remove_time": Route(
        MEMBERS, POST, {"pk": "pipelines.OfferedTime"}, data=lambda world: {}
    ),
    "interviews:calendars": Route(
        MEMBERS, BOTH, data=lambda world: {"job": world["pipelines.Job"].pk}
    ),
    "interviews:revoke_calendar": Route(
        MEMBERS, POST, {"pk": "pipelines.CalendarFeed"}, data=lambda world: {}
    ),
    "interviews:arrange": Route(
        RECRUITERS,
        BOTH,
        {"candidacy_pk": "pipelines.Candidacy"},
        data=lambda world: (
            _interview(world) | {"days_ahead": "14", "from_time": "08:00", "to_time": "18:00"}
        ),
    ),
    "interviews:detail": Route(MEMBERS, GET, INTERVIEW),
    "interviews:edit": Route(RECRUITERS, BOTH, INTERVIEW, data=_interview),
    "interviews:move": Route(
        RECRUITERS, BOTH, INTERVIEW, data=lambda world: {"starts_at": "2099-01-01T10:00"}
    ),
    "interviews:cancel": Route(RECRUITERS, POST, INTERVIEW, data=lambda world: {}),
    # The world's interview has not begun: nobody has missed it.
    "interviews:no_show": Route(RECRUITERS, POST, INTERVIEW),
    "interviews:renew_link": Route(RECRUITERS, POST, INTERVIEW, data=lambda world: {}),
    "interviews:answer": Route(MEMBERS, POST, INTERVIEW, data=lambda world: {"says": "accepted"}),
    "reviews:page": Route(MEMBERS, GET, {"job_pk": "pipelines.Job"}),
    "reviews:make_link": Route(
        RECRUITERS,
        POST,
        {"job_pk": "pipelines.Job"},
        data=lambda world: {"email": "boss@example.com", "days": "7"},
    ),
    "reviews:revoke_link": Route(
        RECRUITERS, POST, {"pk": "pipelines.ReviewLink"}, data=lambda world: {}
    ),
    # The world's person is on no shortlist, and in no blind stage.
    "reviews:answer": Route(MEMBERS, POST, {"pk": "pipelines.Candidacy"}),
    "reviews:unblind": Route(RECRUITERS, POST, {"pk": "pipelines.Candidacy"}),
    "referrals:list": Route(
        READERS,
        BOTH,
        # Only recruiters may post here: tests/pipelines/test_referrals.py.
        data=lambda world: {"name": "Intranet", "job": world["pipelines.Job"].pk},
    ),
    "referrals:close_link": Route(
        RECRUITERS, POST, {"pk": "pipelines.ReferralLink"}, data=lambda world: {}
    ),
    "pipelines:watch": Route(READERS, POST, {"pk": "pipelines.Job"}, data=lambda world: {}),
}

SENDER = {
    "name": "Robin",
    "address": "robin@acme.example",
    "daily_cap": "50",
    "window_days": ["0", "1"],
    "window_start": "09:00",
    "window_end": "17:00",
    "time_zone": "Europe/Berlin",
}
ACCOUNT = {
    "name": "Brevo",
    "kind": "brevo",
    "port": "465",
    "security": "tls",
    "secret": "a key",
}
MAILBOX = {
    "address": "robin@acme.example",
    "host": "127.0.0.1",
    "port": "993",
    "security": "tls",
    "username": "robin",
    "secret": "a password",
    "folder_lines": "INBOX",
}
TEMPLATE = {
    "name": "First mail",
    "visibility": "shared",
    "subject": "Hello",
    "body": "Hi {{ first_name | there }}, shall we talk?",
}
STEP = {"kind": "mail", "wait_business_days": "2", "subject": "Hello", "body": "Hi there"}


def _sender(world: World) -> dict[str, Any]:
    return {**SENDER, "user": world.member.pk}


def _sequence(world: World) -> dict[str, Any]:
    sender = world["campaigns.Sender"].pk
    return {"name": "Spring", "sender": sender, "owner": world.member.pk}


def _enrolling(world: World) -> dict[str, Any]:
    sequence, candidate = world["campaigns.Sequence"].pk, world["candidates.Candidate"].pk
    return {"confirm": "1", "sequence": sequence, "candidates": candidate}


SEQUENCE = {"pk": "campaigns.Sequence"}
STEP_PK = {"pk": "campaigns.Step"}
ENROLLMENT = {"pk": "campaigns.Enrollment"}
MAIL = {"pk": "campaigns.Message"}
ROUTES |= {
    "senders:list": Route(ADMINS),
    "senders:add": Route(ADMINS, BOTH, data=_sender),
    "senders:edit": Route(ADMINS, BOTH, {"pk": "campaigns.Sender"}, data=_sender),
    "senders:rules": Route(
        ADMINS,
        BOTH,
        data=lambda world: {
            "budget_mails": "3",
            "budget_days": "7",
            "domain_cap": "5",
            "bounce_limit": "5",
            "complaint_limit": "0.3",
        },
    ),
    "senders:pause": Route(
        ADMINS, POST, {"pk": "campaigns.Sender"}, data=lambda world: {"because": "Holidays"}
    ),
    "senders:resume": Route(ADMINS, POST, {"pk": "campaigns.Sender"}, data=lambda world: {}),
    "senders:accounts": Route(ADMINS),
    "senders:add_account": Route(ADMINS, BOTH, data=lambda world: ACCOUNT),
    "senders:edit_account": Route(
        ADMINS, BOTH, {"pk": "campaigns.MailAccount"}, data=lambda world: ACCOUNT
    ),
    # The world's account names no server that could be asked, and a sender goes out through it.
    "senders:check_account": Route(ADMINS, POST, {"pk": "campaigns.MailAccount"}),
    "senders:remove_account": Route(ADMINS, POST, {"pk": "campaigns.MailAccount"}),
    "senders:names": Route(RECRUITERS),
    "senders:health": Route(RECRUITERS, GET, {"pk": "campaigns.Sender"}),
    # Whose name it is decides, and the world's sender is its member's.
    "senders:ask_for_name": Route(RECRUITERS, POST, {"pk": "campaigns.Sender"}),
    "senders:grant_name": Route(RECRUITERS, POST, {"pk": "campaigns.SendPermission"}),
    "senders:revoke_name": Route(RECRUITERS, POST, {"pk": "campaigns.SendPermission"}),
    "mailboxes:list": Route(RECRUITERS),
    "mailboxes:add": Route(RECRUITERS, BOTH, data=lambda world: MAILBOX),
    # One's own only: the walk's members have none.
    "mailboxes:edit": Route(RECRUITERS, BOTH, {"pk": "campaigns.Mailbox"}),
    "mailboxes:stop": Route(RECRUITERS, POST, {"pk": "campaigns.Mailbox"}),
    "mailboxes:remove": Route(RECRUITERS, POST, {"pk": "campaigns.Mailbox"}),
    "senders:pause_all": Route(ADMINS, POST, data=lambda world: {}),
    "senders:resume_all": Route(ADMINS, POST, data=lambda world: {}),
    "campaigns:sequences": Route(READERS),
    "campaigns:add_sequence": Route(RECRUITERS, BOTH, data=_sequence),
    "campaigns:enroll": Route(RECRUITERS, BOTH, data=_enrolling),
    # The world's act is no check: the page sends on to it.
    "campaigns:checked": Route(RECRUITERS, objects={"pk": "candidates.BulkAct"}, status=302),
    "campaigns:sequence": Route(READERS, GET, SEQUENCE),
    "campaigns:edit_sequence": Route(RECRUITERS, BOTH, SEQUENCE, data=_sequence),
    "campaigns:activate": Route(RECRUITERS, POST, SEQUENCE, data=lambda world: {}),
    # The world's sequence is a draft: there is nothing to pause.
    "campaigns:pause": Route(RECRUITERS, POST, SEQUENCE),
    "campaigns:archive": Route(RECRUITERS, POST, SEQUENCE, data=lambda world: {}),
    "campaigns:preview": Route(READERS, GET, SEQUENCE),
    "campaigns:preview_draft": Route(RECRUITERS, POST, SEQUENCE, data=lambda world: STEP),
    "campaigns:add_step": Route(RECRUITERS, BOTH, SEQUENCE, data=lambda world: STEP),
    "campaigns:people": Route(READERS, GET, SEQUENCE),
    "campaigns:move_people": Route(RECRUITERS, POST, SEQUENCE, data=lambda world: {}),
    "campaigns:add_auto_enrollment": Route(
        RECRUITERS,
        POST,
        SEQUENCE,
        data=lambda world: {"pool": world["candidates.TalentPool"].pk},
    ),
    "campaigns:remove_auto_enrollment": Route(
        RECRUITERS, POST, pk("campaigns.AutoEnrollment"), data=lambda world: {}
    ),
    "campaigns:why": Route(READERS, GET, ENROLLMENT),
    "campaigns:personal": Route(
        RECRUITERS,
        BOTH,
        {"pk": "campaigns.Step", "candidate_pk": "candidates.Candidate"},
        data=lambda world: {"subject": "For you", "body": "Hi there"},
    ),
    "campaigns:step": Route(RECRUITERS, BOTH, STEP_PK, data=lambda world: STEP),
    # Somebody is on the world's sequence and got its step: both are refused.
    "campaigns:move_step": Route(RECRUITERS, POST, STEP_PK),
    "campaigns:delete_step": Route(RECRUITERS, POST, STEP_PK),
    "campaigns:stop_enrollment": Route(RECRUITERS, POST, ENROLLMENT, data=lambda world: {}),
    "campaigns:pause_enrollment": Route(RECRUITERS, POST, ENROLLMENT, data=lambda world: {}),
    "campaigns:resume_enrollment": Route(RECRUITERS, POST, ENROLLMENT, data=lambda world: {}),
    "campaigns:needs_a_look": Route(READERS),
    # The world's mail is queued: there is nothing to decide about it.
    "campaigns:resend": Route(RECRUITERS, POST, MAIL),
    "campaigns:mark_sent": Route(RECRUITERS, POST, MAIL),
    "campaigns:replies": Route(READERS),
    "campaigns:sort_reply": Route(RECRUITERS, POST, MAIL),
    "campaigns:keep_address": Route(RECRUITERS, POST, MAIL),
    "campaigns:templates": Route(RECRUITERS),
    "campaigns:add_template": Route(RECRUITERS, BOTH, data=lambda world: TEMPLATE),
    "campaigns:template": Route(
        RECRUITERS, BOTH, {"pk": "campaigns.Template"}, data=lambda world: TEMPLATE
    ),
    "campaigns:archive_template": Route(
        RECRUITERS, POST, {"pk": "campaigns.Template"}, data=lambda world: {}
    ),
    "campaigns:snippets": Route(
        RECRUITERS, BOTH, data=lambda world: {"name": "Calendar", "body": "Choose a time."}
    ),
    "campaigns:remove_snippet": Route(
        RECRUITERS, POST, {"pk": "campaigns.Snippet"}, data=lambda world: {}
    ),
    "campaigns:signature": Route(RECRUITERS, BOTH, data=lambda world: {"body": "Robin"}),
    # The world's candidate cannot be reached.
    "campaigns:write": Route(RECRUITERS, BOTH, {"pk": "candidates.Candidate"}),
    "campaigns:unmatched": Route(RECRUITERS),
    "campaigns:assign": Route(RECRUITERS, POST, MAIL),
    "campaigns:add_writer": Route(RECRUITERS, POST, MAIL),
    "campaigns:dismiss": Route(RECRUITERS, POST, MAIL),
    "campaigns:mail": Route(READERS, GET, MAIL),
    "campaigns:mail_body": Route(READERS, GET, MAIL),
}

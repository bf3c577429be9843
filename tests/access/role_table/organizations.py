"""The house itself: home, settings, fields, members, audit, privacy, analytics."""

from crm.tenancy.roles import ADMINS, MEMBERS, READERS, RECRUITERS, Role
from tests.access.role_table.rules import BOTH, GET, POST, Route, pk

ROUTES: dict[str, Route] = {
    "people_settings:general": Route(
        ADMINS, BOTH, data=lambda world: {"cold_after_days": 90, "tag_makers": "admin"}
    ),
    "people_settings:tags": Route(ADMINS, BOTH, data=lambda world: {"name": "Berlin", "hue": 2}),
    "people_settings:tag": Route(
        ADMINS, BOTH, {"pk": "candidates.Tag"}, data=lambda world: {"name": "Berlin", "hue": 2}
    ),
    "people_settings:merge_tag": Route(
        ADMINS,
        POST,
        {"pk": "candidates.Tag"},
        shown_by="tests/candidates/test_people_settings.py::test_tag_is_merged_and_deleted_from_its_page",
    ),
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
    "people_settings:import_companies": Route(
        ADMINS,
        POST,
        shown_by="tests/candidates/test_company_rules.py::test_page_gives_rows_back_with_what_is_wrong",
    ),
    "people_settings:company": Route(
        ADMINS,
        BOTH,
        pk("candidates.CompanyRule"),
        data=lambda world: {"name": "Tidewater", "scope": "now", "effect": "block"},
    ),
    "people_settings:remove_company": Route(
        ADMINS, POST, pk("candidates.CompanyRule"), data=lambda world: {}
    ),
    "people_settings:merge_source": Route(
        ADMINS,
        POST,
        {"pk": "candidates.Source"},
        shown_by="tests/candidates/test_people_settings.py::test_sources_are_merged_and_archived_ones_no_longer_offered",
    ),
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
    "fields:move": Route(
        ADMINS, POST, {"pk": "candidates.CustomField"}, kwargs={"way": "up"}, data=lambda world: {}
    ),
    "fields:archive": Route(ADMINS, POST, {"pk": "candidates.CustomField"}, data=lambda world: {}),
    "fields:restore": Route(ADMINS, POST, {"pk": "candidates.CustomField"}, data=lambda world: {}),
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
    "tenancy:tokens": Route(MEMBERS),
    # First the password, once more.
    "tenancy:make_token": Route(
        MEMBERS,
        BOTH,
        status=302,
        shown_by="tests/tenancy/test_api_tokens.py::test_token_is_made_and_shown_once",
    ),
    "tenancy:revoke_token": Route(MEMBERS, POST, pk("tenancy.ApiToken"), data=lambda world: {}),
    # crm.api; what is below api:v1 has a table of its own in test_api_urls.py
    "api:docs": Route(MEMBERS),
    "api:openapi": Route(MEMBERS),
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
}

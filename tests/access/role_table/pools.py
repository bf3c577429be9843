"""Pools and their stages, tasks, notifications."""

from candidates.models import Notification
from crm.tenancy.roles import EDITORS, MEMBERS, READERS, RECRUITERS
from tests.access.role_table.rules import BOTH, GET, POST, Route

ROUTES: dict[str, Route] = {
    "pools:custom_file": Route(READERS, GET, {"pk": "candidates.PoolCustomValue"}),
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
    "pools:list": Route(READERS, query=lambda world: {"q": "acme region:north"}),
    "pools:preview": Route(EDITORS, query=lambda world: {"rule": "acme"}),
    "pools:create": Route(
        EDITORS, BOTH, data=lambda world: {"name": "Designers", "owner": world.member.pk}
    ),
    "pools:detail": Route(
        READERS, GET, {"pk": "candidates.TalentPool"}, query=lambda world: {"q": "acme"}
    ),
    "pools:filling": Route(READERS, GET, {"pk": "candidates.TalentPool"}, status=302),
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
    "pools:excluded": Route(READERS, GET, {"pk": "candidates.TalentPool"}),
    "pools:readmit": Route(
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
        EDITORS,
        POST,
        {"pk": "staged pool"},
        kwargs={"token": "old"},
        shown_by="tests/pipelines/pool_stages/test_pages.py::test_selection_moves_and_undo_brings_it_back",
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
    "tasks:undo": Route(
        EDITORS,
        POST,
        kwargs={"token": "forged"},
        shown_by="tests/candidates/test_tasks.py::test_task_is_snoozed_and_comes_back",
    ),
    "tasks:list": Route(READERS, query=lambda world: {"show": "all"}),
    "tasks:add": Route(
        EDITORS, POST, data=lambda world: {"title": "Call", "assignee": world.member.pk}
    ),
    "tasks:complete": Route(EDITORS, POST, {"pk": "candidates.Task"}, data=lambda world: {}),
    "tasks:reopen": Route(EDITORS, POST, {"pk": "candidates.Task"}, data=lambda world: {}),
}

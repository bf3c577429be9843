"""Interviews, the hiring team's reviews, referrals."""

from datetime import date, timedelta
from typing import Any

from crm.tenancy.roles import MEMBERS, READERS, RECRUITERS
from tests.access.role_table.rules import BOTH, GET, POST, Route
from tests.access.world import World

INTERVIEW = {"pk": "pipelines.Interview"}


def _interview(world: World) -> dict[str, Any]:
    return {
        "title": "Technical interview",
        "interviewers": world.member.pk,
        "minutes": "45",
        "time_zone": "Europe/Berlin",
    }


ROUTES: dict[str, Route] = {
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
    "interviews:no_show": Route(RECRUITERS, POST, {"pk": "begun interview"}, data=lambda world: {}),
    "interviews:renew_link": Route(
        RECRUITERS,
        POST,
        INTERVIEW,
        shown_by="tests/pipelines/interviews/test_pages.py::test_who_has_a_time_gets_a_new_link_whatever_is_free",
    ),
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
    "reviews:answer": Route(
        MEMBERS,
        POST,
        {"pk": "pipelines.Candidacy"},
        shown_by="tests/pipelines/test_reviews.py::test_one_press_answers_and_the_recruiter_hears",
    ),
    "reviews:unblind": Route(
        RECRUITERS,
        POST,
        {"pk": "pipelines.Candidacy"},
        shown_by="tests/pipelines/test_reviews.py::test_recruiters_see_who_it_is_and_uncover_it_for_reviewers",
    ),
    "referrals:list": Route(
        READERS,
        BOTH,
        # Only recruiters may post here: tests/pipelines/test_referrals.py.
        data=lambda world: {"name": "Intranet", "job": world["pipelines.Job"].pk},
    ),
    "referrals:close_link": Route(
        RECRUITERS, POST, {"pk": "pipelines.ReferralLink"}, data=lambda world: {}
    ),
}

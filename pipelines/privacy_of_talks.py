"""What interviews, hiring managers' answers and referrals hold about people, and how they go."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Model

from candidates.models import Candidate
from crm.data_map import Category, ModelMap, configuration, personal, technical, usage
from crm.tenancy.bulk import among
from pipelines.models import (
    CalendarFeed,
    Interview,
    Interviewer,
    JobWatch,
    OfferedTime,
    Referral,
    ReferralLink,
    Review,
    ReviewLink,
    Unblinding,
)

WITH_ORGANIZATION = "As long as the organization"
WITH_CANDIDATE = "As long as the candidate"

DATA_MAP: dict[type[Model], ModelMap] = {
    OfferedTime: ModelMap(
        purpose="When a member can interview",
        retention="Until a week after it has passed",
        fields={
            **technical("id", "organization"),
            **usage("user", "starts_at", "ends_at"),
        },
    ),
    Interview: ModelMap(
        purpose="Talking with a candidate about a job at a time that fits everybody",
        retention=WITH_CANDIDATE,
        fields={
            **technical("id", "organization", "uid", "sequence", "link_version", "mail_problem"),
            **technical("candidate_answer_stamp", "candidate_sequence"),
            **configuration("days_ahead", "from_time", "to_time", "kit"),
            **personal(
                Category.PROFESSIONAL,
                *("candidacy", "title", "minutes", "state", "starts_at", "ends_at"),
                *("time_zone", "place", "message", "booked_at", "cancelled_at"),
                *("is_cancelled_by_candidate", "candidate_answer"),
            ),
            **personal(
                Category.USAGE,
                *("stage", "organizer", "link_expires_at", "created_at", "reminded_at"),
                exported=False,
            ),
        },
    ),
    Interviewer: ModelMap(
        purpose="Which members take part in an interview, and whether they were told",
        retention=WITH_CANDIDATE,
        fields={
            **technical("id", "organization", "mail_due_at", "mailed_sequence"),
            **personal(
                Category.USAGE,
                *("interview", "user", "answer", "removed_at", "asked_at", "times_asked"),
                exported=False,
            ),
        },
    ),
    CalendarFeed: ModelMap(
        purpose="Showing a member's interviews in their own calendar",
        retention="Until the member revokes it",
        fields={
            **technical("id", "organization", "job", "token_hash"),
            **usage("user", "created_at", "read_at", "revoked_at"),
        },
    ),
    ReviewLink: ModelMap(
        purpose="Letting one hiring manager without an account answer about a shortlist",
        retention=WITH_ORGANIZATION,
        fields={
            **technical("id", "organization", "job", "token_hash", "mail_due_at"),
            **technical("code_hash", "code_expires_at", "code_tries", "code_due_at"),
            **usage("email", "created_by", "created_at", "expires_at", "revoked_at", "opened_at"),
        },
    ),
    Review: ModelMap(
        purpose="What a hiring manager says of a candidate for a job",
        retention=WITH_CANDIDATE,
        fields={
            **technical("id", "organization"),
            **personal(Category.OPINION, "candidacy", "stage", "answer", "comment", "at"),
            **personal(Category.USAGE, "email", "by", "was_blind", exported=False),
        },
    ),
    Unblinding: ModelMap(
        purpose="Who let reviewers see who somebody is",
        retention=WITH_CANDIDATE,
        fields={
            **technical("id", "organization"),
            **personal(Category.USAGE, "candidacy", "stage", "by", "at", exported=False),
        },
    ),
    ReferralLink: ModelMap(
        purpose="A form by which colleagues refer people",
        retention=WITH_ORGANIZATION,
        fields={
            **technical("id", "organization", "job", "version"),
            **configuration("name"),
            **usage("created_by", "created_at", "closed_at"),
        },
    ),
    Referral: ModelMap(
        purpose="A colleague's word for somebody, with that person's consent",
        retention="As long as the candidate; without one 180 days",
        fields={
            **technical("id", "organization", "mail_due_at"),
            **personal(
                Category.OPINION,
                *("candidate", "job", "relation", "note", "consented_at", "created_at"),
            ),
            # Who said it is the referrer's own: the person learns what was said.
            **personal(
                Category.IDENTITY,
                *("referrer_name", "referrer_email", "was_known"),
                exported=False,
            ),
        },
    ),
    JobWatch: ModelMap(
        purpose="Which members follow a job",
        retention=WITH_ORGANIZATION,
        fields={**technical("id", "organization", "job"), **usage("user", "told_at")},
    ),
}


def export_candidate(candidate: Candidate) -> dict[str, Any]:
    """The person's interviews, the answers about them and who spoke for them, for an access request."""
    interviews = Interview.objects.filter(candidacy__candidate=candidate).select_related(
        "candidacy__job"
    )
    reviews = Review.objects.filter(candidacy__candidate=candidate).select_related(
        "candidacy__job", "stage"
    )
    referrals = Referral.objects.filter(candidate=candidate).select_related("job")
    return {
        "interviews": [
            {
                "job": row.candidacy.job.title,
                "title": row.title,
                "state": row.get_state_display(),
                "minutes": row.minutes,
                "starts_at": row.starts_at,
                "ends_at": row.ends_at,
                "time_zone": row.time_zone,
                "place": row.place,
                "message": row.message,
                "booked_at": row.booked_at,
                "cancelled_at": row.cancelled_at,
                "is_cancelled_by_candidate": row.is_cancelled_by_candidate,
                "candidate_answer": row.get_candidate_answer_display(),
            }
            for row in interviews.order_by("pk")
        ],
        "reviews": [
            {
                "job": row.candidacy.job.title,
                "stage": row.stage.name,
                "answer": row.get_answer_display(),
                "comment": row.comment,
                "at": row.at,
            }
            for row in reviews.order_by("pk")
        ],
        "referrals": [
            {
                "job": row.job.title if row.job else None,
                "relation": row.get_relation_display(),
                "note": row.note,
                "consented_at": row.consented_at,
                "created_at": row.created_at,
            }
            for row in referrals.order_by("pk")
        ],
    }


def erase_candidates(candidate_ids: Sequence[int]) -> dict[str, int]:
    """Delete all of it; returns the number of rows by model. Set-based: before the candidacies go."""
    people = among(candidate_ids)
    of_interviews = Interviewer.objects.filter(interview__candidacy__candidate__in=people)
    interviews = Interview.objects.filter(candidacy__candidate__in=people)
    reviews = Review.objects.filter(candidacy__candidate__in=people)
    unblindings = Unblinding.objects.filter(candidacy__candidate__in=people)
    referrals = Referral.objects.filter(candidate__in=people)
    return {
        rows.model._meta.label: rows._raw_delete(rows.db)
        for rows in (of_interviews, interviews, reviews, unblindings, referrals)
    }

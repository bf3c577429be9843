"""Interviews of members: arranging, seeing, moving, cancelling; the kit."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import MEMBERS, RECRUITERS, roles_allowed
from crm.web.errors import DomainError
from crm.web.pagination import keyset_page
from crm.web.refusals import refusals_in
from crm.web.responses import fragment_or_page
from crm.web.toasts import notify
from pipelines.forms.interviews import ArrangeForm, InterviewForm, MoveForm
from pipelines.models import Interview, Interviewer, Stage
from pipelines.queries import readable_candidacies
from pipelines.services.interviews import refusals, scheduling
from pipelines.services.interviews.wording import booking_url, who_is_it
from pipelines.services.reviews.blinding import hide_in_interviews
from pipelines.views.access import held

# What an interview is called at first: the candidate reads it, who knows nothing of our stages.
TITLES = {Stage.Kind.SCREEN: "First conversation", Stage.Kind.INTERVIEW: "Interview"}
# At which field of the forms a refusal is shown.
OF_INTERVIEWS: dict[type[DomainError], str] = {
    refusals.TimePassed: "starts_at",
    refusals.ChangedMeanwhile: "starts_at",
    refusals.Busy: "starts_at",
    refusals.NobodyInterviews: "interviewers",
    refusals.NoTimeToChoose: "interviewers",
}


def readable_interviews(request: OrganizationRequest) -> QuerySet[Interview]:
    """Those on the jobs that the member may open."""
    return Interview.objects.filter(
        candidacy__in=readable_candidacies(request.membership)
    ).select_related(
        "candidacy__candidate", "candidacy__job", "candidacy__stage", "stage", "organizer"
    )


@require_GET
@roles_allowed(MEMBERS)
def interview_list(request: OrganizationRequest) -> HttpResponse:
    """What is to come: one's own, or everybody's; or what is over."""
    show = request.GET.get("show", "")
    found = readable_interviews(request)
    if show != "all":
        mine = Q(organizer=request.user) | Q(
            interviewers__user=request.user, interviewers__removed_at=None
        )
        found = found.filter(pk__in=Interview.objects.filter(mine).values("pk"))
    now = timezone.now()
    waiting = list(found.filter(state=Interview.State.OFFERED).order_by("-pk")[:50])
    if show == "past":
        found, order = found.filter(starts_at__lte=now), ("-starts_at", "-id")
        waiting = []
    else:
        found = found.filter(state=Interview.State.BOOKED, ends_at__gt=now)
        order = ("starts_at", "id")
    page = keyset_page(found, order=order, cursor=request.GET.get("cursor", ""))
    if request.membership.role not in RECRUITERS:
        hide_in_interviews([*waiting, *page.rows])
    context = {"page": page, "show": show, "waiting": waiting}
    return fragment_or_page(request, "interviews/list.html#list", context)


@require_http_methods(["GET", "POST"])
@roles_allowed(RECRUITERS)
def arrange(request: OrganizationRequest, candidacy_pk: int) -> HttpResponse:
    candidacy = get_object_or_404(
        readable_candidacies(request.membership).select_related("candidate", "job", "stage"),
        pk=candidacy_pk,
    )
    initial = {
        "title": TITLES.get(Stage.Kind(candidacy.stage.kind), "Conversation"),
        "time_zone": request.organization.time_zone,
    }
    form = ArrangeForm(
        request.POST or None, job=candidacy.job, organizer=request.user, initial=initial
    )
    if form.is_valid():
        with refusals_in(form, OF_INTERVIEWS):
            interview = scheduling.arrange(candidacy, by=request.user, **form.cleaned_data)
            notify(request, _told(interview))
            return redirect(interview)
    context = {"form": form, "card": candidacy}
    status = 422 if form.is_bound else 200
    return render(request, "interviews/arrange.html", context, status=status)


def _told(interview: Interview) -> str:
    if interview.mail_problem:
        return "Arranged, but the candidate was not mailed: see below."
    if interview.starts_at:
        return "Booked. The candidate and the interviewers are invited."
    return f"{interview.candidacy.candidate} is asked to choose a time."


@require_GET
@roles_allowed(MEMBERS)
def detail(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Who, when, where; the kit; what each interviewer answered."""
    interview = get_object_or_404(readable_interviews(request), pk=pk)
    if request.membership.role not in RECRUITERS:
        hide_in_interviews([interview])
    rows = list(
        interview.interviewers.filter(removed_at=None).select_related("user").order_by("pk")
    )
    context = {
        "interview": interview,
        "card": interview.candidacy,
        "who": who_is_it(interview.candidacy) if interview.candidacy.is_veiled else "",
        "rows": rows,
        "mine": next((row for row in rows if row.user_id == request.user.pk), None),
        "criteria": _criteria(interview),
        "url": booking_url(interview)
        if request.membership.role in RECRUITERS and interview.is_open
        else "",
    }
    return fragment_or_page(request, "interviews/detail.html", context)


def _criteria(interview: Interview) -> list[Any]:
    criteria = interview.stage.pipeline.criteria
    return list(criteria.filter(Q(stage=None) | Q(stage=interview.stage_id)))


@require_http_methods(["GET", "POST"])
@roles_allowed(RECRUITERS)
def edit(request: OrganizationRequest, pk: int) -> HttpResponse:
    interview = get_object_or_404(readable_interviews(request), pk=pk)
    form = InterviewForm(
        request.POST or None,
        instance=held(request, Interview.objects.get(pk=pk)),
        job=interview.candidacy.job,
    )
    if form.is_valid():
        with refusals_in(form, OF_INTERVIEWS):
            scheduling.edit(interview, by=request.user, **form.cleaned_data)
            notify(request, "Saved.")
            return redirect(interview)
    context = {"form": form, "interview": interview, "card": interview.candidacy}
    status = 422 if form.is_bound else 200
    return render(request, "interviews/edit.html", context, status=status)


@require_http_methods(["GET", "POST"])
@roles_allowed(RECRUITERS)
def move(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Set another time."""
    interview = get_object_or_404(readable_interviews(request), pk=pk)
    initial = {"starts_at": interview.starts_at, "edition": interview.edition}
    form = MoveForm(request.POST or None, initial=initial)
    if form.is_valid():
        with refusals_in(form, OF_INTERVIEWS):
            notify(request, _moved(request, interview, form))
            return redirect(interview)
    context = {"form": form, "interview": interview, "card": interview.candidacy}
    status = 422 if form.is_bound else 200
    return render(request, "interviews/edit.html", context, status=status)


def _moved(request: OrganizationRequest, interview: Interview, form: MoveForm) -> str:
    try:
        moved = scheduling.move(interview, by=request.user, **form.cleaned_data)
    except refusals.ChangedMeanwhile as refusal:
        form.look_again(refusal.edition)
        raise
    if moved.edition == interview.edition:
        return "That is the time already. Nobody was written to."
    return "The new time is on its way to everybody."


@require_POST
@roles_allowed(RECRUITERS)
def cancel(request: OrganizationRequest, pk: int) -> HttpResponse:
    interview = get_object_or_404(readable_interviews(request), pk=pk)
    scheduling.cancel(interview, by=request.user)
    notify(request, "Cancelled. Everybody who had it in the calendar is told.")
    return redirect(interview)


@require_POST
@roles_allowed(RECRUITERS)
def no_show(request: OrganizationRequest, pk: int) -> HttpResponse:
    interview = get_object_or_404(readable_interviews(request), pk=pk)
    scheduling.mark_no_show(interview, by=request.user)
    notify(request, f"Noted that {interview.candidacy.candidate} did not come.")
    return redirect(interview)


@require_POST
@roles_allowed(RECRUITERS)
def renew_link(request: OrganizationRequest, pk: int) -> HttpResponse:
    """A new link to book, mailed; the old one opens nothing."""
    interview = scheduling.renew_link(
        get_object_or_404(readable_interviews(request), pk=pk), by=request.user
    )
    if interview.mail_problem:
        notify(request, _told(interview))
    else:
        notify(request, "A new link is on its way.")
    return redirect(interview)


@require_POST
@roles_allowed(MEMBERS)
def answer(request: OrganizationRequest, pk: int) -> HttpResponse:
    """An interviewer accepts or declines."""
    interview = get_object_or_404(readable_interviews(request), pk=pk)
    row = interview.interviewers.filter(removed_at=None, user=request.user).first()
    says = request.POST.get("says")
    if row is None or says not in {Interviewer.Answer.ACCEPTED, Interviewer.Answer.DECLINED}:
        raise refusals.SomebodyElseAnswers
    scheduling.answer(row, says=Interviewer.Answer(says), by=request.user)
    notify(request, "Your answer was noted.")
    return redirect(interview)

"""The page of a hiring manager without an account. The link alone opens nothing: a code is mailed to its address."""

import time

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from crm.accounts.throttling import Limit, TooManyTries, count_public
from crm.audit.services import record
from crm.tenancy import public_links
from crm.tenancy.scope import acting_in
from crm.web.errors import DomainError
from crm.web.public import public_page
from crm.web.queues import ring
from pipelines.forms.reviews import AnswerForm, CodeForm
from pipelines.models import ReviewLink
from pipelines.services.reviews import answering, blinding, linking
from pipelines.tasks import mail_from_jobs
from pipelines.views.public_interviews import gone

# How long one code keeps the page open in a browser.
OPEN_SECONDS = 12 * 3600
CODES = Limit(5, 120)
TRIES = Limit(10, 60)
ACTS = Limit(60, 5)


@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, token: str) -> HttpResponse:
    """First the code, then the shortlist."""
    organization = public_links.organization_of_secret(token)
    if organization is None:
        return gone(request)
    with acting_in(organization):
        link = linking.link_of(token)
        if link is None:
            return gone(request)
        try:
            if not _is_open(request, link):
                return _door(request, link)
            return _answer(request, link) if request.method == "POST" else _page(request, link)
        except TooManyTries:
            context = {
                "link": link,
                "form": CodeForm(),
                "problem": "Too many tries. Wait a minute.",
            }
            return render(request, "public/review_code.html", context, status=429)


def _is_open(request: HttpRequest, link: ReviewLink) -> bool:
    until = request.session.get(_key(link), 0)
    return isinstance(until, int) and until > time.time()


def _key(link: ReviewLink) -> str:
    return f"review:{link.organization_id}:{link.pk}"


def _door(request: HttpRequest, link: ReviewLink) -> HttpResponse:
    """Has a code mailed, or looks at one."""
    form = CodeForm(request.POST if "code" in request.POST else None)
    is_asked = "send" in request.POST
    if is_asked:
        count_public(request, "review code", CODES)
        linking.ask_for_code(link)
        ring(mail_from_jobs)
    elif form.is_valid():
        count_public(request, "review try", TRIES)
        if linking.check_code(link, form.cleaned_data["code"]):
            # A session that somebody else may know is not the one that is opened.
            request.session.cycle_key()
            request.session[_key(link)] = int(time.time()) + OPEN_SECONDS
            return redirect(request.path)
        form.refuse()
    context = {"link": link, "form": form, "is_asked": is_asked or form.is_bound}
    status = 422 if form.is_bound else 200
    return render(request, "public/review_code.html", context, status=status)


def _page(
    request: HttpRequest,
    link: ReviewLink,
    problem: str = "",
    *,
    status: int = 200,
    kept: tuple[int, str] = (0, ""),
) -> HttpResponse:
    """The sheets. `kept` are the words for one candidacy that could not be taken, to be written on."""
    sheets = blinding.sheets_of(
        list(answering.shortlist(link.job)[: answering.MOST_SHEETS]), email=link.email
    )
    for sheet in sheets:
        if sheet.candidacy.pk == kept[0]:
            sheet.draft = kept[1]
    seen = [sheet.candidacy.candidate_id for sheet in sheets if not sheet.is_blind]
    record("review.viewed", link, candidates=seen, count=len(sheets))
    context = {
        "link": link,
        "job": link.job,
        "sheets": sheets,
        "answered": sum(sheet.review is not None for sheet in sheets),
        "problem": problem,
    }
    return render(request, "public/review.html", context, status=status)


def _answer(request: HttpRequest, link: ReviewLink) -> HttpResponse:
    count_public(request, "review answer", ACTS)
    form = AnswerForm(request.POST)
    is_clear = form.is_valid()
    pk = form.cleaned_data.get("candidacy")
    candidacy = answering.shortlist(link.job).filter(pk=pk).first() if pk else None
    if candidacy is None:
        return _page(request, link, str(answering.NotOnShortlist()), status=409)
    if not is_clear:
        kept = (candidacy.pk, request.POST.get("comment", ""))
        return _page(request, link, form.problem, status=422, kept=kept)
    try:
        answering.answer(candidacy, email=link.email, by=None, **form.answer)
    except DomainError as refusal:
        return _page(request, link, str(refusal), status=409)
    return redirect(f"{request.path}#sheet-{candidacy.pk}")

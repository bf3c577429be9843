"""People's answers, and what a recruiter makes of each in one click."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import get_text_list
from django.views.decorators.http import require_GET, require_POST

from campaigns.forms import SortForm
from campaigns.inbound.intents import Intent
from campaigns.models import Message
from campaigns.queries import count_triage
from campaigns.reading import readable_mails
from campaigns.replies import cards_of, nurture_sequences, page_of_replies
from campaigns.services import answering
from candidates.models import EmailAddress, NotNowReason
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import READERS, RECRUITERS, roles_allowed
from crm.web.responses import redirect_for, safe_next
from crm.web.toasts import notify


def _context(request: OrganizationRequest) -> dict[str, Any]:
    is_sorted = request.GET.get("show") == "sorted"
    page = page_of_replies(
        viewer=request.user, is_sorted=is_sorted, cursor=request.GET.get("cursor", "")
    )
    return {
        "page": page,
        "cards": cards_of(page.rows, today=timezone.localdate()),
        "is_sorted": is_sorted,
        "reasons": NotNowReason.objects.filter(archived_at=None),
        "sequences": nurture_sequences(),
        "triage": count_triage(request.user),
    }


@require_GET
@roles_allowed(READERS)
def replies(request: OrganizationRequest) -> HttpResponse:
    """Answers that nobody has sorted yet; `?show=sorted`: those that somebody has."""
    return render(request, "campaigns/replies.html", _context(request))


@require_POST
@roles_allowed(RECRUITERS)
def sort_reply(request: OrganizationRequest, pk: int) -> HttpResponse:
    message = get_object_or_404(readable_mails(request.user).select_related("candidate"), pk=pk)
    form = SortForm(request.POST)
    if not form.is_valid():
        context = {**_context(request), "form": form, "chosen": pk}
        return render(request, "campaigns/replies.html", context, status=422)
    intent = Intent(form.cleaned_data["intent"])
    message = answering.sort_reply(message, intent, by=request.user, rest=form.rest())
    notify(request, _said(message, form))
    return redirect_for(request, safe_next(request, reverse("campaigns:replies")))


def _said(message: Message, form: SortForm) -> str:
    called = message.candidate.called if message.candidate else ""
    if message.intent == Intent.NOT_NOW:
        then = form.cleaned_data["sequence"]
        follows = f" Then “{then}” takes up this thread." if then else ""
        return f"{called} is left alone until {form.cleaned_data['until']:%-d %b %Y}.{follows}"
    if message.intent == Intent.WRONG_PERSON:
        return _said_of_wrong(message, called)
    return {
        Intent.INTERESTED: f"{called} is interested. The task to answer stays open.",
        Intent.NO_THANKS: f"Noted: {called} says no, thanks.",
        Intent.REFERRAL: f"{called} names somebody else. The task to answer stays open.",
        Intent.REMOVE_ME: f"{called} gets no more mail.",
        Intent.ERASE_ME: f"{called} gets no more mail. Erasing the record is the next step.",
    }[Intent(message.intent)]


def _said_of_wrong(message: Message, called: str) -> str:
    wrong = EmailAddress.objects.filter(
        candidate=message.candidate, state=EmailAddress.State.WRONG
    ).order_by("pk")
    if wrong:
        return f"Nothing more goes to {get_text_list([str(one) for one in wrong], 'and')}."
    return f"{message.from_address} is no address of {called}: say on the record which one is somebody else’s."


@require_POST
@roles_allowed(RECRUITERS)
def keep_address(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Put the address that an answer came from on the candidate's record."""
    message = get_object_or_404(readable_mails(request.user).select_related("candidate"), pk=pk)
    row = answering.keep_address(message, by=request.user)
    notify(request, f"{row.address} is on the record now.")
    return redirect_for(request, safe_next(request, reverse("campaigns:replies")))

"""Mail that somebody must look at, received mail that belongs to nobody yet, and reading one mail."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.defaultfilters import pluralize
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from campaigns.forms import AssignForm, ThreadForm
from campaigns.models import Message
from campaigns.queries import candidates_named, count_triage, doubtful_mails, unmatched_mails
from campaigns.reading import readable_mails, veil
from campaigns.services import deciding, explaining, receiving, reconciling, threads, triaging
from campaigns.services.triaging import writers_like
from campaigns.tasks import ring
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import READERS, RECRUITERS, roles_allowed
from crm.web.frames import for_frame, mail_document
from crm.web.ids import is_id
from crm.web.pagination import keyset_page


@require_GET
@roles_allowed(READERS)
def needs_a_look(request: OrganizationRequest) -> HttpResponse:
    page = keyset_page(doubtful_mails(), cursor=request.GET.get("cursor", ""))
    veil(page.rows, request.user)
    found = deciding.waiting_for_a_word()
    context = {
        "page": page,
        "refused": found[Message.State.FAILED],
        "doubtful": found[Message.State.AMBIGUOUS],
        "triage": count_triage(request.user),
    }
    return render(request, "campaigns/needs_a_look.html", context)


@require_POST
@roles_allowed(RECRUITERS)
def resend(request: OrganizationRequest, pk: int) -> HttpResponse:
    mail = reconciling.resend(get_object_or_404(Message, pk=pk), by=request.user)
    ring(request.organization.pk)
    messages.success(request, f"The mail to {mail.to_address} is in the queue again.")
    return redirect("campaigns:needs_a_look")


@require_POST
@roles_allowed(RECRUITERS)
def mark_sent(request: OrganizationRequest, pk: int) -> HttpResponse:
    mail = reconciling.mark_sent(get_object_or_404(Message, pk=pk), by=request.user)
    messages.success(request, f"The mail to {mail.to_address} counts as sent.")
    return redirect("campaigns:needs_a_look")


@require_POST
@roles_allowed(RECRUITERS)
def resend_all(request: OrganizationRequest) -> HttpResponse:
    """Those mails that the page named: `state` says whether they were refused, or in doubt."""
    seen = deciding.read_seen(request.POST.get("mails", ""))
    is_doubtful = request.POST.get("state") == Message.State.AMBIGUOUS
    state = Message.State.AMBIGUOUS if is_doubtful else Message.State.FAILED
    decided = deciding.resend_all(seen, state=state, by=request.user)
    ring(request.organization.pk)
    _tell(request, decided, "in the queue again")
    return redirect("campaigns:needs_a_look")


@require_POST
@roles_allowed(RECRUITERS)
def mark_all_sent(request: OrganizationRequest) -> HttpResponse:
    """Those mails that the page named."""
    seen = deciding.read_seen(request.POST.get("mails", ""))
    decided = deciding.mark_all_sent(seen, by=request.user)
    _tell(request, decided, "marked as sent")
    return redirect("campaigns:needs_a_look")


def _tell(request: OrganizationRequest, decided: deciding.Decided, what: str) -> None:
    done = f"{decided.done:,} mail{pluralize(decided.done, ' is,s are')} {what}."
    if not decided.left:
        messages.success(request, done)
        return
    reasons = "; ".join(f"{count:,} {why}" for why, count in decided.left.most_common())
    messages.warning(request, f"{done} Left alone: {reasons}.")


def _unmatched_context(request: OrganizationRequest, chosen: str) -> dict[str, Any]:
    query = request.GET.get("q", "").strip()
    mail = Message.objects.filter(pk=chosen).first() if is_id(chosen) else None
    return {
        "lookalikes": writers_like(mail) if mail and not query else [],
        "asked": triaging.asked_under_subject(mail) if mail and not query else [],
        "guessed_name": triaging.name_in(mail.from_address) if mail else "",
        "page": keyset_page(unmatched_mails(), cursor=request.GET.get("cursor", "")),
        "chosen": mail.pk if mail else None,
        "q": query,
        "found": candidates_named(query) if query else [],
        "triage": count_triage(request.user),
    }


@require_GET
@roles_allowed(RECRUITERS)
def unmatched(request: OrganizationRequest) -> HttpResponse:
    """`?mail=` opens one to be assigned, `?q=` searches whose it is."""
    context = _unmatched_context(request, request.GET.get("mail", ""))
    return render(request, "campaigns/unmatched.html", context)


@require_POST
@roles_allowed(RECRUITERS)
def assign(request: OrganizationRequest, pk: int) -> HttpResponse:
    mail = get_object_or_404(Message, pk=pk)
    form = AssignForm(request.POST)
    if not form.is_valid():
        context = {**_unmatched_context(request, str(pk)), "form": form}
        return render(request, "campaigns/unmatched.html", context, status=422)
    candidate = form.cleaned_data["candidate"]
    mail = receiving.match(mail, candidate, by=request.user)
    messages.success(request, f"The mail is on the timeline of {mail.candidate} now.")
    return redirect("campaigns:unmatched")


@require_POST
@roles_allowed(RECRUITERS)
def add_writer(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Make a record of somebody who wrote unasked."""
    mail = get_object_or_404(Message, pk=pk)
    name = " ".join(request.POST.get("full_name", "").split())[:200]
    if not name:
        messages.error(request, "Enter the name of who wrote.")
        return redirect(f"{reverse('campaigns:unmatched')}?mail={pk}")
    candidate = triaging.add_writer(mail, full_name=name, by=request.user)
    messages.success(request, f"{candidate} is added, with the mail on the timeline.")
    return redirect("campaigns:unmatched")


@require_POST
@roles_allowed(RECRUITERS)
def dismiss(request: OrganizationRequest, pk: int) -> HttpResponse:
    triaging.dismiss(get_object_or_404(Message, pk=pk), by=request.user)
    messages.success(request, "Dismissed.")
    return redirect("campaigns:unmatched")


@require_GET
@roles_allowed(READERS)
def mail(request: OrganizationRequest, pk: int) -> HttpResponse:
    found = Message.objects.select_related(
        "candidate", "sender__user", "step", "enrollment__sequence__owner", "member"
    )
    message = get_object_or_404(found.prefetch_related("events", "notices", "shared__item"), pk=pk)
    return render(request, "campaigns/mail.html", _mail_context(message, request))


def _mail_context(
    message: Message, request: OrganizationRequest, form: ThreadForm | None = None
) -> dict[str, Any]:
    is_readable = readable_mails(request.user).filter(pk=message.pk).exists()
    veil([message], request.user)
    thread = threads.thread_of(message)
    is_holder = threads.holder_of(thread) == request.user and request.membership.role in RECRUITERS
    readers = [reader.user for reader in message.readers.select_related("user")]
    return {
        "mail": message,
        "waits_for": explaining.why_queued([message]).get(message.pk, ""),
        "is_readable": is_readable,
        "readers": readers,
        "thread_size": len(thread),
        "thread_form": (form or ThreadForm(holder=request.user, readers=readers))
        if is_holder
        else None,
    }


@require_POST
@roles_allowed(RECRUITERS)
def set_privacy(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Make the thread of a mail private, name who else reads it, or share it with everybody again."""
    mail = get_object_or_404(readable_mails(request.user).select_related("candidate"), pk=pk)
    form = ThreadForm(request.POST, holder=request.user)
    if not form.is_valid():
        context = _mail_context(mail, request, form)
        return render(request, "campaigns/mail.html", context, status=422)
    if form.cleaned_data["is_private"]:
        threads.make_private(mail, by=request.user, readers=form.cleaned_data["readers"])
        messages.success(
            request, "The thread is private. The timeline tells others only that there was mail."
        )
    else:
        threads.share(mail, by=request.user)
        messages.success(request, "The thread is shared: everybody who reads records reads it.")
    return redirect("campaigns:mail", pk=pk)


@require_GET
@roles_allowed(READERS)
@for_frame
def mail_body(request: OrganizationRequest, pk: int) -> HttpResponse:
    """The mail's own HTML, for a sandboxed frame."""
    message = get_object_or_404(readable_mails(request.user).only("body_html", "body_text"), pk=pk)
    return mail_document(html=message.body_html, text=message.body_text)

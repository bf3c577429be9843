"""The local mailbox: every mail that would have left, to read and to answer as the person who got it.

Open to everyone on this machine, and there in local mode only: its addresses do not exist elsewhere.
"""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from crm.runtime import answering, jumping
from crm.runtime.mailbox_forms import AnswerForm
from crm.runtime.models import MailboxMessage
from crm.runtime.reading import Mail, find_origins, list_mails, organizations_with_mail
from crm.runtime.tasks import send_at_any_hour
from crm.web.frames import for_frame, mail_document
from crm.web.ids import read_id
from crm.web.pagination import keyset_page
from crm.web.queues import ring
from crm.web.responses import fragment_or_page, wants_fragment

PAGE_SIZE = 30
ORDER = ("-received_at", "-id")


def _list_context(request: HttpRequest) -> dict[str, Any]:
    query, cursor = request.GET.get("q", "").strip(), request.GET.get("cursor", "")
    chosen = request.GET.get("organization", "")
    page = keyset_page(list_mails(query, chosen), order=ORDER, cursor=cursor, size=PAGE_SIZE)
    origins = find_origins(page.rows)
    return {
        "page": page,
        "mails": [(mail, origins.get(mail.pk)) for mail in page.rows],
        "q": query,
        "chosen": chosen,
        "organizations": organizations_with_mail(),
        "newest": page.rows[0].pk if page.rows else 0,
        "is_live": not query and not cursor,
    }


@require_GET
@login_not_required
def inbox(request: HttpRequest) -> HttpResponse:
    """The list. Asked again every few seconds with `newest`, it says nothing while nothing is new."""
    mails = list_mails(organization=request.GET.get("organization", "")).order_by(*ORDER)
    newest = mails.values_list("pk", flat=True).first() or 0
    if wants_fragment(request) and request.GET.get("newest") == str(newest):
        return HttpResponse(status=204)
    opened = request.GET.get("open", "")
    context = {**_list_context(request), "opened": read_id(opened)}
    return fragment_or_page(request, "mailbox/inbox.html#list", context)


def _within_choice(request: HttpRequest, path: str) -> str:
    """`path` with the organization that the list is narrowed to."""
    chosen = request.GET.get("organization", "")
    return f"{path}?{urlencode({'organization': chosen})}" if chosen else path


def _message_context(request: HttpRequest, stored: MailboxMessage) -> dict[str, Any]:
    mail = Mail.of(stored)
    parts = ["html", "text", "headers"] if mail.html else ["text", "headers"]
    shown = request.GET.get("show", "")
    return {
        **_list_context(request),
        "opened": stored.pk,
        "stored": stored,
        "mail": mail,
        "origin": find_origins([stored]).get(stored.pk),
        "parts": parts,
        "shown": shown if shown in parts else parts[0],
        "quick_answers": answering.QUICK_ANSWERS,
    }


@require_GET
@login_not_required
def message(request: HttpRequest, pk: int) -> HttpResponse:
    stored = get_object_or_404(MailboxMessage, pk=pk)
    context = {**_message_context(request, stored), "form": AnswerForm()}
    return render(request, "mailbox/inbox.html", context)


@require_GET
@login_not_required
@for_frame
def message_html(request: HttpRequest, pk: int) -> HttpResponse:
    """The mail's own HTML, for a sandboxed frame."""
    mail = Mail.of(get_object_or_404(MailboxMessage, pk=pk))
    return mail_document(html=mail.html, text=mail.text)


@require_POST
@login_not_required
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    stored = get_object_or_404(MailboxMessage, pk=pk)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        context = {**_message_context(request, stored), "form": form}
        return render(request, "mailbox/inbox.html", context, status=422)
    done = answering.answer(stored, **form.cleaned_data)
    messages.success(request, f"{done}. Rapport has it already.")
    return redirect(_within_choice(request, reverse("mailbox:message", args=[pk])))


@require_POST
@login_not_required
def jump(request: HttpRequest) -> HttpResponse:
    """A day passes at once; its mails are a worker's business and arrive while one looks."""
    jumping.jump_one_day()
    ring(send_at_any_hour)
    messages.success(request, "A day has passed. What it made due arrives here in a moment.")
    return redirect(_within_choice(request, reverse("mailbox:inbox")))

"""The local mailbox: every mail that would have left, to read and to answer as the person who got it.

Open to everyone on this machine, and there in local mode only: its addresses do not exist elsewhere.
"""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from crm.runtime import answering, jumping
from crm.runtime.mailbox_forms import AnswerForm
from crm.runtime.models import MailboxMessage
from crm.runtime.reading import Mail, find_origins, list_mails
from crm.web.frames import for_frame, mail_document
from crm.web.pagination import keyset_page
from crm.web.responses import fragment_or_page, wants_fragment

PAGE_SIZE = 30
ORDER = ("-received_at", "-id")


def _list_context(request: HttpRequest) -> dict[str, Any]:
    query, cursor = request.GET.get("q", "").strip(), request.GET.get("cursor", "")
    page = keyset_page(list_mails(query), order=ORDER, cursor=cursor, size=PAGE_SIZE)
    origins = find_origins(page.rows)
    return {
        "page": page,
        "mails": [(mail, origins.get(mail.pk)) for mail in page.rows],
        "q": query,
        "newest": page.rows[0].pk if page.rows else 0,
        "is_live": not query and not cursor,
    }


@require_GET
@login_not_required
def inbox(request: HttpRequest) -> HttpResponse:
    """The list. Asked again every few seconds with `newest`, it says nothing while nothing is new."""
    newest = MailboxMessage.objects.order_by(*ORDER).values_list("pk", flat=True).first() or 0
    if wants_fragment(request) and request.GET.get("newest") == str(newest):
        return HttpResponse(status=204)
    opened = request.GET.get("open", "")
    context = {**_list_context(request), "opened": int(opened) if opened.isdecimal() else None}
    return fragment_or_page(request, "mailbox/inbox.html#list", context)


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
    return redirect("mailbox:message", pk=pk)


@require_POST
@login_not_required
def jump(request: HttpRequest) -> HttpResponse:
    report = jumping.jump_one_day()
    words = f"A day has passed: {report.mails} mail{'' if report.mails == 1 else 's'} arrived"
    words += (
        f", {report.tasks} new task{'' if report.tasks == 1 else 's'}." if report.tasks else "."
    )
    messages.success(request, words)
    return redirect("mailbox:inbox")

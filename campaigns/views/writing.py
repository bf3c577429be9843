"""Writing one mail to one person, or answering theirs."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from campaigns.models import Message, Template
from campaigns.reading import readable_mails
from campaigns.services import templating
from campaigns.services.permissions import senders_for
from campaigns.services.reaching import address_for
from campaigns.services.rendering import content_fields, merge_fields
from campaigns.services.writing import CannotWrite, Letter, subject_of_answer, write_mail
from campaigns.tasks import ring
from campaigns.template_forms import LetterForm
from candidates.models import Candidate
from candidates.queries.company_rules import concerns_of
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import RECRUITERS, roles_allowed
from crm.web.ids import is_id


@require_http_methods(["GET", "POST"])
@roles_allowed(RECRUITERS)
def write(request: OrganizationRequest, pk: int) -> HttpResponse:
    """`?answers=` names a mail of theirs, `?template=` what to begin with."""
    candidate = get_object_or_404(Candidate, pk=pk)
    answers, template = _answered(request, candidate), _template(request)
    form = LetterForm(
        request.POST or None,
        user=request.user,
        initial=_beginning(request, candidate, answers, template),
    )
    if request.method == "POST" and form.is_valid():
        letter = Letter(answers=answers, template=template, **form.cleaned_data)
        try:
            write_mail(candidate, letter, by=request.user)
        except CannotWrite as error:
            form.add_error(None, str(error))
        else:
            ring(request.organization.pk)
            messages.success(
                request, f"The mail to {candidate} goes as soon as the sender may send."
            )
            return redirect(candidate)
    context = {
        "form": form,
        "candidate": candidate,
        "answers": answers,
        "template": template,
        "destination": address_for(candidate, answers=answers),
        "concerns": concerns_of([candidate.pk]).get(candidate.pk, []),
        "templates": templating.templates_for(request.user),
        "snippets": templating.snippets_for(request.user),
        "content": content_fields(),
        "merge_fields": merge_fields(),
    }
    status = 422 if form.errors else 200
    return render(request, "campaigns/write.html", context, status=status)


def _answered(request: OrganizationRequest, candidate: Candidate) -> Message | None:
    chosen = request.GET.get("answers", "")
    theirs = readable_mails(request.user).filter(
        candidate=candidate, direction=Message.Direction.IN
    )
    found: Message | None = theirs.filter(pk=chosen).first() if is_id(chosen) else None
    return found


def _template(request: OrganizationRequest) -> Template | None:
    chosen = request.GET.get("template", "")
    usable = templating.templates_for(request.user)
    return usable.filter(pk=chosen).first() if is_id(chosen) else None


def _beginning(
    request: OrganizationRequest,
    candidate: Candidate,
    answers: Message | None,
    template: Template | None,
) -> dict[str, Any]:
    own = senders_for(request.user)
    sender = own.filter(user=request.user).first() or own.first()
    begin: dict[str, Any] = {"sender": sender, "body": "\n\n{{ signature }}"}
    if template:
        text = templating.text_for(template, candidate)
        begin |= {"subject": text.subject, "body": text.body}
    if answers:
        begin["subject"] = subject_of_answer(answers)
    return begin

"""Résumés: drop them, see what becomes of each, review one after the other, keep versions."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from candidates.forms.resumes import (
    EducationFormSet,
    OneFileForm,
    ReviewForm,
    UploadForm,
    WorkFormSet,
    entries_offered,
)
from candidates.models import Candidate, Resume, ResumeUpload
from candidates.queries import (
    choices,
    groups_of,
    left_to_review,
    next_to_review,
    page_of_group,
    page_of_uploads,
    pieces_of,
)
from candidates.resumes.documents import MOST_PAGES, Unreadable
from candidates.resumes.jail import Jail
from candidates.resumes.kinds import CONTENT_TYPES
from candidates.services.candidates import AddressTaken
from candidates.services.changes.undoing import may_undo
from candidates.services.merging.merging import where_is
from candidates.services.resumes import accepting, forgetting, matching, storing
from candidates.tasks import read_resumes
from candidates.views.downloads import FILE_POLICY, as_download
from crm.audit.services import record
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import EDITORS, READERS, roles_allowed
from crm.web.errors import DomainError
from crm.web.ids import is_id
from crm.web.queues import ring
from crm.web.responses import fragment_or_page, redirect_for
from crm.web.toasts import notify

State = Resume.State
# A page's picture is drawn while the browser waits.
DRAW_SECONDS = 8
DRAWN_PAGES = 8


@require_GET
@roles_allowed(EDITORS)
def resume_list(request: OrganizationRequest) -> HttpResponse:
    return _list(request, UploadForm())


def _list(request: OrganizationRequest, form: UploadForm, *, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "page": page_of_uploads(cursor=request.GET.get("cursor", "")),
        "choices": choices("sources"),
    }
    return fragment_or_page(request, "candidates/resumes/list.html", context, status=status)


@require_POST
@roles_allowed(EDITORS)
def upload_add(request: OrganizationRequest) -> HttpResponse:
    """Store the files at once; workers read them."""
    form = UploadForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            upload = storing.store_upload(
                form.cleaned_data.pop("documents"), by=request.user, **form.cleaned_data
            )
        except DomainError as refusal:
            form.add_error("documents", str(refusal))
        else:
            ring(read_resumes, request.organization.pk)
            return redirect_for(request, upload)
    return _list(request, form, status=422)


@require_GET
@roles_allowed(EDITORS)
def upload(request: OrganizationRequest, pk: int) -> HttpResponse:
    """What became of each file, group by group; asks on by itself while some are still to be read."""
    found = get_object_or_404(
        ResumeUpload.objects.select_related("created_by", "source", "pool"), pk=pk
    )
    groups = groups_of(found)
    numbers = {group.key: group.number for group in groups}
    asked = request.GET.get("show", "")
    shown = asked if asked in numbers else next(iter(numbers), "new")
    # Where a group is empty by now, another one begins with its first page.
    cursor = request.GET.get("cursor", "") if shown == asked else ""
    total = sum(numbers.values())
    context = {
        "upload": found,
        "groups": groups,
        "group": next((group for group in groups if group.key == shown), None),
        "page": page_of_group(found, shown, cursor=cursor),
        "cursor": cursor,
        "total": total,
        "done": total - numbers.get("busy", 0),
        "is_busy": bool(numbers.get("busy")),
        "ready": numbers.get("new", 0) + numbers.get("known", 0),
        "first": found.resumes.filter(state=State.READY).order_by("pk").only("pk").first(),
    }
    return fragment_or_page(request, "candidates/resumes/upload.html#results", context)


@require_POST
@roles_allowed(EDITORS)
def resume_add(request: OrganizationRequest, pk: int) -> HttpResponse:
    """A newer résumé on a person's record."""
    candidate = get_object_or_404(Candidate, pk=pk)
    form = OneFileForm(request.POST, request.FILES)
    if not form.is_valid():
        raise DomainError(" ".join(str(error) for error in form.errors["file"]))
    resume = storing.add_resume(candidate, form.cleaned_data["file"], by=request.user)
    ring(read_resumes, request.organization.pk)
    return redirect_for(request, resume)


# One résumé


@require_GET
@roles_allowed(READERS)
def resume(request: OrganizationRequest, pk: int) -> HttpResponse:
    """The document on the left; what was found in it, to be accepted, on the right."""
    found = _resume(pk)
    if request.GET.get("from") == "waiting":
        # The page asked on while the file was read.
        return _waiting_page(request, found)
    record("resume.viewed", found, by=request.user)
    if found.state == State.READY and request.membership.role in EDITORS:
        return _review_page(request, found, _person(request.GET.get("person", ""), found))
    context = {**_document(request, found), **_accepted(request, found)}
    return fragment_or_page(request, "candidates/resumes/resume.html#resume", context)


def _accepted(request: OrganizationRequest, resume: Resume) -> dict[str, Any]:
    """What accepting it changed, for whoever may look at that."""
    if resume.state != State.ACCEPTED or request.membership.role not in EDITORS:
        return {}
    written = accepting.what_changed(resume)
    return {
        "change_set": written,
        "may_undo": written is not None
        and written.is_undoable
        and may_undo(written, by=request.user, role=request.membership.role),
    }


def _waiting_page(request: OrganizationRequest, resume: Resume) -> HttpResponse:
    if not resume.is_busy:
        return redirect_for(request, resume)
    return fragment_or_page(
        request, "candidates/resumes/resume.html#resume", _document(request, resume)
    )


def _resume(pk: int) -> Resume:
    resumes = Resume.objects.select_related(
        "candidate", "match", "upload", "created_by", "decided_by"
    )
    return get_object_or_404(resumes, pk=pk)


def _person(chosen: str, resume: Resume) -> Candidate | None:
    """Who it will be written to: the record's own person, the one chosen, or who it seems to be."""
    if resume.candidate is not None:
        return resume.candidate
    if chosen == "new":
        return None
    if is_id(chosen):
        return _as_now(int(chosen), Candidate.objects.all())
    matches = matching.find_people(resume)
    return matches[0].candidate if matches else None


def _as_now(pk: int, people: QuerySet[Candidate]) -> Candidate:
    """One of the people, or who they were merged into while the review was open."""
    person = people.filter(pk=pk).first() or where_is(pk)
    if person is None:
        raise Http404
    return person


def _document(request: OrganizationRequest, resume: Resume) -> dict[str, Any]:
    as_text = request.GET.get("view") == "text" or not resume.has_pictures
    return {
        "resume": resume,
        "as_text": as_text,
        "pieces": list(pieces_of(resume)) if as_text else [],
        "page_numbers": range(1, min(resume.pages, DRAWN_PAGES, MOST_PAGES) + 1),
    }


def _review_page(
    request: OrganizationRequest,
    resume: Resume,
    person: Candidate | None,
    *,
    form: ReviewForm | None = None,
    work: Any = None,
    education: Any = None,
) -> HttpResponse:
    jobs, schools = entries_offered(resume)
    following = next_to_review(resume)
    context = {
        **_document(request, resume),
        "person": person,
        "matches": [] if resume.candidate else matching.find_people(resume),
        "form": form or ReviewForm(resume=resume, person=person),
        "work": work or WorkFormSet(initial=jobs, prefix="work"),
        "education": education or EducationFormSet(initial=schools, prefix="education"),
        "accept_label": (f"Update {person.called}" if person else "Add the person")
        + (" and next" if following else ""),
        "left": left_to_review(resume),
        "next": following,
        "leave": reverse("candidates:resume_upload", args=[resume.upload_id])
        if resume.upload_id
        else "",
    }
    status = 422 if form else 200
    return fragment_or_page(
        request, "candidates/resumes/review.html#review", context, status=status
    )


@require_POST
@roles_allowed(EDITORS)
def resume_accept(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Write down what the reviewer kept, and open the next one."""
    resume = _resume(pk)
    chosen = request.POST.get("person", "new")
    person = _person(chosen, resume)
    if person is not None:
        # Nobody changes the record between the look at it and the writing.
        person = _as_now(person.pk, Candidate.objects.select_for_update(of=("self",)))
    form = ReviewForm(request.POST, resume=resume, person=person)
    if person is not None and is_id(chosen) and int(chosen) != person.pk:
        form.add_error(None, _merged(person))
    work = WorkFormSet(request.POST, prefix="work")
    education = EducationFormSet(request.POST, prefix="education")
    if form.is_valid() & work.is_valid() & education.is_valid():
        try:
            accepted = accepting.accept(
                resume, by=request.user, person=person, kept=form.kept(work, education)
            )
        except AddressTaken as refusal:
            form.add_error("emails", str(refusal))
        else:
            _tell(request, resume, accepted, is_new=person is None)
            return _go_on(request, resume, accepted)
    return _review_page(request, resume, person, form=form, work=work, education=education)


def _merged(person: Candidate) -> str:
    return f"Meanwhile the record was merged: it is {person} now. Look at what would change, and press “Update” again."


def _tell(
    request: OrganizationRequest, resume: Resume, accepted: Candidate, *, is_new: bool
) -> None:
    written = accepting.what_changed(resume)
    undo = reverse("candidates:undo_changes", args=[written.pk]) if written else ""
    notify(request, f"{'Added' if is_new else 'Updated'} {accepted}.", undo=undo)


def _go_on(request: OrganizationRequest, resume: Resume, person: Candidate | None) -> HttpResponse:
    """The next one to review, else back to where the reviewer came from."""
    following = next_to_review(resume)
    if following is not None:
        return redirect_for(request, following)
    if resume.upload is not None:
        return redirect_for(request, resume.upload)
    return redirect_for(request, person or "candidates:resumes")


@require_POST
@roles_allowed(EDITORS)
def resume_discard(request: OrganizationRequest, pk: int) -> HttpResponse:
    resume = _resume(pk)
    forgetting.discard(resume, by=request.user)
    notify(request, f"“{resume.file_name}” is thrown away.")
    return _go_on(request, resume, resume.candidate)


@require_GET
@roles_allowed(READERS)
def resume_file(request: OrganizationRequest, pk: int) -> HttpResponse:
    """The file as it came, to be saved: never to be opened inside the browser."""
    resume = _resume(pk)
    if not resume.file:
        raise Http404
    record("resume.downloaded", resume, by=request.user)
    with resume.file.open("rb") as file:
        content = file.read()
    return as_download(
        content, name=resume.file_name, content_type=CONTENT_TYPES.get(resume.kind, "")
    )


@require_GET
@roles_allowed(READERS)
def resume_page(request: OrganizationRequest, pk: int, number: int) -> HttpResponse:
    """A page of a PDF as a picture, drawn by the jail."""
    resume = _resume(pk)
    if not resume.has_pictures or not 1 <= number <= min(resume.pages, DRAWN_PAGES):
        raise Http404
    with resume.file.open("rb") as file:
        content = file.read()
    try:
        with Jail(seconds=DRAW_SECONDS) as jail:
            picture = jail.draw(content, page=number)
    except Unreadable as refusal:
        raise Http404 from refusal
    return HttpResponse(
        picture, content_type="image/png", headers={"Content-Security-Policy": FILE_POLICY}
    )

"""Pages of talent pools: who is in them, and the ways in and out."""

from typing import Any
from urllib.parse import urlencode

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from candidates.forms.custom_fields import CustomFieldsForm
from candidates.forms.filtering import asked_from
from candidates.forms.records import PoolForm
from candidates.forms.selection import BulkForm, selected_ids
from candidates.models import CustomField, PoolCustomValue, TalentPool
from candidates.panels import pool_cells
from candidates.queries import (
    count_of_pool,
    custom_values_of,
    page_of_excluded,
    page_of_pool,
    page_of_pools,
    people_outside_pool,
    summary_of_pool,
)
from candidates.queries.narrowing import narrowed
from candidates.queries.people import list_rows
from candidates.queries.search import (
    ANY_READER,
    PeopleQuery,
    QueryError,
    Searcher,
    parse,
    prepare,
)
from candidates.services import pools
from candidates.services.bulk import SMALL, freeze, start
from candidates.services.bulk_edits import people, put_into_pool, take_out_of_pool
from candidates.services.custom_fields import set_values
from candidates.services.provenance import by_hand
from candidates.services.smart_pools import (
    RuleOfAnyPool,
    hold,
    pools_asked_for,
    rule_in_words,
    words_of,
)
from candidates.services.smart_pools import readmit as readmit_people
from candidates.tasks import fill_pools_in, work_on_bulk_act
from candidates.views.custom_fields import (
    file_answer,
    form_for,
    is_filled,
    keep_asking,
    value_with_file,
)
from crm.audit.services import record
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import EDITORS, READERS, Role, roles_allowed
from crm.web.pagination import capped_count
from crm.web.queues import ring
from crm.web.responses import (
    fragment_or_page,
    fragment_or_redirect,
    redirect_for,
    safe_next,
    wants_fragment,
)
from crm.web.toasts import notify


@require_GET
@roles_allowed(READERS)
def pool_list(request: OrganizationRequest) -> HttpResponse:
    is_archived = request.GET.get("show") == "archived"
    q = request.GET.get("q", "").strip()[:200]
    pools_found, problem = narrowed(
        TalentPool.objects.filter(archived_at__isnull=not is_archived),
        q,
        subject=CustomField.Subject.POOL,
        role=Role(request.membership.role),
        columns=("name", "description", "team"),
    )
    page = page_of_pools(pools_found, cursor=request.GET.get("cursor", ""))
    context = {"page": page, "is_archived": is_archived, "q": q, "problem": problem}
    return fragment_or_page(request, "pools/list.html", context)


@require_http_methods(["GET", "POST"])
@roles_allowed(EDITORS)
def create(request: OrganizationRequest) -> HttpResponse:
    initial = {"owner": request.user.pk, "rule": _rule_asked_for(request)}
    form = PoolForm(request.POST or None, initial=initial)
    custom = form_for(request, None, subject=CustomField.Subject.POOL)
    if form.is_valid() & is_filled(custom):
        with transaction.atomic():
            pool = pools.create_pool(by=request.user, **form.data_for_service())
            _set_custom(pool, custom, request)
        _fill_soon(pool, request)
        notify(request, f"Made the pool {pool}.")
        return redirect_for(request, pool)
    return _form_page(request, form, custom)


@require_http_methods(["GET", "POST"])
@roles_allowed(EDITORS)
def edit(request: OrganizationRequest, pk: int) -> HttpResponse:
    pool = get_object_or_404(TalentPool, pk=pk)
    if request.method == "POST":
        # Who saves second learns what the first has changed.
        pool = hold(pool)
    form = PoolForm(request.POST or None, instance=pool)
    custom = form_for(request, pool, subject=CustomField.Subject.POOL)
    if form.is_valid() & is_filled(custom):
        with transaction.atomic():
            pool = pools.edit_pool(pool, by=request.user, **form.data_for_service())
            _set_custom(pool, custom, request)
        _fill_soon(pool, request)
        notify(request, "Saved.")
        return redirect_for(request, pool)
    return _form_page(request, form, custom, pool=TalentPool.objects.get(pk=pk))


def _set_custom(pool: TalentPool, custom: CustomFieldsForm, request: OrganizationRequest) -> None:
    if custom.fields:
        set_values(pool, custom.values(), provenance=by_hand(request.user), by=request.user)


def _form_page(
    request: OrganizationRequest, form: PoolForm, custom: CustomFieldsForm, **more: Any
) -> HttpResponse:
    status = 422 if form.is_bound else 200
    context = {"form": form, "custom": keep_asking(custom, request), **more}
    return fragment_or_page(request, "pools/form.html#form", context, status=status)


@require_GET
@roles_allowed(READERS)
def custom_file(request: OrganizationRequest, pk: int) -> HttpResponse:
    """The file that a value of a pool names."""
    return file_answer(request, value_with_file(PoolCustomValue, pk))


@require_GET
@roles_allowed(READERS)
def detail(request: OrganizationRequest, pk: int) -> HttpResponse:
    pool = get_object_or_404(TalentPool.objects.select_related("owner"), pk=pk)
    context = _context(pool, request)
    if not wants_fragment(request):
        context["summary"] = summary_of_pool(pool, viewer=request.user)
        context["rule"] = rule_in_words(pool)
        role = Role(request.membership.role)
        context["custom"] = custom_values_of(pool.pk, role=role, subject=CustomField.Subject.POOL)
        context["rule_url"] = f"{reverse('candidates:list')}?{urlencode({'q': context['rule']})}"
        if not request.GET.get("cursor"):
            record("pool.viewed", pool, by=request.user)
    return fragment_or_page(request, "pools/detail.html#members", context)


@require_GET
@roles_allowed(READERS)
def filling(request: OrganizationRequest, pk: int) -> HttpResponse:
    """How it goes, while everybody is compared with the rule; then the pool's page as a whole."""
    pool = get_object_or_404(TalentPool, pk=pk)
    if pool.due_at is None or not wants_fragment(request):
        return redirect_for(request, pool)
    return fragment_or_page(request, "pools/about.html#filling", {"pool": pool})


@require_GET
@roles_allowed(EDITORS)
def preview(request: OrganizationRequest) -> HttpResponse:
    """Who a rule that is being written would hold: how many, and the newest few."""
    text = request.GET.get("rule", "").strip()[:4000]
    context: dict[str, Any] = {"asked": bool(text), "problem": "", "count": None, "people": []}
    try:
        query = PeopleQuery(parse(text, searcher=ANY_READER))
        prepared = prepare(query, searcher=ANY_READER)
        problems = [
            *prepared.problems,
            str(RuleOfAnyPool()) if pools_asked_for(query) is None else "",
        ]
        context["problem"] = problems[0]
        if text:
            context["count"] = capped_count(prepared.people())
            newest = prepared.people().order_by("-created_at", "-id")[:8]
            context["people"] = list_rows([row.pk for row in newest], viewer=request.user)
    except QueryError as wrong:
        context["problem"] = wrong.sentence
    return fragment_or_page(request, "pools/preview.html#found", context)


def _rule_asked_for(request: OrganizationRequest) -> str:
    """The search of the list that somebody came from, as a rule."""
    query = asked_from(request.GET, searcher=Searcher(request.membership)).query
    return words_of(query) if query else ""


def _fill_soon(pool: TalentPool, request: OrganizationRequest) -> None:
    if pool.due_at is not None:
        ring(fill_pools_in, request.organization.pk)


def _context(pool: TalentPool, request: OrganizationRequest) -> dict[str, Any]:
    """`q` searches for people to add: those of the organization who are not in the pool."""
    words = request.GET.get("q", "").strip()
    page = page_of_pool(pool, viewer=request.user, cursor=request.GET.get("cursor", ""))
    headings, cells = pool_cells(pool, [row.candidate_id for row in page.rows], request)
    for row in page.rows:
        row.cells = cells[row.candidate_id]  # type: ignore[attr-defined]
    return {
        "pool": pool,
        "page": page,
        "headings": headings,
        "count": count_of_pool(pool),
        "is_emptied": not page.rows and pool.is_smart and pool.exclusions.exists(),
        "q": request.GET.get("q", ""),
        "found": people_outside_pool(pool, words) if words else None,
    }


@require_POST
@roles_allowed(EDITORS)
def archive(request: OrganizationRequest, pk: int) -> HttpResponse:
    pool = pools.archive_pool(get_object_or_404(TalentPool, pk=pk), by=request.user)
    notify(request, f"Archived {pool}.", undo=reverse("pools:restore", args=[pool.pk]))
    return redirect_for(request, "pools:list")


@require_POST
@roles_allowed(EDITORS)
def restore(request: OrganizationRequest, pk: int) -> HttpResponse:
    pool = pools.restore_pool(get_object_or_404(TalentPool, pk=pk), by=request.user)
    _fill_soon(pool, request)
    notify(request, f"Brought back {pool}.")
    return redirect_for(request, pool)


@require_POST
@roles_allowed(EDITORS)
def join(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Add the ticked people."""
    pool = get_object_or_404(TalentPool.objects.select_related("owner"), pk=pk)
    done = put_into_pool(
        pool, selected_ids(request.POST, membership=request.membership), by=request.user
    )
    notify(request, f"{done.text}.", undo=done.undo)
    return fragment_or_redirect(
        request, "pools/detail.html#members", _context(pool, request), to=pool
    )


@require_POST
@roles_allowed(EDITORS)
def leave(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Take the selected people out: first they are counted and frozen, then it is confirmed."""
    pool = get_object_or_404(TalentPool, pk=pk)
    ids = selected_ids(request.POST, membership=request.membership)
    back = safe_next(request, pool.get_absolute_url())
    if "frozen" not in request.POST:
        context = {
            "form": BulkForm(initial={"frozen": freeze(ids, by=request.user), "next": back}),
            "post_to": reverse("pools:leave", args=[pool.pk]),
            "title": f"Remove {people(len(ids))} from the pool",
            "beware": _what_leaving_means(pool),
            "back": back,
        }
        return fragment_or_page(request, "candidates/bulk.html#dialog", context)
    if len(ids) > SMALL:
        title = f"Remove people from {pool}"
        act = start("leave_pool", ids, by=request.user, chosen={"pool": pool.pk}, title=title)
        ring(work_on_bulk_act, request.organization.pk, act.pk)
        return redirect_for(request, act)
    done = take_out_of_pool(pool, ids, by=request.user)
    notify(request, f"{done.text}.", undo=done.undo)
    return redirect_for(request, back)


def _what_leaving_means(pool: TalentPool) -> str:
    stays = " Its rule does not bring them back." if pool.is_smart else ""
    return f"They leave the pool “{pool}”, their records stay.{stays} It can be taken back."


@require_GET
@roles_allowed(READERS)
def excluded(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Who was taken out of a smart pool by hand, by whom and when."""
    pool = get_object_or_404(TalentPool, pk=pk)
    page = page_of_excluded(pool, cursor=request.GET.get("cursor", ""))
    return render(request, "pools/excluded.html", {"pool": pool, "page": page})


@require_POST
@roles_allowed(EDITORS)
def readmit(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Let the pool's rule decide again on the ticked people."""
    pool = get_object_or_404(TalentPool, pk=pk)
    ids = selected_ids(request.POST, membership=request.membership)
    count, back = readmit_people(pool, ids, by=request.user)
    notify(request, f"{pool} decides again on {people(count)}: {back:,} came back.")
    return redirect_for(request, reverse("pools:excluded", args=[pool.pk]))

"""The content library: items to show people, and with whom each was shared."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from campaigns.content_forms import ItemForm
from campaigns.content_numbers import ItemNumbers, counts_of, shares_of, tags_in_use
from campaigns.models import ContentItem
from campaigns.queries import count_triage
from campaigns.reading import veil
from campaigns.services import library
from campaigns.services.sending_rules import sending_rules
from crm.tenancy.requests import OrganizationRequest
from crm.tenancy.roles import RECRUITERS, roles_allowed
from crm.web.pagination import capped_count, keyset_page

ORDER = ("title", "id")


@require_GET
@roles_allowed(RECRUITERS)
def content(request: OrganizationRequest) -> HttpResponse:
    """`?q=` searches titles, `?tag=` shows those with a tag, `?archived=1` what is offered no more."""
    query, tag = request.GET.get("q", "").strip(), request.GET.get("tag", "").strip()
    is_archived = request.GET.get("archived") == "1"
    found = ContentItem.objects.filter(archived_at__isnull=not is_archived)
    if query:
        found = found.filter(title__icontains=query)
    if tag:
        found = found.filter(tags__contains=[tag])
    page = keyset_page(
        found.select_related("owner", "file"), order=ORDER, cursor=request.GET.get("cursor", "")
    )
    numbers = counts_of(page.rows)
    context = {
        "page": page,
        "rows": [(item, numbers.get(item.pk, ItemNumbers())) for item in page.rows],
        "count": capped_count(found),
        "q": query,
        "tag": tag,
        "tags": tags_in_use(),
        "is_archived": is_archived,
        "counts_clicks": sending_rules().counts_clicks,
        "triage": count_triage(request.user),
    }
    return render(request, "campaigns/content/list.html", context)


@require_http_methods(["GET", "POST"])
@roles_allowed(RECRUITERS)
def add_content(request: OrganizationRequest) -> HttpResponse:
    """`?kind=` says whether it is a link or a file."""
    wanted = request.GET.get("kind", "")
    kind = wanted if wanted in ContentItem.Kind else ContentItem.Kind.LINK
    form = ItemForm(request.POST or None, request.FILES or None, kind=kind)
    if request.method == "POST" and form.is_valid():
        item = library.add_item(kind, form.details(), by=request.user)
        messages.success(request, f"“{item}” is in the library.")
        return redirect("campaigns:content_item", pk=item.pk)
    context = {"form": form, "kind": kind, "item": None}
    status = 422 if form.errors else 200
    return render(request, "campaigns/content/form.html", context, status=status)


@require_GET
@roles_allowed(RECRUITERS)
def content_item(request: OrganizationRequest, pk: int) -> HttpResponse:
    """What it is, and the people it was shared with, the latest first."""
    item = _item(pk)
    found = shares_of(item)
    page = keyset_page(found, cursor=request.GET.get("cursor", ""))
    veil([row.message for row in page.rows], request.user)
    context = {
        "item": item,
        "address": library.address_of(item),
        "page": page,
        "count": capped_count(found),
        "numbers": counts_of([item]).get(pk, ItemNumbers()),
        "counts_clicks": sending_rules().counts_clicks,
    }
    return render(request, "campaigns/content/item.html", context)


@require_http_methods(["GET", "POST"])
@roles_allowed(RECRUITERS)
def edit_content(request: OrganizationRequest, pk: int) -> HttpResponse:
    item = _item(pk)
    form = ItemForm(request.POST or None, request.FILES or None, kind=item.kind, item=item)
    if request.method == "POST" and form.is_valid():
        library.edit_item(item, form.details(), by=request.user)
        messages.success(request, "Saved.")
        return redirect("campaigns:content_item", pk=pk)
    context = {"form": form, "kind": item.kind, "item": item}
    status = 422 if form.errors else 200
    return render(request, "campaigns/content/form.html", context, status=status)


@require_POST
@roles_allowed(RECRUITERS)
def archive_content(request: OrganizationRequest, pk: int) -> HttpResponse:
    item = _item(pk)
    library.archive_item(item, by=request.user)
    messages.success(request, f"“{item}” is offered no more.")
    return redirect("campaigns:content")


@require_POST
@roles_allowed(RECRUITERS)
def restore_content(request: OrganizationRequest, pk: int) -> HttpResponse:
    item = _item(pk)
    library.restore_item(item, by=request.user)
    messages.success(request, f"“{item}” is offered again.")
    return redirect("campaigns:content_item", pk=pk)


def _item(pk: int) -> ContentItem:
    found: ContentItem = get_object_or_404(
        ContentItem.objects.select_related("owner", "file"), pk=pk
    )
    return found

"""What mails show people: an item of the library behind a link, without an account."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_safe

from campaigns.models import ContentItem
from campaigns.services import library, sharing
from candidates.views.downloads import as_download
from crm.tenancy import public_links
from crm.tenancy.scope import acting_in
from crm.web.public import public_page

TYPES = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpeg": "image/jpeg",
    "txt": "text/plain; charset=utf-8",
}


@public_page
@require_safe
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """The link of one mail: notes the click, and leads to the item's own address or hands out its file."""
    signed = public_links.read_signed(sharing.SHARED, token)
    if signed is None:
        return gone(request)
    with acting_in(signed.organization):
        row = sharing.find_shared(signed.object_id)
        if row is None:
            return gone(request)
        machine = sharing.machine_of(
            method=request.method or "",
            agent=request.headers.get("User-Agent", ""),
            purpose=" ".join(
                request.headers.get(name, "") for name in ("Sec-Purpose", "Purpose", "X-Moz")
            ),
        )
        sharing.note_click(row, machine=machine)
        return _open(request, row.item)


@public_page
@require_safe
def file(request: HttpRequest, token: str) -> HttpResponse:
    """The link to a file that says nothing of who got it."""
    signed = public_links.read_signed(library.FILE, token)
    if signed is None:
        return gone(request)
    with acting_in(signed.organization):
        item = library.items_offered().filter(pk=signed.object_id).first()
        return _open(request, item) if item else gone(request)


def gone(request: HttpRequest) -> HttpResponse:
    """The same answer to every link that opens nothing, whatever it once was."""
    return render(request, "public/gone.html", status=404)


def _open(request: HttpRequest, item: ContentItem) -> HttpResponse:
    if item.file is None:
        return HttpResponseRedirect(item.url)
    try:
        with item.file.file.open("rb") as kept:
            content = kept.read()
    except FileNotFoundError:
        return gone(request)
    return as_download(
        content, name=item.file.file_name, content_type=TYPES.get(item.file.kind, "")
    )

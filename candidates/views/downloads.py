"""Files that others made, handed out to be saved: no browser opens them as a page of ours."""

from urllib.parse import quote

from django.http import HttpResponse

# Whatever the file holds, a browser that opens it anyway runs nothing of it.
FILE_POLICY = (
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'; sandbox"
)


def as_download(content: bytes, *, name: str, content_type: str) -> HttpResponse:
    return HttpResponse(
        content,
        content_type=content_type or "application/octet-stream",
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
            "Content-Security-Policy": FILE_POLICY,
        },
    )

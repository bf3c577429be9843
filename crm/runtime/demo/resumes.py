"""Résumés that wait to be reviewed in a demo organization: of invented people, two of them known already."""

from collections.abc import Sequence

from django.core.files.uploadedfile import SimpleUploadedFile

from candidates.models import Candidate
from candidates.services.resumes import storing
from crm.accounts.models import User

_NEWCOMERS = (
    ("Ifeoma Adeyemi", "Platform Engineer", "Lagos, Nigeria", "+234 803 555 0142"),
    ("Jonas Lindqvist", "Data Engineer", "Malmö, Sweden", "+46 40 555 01 23"),
    ("Mei-Ling Tan", "Product Designer", "Singapore", "+65 6555 0177"),
)
_STORY = """{name}
{title}
{email} | {phone} | linkedin.com/in/{handle}
{place}

Experience
{title} at Harborlight Ltd
Apr 2021 - Present
- Leads four people who build what ships and ports talk through
- Cut the nightly run from six hours to forty minutes

{title}, Fernway Systems GmbH
2017 - 2021
- First of the team; wrote the handbook that everybody still uses

Education
BSc Computer Science, University of Aarhus, 2013 - 2017

Skills
{skills}

Languages
English (fluent), German (B1)"""


def drop_resumes(people: Sequence[Candidate], *, by: User) -> None:
    """Store a handful of files, one of them damaged; whoever starts the demo sees them read by the worker."""
    files = [
        _file(
            name,
            title,
            place,
            phone,
            f"{name.split()[0].lower()}@example.com",
            "Python, PostgreSQL, Kubernetes",
        )
        for name, title, place, phone in _NEWCOMERS
    ]
    for person in people[:2]:
        email = person.emails.first()
        if email is not None:
            files.append(
                _file(
                    person.full_name,
                    f"Lead {person.headline}"[:60],
                    "Lisbon, Portugal",
                    "+351 21 555 0101",
                    email.address,
                    "Python, Leadership",
                )
            )
    files.append(SimpleUploadedFile("scan0001.pdf", b"%PDF-1.4 interrupted"))
    storing.store_upload(files, by=by, source="Careers page")


def _file(
    name: str, title: str, place: str, phone: str, email: str, skills: str
) -> SimpleUploadedFile:
    handle = "-".join(name.lower().split())
    text = _STORY.format(
        name=name, title=title, place=place, phone=phone, email=email, skills=skills, handle=handle
    )
    return SimpleUploadedFile(f"{name} CV.pdf", _pdf(text.splitlines()))


def _pdf(lines: list[str]) -> bytes:
    """One page of text: enough of a PDF to be read and drawn."""
    content = b"BT 56 780 Td 17 TL\n"
    for number, line in enumerate(lines):
        text = line.encode("cp1252", "replace").replace(b"(", rb"\(").replace(b")", rb"\)")
        content += b"/F %d Tf (%s) Tj T*\n" % (11 if number else 22, text)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F 4 0 R>>>>/Contents 5 0 R>>",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        b"<</Length %d>>stream\n%sET\nendstream" % (len(content) + 2, content),
    ]
    body, places = b"%PDF-1.4\n", []
    for number, described in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj%s\nendobj\n" % (number, described)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return (
        body
        + b"xref\n0 6\n0000000000 65535 f \n"
        + table
        + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % len(body)
    )

"""What tests of the pages of imports share."""

from django.core.files.uploadedfile import SimpleUploadedFile

from candidates.models import Import

LIST = "/acme/candidates/imports/"
TWO = "Name;E-Mail;Schuhgröße\nAnna Muster;anna@example.com;38\nBert Beispiel;bert@example.com;44\n"


def file_of(content: str | bytes, name: str = "people.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)


CHOICES = {"policy": "fill", "lawful_basis": "consent"}
COLUMNS = {"column_0": "full_name", "column_1": "email", "column_2": ""}


def words_of(response) -> str:
    """The page with its line breaks as spaces, as a browser shows them."""
    return " ".join(response.content.decode().split())


def target(response) -> str:
    """Where the browser goes next."""
    return response.headers.get("HX-Redirect") or response.headers.get("Location", "")


def check_file(client, import_file: Import, **choices: object) -> None:
    client.post(f"{LIST}{import_file.pk}/columns/", {**COLUMNS, **CHOICES, **choices})

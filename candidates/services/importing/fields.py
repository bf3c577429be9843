"""What a column of a file can hold, and the titles under which people write it."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from candidates.services.identifying import fold


class Field(StrEnum):
    """What a column holds. An unknown column is kept: its cells become a note."""

    FULL_NAME = "full_name"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    PREFERRED_NAME = "preferred_name"
    EMAIL = "email"
    PHONE = "phone"
    LINK = "link"
    HEADLINE = "headline"
    COMPANY = "company"
    CITY = "city"
    COUNTRY = "country"
    SKILLS = "skills"
    TAGS = "tags"
    SOURCE = "source"
    CONTACTED = "contacted"
    SALARY = "salary_expectation"
    NOTE = "note"
    KEEP = ""
    LEAVE_OUT = "-"


LABELS = {
    Field.FULL_NAME: "Full name",
    Field.FIRST_NAME: "First name",
    Field.LAST_NAME: "Last name",
    Field.PREFERRED_NAME: "Preferred name",
    Field.EMAIL: "E-mail address",
    Field.PHONE: "Phone number",
    Field.LINK: "Profile link",
    Field.HEADLINE: "Current title",
    Field.COMPANY: "Company",
    Field.CITY: "City",
    Field.COUNTRY: "Country",
    Field.SKILLS: "Skills",
    Field.TAGS: "Tags",
    Field.SOURCE: "Source",
    Field.CONTACTED: "Last contact",
    Field.SALARY: "Salary expectation",
    Field.NOTE: "Note",
    Field.KEEP: "Kept as a note",
    Field.LEAVE_OUT: "Left out",
}

# Before the key of one of the organization's own fields, and before the kind of one that is to be made.
CUSTOM, NEW = "custom.", "new."

# Several columns may hold these; of every other field there is one column.
REPEATABLE = frozenset(
    {Field.EMAIL, Field.PHONE, Field.LINK, Field.SKILLS, Field.TAGS, Field.NOTE}
    | {Field.KEEP, Field.LEAVE_OUT}
)
NAMES = frozenset({Field.FULL_NAME, Field.FIRST_NAME, Field.LAST_NAME})

# Columns of our own export of failed rows: when the repaired file comes back they say nothing new.
REPORT_LINE = "Rapport: line"
# The first column of our own export of people.
EXPORT_ID = "Rapport: id"
REPORT_REASON = "Rapport: reason"


@dataclass(frozen=True)
class Titles:
    """Exact titles of a field, and a pattern for longer ones; both compared folded, words apart."""

    exact: str
    pattern: str = ""


# English, German, French, Spanish, Italian, Portuguese, Dutch, Polish; in the order they are tried.
TITLES = {
    Field.LEAVE_OUT: Titles(f"{REPORT_LINE}|{REPORT_REASON}"),
    Field.FIRST_NAME: Titles(
        "first|given|forename|vorname|vornamen|prenom|prenoms|nombre de pila|primer nombre|imie|imiona|voornaam|nome proprio",
        r"(first|given|fore) ?names?|vornamen?|prenoms?|voornaam",
    ),
    Field.LAST_NAME: Titles(
        "last|surname|surnames|family name|nachname|nachnamen|familienname|zuname|nom de famille|apellido|apellidos|cognome|sobrenome|apelido|achternaam|nazwisko",
        r"(last|family|sur) ?names?|nachnamen?|familiennamen?|nom de famille|apellidos?|achternaam|nazwisko",
    ),
    Field.PREFERRED_NAME: Titles(
        "preferred name|nickname|nick name|called|rufname|spitzname|anrede name|surnom|apodo|goes by"
    ),
    Field.FULL_NAME: Titles(
        "name|full name|candidate|candidate name|contact|contact name|person|applicant|prospect|vor und nachname|vor und zuname|vollstandiger name|kandidat|kandidatin|kandidat in|bewerber|bewerberin|nom|nom complet|nom et prenom|candidat|nombre|nombre completo|nombre y apellidos|candidato|nome|nome completo|nome e cognome|naam|volledige naam|kandidaat|imie i nazwisko",
        r"(full|complete|candidate|contact|applicant) ?names?|name (des|der) .*",
    ),
    Field.EMAIL: Titles(
        "email|e mail|mail|emails|e mails|mails|email address|e mail address|mailadresse|email adresse|e mail adresse|courriel|adresse mail|adresse email|adresse e mail|correo|correo electronico|posta elettronica|indirizzo email|endereco de email|mailadres|e mailadres|adres email|adres e mail",
        r".*\b(e ?mails?|mailadress?e?|courriel|correo)\b.*",
    ),
    Field.PHONE: Titles(
        "tel|telefon|phone|phones|mobile|mobil|cell|handy|telephone|telefono|telefone|telefoon|fon|numer telefonu|movil|celular|cellulare|portable|gsm|whatsapp|rufnummer|tel nr|tel no",
        r".*\b(phones?|tel|telefon\w*|telephone|telefono|telefone|telefoonnummer|mobil\w*|handy\w*|cell|movil|celular|cellulare|rufnummer)\b.*",
    ),
    Field.LINK: Titles(
        "url|urls|link|links|profil|profile|profiles|linkedin|xing|github|gitlab|website|webseite url|homepage|portfolio|web|perfil|profilo|profiel|profil url|profile url|social",
        r".*\b(linkedin|xing|github|gitlab|portfolio|profile?) ?(url|link|profile?|page|address)?\b.*|.*\burl\b.*",
    ),
    Field.CONTACTED: Titles(
        "last contact|last contacted|last contacted on|last touch|last interaction|last activity|letzter kontakt|letzte kontaktaufnahme|zuletzt kontaktiert|kontaktiert am|dernier contact|ultimo contacto|ultimo contatto|ultimo contato|laatste contact|ostatni kontakt",
        r"(date of )?(last|letzter|dernier|ultimo) (contact\w*|kontakt\w*|contatto|contato)( (on|am|date|datum))?",
    ),
    Field.SALARY: Titles(
        "salary|salary expectation|salary expectations|expected salary|desired salary|compensation|gehalt|gehaltswunsch|gehaltsvorstellung|wunschgehalt|salaire|pretentions salariales|pretentions|salaire souhaite|salario|expectativa salarial|stipendio|ral|salaris|salarisindicatie|oczekiwania finansowe",
        r".*\b(salary|gehalt\w*|salaire|salarial\w*|salario|compensation)\b.*",
    ),
    Field.HEADLINE: Titles(
        "title|job title|jobtitle|current title|position|current position|aktuelle position|role|current role|job|occupation|headline|funktion|beruf|stelle|titel|berufsbezeichnung|jobtitel|poste|poste actuel|fonction|intitule du poste|metier|puesto|puesto actual|cargo|cargo atual|profesion|ruolo|posizione|mansione|qualifica|funcao|functie|functietitel|stanowisko",
        r"(current|aktuelle[rs]?|job|jetzige) ?(position|title|titel|role|rolle|job|stelle|funktion)",
    ),
    Field.COMPANY: Titles(
        "company|companies|current company|employer|current employer|organization|organisation|org|firma|unternehmen|arbeitgeber|aktueller arbeitgeber|aktuelle firma|entreprise|societe|employeur|empresa|empresa actual|compania|azienda|societa|datore di lavoro|bedrijf|werkgever|firma pracodawca|pracodawca",
        r"(current|aktuelle[rs]?|present) (company|employer|firma|arbeitgeber|unternehmen)|company ?name|name of company",
    ),
    Field.COUNTRY: Titles(
        "country|country region|land|pays|pais|paese|nazione|kraj|staat|nation|country code|landercode"
    ),
    Field.CITY: Titles(
        "city|town|location|place|ort|stadt|wohnort|standort|ville|lieu|localisation|ciudad|localidad|ubicacion|poblacion|citta|localita|cidade|localizacao|stad|plaats|woonplaats|miasto|miejscowosc|city town",
        r"(current|candidate) (city|location)|city.*",
    ),
    Field.SKILLS: Titles(
        "skills|skill|skill set|skillset|key skills|technologies|tech stack|stack|tech|competencies|kenntnisse|fahigkeiten|kompetenzen|technologien|faehigkeiten|competences|habilidades|competencias|conocimientos|aptitudes|competenze|capacita|vaardigheden|umiejetnosci|expertise|keywords",
        r".*\b(skills?|kenntnisse|technolog\w+)\b.*",
    ),
    Field.TAGS: Titles(
        "tag|tags|label|labels|category|categories|schlagwort|schlagworte|schlagworter|kategorie|etiquettes|etiquetas|etichette|categorie"
    ),
    Field.SOURCE: Titles(
        "source|sources|channel|origin|lead source|referrer|found via|quelle|herkunft|kanal|gefunden uber|origine|provenance|fuente|origen|procedencia|fonte|origem|bron|zrodlo",
        r"(candidate|lead|original) source",
    ),
    Field.NOTE: Titles(
        "note|notes|comment|comments|remark|remarks|notiz|notizen|bemerkung|bemerkungen|kommentar|kommentare|anmerkung|anmerkungen|beschreibung|description|summary|commentaire|commentaires|remarque|remarques|nota|notas|comentario|comentarios|observaciones|observacoes|commento|commenti|osservazioni|opmerking|opmerkingen|notitie|notities|uwagi|notatki|info"
    ),
}


def is_extra_title(title: str) -> bool:
    """Whether a column was added by our own export of failed rows."""
    return title in {REPORT_LINE, REPORT_REASON} or bool(re.fullmatch(r"Extra cell \d+", title))


def title_words(title: str) -> str:
    """A title folded, its words apart: "E-Mail (privat)" is "e mail privat", "lastName" is "last name"."""
    if re.fullmatch(r"[a-z]+(?:[A-Z][a-z]+)+\d?", title):
        title = re.sub(r"(?=[A-Z])", " ", title)
    return " ".join(re.findall(r"[\w#]+", fold(title).replace("_", " ")))


@cache
def _exact() -> dict[str, Field]:
    found: dict[str, Field] = {}
    for field, titles in TITLES.items():
        for title in titles.exact.split("|"):
            found.setdefault(title_words(title), field)
    return found


def field_titled(title: str) -> Field:
    """The field that a column with this title holds; KEEP for a title that says nothing to us."""
    # "Phone 2" is another phone.
    words = re.sub(r"(?<=\w) ?\d$", "", title_words(title))
    if not words:
        return Field.KEEP
    exact = _exact().get(words)
    if exact is not None:
        return exact
    if len(words) > 60:
        return Field.KEEP
    for field, titles in TITLES.items():
        if titles.pattern and re.fullmatch(titles.pattern, words):
            return field
    return Field.KEEP

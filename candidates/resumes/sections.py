"""The parts of a résumé, by their headings in a handful of languages."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from candidates.resumes.documents import Line
from candidates.resumes.found import fold


class Part(StrEnum):
    HEAD = "head"
    WORK = "work"
    EDUCATION = "education"
    SKILLS = "skills"
    LANGUAGES = "languages"
    PERSONAL = "personal"
    REFERENCES = "references"
    OTHER = "other"


HEADINGS: dict[Part, str] = {
    Part.WORK: (
        "experience|work experience|professional experience|employment|employment history|work history"
        "|career history|career|career summary|professional background|relevant experience|job experience"
        "|working experience|experiences|professional experiences|employment record|employment details"
        "|internships|internship|internship experience|industrial experience|it experience|job history"
        "|experience professionnelle|experiences professionnelles|parcours professionnel|stages"
        "|berufserfahrung|beruflicher werdegang|werdegang|praktische erfahrung|berufspraxis|praktika"
        "|experiencia|experiencia laboral|experiencia profesional|esperienza|esperienze professionali"
        "|esperienza lavorativa|experiencia profissional|werkervaring|doswiadczenie zawodowe|arbetslivserfarenhet"
        "|experience summary|work experience and internships|professional work experience|previous experience"
        "|current employment|teaching experience|research experience|military experience|volunteer experience"
    ),
    Part.EDUCATION: (
        "education|educational background|academic background|academic qualifications|academic qualification"
        "|educational qualification|educational qualifications|qualifications|academic credentials|academics"
        "|education and training|education & training|academic history|academic profile|academic details"
        "|educational details|education details|studies|formation|formations|etudes|diplomes|parcours academique"
        "|ausbildung|bildung|studium|schulbildung|bildungsweg|akademische ausbildung|educacion|formacion"
        "|formacion academica|istruzione|istruzione e formazione|educacao|formacao|formacao academica"
        "|opleiding|opleidingen|wyksztalcenie|utbildning|education and certifications|education & certifications"
        "|educational attainment|academic|academic record|scholastics|scholastic record"
    ),
    Part.SKILLS: (
        "skills|technical skills|key skills|core skills|core competencies|competencies|technologies|tools"
        "|technical expertise|areas of expertise|expertise|professional skills|skills summary|skill set"
        "|it skills|computer skills|technical proficiency|technical summary|skills & abilities|software skills"
        "|skills and abilities|skills and competencies|skill|tools and technologies|programming languages"
        "|technical competencies|competences|competences techniques|kenntnisse|fahigkeiten|edv-kenntnisse"
        "|it-kenntnisse|habilidades|competencias|competenze|competenze tecniche|vaardigheden|umiejetnosci"
        "|kompetenser|hard skills|soft skills|computer literacy|computer proficiency|skills & tools|logiciels"
        "|technical skill|technical knowledge|areas of experience|software|frameworks|core qualifications"
    ),
    Part.LANGUAGES: (
        "languages|language|language skills|language proficiency|linguistic skills|languages known|langues"
        "|sprachen|sprachkenntnisse|idiomas|lingue|linguas|talen|jezyki|sprak|spoken languages|langue"
        "|languages spoken|language competency|competences linguistiques"
    ),
    Part.PERSONAL: (
        "personal details|personal information|personal data|personal profile|personal particulars|personal info"
        "|personal|bio data|biodata|contact|contact information|contact details|contact info|contacts"
        "|personliche daten|personliche angaben|kontakt|coordonnees|informations personnelles|datos personales"
        "|dati personali|dados pessoais|persoonlijke gegevens|dane osobowe|get in touch|personal identification"
    ),
    Part.REFERENCES: "references|reference|referees|referee|referenzen|referencias|referenze|referenties|professional references",
    Part.OTHER: (
        "summary|professional summary|executive summary|profile|professional profile|about|about me|objective"
        "|career objective|objectives|introduction|projects|personal projects|key projects|academic projects"
        "|project experience|project details|certifications|certificates|certification|training|trainings|courses"
        "|publications|patents|awards|achievements|honors|honours|honors and awards|awards and honors"
        "|accomplishments|interests|hobbies|hobbies and interests|activities|extracurricular activities"
        "|volunteering|volunteer work|memberships|affiliations|professional affiliations|declaration|strengths"
        "|personal statement|highlights|profil|profil professionnel|a propos|centres d'interet|centres d'interets|interets|loisirs"
        "|projets|certificats|zertifikate|weiterbildung|interessen|hobbys|projekte|auszeichnungen|perfil"
        "|proyectos|certificaciones|intereses|profilo|progetti|interessi|perfil profissional|workshops"
        "|seminars|co-curricular activities|leadership|leadership experience|portfolio|key achievements"
        "|special qualification|training summary|other information|additional information|computer training"
    ),
}  # fmt: skip
_PART_OF = {heading: part for part, listed in HEADINGS.items() for heading in listed.split("|")}
_TRIM = re.compile(r"^[^\w]+|[^\w)]+$")
_NUMBERED = re.compile(r"^(?:[ivx]+|\d{1,2}|[a-h])[.)]\s+")


@dataclass(slots=True)
class Placed:
    """A line with the part that it stands in, and where it begins in the whole text."""

    line: Line
    part: Part
    start: int
    is_heading: bool = False

    @property
    def text(self) -> str:
        return self.line.text

    @property
    def end(self) -> int:
        return self.start + len(self.line.text)


def heading_of(text: str) -> Part | None:
    """The part that `text` opens, if it is a heading."""
    if not text or len(text) > 60:
        return None
    bare = _NUMBERED.sub("", _TRIM.sub("", fold(text)))
    bare = _TRIM.sub("", bare)
    # Letters set apart: "E D U C A T I O N".
    if re.fullmatch(r"(?:\w ){3,}\w", bare):
        bare = bare.replace(" ", "")
    found = _PART_OF.get(bare) or _PART_OF.get(bare.replace(" and ", " & "))
    if found is None and " & " in bare:
        found = _PART_OF.get(bare.replace(" & ", " and "))
    if found is None and re.search(r" (?:&|and|/|,|et|und|y) ", bare) and len(bare.split()) <= 5:
        # "Skills and tools": what its first half says.
        found = _PART_OF.get(re.split(r" (?:&|and|/|,|et|und|y) ", bare)[0])
    return found


def place(lines: list[Line]) -> list[Placed]:
    """Every line with its part: what stands before the first heading is the head."""
    return list(_place(lines))


def _place(lines: list[Line]) -> Iterator[Placed]:
    part, start = Part.HEAD, 0
    for line in lines:
        opened = heading_of(line.text)
        # "Skills: Python, SQL" opens its part and is of it.
        label, colon, rest = line.text.partition(":")
        inline = heading_of(label) if colon and rest.strip() and opened is None else None
        if inline in {Part.SKILLS, Part.LANGUAGES}:
            yield Placed(line, inline, start)
        else:
            part = opened or part
            yield Placed(line, part, start, is_heading=opened is not None)
        start += len(line.text) + 1

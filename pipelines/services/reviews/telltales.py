"""What says who somebody is by its form alone, whatever the record knows: addresses, links, numbers, ages, schools."""

import re

# Each begins at the border of a word and is bounded, so that a text of one endless word takes no longer than others.
EMAIL = re.compile(
    r"(?<![^\s<>()\[\],;:|@])[^\s<>()\[\],;:|@]{1,99}@[^\s<>()\[\],;|@]{1,99}\.[^\s<>()\[\],;|@]{1,99}"
)
LINK = re.compile(
    r"(?:https?://|www\.)\S+|(?<![a-z0-9.-])(?:[a-z0-9-]{1,63}\.){1,9}(?:com|org|net|io|dev|de|me|ai|co|eu|fr|uk|ch|at|nl|app)\b(?:/\S*)?",
    re.I,
)
# Seven digits or more with what stands between the digits of a number; a year range has eight with one dash.
PHONE = re.compile(r"(?<![\w.])\+?\(?\d[\d\s().\-/]{6,}\d(?!\w)")
YEARS = re.compile(
    r"(?:19|20)\d\d\s*[-–/]\s*(?:(?:19|20)\d\d|\d{1,2})|\d{1,2}[./-]\d{1,2}[./-](?:19|20)?\d\d"
)
AGE = re.compile(
    r"\b(?:date of birth|year of birth|born(?: on| in)?|d\.?o\.?b\.?|birthday|aged?|geburtsdatum|jahrgang|geboren(?: am| in)?|geb\.|alter"
    r"|né(?:e)? le|date de naissance|fecha de nacimiento|nacid[oa] el|data di nascita|nato il|nata il)\b[ \t:]*"
    # The day may stand behind the place: "Born in Kassel, 12.03.1985".
    r"[^\n,;|]{0,40}(?:,[ \t]*\d{1,2}[./ -]{1,2}[^\W_]{1,9}[./ -]{1,2}(?:19|20)?\d\d\b)?"
    # When somebody left school tells as much.
    r"|\b(?:class of|abitur|matura|baccalaur[ée]at|bachillerato|graduated|abi)\b[ \t]*(?:in\b|:|,)?[ \t]*(?:19|20)\d\d\b",
    re.I,
)
_BETWEEN = r",;|·•()"
AGED = re.compile(
    r"\b\d{2}[- ]?(?:years?[- ]old|y/?o|jahre alt|ans d'âge|años de edad)\b"
    # Between commas, as in the head of a résumé. Below 18 it is how long something was done.
    rf"|(?:^|(?<=[{_BETWEEN}]))[ \t]*(?:1[89]|[2-7]\d) (?:years?|yrs|jahre|ans|años|anni)(?=[ \t]*(?:$|[{_BETWEEN}]))"
    rf"|\b(?:I am|I['’]m|ich bin|je suis âgée? de|tengo)[ \t]+(?:1[89]|[2-7]\d)\b(?=[ \t]*(?:$|[{_BETWEEN}.!]|and\b|und\b))",
    re.I | re.M,
)
# Behind a name, as in the head of a letter: Ada Byron, 34.
AGE_OF_NAME = re.compile(rf"[ \t]*[,(][ \t]*(?:1[89]|[2-7]\d)\b(?=[ \t]*(?:$|[{_BETWEEN}.]))", re.M)
_WORD = r"[A-ZÄÖÜÉÈÀÅØŁŚ][\w.'’-]{0,40}"
ADDRESS = re.compile(
    r"(?i:\b(?:postal address|home address|address|adresse|anschrift|wohnhaft in|dirección|indirizzo|domicile)[ \t]*:)[^\n]{0,100}"
    # Lindenstraße 5a; Rue des Lilas 12; 12 Rue des Lilas; Via Roma, 7; 221b Baker Street.
    r"|\b[A-ZÄÖÜ][\w-]{0,40}(?:straße|strasse|str\.|weg|platz|allee|gasse|ufer|damm)[ \t]+\d{1,4}[ \t]?[a-z]?\b"
    rf"|\b(?:{_WORD}[ \t]+){{1,2}}(?:Straße|Strasse|Str\.|Weg|Platz|Allee|Gasse|Ufer|Damm)[ \t]+\d{{1,4}}[ \t]?[a-z]?\b"
    r"|\b\d{1,4}(?:[ \t]?(?:bis|ter))?,?[ \t]+(?i:rue|avenue|boulevard|place|chemin|impasse|allée|quai)[ \t]+[^\n,;|\d]{2,40}"
    rf"|\b(?i:rue|via|calle|piazza|plaza|corso|avenida|rua)[ \t]+(?:(?:de|des|du|della|la|el|do|da)[ \t]+)*{_WORD}[^\n,;|\d]{{0,30}},?[ \t]+\d{{1,4}}\b"
    rf"|\b\d{{1,5}}[a-z]?,?[ \t]+(?:{_WORD}[ \t]+){{1,4}}(?:Street|St\b\.?|Road|Rd\.?|Avenue|Ave\.?|Lane|Ln\.?|Drive|Boulevard|Blvd\.?|Square|Terrace|Crescent)\b"
    # A code and its town, where nothing else stands; the codes of Britain and America wherever they stand.
    rf"|(?:^|(?<=[{_BETWEEN}]))[ \t]*(?:[A-Z]{{1,2}}-)?(?:\d{{5}}|(?!19|20)\d{{4}})[ \t]+{_WORD}(?:[ \t]+[\w.-]+){{0,2}}(?=[ \t]*(?:$|[{_BETWEEN}]))"
    r"|\b[A-Z]{1,2}\d[A-Z\d]?[ \t]+\d[A-Z]{2}\b|\b[A-Z]{2}[ \t]+\d{5}(?:-\d{4})?\b",
    re.M,
)
SCHOOL = re.compile(
    r"(?:(?<![\w.&'’-])(?:[^\W\d_][\w.&'’-]{0,40}[ \t]+){1,5})?"
    r"\b(?:universit(?:y|ät|é|à|et|eit)|universi(?:dad|dade|tà|teit|tet)|college|institute of technology|polytechnic|politecnico"
    r"|polit[eé]cnica|hochschule|fachhochschule|école|ecole|grande école|gymnasium|lyc[eé]e|high school|business school|academy)\b"
    r"(?:[ \t]+(?:of|de|di|der|für|for|at|do|da|in|the|and|&|und|[A-ZÄÖÜÉÈ][\w.'’-]*)){0,6}",
    re.I,
)
# Such as TU Berlin and UC Davis: the case tells them from words.
SCHOOL_IN_SHORT = re.compile(
    r"(?<![^\W\d_])(?:(?:TU|FU|HU|FH|HS|UC|IIT|RWTH|ETH|LMU|KIT)[ \t-]"
    r"[A-ZÄÖÜ][^\W\d_]+|ETH|EPFL|MIT|RWTH|LMU|TUM|KTH|UCLA|UCL|LSE|NYU|INSEAD|CalTech|Caltech)(?![^\W\d_])"
)

# Said of a firm by every second one: no name by itself.
LEGAL_FORM = re.compile(
    r"[\s,]+(?:gmbh(?: & co\.? kg)?|ag|se|inc\.?|ltd\.?|llc|plc|corp\.?|co\.?|s\.?a\.?s?|s\.?r\.?l\.?|b\.?v\.?|oy|ab|group|company)\s*$",
    re.I,
)
# Too common to be hidden wherever they stand.
COMMON = frozenset(
    ["and", "the", "der", "die", "das", "von", "van", "de", "la", "le", "del", "den", "for", "of"]
)
# First words of firms that say nothing of which.
GENERAL = frozenset(
    [
        "advanced",
        "american",
        "bank",
        "british",
        "central",
        "city",
        "data",
        "deutsche",
        "digital",
        "european",
        "federal",
        "first",
        "french",
        "general",
        "german",
        "global",
        "great",
        "group",
        "indian",
        "international",
        "mobile",
        "national",
        "open",
        "public",
        "royal",
        "software",
        "state",
        "swiss",
        "team",
        "technical",
        "technische",
        "united",
        "university",
        "universität",
    ]
)

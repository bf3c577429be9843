"""Spoken languages with how well, where a résumé lists them."""

import re

from candidates.resumes.found import Found, fold
from candidates.resumes.sections import Part, Placed

_NAMES = {
    "English": "english anglais englisch ingles inglese engels angielski engelska",
    "German": "german allemand deutsch aleman tedesco duits niemiecki tyska",
    "French": "french francais franzosisch frances francese frans francuski franska",
    "Spanish": "spanish espagnol spanisch espanol spagnolo spaans hiszpanski castellano",
    "Italian": "italian italien italienisch italiano italiaans",
    "Portuguese": "portuguese portugais portugiesisch portugues portoghese",
    "Dutch": "dutch neerlandais niederlandisch holandes olandese nederlands flemish",
    "Polish": "polish polonais polnisch polaco polacco polski",
    "Russian": "russian russe russisch ruso russo",
    "Ukrainian": "ukrainian ukrainisch ukrainien",
    "Czech": "czech tschechisch", "Slovak": "slovak slowakisch", "Hungarian": "hungarian ungarisch",
    "Romanian": "romanian roumain rumanisch", "Bulgarian": "bulgarian", "Serbian": "serbian", "Croatian": "croatian kroatisch",
    "Greek": "greek griechisch grec", "Turkish": "turkish turc turkisch turco", "Swedish": "swedish suedois schwedisch svenska",
    "Danish": "danish danisch dansk", "Norwegian": "norwegian norwegisch norsk", "Finnish": "finnish finnisch suomi",
    "Estonian": "estonian", "Latvian": "latvian", "Lithuanian": "lithuanian",
    "Arabic": "arabic arabe arabisch", "Hebrew": "hebrew hebrew", "Persian": "persian farsi dari",
    "Hindi": "hindi", "Urdu": "urdu", "Bengali": "bengali bangla", "Punjabi": "punjabi", "Tamil": "tamil", "Telugu": "telugu",
    "Marathi": "marathi", "Gujarati": "gujarati", "Kannada": "kannada", "Malayalam": "malayalam", "Sinhala": "sinhala sinhalese",
    "Nepali": "nepali", "Chinese": "chinese chinois chinesisch chino cinese", "Mandarin": "mandarin", "Cantonese": "cantonese",
    "Japanese": "japanese japonais japanisch", "Korean": "korean coreen koreanisch", "Vietnamese": "vietnamese", "Thai": "thai",
    "Indonesian": "indonesian bahasa", "Malay": "malay", "Tagalog": "tagalog filipino", "Swahili": "swahili",
    "Yoruba": "yoruba", "Igbo": "igbo", "Hausa": "hausa", "Amharic": "amharic", "Afrikaans": "afrikaans", "Catalan": "catalan",
    "Berber": "berber berbere amazigh", "Latin": "latin", "Esperanto": "esperanto",
}  # fmt: skip
_LANGUAGE_OF = {name: language for language, names in _NAMES.items() for name in names.split()}
_LEVELS = [
    ("Native", r"native|mother tongue|muttersprache|langue maternelle|lengua materna|nativo|madrelingua|maternelle|first language|ojczysty|modersmal"),
    ("Bilingual", r"bilingu\w+|zweisprachig"),
    ("C2", r"\bc2\b"), ("C1", r"\bc1\b"), ("B2", r"\bb2\b"), ("B1", r"\bb1\b"), ("A2", r"\ba2\b"), ("A1", r"\ba1\b"),
    ("Fluent", r"fluent\w*|fliessend|courant\w*|verhandlungssicher|fluido|fluente|vloeiend|full professional|excellent|proficient|advanced|very good|sehr gut|expert|avance"),
    ("Intermediate", r"intermediate|conversational|working|limited working|good|gut|intermediaire|medio|intermedio|professional|moderate"),
    ("Basic", r"basic|beginner|elementary|grundkenntnisse|notions|debutant|basico|scolaire|base|fair|poor"),
]  # fmt: skip


def find_languages(placed: list[Placed]) -> list[Found]:
    """Languages in their own part, or in a line that says "Languages:"; the level, if told, in brackets."""
    found: dict[str, Found] = {}
    for position, one in enumerate(placed):
        is_listed = one.part == Part.LANGUAGES
        label = re.match(
            r"\W*(?:languages?|language known|linguistic|langues?|sprachen|idiomas)\b[^:]{0,20}[:–-]",
            fold(one.text),
        )
        if not is_listed and not label:
            continue
        names = [
            match
            for match in re.finditer(r"[^\W\d_]+", one.text)
            if fold(match.group()) in _LANGUAGE_OF
        ]
        for number, match in enumerate(names):
            language = _LANGUAGE_OF[fold(match.group())]
            until = names[number + 1].start() if number + 1 < len(names) else len(one.text)
            told = one.text[match.end() : until]
            if len(names) == 1 and not told.strip(" :–-()") and position + 1 < len(placed):
                following = placed[position + 1].text
                told = (
                    ""
                    if any(
                        fold(word) in _LANGUAGE_OF for word in re.findall(r"[^\W\d_]+", following)
                    )
                    else following[:30]
                )
            if language not in found:
                level = _level(told)
                value = f"{language} ({level})" if level else language
                found[language] = Found(
                    value,
                    0.9 if is_listed else 0.8,
                    one.start + match.start(),
                    one.start + match.end(),
                )
    return list(found.values())[:15]


def _level(told: str) -> str:
    folded = fold(told)
    return next((level for level, pattern in _LEVELS if re.search(pattern, folded)), "")

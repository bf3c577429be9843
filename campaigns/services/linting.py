"""Advice on a mail's text before people get it. Nothing here keeps a text from being saved: see `rendering.check`."""

import re

LONGEST_SUBJECT = 60
LONGEST_BODY = 200
_NO_FALLBACK = re.compile(r"\{\{\s*(first_name|company|title|city)\s*\}\}")
_SHOUTS = re.compile(r"\b[A-ZÄÖÜ]{5,}\b")
_SHORTENERS = re.compile(r"\b(?:bit\.ly|tinyurl\.com|t\.co|goo\.gl|ow\.ly|is\.gd)/", re.I)
_LINK = re.compile(r"https?://", re.I)
# What filters count against a mail (own list).
_SPAMMY = re.compile(
    r"act now|limited time|100 ?% free|once in a lifetime|click here|guarantee|no obligation|winner",
    re.I,
)


def advise(subject: str, body: str) -> list[str]:
    """Sentences, the gravest first; none for a text that is fine."""
    advice = [
        f"People without a value for {name} are held back: write {{{{ {name} | … }}}} to give a fallback."
        for name in dict.fromkeys(_NO_FALLBACK.findall(f"{subject}\n{body}"))
    ]
    words = len(body.split())
    if len(subject) > LONGEST_SUBJECT:
        advice.append(f"The subject has {len(subject)} characters; phones show about 40.")
    if words > LONGEST_BODY:
        advice.append(f"{words} words are long for a first mail; under 120 are read.")
    if _SHOUTS.search(subject) or subject.count("!") > 1 or body.count("!") > 3:
        advice.append("Capitals and exclamation marks look like advertising.")
    if _SPAMMY.search(f"{subject} {body}"):
        advice.append("Some of these words are counted as spam by filters.")
    if _SHORTENERS.search(body):
        advice.append("Shortened links are mistrusted: write the whole address.")
    elif len(_LINK.findall(body)) > 3:
        advice.append("More than three links look like a newsletter.")
    if "?" not in body:
        advice.append("It asks nothing: a clear question gets more answers.")
    return advice

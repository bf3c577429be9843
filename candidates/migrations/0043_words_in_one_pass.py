"""What parts words is found by one expression: `translate` looks through all signs for each letter, ten times as long."""

from django.db import migrations

# As `candidates.folding` has it.
PUNCTUATION = (
    "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~“”‘’‚„–—…•·«»′″‐‑‒―¿¡、。，；：！？（）「」¦§©®°±×÷€£¥¢"
)
SIGNS = (
    "regexp_replace(regexp_replace(folded, '(?<=[a-z0-9+])\\+', 'plus', 'g'),"
    " '(?<=[a-z0-9])#', 'sharp', 'g')"
)


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def words(parted: str) -> str:
    return f"""
CREATE OR REPLACE FUNCTION candidates_words(folded text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $words$
    SELECT {parted}
$words$
"""


ANY_OF_THEM = "[" + "".join(f"\\{sign}" if sign in "]^-\\" else sign for sign in PUNCTUATION) + "]"
IN_ONE_PASS = f"regexp_replace({SIGNS}, {quoted(ANY_OF_THEM)}, ' ', 'g')"
BEFORE = f"translate({SIGNS}, {quoted(PUNCTUATION)}, {quoted(' ' * len(PUNCTUATION))})"


class Migration(migrations.Migration):
    dependencies = [("candidates", "0042_composite_keys_alone")]

    operations = [migrations.RunSQL(words(IN_ONE_PASS), words(BEFORE))]

"""One comparable form of what people write, and the words that searching tells apart in it.

The database has the same two as `candidates_fold` and `candidates_words`: what one folds, the other finds.
"""

import re
import unicodedata
from functools import lru_cache

# Letters that Unicode does not take apart into a base letter and an accent.
_PLAIN_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"}
)
# What parts words. C++ and C# keep their sign as letters, so that they are not C.
PUNCTUATION = (
    "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~“”‘’‚„–—…•·«»′″‐‑‒―¿¡、。，；：！？（）「」¦§©®°±×÷€£¥¢"
)
_PARTS = str.maketrans(dict.fromkeys(PUNCTUATION, " "))
_PLUS = re.compile(r"(?<=[a-z0-9+])\+")
_SHARP = re.compile(r"(?<=[a-z0-9])#")


# A batch of an import compares the same few thousand texts a dozen times.
@lru_cache(maxsize=2**15)
def fold(text: str) -> str:
    """`text` in lower case, without accents and doubled spaces: for comparing and searching."""
    if text.isascii():
        return " ".join(text.lower().split())
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_PLAIN_LETTERS))
    kept = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    # Again: taking apart can give capitals (™ becomes TM).
    return " ".join(kept.casefold().translate(_PLAIN_LETTERS).split())


def words_of(folded: str) -> list[str]:
    """The words of a folded text, as the search index has them."""
    spelled = _SHARP.sub("sharp", _PLUS.sub("plus", folded))
    return spelled.translate(_PARTS).split()

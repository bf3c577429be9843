"""Cuts away the mail that a reply quotes. Line by line: patterns over the whole text can be made to run for minutes."""

from itertools import takewhile

# "On 2 June 2026, Robin wrote:": how such a line begins and what its verb is, in one language each.
_ATTRIBUTIONS = (
    (("on ",), ("wrote:", "writes:", "said:")),
    (("am ", "on "), ("schrieb", "geschrieben:")),
    (("le ",), ("a écrit", "écrit :")),
    (("el ", "en "), ("escribió", "escribio")),
    (("il ", "in data "), ("ha scritto", "scrive:")),
    (("op ",), ("schreef", "geschreven:")),
    (("em ", "no dia ", "a "), ("escreveu",)),
    (("den ", "på ", "kl. "), ("skrev",)),
    (("dnia ", "w dniu ", "dne "), ("napisał", "napsal", "pisze:")),
    (("on ", "pe ", "ma "), ("kirjoitti",)),
    (("tarihinde ",), ("yazdı",)),
    (("στις ",), ("έγραψε",)),
)
# "Robin wrote on 2 June:": the verb in the middle.
_MIDDLES = (" wrote on ", " schrieb am ", " a écrit le ", " skrev den ", " schreef op ")
# Where the date comes first, the line is known by its end alone.
_ENDS = (
    "napisał(a):",
    "napsal:",
    "napsala:",
    "написал:",
    "пишет:",
    "yazdı:",
    "写道：",
    "写道:",
    "님이 작성:",
    "kirjoitti:",
    ">:",
)
_SEPARATORS = (
    *("original message", "originalnachricht", "ursprüngliche nachricht", "forwarded message"),
    *("message d'origine", "mensaje original", "messaggio originale", "oorspronkelijk bericht"),
    *(
        "mensagem original",
        "ursprungligt meddelande",
        "oprindelig meddelelse",
        "wiadomość oryginalna",
    ),
)
# Outlook quotes with the headers of the mail, in the reader's language.
_FROM = (
    "from:",
    "von:",
    "de:",
    "de :",
    "da:",
    "van:",
    "från:",
    "fra:",
    "od:",
    "发件人:",
    "差出人:",
)
_NEXT = (
    *("sent:", "date:", "to:", "subject:", "gesendet:", "datum:", "an:", "betreff:", "envoyé"),
    *("date :", "à :", "objet", "enviado", "para:", "asunto:", "assunto:", "fecha:", "inviato:"),
    *("data:", "oggetto:", "verzonden:", "aan:", "onderwerp:", "skickat:", "till:", "ämne:"),
    *("sendt:", "til:", "emne:", "wysłano:", "temat:", "发送时间:", "送信日時:"),
)
_LONGEST_ATTRIBUTION = 300


def cut_quotes(text: str) -> str:
    """What the writer added, or all of `text` where nothing would be left.

    Answers below one quote are kept without it; answers between quotes are kept with them.
    What follows a quote that has no marks is the quote.
    """
    lines = text.splitlines()
    start = _quote_start(lines)
    if start is None:
        return text.strip()
    above = _joined(lines[: start[0]])
    below = lines[start[1] :]
    quoted = list(takewhile(lambda line: _is_quoted(line) or not line.strip(), below))
    rest = below[len(quoted) :] if any(map(_is_quoted, quoted)) else []
    if any(map(_is_quoted, rest)):
        return f"{above}\n\n{_joined(below)}".strip()
    return f"{above}\n\n{_joined(rest)}".strip() or text.strip()


def _joined(lines: list[str]) -> str:
    return "\n".join(lines).strip()


def _quote_start(lines: list[str]) -> tuple[int, int] | None:
    """(first line of the quote's head, first line below that head), or None."""
    for number, line in enumerate(lines):
        if _is_quoted(line):
            return number, number
        if _is_separator(line):
            return number, number + 1
        if _is_header_block(lines, number):
            above = number
            # A rule of underscores belongs to the block.
            if above and set(lines[above - 1].strip()) == {"_"}:
                above -= 1
            return above, number + 1
        if _is_attribution(line):
            return number, number + 1
        # Long ones are wrapped onto a second line.
        if number + 1 < len(lines) and _is_attribution(f"{line} {lines[number + 1]}"):
            return number, number + 2
    return None


def _is_quoted(line: str) -> bool:
    return line.lstrip().startswith(">")


def _is_attribution(line: str) -> bool:
    folded = line.strip().strip("*_").strip().lower()
    if len(folded) > _LONGEST_ATTRIBUTION or not folded.endswith((":", "：")):
        return False
    if not any(letter.isdigit() for letter in folded):
        return False
    if folded.endswith(_ENDS) or any(middle in folded for middle in _MIDDLES):
        return True
    return any(
        folded.startswith(beginnings) and any(verb in folded for verb in verbs)
        for beginnings, verbs in _ATTRIBUTIONS
    )


def _is_separator(line: str) -> bool:
    folded = line.strip().lower()
    return folded.startswith("--") and any(words in folded for words in _SEPARATORS)


def _is_header_block(lines: list[str], number: int) -> bool:
    if not lines[number].strip(" *").lower().startswith(_FROM):
        return False
    following = [line.strip(" *").lower() for line in lines[number + 1 : number + 5]]
    return sum(line.startswith(_NEXT) for line in following) >= 2

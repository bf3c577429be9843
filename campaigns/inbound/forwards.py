"""Who wrote a mail that somebody forwards, and what it said: attached as it was, or below a block of headers."""

import re
from dataclasses import replace

from campaigns.inbound.parsing import Mail, parse

# How programs begin the block, in the languages of the corpus: "From: Amara <amara@example.com>".
_FROM = re.compile(
    r"[>*\s]*(?:from|von|de|da|van|från|fra|od|lähettäjä|от|差出人|发件人)\s*[*]?\s*[:：]\s*[*]?(.*)",
    re.I,
)
_ADDRESS = re.compile(r"[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
# No block is longer; what stands further down is a mail that was quoted before.
_MOST_LINES = 400


def forwarded(mail: Mail) -> Mail | None:
    """The mail inside `mail`, with the Message-ID that it came under; None if it forwards nothing that can be read."""
    if mail.enclosed:
        inner = parse(mail.enclosed.encode("utf-8", "replace"))
        if inner.from_address:
            return replace(inner, message_id=inner.message_id or mail.message_id)
    lines = mail.text.splitlines()[:_MOST_LINES]
    for number, line in enumerate(lines):
        begins = _FROM.fullmatch(line[:500])
        address = _ADDRESS.search(begins.group(1)) if begins else None
        if address:
            following = lines[number:]
            blank = next((at for at, one in enumerate(following) if not one.strip("> ")), 0)
            words = "\n".join(one.removeprefix("> ") for one in following[blank:]) if blank else ""
            return replace(mail, from_address=address.group().lower(), text=words.strip(), html="")
    return None

"""Ids in addresses and forms: texts from outside, until they are read here."""

# What the column of an id holds.
MOST_OF_AN_ID = 2**63 - 1


def is_id(text: str) -> bool:
    """Whether a text from an address or a form can be the id of a row."""
    # Looked at before it is read: Python refuses to read thousands of digits, and `²` is a digit, too.
    return text.isascii() and text.isdecimal() and len(text) < 20 and int(text) <= MOST_OF_AN_ID


def read_id(text: str) -> int | None:
    """The id; None where the text is none. No row has the id None, so that looking it up finds nothing."""
    return int(text) if is_id(text) else None

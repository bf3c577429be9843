"""Secrets at rest, such as passwords of mailboxes: AES-256-GCM, bound to the place where they stand.

A sealed text is `1.<key's id>.<nonce and ciphertext>`. Organization, row and field go in as associated data, so
that a ciphertext copied to another row, or another organization, does not open. Keys come from
`settings.CREDENTIALS_KEYS`: the first seals, all open; `manage.py rotate_credentials` moves everything to the first.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache
from hashlib import sha256
from secrets import token_bytes

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from crm.tenancy.models import OwnedModel

NONCE_LENGTH = 12  # what GCM is made for (NIST SP 800-38D)


class Unsealable(ValueError):
    """The text was not sealed here, stands in another place, or its key is gone."""


@lru_cache(maxsize=16)
def _key(secret: str) -> tuple[str, AESGCM]:
    """(its id, the cipher) of one of the configured keys."""
    derived = HKDF(SHA256(), length=32, salt=None, info=b"rapport credentials").derive(
        secret.encode()
    )
    return sha256(derived).hexdigest()[:8], AESGCM(derived)


def _place(row: OwnedModel, field: str) -> bytes:
    if row.pk is None or row.organization_id is None:
        raise ValueError("A secret is bound to its row: save the row first.")
    return f"{row.organization_id}:{row._meta.label_lower}:{row.pk}:{field}".encode()


def seal(text: str, *, row: OwnedModel, field: str) -> str:
    """`text` as it may stand in `field` of a saved `row`; "" stays ""."""
    if not text:
        return ""
    key_id, cipher = _key(settings.CREDENTIALS_KEYS[0])
    nonce = token_bytes(NONCE_LENGTH)
    sealed = nonce + cipher.encrypt(nonce, text.encode(), _place(row, field))
    return f"1.{key_id}.{urlsafe_b64encode(sealed).decode()}"


def unseal(sealed: str, *, row: OwnedModel, field: str) -> str:
    """What was sealed for this very field of this row; raises Unsealable."""
    if not sealed:
        return ""
    version, _, rest = sealed.partition(".")
    key_id, _, encoded = rest.partition(".")
    ciphers = dict(map(_key, settings.CREDENTIALS_KEYS))
    if version != "1" or key_id not in ciphers:
        raise Unsealable("The key of this secret is not among CREDENTIALS_KEYS.")
    try:
        raw = urlsafe_b64decode(encoded)
        return (
            ciphers[key_id]
            .decrypt(raw[:NONCE_LENGTH], raw[NONCE_LENGTH:], _place(row, field))
            .decode()
        )
    except (InvalidTag, ValueError) as error:
        raise Unsealable("This secret does not belong here, or was changed.") from error


def is_sealed_with_first_key(sealed: str) -> bool:
    key_id, _ = _key(settings.CREDENTIALS_KEYS[0])
    return not sealed or sealed.startswith(f"1.{key_id}.")

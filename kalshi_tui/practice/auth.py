"""Whether a request is signed by a key that this exchange knows.

Written from the specification alone, as a second reading of it: the message is the timestamp in
milliseconds, the method in capitals and the path from the root without its query, joined without
separators. RSA-PSS (SHA-256, MGF1-SHA-256, salt 32) and Ed25519. Owns the four answers of a refused
signature; knows no socket and reads no clock.
Source: openapi.yaml `securitySchemes`, `ApiKeyType`; bodies and window as measured on demo.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

PublicKey = RSAPublicKey | Ed25519PublicKey

KEY_HEADER: Final = "kalshi-access-key"
TIMESTAMP_HEADER: Final = "kalshi-access-timestamp"
SIGNATURE_HEADER: Final = "kalshi-access-signature"

OLDEST_MS: Final = 10_000
"""A timestamp may lie this far in the past. Measured: -10 s is accepted, -30 s is not."""

NEWEST_MS: Final = 30_000
"""A timestamp may lie this far ahead. Measured: +30 s is accepted, +60 s is not."""

EXPIRED: Final = (
    b'{"error":{"code":"header_timestamp_expired","message":"header timestamp expired"}}'
)
BAD_SIGNATURE: Final = (
    b'{"error":{"code":"authentication_error","message":"authentication_error",'
    b'"details":"INCORRECT_API_KEY_SIGNATURE"}}'
)
UNKNOWN_KEY: Final = (
    b'{"error":{"code":"authentication_error","message":"authentication_error",'
    b'"details":"NOT_FOUND"}}'
)
NO_SIGNATURE: Final = (
    b'{"error":{"code":"signature_is_missing_from_headers",'
    b'"message":"signature is missing from headers"}}'
)
NO_CREDENTIALS: Final = (
    b'{"error":{"code":"token_authentication_failure","message":"token authentication failure"}}'
)
"""No key at all: the code that an unsigned WebSocket handshake was answered with."""

NO_TIMESTAMP: Final = (
    b'{"error":{"code":"timestamp_is_missing_from_headers",'
    b'"message":"timestamp is missing from headers"}}'
)
"""Not recorded anywhere; worded after its sister for the signature."""

_PSS = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)
_SHA256 = hashes.SHA256()


class AuthError(Exception):
    """A request that is not signed as it should be. `body` is the whole 401 answer."""

    def __init__(self, body: bytes) -> None:
        super().__init__(body.decode())
        self.body = body


@dataclass(frozen=True, slots=True)
class Identity:
    """Who signed: the key, which is also the account's name on this exchange."""

    key_id: str


class KeyRing:
    """The public keys of the accounts."""

    def __init__(self, keys: Mapping[str, PublicKey]) -> None:
        self._keys = dict(keys)

    @property
    def key_ids(self) -> tuple[str, ...]:
        """The known keys, in the order they were given."""
        return tuple(self._keys)

    def identify(
        self, headers: Mapping[str, str], method: str, path: str, wall_ms: int
    ) -> Identity:
        """Return who signed the request, or raise `AuthError`.

        `headers` must find names in lower case, `path` carries no query, `wall_ms` is this
        computer's time.
        """
        key_id = headers.get(KEY_HEADER, "")
        stamp = headers.get(TIMESTAMP_HEADER, "")
        signature = headers.get(SIGNATURE_HEADER, "")
        if not key_id:
            raise AuthError(NO_CREDENTIALS)
        if not signature:
            raise AuthError(NO_SIGNATURE)
        if not stamp:
            raise AuthError(NO_TIMESTAMP)
        if not _is_fresh(stamp, wall_ms):
            raise AuthError(EXPIRED)
        key = self._keys.get(key_id)
        if key is None:
            raise AuthError(UNKNOWN_KEY)
        if not _is_signed(key, signature, f"{stamp}{method.upper()}{path}".encode()):
            raise AuthError(BAD_SIGNATURE)
        return Identity(key_id)


def _is_fresh(stamp: str, wall_ms: int) -> bool:
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 16):
        return False
    return -OLDEST_MS <= int(stamp) - wall_ms <= NEWEST_MS


def _is_signed(key: PublicKey, signature: str, message: bytes) -> bool:
    try:
        raw = base64.b64decode(signature, validate=True)
        if isinstance(key, RSAPublicKey):
            key.verify(raw, message, _PSS, _SHA256)
        else:
            key.verify(raw, message)
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True

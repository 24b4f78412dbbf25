"""Private keys and request signatures.

Owns the key formats that are accepted and the message that is signed. Holds the key as an opaque
object: no text of it is kept, printed or put into an error. Knows no file and no clock.
Source: openapi.yaml `securitySchemes`, `ApiKeyType`; kalshi `api_keys`.
"""

import base64
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import NoReturn

import httpx
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

KEY_HEADER = "KALSHI-ACCESS-KEY"
STAMP_HEADER = "KALSHI-ACCESS-TIMESTAMP"
SIGNATURE_HEADER = "KALSHI-ACCESS-SIGNATURE"

MIN_RSA_BITS = 2048
_MAX_PEM = 65_536
_SALT_LENGTH = 32
_DAMAGED = "The private key is damaged or cut off; copy the whole file again."
_BOM = b"\xef\xbb\xbf"
_BLOCK = re.compile(
    rb"-----BEGIN ((?:[A-Z0-9]+ )*PRIVATE KEY)-----(.*?)-----END \1-----", re.DOTALL
)

PrivateKey = RSAPrivateKey | Ed25519PrivateKey


class KeyRefusedError(ValueError):
    """A key that cannot be used. The message is one sentence and holds nothing of the key."""


class PassphraseMissingError(KeyRefusedError):
    """The key is encrypted and no passphrase was given."""


class PassphraseMismatchError(KeyRefusedError):
    """The passphrase does not open the key, or the key is damaged: the two look the same."""


def load_private_key(pem: bytes, passphrase: bytes | None = None) -> PrivateKey:
    """Read an RSA (2048 bits or more) or Ed25519 private key.

    PKCS#1, PKCS#8 and encrypted PKCS#8; a byte-order mark, Windows line ends, quotes around it and
    a key on one line are put right. Raises `KeyRefusedError`.
    """
    block = _private_block(pem)
    refusal: KeyRefusedError | None = None
    key: object = None
    try:
        key = load_pem_private_key(block, passphrase or None)
    except TypeError:
        # cryptography's way to say that the passphrase is missing or one too many.
        refusal = (
            KeyRefusedError("The key is not encrypted; give no passphrase for it.")
            if passphrase
            else PassphraseMissingError("The key is encrypted; its passphrase is needed.")
        )
    except UnsupportedAlgorithm:
        refusal = KeyRefusedError("The key's type is not supported; make an RSA or Ed25519 key.")
    except ValueError:
        refusal = (
            PassphraseMismatchError("The passphrase is wrong, or the key is damaged.")
            if passphrase
            else KeyRefusedError(_DAMAGED)
        )
    if refusal:
        # Raised outside the handlers: the library's error must not travel along.
        raise refusal
    return _usable(key)


def sealed(key: PrivateKey, passphrase: bytes) -> bytes:
    """Return `key` as encrypted PKCS#8 in PEM form, which only `passphrase` opens."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase))


def unsealed(key: PrivateKey) -> bytes:
    """Return `key` as plain PKCS#8 in PEM form. Whoever has these bytes has the key."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def kind_of(key: PrivateKey) -> str:
    """Return the key's type in words."""
    return f"RSA {key.key_size} bits" if isinstance(key, RSAPrivateKey) else "Ed25519"


def is_same_key(one: PrivateKey, other: PrivateKey) -> bool:
    """Return whether the two are halves of the same public key."""
    return one.public_key() == other.public_key()


def _usable(key: object) -> PrivateKey:
    if isinstance(key, Ed25519PrivateKey):
        return key
    if not isinstance(key, RSAPrivateKey):
        raise KeyRefusedError("The key's type is not supported; make an RSA or Ed25519 key.")
    if key.key_size < MIN_RSA_BITS:
        raise KeyRefusedError(
            f"The RSA key has {key.key_size} bits; at least {MIN_RSA_BITS} are needed."
        )
    return key


def _private_block(pem: bytes) -> bytes:
    """Return the one private-key block of `pem` with proper line ends."""
    if len(pem) > _MAX_PEM:
        raise KeyRefusedError("The file is too large to be a private key.")
    text = _narrow(pem).removeprefix(_BOM).strip().strip(b"\"'").replace(b"\r\n", b"\n")
    blocks = list(_BLOCK.finditer(text))
    if len(blocks) > 1:
        raise KeyRefusedError("The file holds more than one private key; give one.")
    if not blocks:
        raise KeyRefusedError(_missing(text))
    label, body = blocks[0][1], blocks[0][2]
    if b"\\n" in body:
        raise KeyRefusedError(
            "The key has the two characters \\n where line breaks belong; use the file as it came."
        )
    if label.startswith(b"OPENSSH"):
        raise KeyRefusedError("The key is in OpenSSH form; convert it to PKCS#8 (PEM) first.")
    if b":" not in body:
        # Rewrapped so that a key pasted on one line is read; encrypted PKCS#1 has header lines.
        packed = b"".join(body.split())
        body = b"\n" + b"\n".join(packed[at : at + 64] for at in range(0, len(packed), 64)) + b"\n"
    return b"-----BEGIN " + label + b"-----" + body + b"-----END " + label + b"-----\n"


def _narrow(text: bytes) -> bytes:
    """Return text that an editor or shell of Windows saved with two bytes a character as ASCII."""
    if text.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return text.decode("utf-16", "replace").encode("ascii", "replace")
    return text


def _missing(text: bytes) -> str:
    if b"PRIVATE KEY-----" in text:
        return _DAMAGED
    if b"PUBLIC KEY-----" in text or text.startswith(b"ssh-"):
        return "This is a public key; the private key is needed."
    if b"BEGIN CERTIFICATE" in text:
        return "This is a certificate; the private key is needed."
    return "The file holds no private key in PEM form, which begins with -----BEGIN."


class Flaw(Enum):
    """What is wrong with a signature that its own public key does not accept."""

    QUERY = "query"
    SALT = "salt"
    OTHER = "other"


class Signer:
    """A key id with its private key: makes the three headers and shows nothing of itself."""

    __slots__ = ("_key", "_key_id")

    def __init__(self, key_id: str, private_key: PrivateKey) -> None:
        if not key_id.isascii() or not key_id.isprintable() or not key_id.strip():
            raise KeyRefusedError("The key id is not printable ASCII; copy it from Kalshi's page.")
        self._key_id = key_id.strip()
        self._key = private_key

    @property
    def key_id(self) -> str:
        return self._key_id

    def __repr__(self) -> str:
        return "Signer(...)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A signer is not copied to other processes or files.")

    def headers(self, method: str, path: str, wall_ms: int) -> dict[str, str]:
        """Return the headers that sign one attempt at `wall_ms` (Unix milliseconds).

        `path` is the path from the root as it goes over the wire, percent-escapes included, without
        the query. The same call signs the WebSocket upgrade (GET, the socket's path).
        """
        bare = path.partition("?")[0]
        message = f"{wall_ms}{method.upper()}{bare}".encode()
        signature = base64.b64encode(self._sign(message)).decode("ascii")
        return {
            KEY_HEADER: self._key_id,
            STAMP_HEADER: str(wall_ms),
            SIGNATURE_HEADER: signature,
        }

    def flaw(self) -> Flaw | None:
        """Sign a fixed request and verify it as the exchange would; None where it stands.

        Tells a fault of this program from a key that does not belong to its id (FB07).
        """
        path, stamp = "/trade-api/v2/portfolio/balance", 1_703_123_456_789
        headers = self.headers("GET", f"{path}?limit=1", stamp)
        signature = base64.b64decode(headers[SIGNATURE_HEADER])
        message = f"{stamp}GET{path}".encode()
        if self._verifies(signature, message):
            return None
        if self._verifies(signature, f"{stamp}GET{path}?limit=1".encode()):
            return Flaw.QUERY
        if self._verifies(signature, message, padding.PSS.AUTO):
            return Flaw.SALT
        return Flaw.OTHER

    def _verifies(self, signature: bytes, message: bytes, salt: object = _SALT_LENGTH) -> bool:
        try:
            if isinstance(self._key, Ed25519PrivateKey):
                self._key.public_key().verify(signature, message)
            else:
                pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=salt)  # type: ignore[arg-type]
                self._key.public_key().verify(signature, message, pss, hashes.SHA256())
        except InvalidSignature:
            return False
        return True

    def _sign(self, message: bytes) -> bytes:
        if isinstance(self._key, Ed25519PrivateKey):
            return self._key.sign(message)
        pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=_SALT_LENGTH)
        return self._key.sign(message, pss, hashes.SHA256())


class RequestAuth(httpx.Auth):
    """Signs each attempt anew, with the path exactly as httpx puts it on the wire."""

    def __init__(self, signer: Signer, wall_ms: Callable[[], int]) -> None:
        self._signer = signer
        self._wall_ms = wall_ms

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the headers of this attempt."""
        sign_request(request, self._signer, self._wall_ms())
        yield request


@dataclass(frozen=True, slots=True)
class Signed:
    """What a request was signed over: safe to print, unlike the signature."""

    method: str
    path: str
    """From the root, without the query."""
    wall_ms: int

    def __str__(self) -> str:
        return f"{self.method} {self.path} at {self.wall_ms} ms"


def signed_parts(method: str, path: str, headers: Mapping[str, str]) -> Signed | None:
    """Return what `headers` were signed over, None where they are not signed."""
    stamp = headers.get(STAMP_HEADER, "")
    return Signed(method, path.partition("?")[0], int(stamp)) if stamp.isdigit() else None


def wire_path(request: httpx.Request) -> str:
    """Return the path of `request` byte for byte as it is sent, without the query."""
    return request.url.raw_path.partition(b"?")[0].decode("ascii")


def sign_request(request: httpx.Request, signer: Signer, wall_ms: int) -> None:
    """Replace the signature headers of `request` by those of `wall_ms`."""
    request.headers.update(signer.headers(request.method, wire_path(request), wall_ms))

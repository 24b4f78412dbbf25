"""What can go wrong on the wire, as types that decide what may happen next.

An order request has three ends, not two: done, refused, unknown. The type says which, so that no
caller judges by a message. Texts from the exchange are cleaned and cut here; an error never carries
a request, a header or a key. Owns no retry policy.
Source of the classes: kalshi `order_errors` (408, 5xx and lost connections leave the outcome open).
"""

from typing import Any

import httpx
import msgspec

from kalshi_tui.core.text import TITLE_LIMIT, clean

DEFINITE_REFUSALS = frozenset({400, 401, 403, 404, 409, 410, 429})
"""Statuses after which a write was certainly not carried out (409 order_already_exists aside)."""

ORDER_EXISTS = "order_already_exists"
STAMP_EXPIRED = "header_timestamp_expired"
TOO_MANY_REQUESTS = 429
GONE = 410

_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)


class ApiError(Exception):
    """Anything that went wrong with a request. `reason` is one clean sentence."""

    def __init__(self, reason: str) -> None:
        self.reason = clean(reason, TITLE_LIMIT)
        super().__init__(self.reason)


class DeniedError(ApiError):
    """The exchange refused, definitely: nothing was done. `code` and `detail` are its words."""

    def __init__(self, status: int, code: str, detail: str = "") -> None:
        self.status = status
        self.code = clean(code, TITLE_LIMIT)
        self.detail = clean(detail, TITLE_LIMIT)
        words = ": ".join(part for part in (self.code, self.detail) if part)
        super().__init__(f"The exchange refused ({status}) {words or 'without a reason'}.")

    @property
    def is_throttle(self) -> bool:
        """True for 429: the token bucket at the exchange is empty."""
        return self.status == TOO_MANY_REQUESTS

    @property
    def is_ended(self) -> bool:
        """True for 410: the exchange has ended this endpoint, and asking again changes nothing."""
        return self.status == GONE


class NotSentError(ApiError):
    """Proven: no byte of the request left this machine."""


class UnknownOutcomeError(ApiError):
    """The request may or may not have been carried out. Never send it again blindly."""

    exists = False
    """True where the exchange says that the order is there."""


class OrderExistsError(UnknownOutcomeError):
    """409 order_already_exists: the client order id is known there, so absence is impossible."""

    exists = True


class ReadFailedError(ApiError):
    """A read gave no usable answer. `transient` is True where trying again at once may help."""

    def __init__(self, reason: str, *, transient: bool = False) -> None:
        super().__init__(reason)
        self.transient = transient


class ScanError(ReadFailedError):
    """A listing did not come to its end: pages repeat or are too many. Proves no absence."""


class BodyError(ApiError):
    """A body that is not what the specification promises; names the field."""


def refusal_words(body: bytes) -> tuple[str, str]:
    """Return (code, detail) of an error body in any of the recorded shapes.

    Nested `{"error": {...}}`, flat `{"code", ...}`, `{"msg"}` of parameter checks, and the string
    error of 429. Anything else gives an empty code and a short preview.
    """
    try:
        decoded: Any = msgspec.json.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return "", _preview(body)
    found = decoded.get("error", decoded) if isinstance(decoded, dict) else None
    if isinstance(found, str):
        return found.replace(" ", "_"), ""
    if not isinstance(found, dict):
        return "", _preview(body)
    code = _text(found.get("code"))
    detail = _text(found.get("details")) or _text(found.get("msg"))
    message = _text(found.get("message"))
    if not detail and message.replace(" ", "_") != code:
        detail = message
    return (code, detail) if code or detail else ("", _preview(body))


def denied(status: int, body: bytes) -> DeniedError:
    """Return the refusal that a 4xx answer states."""
    return DeniedError(status, *refusal_words(body))


def write_failure(status: int, body: bytes) -> ApiError:
    """Return what a write's answer other than a readable 2xx means."""
    if status not in DEFINITE_REFUSALS:
        return UnknownOutcomeError(f"The exchange answered {status} and not what it did.")
    refusal = denied(status, body)
    if refusal.code == ORDER_EXISTS:
        return OrderExistsError("The exchange already has an order with this id.")
    return refusal


def read_failure(status: int, body: bytes) -> ApiError:
    """Return what a read's answer other than 2xx means."""
    if status in DEFINITE_REFUSALS:
        return denied(status, body)
    code, detail = refusal_words(body)
    words = code or detail or "no reason given"
    return ReadFailedError(f"The exchange answered {status}: {words}.")


def write_interrupted(error: Exception) -> ApiError:
    """Return what a transport error during a write means, judged by the phase it came from."""
    if isinstance(error, _NEVER_SENT):
        return NotSentError(f"Nothing was sent: {transport_words(error)}.")
    return UnknownOutcomeError(f"The answer was lost: {transport_words(error)}.")


def read_interrupted(error: Exception) -> ReadFailedError:
    """Return what a transport error during a read means."""
    transient = isinstance(
        error, httpx.ReadError | httpx.WriteError | httpx.RemoteProtocolError | httpx.CloseError
    )
    return ReadFailedError(f"No answer: {transport_words(error)}.", transient=transient)


def transport_words(error: Exception) -> str:
    """Return a transport error in plain words, without any address, header or body."""
    if isinstance(error, httpx.ConnectError):
        return _connect_words(str(error))
    for kind, words in _TRANSPORT_WORDS:
        if isinstance(error, kind):
            return words
    return "the connection failed"


_TRANSPORT_WORDS: tuple[tuple[type[Exception], str], ...] = (
    (httpx.ConnectTimeout, "no connection in time"),
    (httpx.PoolTimeout, "every connection is busy"),
    (httpx.LocalProtocolError, "the request is malformed"),
    (httpx.UnsupportedProtocol, "the address is not http or https"),
    (httpx.RemoteProtocolError, "the exchange hung up"),
    (httpx.TimeoutException, "no answer in time"),
    (TimeoutError, "no answer in time"),
    (httpx.DecodingError, "the answer is damaged"),
)


def _connect_words(message: str) -> str:
    if "CERTIFICATE_VERIFY_FAILED" in message:
        return "the exchange's certificate is not valid; check the clock and the network"
    if "SSL" in message or "TLS" in message:
        return "no secure connection could be agreed"
    if "Name or service" in message or "getaddrinfo" in message or "nodename" in message:
        return "the exchange's address could not be looked up; check the network"
    return "the connection was refused or could not be made"


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _preview(body: bytes) -> str:
    return clean(body[:TITLE_LIMIT].decode("utf-8", "replace"), TITLE_LIMIT)

"""HTTP as a trading program needs it: two sets of connections, deadlines, size caps.

Orders and cancels have connections of their own, so that no read can keep them waiting. Nothing
follows a redirect, a proxy variable or a `.netrc`. Writes are never repeated here; reads are, where
that is harmless. Owns no endpoint and no body format.
"""

import asyncio
import contextlib
import logging
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from kalshi_tui import __version__
from kalshi_tui.api.auth import (
    RequestAuth,
    Signed,
    Signer,
    sign_request,
    signed_parts,
    wire_path,
)
from kalshi_tui.api.errors import (
    STAMP_EXPIRED,
    TOO_MANY_REQUESTS,
    ApiError,
    BodyError,
    DeniedError,
    ReadFailedError,
    UnknownOutcomeError,
    denied,
    read_failure,
    read_interrupted,
    write_interrupted,
)
from kalshi_tui.api.limits import Kind, RateLimits
from kalshi_tui.api.skew import ClockOffset
from kalshi_tui.core.environments import REST_PATH

READ_CAP = 10_000_000
ERROR_CAP = 1_000_000
READ_ATTEMPTS = 3

# Every phase before the first byte ends well before the deadline, so that the deadline itself only
# ever strikes where the outcome is open.
_WRITE_TIMEOUT = httpx.Timeout(5, connect=2, pool=0.5)
_READ_TIMEOUT = httpx.Timeout(10, connect=3, pool=5)
_WRITE_POOL = httpx.Limits(max_connections=16, max_keepalive_connections=4, keepalive_expiry=50)
_READ_POOL = httpx.Limits(max_connections=8, max_keepalive_connections=4, keepalive_expiry=50)
_SECOND_NS = 1_000_000_000
_MILLI_NS = 1_000_000
_PLAIN_ENCODINGS = frozenset({"", "identity", "gzip"})
# Public answers may come out of a cache with an old Date.
_FRESH_PATHS = ("/portfolio/", "/account/limits")
_UNAUTHORIZED = 401
_KEY_REFUSALS = frozenset({_UNAUTHORIZED, 403})

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds that a whole request may take, body included, however slowly it drips in."""

    write_s: int = 5
    read_s: int = 10


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole HTTP answer within its size cap."""

    status: int
    body: bytes
    retry_after: str | None
    round_trip_ns: int

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


class Transport:
    """The HTTP side of one exchange and one key. `clock` is wall, `monotonic` monotonic ns."""

    def __init__(
        self,
        base_url: str,
        signer: Signer,
        limits: RateLimits,
        *,
        clock: Callable[[], int],
        monotonic: Callable[[], int],
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        deadlines: Deadlines | None = None,
    ) -> None:
        self._deadlines = deadlines or Deadlines()
        self._base = _base(base_url)
        self._root = urlsplit(self._base).path
        self._fresh = tuple(f"{self._root}{path}" for path in _FRESH_PATHS)
        self._signer = signer
        self._limits = limits
        self._clock = clock
        self._monotonic = monotonic
        self._sleep = sleep
        self.offset = ClockOffset()
        self.signed: Signed | None = None
        """What the last signed request was signed over."""
        self.on_denied: Callable[[DeniedError], None] = _pass_over
        """Hears of every 401 and 403, whatever the caller makes of it."""
        self._auth = RequestAuth(signer, self.stamp_ms)
        verify = _verification(needed=transport is None and self._base.startswith("https:"))
        self._writes = _client(_WRITE_TIMEOUT, _WRITE_POOL, verify, transport)
        self._reads = _client(_READ_TIMEOUT, _READ_POOL, verify, transport)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._writes.aclose()
        await self._reads.aclose()

    def stamp_ms(self, wall_ms: int | None = None) -> int:
        """Return the milliseconds to sign with: ours, or `wall_ms`, on the exchange's clock."""
        own = self._clock() // _MILLI_NS if wall_ms is None else wall_ms
        return own + self.offset.offset_ns // _MILLI_NS

    def take(
        self, method: str, path: str, kind: Kind, shard: int | None = None, items: int = 1
    ) -> int:
        """Take the tokens of one request, or take nothing and return the wait in nanoseconds.

        `shard` is the one that a write names, None where it is routed by a ticker; a batch is
        charged by its `items`.
        """
        cost = self._cost(method, path) * items
        return self._limits.take(cost, self._monotonic(), kind, shard)

    def room(self, method: str, path: str, kind: Kind) -> int:
        """Return how many items one batch may hold now."""
        return self._limits.room(self._cost(method, path), self._monotonic(), kind)

    async def admit(
        self, method: str, path: str, kind: Kind, shard: int | None = None, items: int = 1
    ) -> None:
        """Wait until the tokens of one request are there, and take them."""
        while wait_ns := self.take(method, path, kind, shard, items):
            await self._sleep(wait_ns / _SECOND_NS)

    def _cost(self, method: str, path: str) -> int:
        return self._limits.costs.cost(method, f"{self._root}{path}")

    async def read(
        self,
        path: str,
        params: Mapping[str, str] | None = None,
        *,
        kind: Kind = Kind.READ,
        also: frozenset[int] = frozenset(),
    ) -> bytes:
        """GET and return the body of a 2xx answer, or of one whose status is in `also`.

        Tries again after a broken connection, a 429 and an expired stamp, each time with a fresh
        signature. Raises `DeniedError` or `ReadFailedError`.
        """
        attempt = 0
        while True:
            await self.admit("GET", path, kind)
            outcome = await self._read_once(path, params, kind, also)
            if isinstance(outcome, bytes):
                return outcome
            attempt += 1
            if attempt >= READ_ATTEMPTS or not _worth_retrying(outcome):
                raise outcome

    async def _read_once(
        self, path: str, params: Mapping[str, str] | None, kind: Kind, also: frozenset[int]
    ) -> bytes | ApiError:
        failure: ApiError
        try:
            request = self._reads.build_request("GET", f"{self._base}{path}", params=params)
            async with asyncio.timeout(self._deadlines.read_s):
                answer = await self._exchange(self._reads, request, READ_CAP, self._auth)
        except BodyError as error:
            failure = ReadFailedError(error.reason)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError) as error:
            failure = read_interrupted(error)
        else:
            self._book_throttle(answer, kind)
            if answer.is_success or answer.status in also:
                return answer.body
            failure = read_failure(answer.status, answer.body)
        return failure

    async def warm(self, path: str) -> None:
        """Have an order connection open: read something public over one, unsigned.

        A failure is left to be told by the first real request.
        """
        request = self._writes.build_request("GET", f"{self._base}{path}")
        with contextlib.suppress(BodyError, httpx.HTTPError, OSError):
            async with asyncio.timeout(self._deadlines.read_s):
                await self._exchange(self._writes, request, ERROR_CAP)

    def build_write(
        self,
        method: str,
        path: str,
        *,
        content: bytes | None = None,
        params: Mapping[str, str] | None = None,
    ) -> httpx.Request:
        """Return an unsigned write request."""
        headers = {"Content-Type": "application/json"} if content is not None else {}
        return self._writes.build_request(
            method, f"{self._base}{path}", params=params, content=content, headers=headers
        )

    def sign(self, request: httpx.Request, stamp_ms: int) -> None:
        """Sign `request` for one attempt at `stamp_ms`."""
        sign_request(request, self._signer, stamp_ms)

    async def write(self, request: httpx.Request, kind: Kind) -> Answer:
        """Send a signed write once. Raises `NotSentError` or `UnknownOutcomeError`, nothing else.

        Any status is returned; what it means is for the caller to say. A cancelled task leaves the
        outcome open, too.
        """
        failure: ApiError
        try:
            async with asyncio.timeout(self._deadlines.write_s):
                answer = await self._exchange(self._writes, request, ERROR_CAP)
        except BodyError as error:
            failure = UnknownOutcomeError(f"The answer was lost: {error.reason}")
        except Exception as error:
            # Whatever it is, only the phases that `errors` lists prove that nothing was sent.
            failure = write_interrupted(error)
        else:
            self._book_throttle(answer, kind)
            return answer
        # Raised outside the handlers: httpx errors carry the request with its signature.
        raise failure

    async def _exchange(
        self,
        client: httpx.AsyncClient,
        request: httpx.Request,
        cap: int,
        auth: httpx.Auth | None = None,
    ) -> Answer:
        sent_wall, sent = self._clock(), self._monotonic()
        response = await client.send(request, auth=auth, stream=True)
        self._note_signed(request, response.status_code)
        try:
            if wire_path(request).startswith(self._fresh) and "age" not in response.headers:
                self.offset.observe(response.headers.get("date"), sent_wall, self._clock())
            body = await _collect(response, cap if response.is_success else ERROR_CAP)
        finally:
            await response.aclose()
        if response.status_code in _KEY_REFUSALS:
            self.on_denied(denied(response.status_code, body))
        retry_after = response.headers.get("retry-after")
        return Answer(response.status_code, body, retry_after, self._monotonic() - sent)

    def _note_signed(self, request: httpx.Request, status: int) -> None:
        signed = signed_parts(request.method, wire_path(request), request.headers)
        if signed is None:
            return
        self.signed = signed
        if status == _UNAUTHORIZED:
            _log.warning("refused with 401: %s", signed)

    def _book_throttle(self, answer: Answer, kind: Kind) -> None:
        if answer.status == TOO_MANY_REQUESTS:
            self._limits.throttled(kind, self._monotonic(), answer.retry_after)


def _pass_over(_: DeniedError) -> None:
    """Nobody asked to hear of refusals."""


async def _collect(response: httpx.Response, cap: int) -> bytes:
    if response.headers.get("content-encoding", "").lower() not in _PLAIN_ENCODINGS:
        raise BodyError("The answer is packed in a way that was not asked for.")
    parts: list[bytes] = []
    size = 0
    async for part in response.aiter_bytes():
        size += len(part)
        if size > cap:
            raise BodyError(f"The answer is larger than {cap // 1_000_000} MB.")
        parts.append(part)
    return b"".join(parts)


def _worth_retrying(error: ApiError) -> bool:
    if isinstance(error, DeniedError):
        return error.is_throttle or error.code == STAMP_EXPIRED
    return isinstance(error, ReadFailedError) and error.transient


def _base(url: str) -> str:
    parts = urlsplit(url.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("The REST address must be http(s)://host/path without query or fragment.")
    path = parts.path.rstrip("/") or REST_PATH
    return f"{parts.scheme}://{parts.netloc}{path}"


def _verification(*, needed: bool) -> ssl.SSLContext:
    if needed:
        return httpx.create_ssl_context(trust_env=False)
    # For plain http on loopback: an empty context trusts nobody and costs no start-up time.
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _client(
    timeout: httpx.Timeout,
    pool: httpx.Limits,
    verify: ssl.SSLContext,
    transport: httpx.AsyncBaseTransport | None,
) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        timeout=timeout,
        limits=pool,
        verify=verify,
        transport=transport,
        trust_env=False,
        follow_redirects=False,
        headers={
            "User-Agent": f"kalshi-tui/{__version__}",
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
        },
    )

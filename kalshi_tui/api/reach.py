"""Whether an exchange can be reached from here, step by step: name, encryption, first answer.

Owns unsigned probes only; no key comes near them. Errors are those of `api.errors`, in words.
Source: issue of the doctor; the same rules as `transport`: no proxy, no redirect, no `.netrc`.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from kalshi_tui import __version__
from kalshi_tui.api.errors import ReadFailedError, read_interrupted
from kalshi_tui.api.skew import ClockOffset

SAMPLES = 5
"""Answers whose `Date` is looked at; their bounds are intersected (FB01)."""
LIMIT_S = 5.0
_STATUS = "/exchange/status"
_PORTS = {"https": 443, "wss": 443, "http": 80, "ws": 80}


@dataclass(frozen=True, slots=True)
class FirstAnswers:
    """What the unsigned answers of an exchange tell."""

    offset: ClockOffset
    best_ns: int
    """The shortest round trip."""


def address(url: str) -> tuple[str, int, bool]:
    """Return host, port and whether the address is encrypted."""
    parts = urlsplit(url)
    is_secure = parts.scheme in ("https", "wss")
    return parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0), is_secure


async def resolve(host: str, port: int) -> tuple[str, ...]:
    """Return the addresses of a name. Raises `ReadFailedError`."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(LIMIT_S):
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, TimeoutError):
        failure = ReadFailedError(f"The name {host} cannot be found.")
    else:
        return tuple(dict.fromkeys(str(each[4][0]) for each in found))
    raise failure


async def secure(host: str, port: int) -> str:
    """Agree an encrypted connection and return its version. Raises `ReadFailedError`."""
    context = httpx.create_ssl_context(trust_env=False)
    try:
        async with asyncio.timeout(LIMIT_S):
            _, writer = await asyncio.open_connection(host, port, ssl=context)
    except ssl.SSLCertVerificationError as error:
        reason = f"the certificate of {host} is not trusted ({error.verify_message})"
    except ssl.SSLError:
        reason = f"no encrypted connection to {host} could be agreed"
    except (OSError, TimeoutError):
        reason = f"{host} does not answer on port {port}"
    else:
        agreed: ssl.SSLObject = writer.get_extra_info("ssl_object")
        version = agreed.version() or "encrypted"
        writer.transport.abort()
        return version
    raise ReadFailedError(f"{reason[0].upper()}{reason[1:]}.")


async def first_answers(
    base_url: str,
    *,
    wall_ns: Callable[[], int],
    mono_ns: Callable[[], int],
    transport: httpx.AsyncBaseTransport | None = None,
) -> FirstAnswers:
    """Ask for something public a few times and measure clock and way. Raises `ReadFailedError`."""
    offset, trips = ClockOffset(), []
    failure: ReadFailedError
    try:
        async with httpx.AsyncClient(
            trust_env=False,
            transport=transport,
            timeout=LIMIT_S,
            headers={"User-Agent": f"kalshi-tui/{__version__}", "Cache-Control": "no-cache"},
        ) as client:
            for _ in range(SAMPLES):
                wall, mono = wall_ns(), mono_ns()
                response = await client.get(f"{base_url}{_STATUS}")
                trips.append(mono_ns() - mono)
                if "age" not in response.headers:
                    offset.observe(response.headers.get("date"), wall, wall_ns())
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        failure = read_interrupted(error)
    else:
        return FirstAnswers(offset, min(trips))
    raise failure

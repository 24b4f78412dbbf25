"""Each 401 body has its own diagnosis, and every 401 leaves what was signed in the log."""

import logging
from http import HTTPStatus

import httpx
import msgspec
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from kalshi_tui.api.auth import Flaw, Signed, Signer
from kalshi_tui.api.diagnosis import Cause, cause_of, diagnose, skew_words
from kalshi_tui.api.errors import DeniedError, denied
from kalshi_tui.api.limits import RateLimits
from kalshi_tui.api.socket import SocketError, open_socket
from kalshi_tui.api.transport import Transport
from kalshi_tui.core.environments import DEMO, PROD
from tests.api.rig import BASE, Clocks, Exchange, answer

SECOND = 1_000_000_000
KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
SIGNER = Signer("key-1", KEY)

EXPIRED = {"error": {"code": "header_timestamp_expired", "message": "header timestamp expired"}}
UNSIGNED = {
    "error": {
        "code": "signature_is_missing_from_headers",
        "message": "signature is missing from headers",
    }
}


def authentication(details: str) -> dict[str, object]:
    return {
        "error": {
            "code": "authentication_error",
            "message": "authentication_error",
            "details": details,
        }
    }


def refusal(body: object, status: int = 401) -> DeniedError:
    return denied(status, msgspec.json.encode(body))


@pytest.mark.parametrize(
    ("body", "cause", "said", "cure"),
    [
        (authentication("NOT_FOUND"), Cause.UNKNOWN_KEY, "does not exist on DEMO", "demo.kalshi"),
        (
            authentication("INCORRECT_API_KEY_SIGNATURE"),
            Cause.WRONG_KEY,
            "not the one that belongs to this key id",
            "made together with this id",
        ),
        (EXPIRED, Cause.CLOCK, "31 s slow", "network time"),
        (UNSIGNED, Cause.UNSIGNED, "without its signature", "proxy"),
    ],
)
def test_FB05_FB06_FB07_each_of_the_four_401_bodies_has_its_own_diagnosis(
    body: object, cause: Cause, said: str, cure: str
) -> None:
    found = diagnose(refusal(body), DEMO, SIGNER, 31 * SECOND)
    assert found.cause is cause
    assert said in found.detail
    assert cure in found.cure
    assert "\n" not in found.detail + found.cure


def test_FB06_an_unknown_key_says_that_keys_are_made_per_environment() -> None:
    for environment in (DEMO, PROD):
        found = diagnose(refusal(authentication("NOT_FOUND")), environment, SIGNER)
        assert f"does not exist on {environment.word}; keys are made per environment" in (
            found.detail
        )
        assert environment.key_page in found.cure


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        ("insufficient_permissions", Cause.SCOPE),
        ("api_key_region_expired", Cause.REGION),
        ("no_such_word", Cause.OTHER),
    ],
)
def test_FB08_FB10_a_403_is_told_from_a_401(code: str, cause: Cause) -> None:
    error = refusal({"error": {"code": code, "message": code}}, 403)
    assert cause_of(error) is cause
    found = diagnose(error, PROD, SIGNER)
    assert found.detail
    assert found.cure


def test_a_refusal_that_is_not_about_the_key_keeps_its_own_words() -> None:
    error = refusal({"error": {"code": "invalid_price", "message": "x"}}, 400)
    assert cause_of(error) is Cause.OTHER
    assert diagnose(error, DEMO, SIGNER).detail == error.reason


# The self-test: only a signature that stands puts the blame on the key.


class QuerySigner(Signer):
    """Signs the query along with the path."""

    def headers(self, method: str, path: str, wall_ms: int) -> dict[str, str]:
        return super().headers(method, path.replace("?", "%3F"), wall_ms)


class WholePathSigner(Signer):
    """Signs the path as it was given, query and all."""

    def _sign(self, message: bytes) -> bytes:
        return super()._sign(message + b"?limit=1")


class SaltSigner(Signer):
    """Takes the longest salt that fits, which libraries do where none is given."""

    def _sign(self, message: bytes) -> bytes:
        assert isinstance(self._key, rsa.RSAPrivateKey)
        longest = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=padding.PSS.MAX_LENGTH)
        return self._key.sign(message, longest, hashes.SHA256())


@pytest.fixture(scope="module")
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65_537, 2048)


def test_FB07_a_sound_signature_stands_before_its_own_test(rsa_key: rsa.RSAPrivateKey) -> None:
    assert SIGNER.flaw() is None
    assert Signer("k", rsa_key).flaw() is None


def test_FB07_the_own_test_says_query_or_salt(rsa_key: rsa.RSAPrivateKey) -> None:
    assert WholePathSigner("k", KEY).flaw() is Flaw.QUERY
    assert WholePathSigner("k", rsa_key).flaw() is Flaw.QUERY
    assert SaltSigner("k", rsa_key).flaw() is Flaw.SALT
    assert QuerySigner("k", KEY).flaw() is Flaw.OTHER


@pytest.mark.parametrize(("kind", "words"), [(WholePathSigner, "query"), (SaltSigner, "salt")])
def test_FB07_a_fault_of_the_program_does_not_blame_the_key(
    kind: type[Signer], words: str, rsa_key: rsa.RSAPrivateKey
) -> None:
    error = refusal(authentication("INCORRECT_API_KEY_SIGNATURE"))
    found = diagnose(error, DEMO, kind("k", rsa_key))
    assert found.cause is Cause.PROGRAM
    assert words in found.detail
    assert "not of your key" in found.cure


@pytest.mark.parametrize(
    ("offset_ns", "words"),
    [
        (0, "right to the second"),
        (400_000_000, "right to the second"),
        (31 * SECOND, "31 s slow"),
        (-3_600 * SECOND, "3,600 s fast"),
    ],
)
def test_FB01_the_clocks_fault_is_told_in_seconds(offset_ns: int, words: str) -> None:
    assert skew_words(offset_ns) == words


# What was signed.


async def test_every_401_logs_what_was_signed_and_nothing_else(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clocks = Clocks()
    exchange = Exchange([answer(401, authentication("NOT_FOUND"))])
    http = Transport(
        BASE,
        SIGNER,
        RateLimits(),
        clock=clocks.wall,
        monotonic=clocks.monotonic,
        transport=httpx.MockTransport(exchange),
        sleep=clocks.sleep,
    )
    with caplog.at_level(logging.DEBUG), pytest.raises(DeniedError):
        await http.read("/portfolio/fills", {"ticker": "KX-SECRET"})
    await http.aclose()
    sent = exchange.requests[0]
    stamp = int(sent.headers["KALSHI-ACCESS-TIMESTAMP"])
    assert http.signed == Signed("GET", "/trade-api/v2/portfolio/fills", stamp)
    lines = [
        each.getMessage() for each in caplog.records if each.name == "kalshi_tui.api.transport"
    ]
    assert lines == [
        f"refused with 401: GET /trade-api/v2/portfolio/fills at {stamp} ms",
    ]
    everything = "\n".join(each.getMessage() for each in caplog.records if "httpx" not in each.name)
    assert sent.headers["KALSHI-ACCESS-SIGNATURE"] not in caplog.text
    assert "KX-SECRET" not in everything


async def test_a_401_of_the_socket_logs_what_was_signed(caplog: pytest.LogCaptureFixture) -> None:
    def refuse(connection: ServerConnection, request: Request) -> Response:
        return connection.respond(HTTPStatus.UNAUTHORIZED, "{}")

    async def nobody(_: ServerConnection) -> None:
        raise AssertionError

    with caplog.at_level(logging.DEBUG, "kalshi_tui"):
        async with serve(nobody, "127.0.0.1", 0, process_request=refuse) as running:
            port = next(iter(running.sockets)).getsockname()[1]
            with pytest.raises(SocketError):
                await open_socket(
                    f"ws://127.0.0.1:{port}/trade-api/ws/v2",
                    lambda path: SIGNER.headers("GET", path, 1_700_000_000_123),
                )
    assert "refused with 401: GET /trade-api/ws/v2 at 1700000000123 ms" in caplog.text
    signature = SIGNER.headers("GET", "/trade-api/ws/v2", 1_700_000_000_123)
    assert signature["KALSHI-ACCESS-SIGNATURE"] not in caplog.text

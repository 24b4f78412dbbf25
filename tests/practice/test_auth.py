"""The signature check, read from the specification, and its 401 bodies."""

import base64

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, padding

from kalshi_tui.practice import auth
from kalshi_tui.practice.auth import AuthError, KeyRing
from tests.support.practice_bench import START, Signer, rsa_key

NOW_MS = START // 1_000_000
PATH = "/trade-api/v2/portfolio/balance"

RSA = Signer("rsa-key", rsa_key())
ED = Signer("ed-key", ed25519.Ed25519PrivateKey.generate())
RING = KeyRing({each.key_id: each.key.public_key() for each in (RSA, ED)})


def identify(headers: dict[str, str], method: str = "GET", path: str = PATH) -> str:
    lower = {name.lower(): value for name, value in headers.items()}
    return RING.identify(lower, method, path, NOW_MS).key_id


def refusal(headers: dict[str, str], method: str = "GET", path: str = PATH) -> bytes:
    with pytest.raises(AuthError) as caught:
        identify(headers, method, path)
    return caught.value.body


@pytest.mark.parametrize("signer", [RSA, ED], ids=["rsa", "ed25519"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_good_signature_names_its_key(signer: Signer, method: str) -> None:
    assert identify(signer.headers(method, PATH, NOW_MS), method) == signer.key_id


@pytest.mark.parametrize("skew_ms", [-10_000, -5_000, 0, 5_000, 30_000])
def test_a_timestamp_inside_the_window_is_taken(skew_ms: int) -> None:
    assert identify(ED.headers("GET", PATH, NOW_MS + skew_ms)) == "ed-key"


@pytest.mark.parametrize("skew_ms", [-300_000, -30_000, -10_001, 30_001, 60_000, 300_000])
def test_a_timestamp_outside_the_window_is_expired(skew_ms: int) -> None:
    assert refusal(ED.headers("GET", PATH, NOW_MS + skew_ms)) == (
        b'{"error":{"code":"header_timestamp_expired","message":"header timestamp expired"}}'
    )


@pytest.mark.parametrize("stamp", ["soon", "-1", "1.5", "", "\u0661" * 13, "9" * 40])
def test_a_timestamp_that_is_no_number_is_refused(stamp: str) -> None:
    headers = ED.headers("GET", PATH, NOW_MS)
    headers["KALSHI-ACCESS-TIMESTAMP"] = stamp
    assert refusal(headers) in (auth.EXPIRED, auth.NO_TIMESTAMP)


@pytest.mark.parametrize(
    "signed",
    [
        ("GET", PATH + "?limit=1"),
        ("GET", PATH.removeprefix("/trade-api/v2")),
        ("POST", PATH),
        ("get", PATH),
    ],
)
def test_a_signature_over_something_else_is_incorrect(signed: tuple[str, str]) -> None:
    assert refusal(RSA.headers(*signed, NOW_MS)) == (
        b'{"error":{"code":"authentication_error","message":"authentication_error",'
        b'"details":"INCORRECT_API_KEY_SIGNATURE"}}'
    )


@pytest.mark.parametrize("signature", ["not base64!", "AAAA", "é", "A" * 344])
def test_a_signature_that_is_none_is_incorrect(signature: str) -> None:
    headers = RSA.headers("GET", PATH, NOW_MS)
    headers["KALSHI-ACCESS-SIGNATURE"] = signature
    assert refusal(headers) == auth.BAD_SIGNATURE


def test_another_padding_or_salt_is_incorrect() -> None:
    message = f"{NOW_MS}GET{PATH}".encode()
    pss_20 = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=20)
    for scheme in (pss_20, padding.PKCS1v15()):
        headers = RSA.headers("GET", PATH, NOW_MS)
        raw = rsa_key().sign(message, scheme, hashes.SHA256())
        headers["KALSHI-ACCESS-SIGNATURE"] = base64.b64encode(raw).decode()
        assert refusal(headers) == auth.BAD_SIGNATURE


def test_a_key_of_another_environment_is_not_found() -> None:
    stranger = Signer("elsewhere", ED.key)
    assert refusal(stranger.headers("GET", PATH, NOW_MS)) == (
        b'{"error":{"code":"authentication_error","message":"authentication_error",'
        b'"details":"NOT_FOUND"}}'
    )


def test_each_missing_header_has_its_own_answer() -> None:
    full = ED.headers("GET", PATH, NOW_MS)
    missing = {
        "KALSHI-ACCESS-KEY": auth.NO_CREDENTIALS,
        "KALSHI-ACCESS-TIMESTAMP": auth.NO_TIMESTAMP,
        "KALSHI-ACCESS-SIGNATURE": (
            b'{"error":{"code":"signature_is_missing_from_headers",'
            b'"message":"signature is missing from headers"}}'
        ),
    }
    for name, body in missing.items():
        assert refusal({key: value for key, value in full.items() if key != name}) == body


def test_one_account_cannot_sign_for_another() -> None:
    forged = Signer("rsa-key", ED.key)
    assert refusal(forged.headers("GET", PATH, NOW_MS)) == auth.BAD_SIGNATURE

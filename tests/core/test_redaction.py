"""Secrets are found by their form, and what helps to find a fault stays."""

import base64
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.core.redaction import HIDDEN, redact

RUN = base64.b64encode(random.Random(5).randbytes(256)).decode()
KEY_ID = "7a1c0e52-93f4-4b1e-9c55-2b6d8f0a1e3c"


def test_FI15_a_private_key_is_hidden_whole_or_cut_off() -> None:
    body = "\n".join(RUN[at : at + 64] for at in range(0, 340, 64))
    whole = f"before -----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY----- after"
    assert redact(whole) == f"before {HIDDEN} after"
    assert redact(f"x -----BEGIN RSA PRIVATE KEY-----\n{body}") == f"x {HIDDEN}"
    for line in body.splitlines():
        assert line not in redact(body)


@pytest.mark.parametrize(
    "text",
    [
        f"KALSHI-ACCESS-SIGNATURE: {RUN}",
        f"'KALSHI-ACCESS-SIGNATURE': '{RUN}'",
        f"(b'kalshi-access-signature', b'{RUN}')",
        f"> kalshi-access-signature={RUN[:20]}",
        "passphrase=hunter2",
        "{'password': 'hunter2'}",
        "KALSHI-ACCESS-KEY: short-id",
        "wss://user:hunter2@host/x",
        "GET https://h/trade-api/v2/portfolio/orders?cursor=hunter2&x=1",
        "GET /trade-api/v2/portfolio/orders?cursor=hunter2",
        f"seed {'ab12' * 16}",
    ],
)
def test_FI15_values_of_secrets_are_hidden(text: str) -> None:
    shown = redact(text)
    assert HIDDEN in shown
    for secret in ("hunter2", "short-id", RUN[:20], "ab12ab12"):
        assert secret not in shown


def test_of_an_id_the_first_digits_stay() -> None:
    assert redact(f"order {KEY_ID} gone") == "order 7a1c0e52-... gone"


@pytest.mark.parametrize(
    "text",
    [
        "KXMLBGAME-26AUG071840TORPHI-TOR is STALE: nothing came for 3.2s",
        'File "/home/someone/.local/lib/python3.13/kalshi_tui/session/desk.py", line 9',
        'File "/tmp/tmp.LmMxOzQ5DY/clone/tests/session/test_crash.py", line 9',
        "POST /trade-api/v2/portfolio/events/orders at 1795444325123",
        "ValueError: '0.12345' is not a price in dollars with at most 4 decimals.",
        "the journal failed: database or disk is full",
    ],
)
def test_what_helps_to_find_a_fault_stays(text: str) -> None:
    assert redact(text) == text


@given(st.binary(min_size=32, max_size=300), st.text(max_size=30), st.text(max_size=30))
def test_FI15_no_random_bytes_come_through_in_base64(
    secret: bytes, before: str, after: str
) -> None:
    encoded = base64.b64encode(random.Random(secret).randbytes(len(secret))).decode()
    assert encoded not in redact(f"{before} {encoded} {after}")


@given(st.text(max_size=200))
def test_redacting_twice_changes_nothing(text: str) -> None:
    assert redact(redact(text)) == redact(text)

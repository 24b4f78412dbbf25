"""What a key may do, as `GET /api_keys` says it."""

import json
from typing import Any

import pytest

from kalshi_tui.api.errors import BodyError
from kalshi_tui.api.grants import decode_grants


def body(**key: Any) -> bytes:
    mine = {"api_key_id": "mine", "name": "Desk", "scopes": ["read", "write"], **key}
    other = {"api_key_id": "other", "name": "Other", "scopes": []}
    return json.dumps(
        {"api_keys": [other, mine], "api_key_region_expiration_ts": 1_800_000_000}
    ).encode()


@pytest.mark.parametrize(
    ("scopes", "read", "trade", "transfer"),
    [
        (["read", "write"], True, True, True),
        (["read"], True, False, False),
        (["read", "write::trade"], True, True, False),
        (["write::trade"], False, True, False),
        (["read", "write::transfer"], True, False, True),
        (["read::portfolio_balance"], False, False, False),
        (["read", "a scope of tomorrow"], True, False, False),
        ([], False, False, False),
    ],
)
def test_FB08_scopes_say_what_a_key_may_do(
    scopes: list[str], read: bool, trade: bool, transfer: bool
) -> None:
    found = decode_grants(body(scopes=scopes), "mine")
    assert found is not None
    assert (found.may_read, found.may_trade, found.may_transfer) == (read, trade, transfer)


def test_the_key_that_asked_is_picked_out_and_its_name_cleaned() -> None:
    found = decode_grants(body(name="\x1b[2Jdesk", subaccount=3), "mine")
    assert found is not None
    assert "\x1b" not in found.name
    assert (found.subaccount, found.region_until_s) == (3, 1_800_000_000)
    assert decode_grants(body(), "absent") is None


@pytest.mark.parametrize("raw", [b"", b"[]", b'{"api_keys": 3}', b'{"keys": []}'])
def test_a_body_that_is_not_as_specified_is_named(raw: bytes) -> None:
    with pytest.raises(BodyError):
        decode_grants(raw, "mine")

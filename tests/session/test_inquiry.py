"""Asking an exchange about a key, at a practice exchange and at scripted ones."""

import json
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kalshi_tui.api.auth import Signer, load_private_key
from kalshi_tui.core.environments import DEMO
from kalshi_tui.session.clock import SystemClock
from kalshi_tui.session.inquiry import Findings, KeyNotAcceptedError, NoAnswerError, ask
from tests.standin import records
from tests.standin.watcher import account
from tests.support.practice_live import live

SIGNER = Signer("mine", Ed25519PrivateKey.generate())
LIMITS = {
    "usage_tier": "basic",
    "read": {"refill_rate": 200, "bucket_capacity": 200},
    "write": {"refill_rate": 100, "bucket_capacity": 100},
}
YEAR_2033_NS = 2_000_000_000_000_000_000


async def scripted(**answers: tuple[int, object]) -> Findings:
    """Ask an exchange that answers limits, api_keys and balance as told."""
    usual: dict[str, tuple[int, object]] = {
        "limits": (200, LIMITS),
        "api_keys": (200, {"api_keys": [{"api_key_id": "mine", "scopes": ["read", "write"]}]}),
        "balance": (200, {"balance": 12_345, "portfolio_value": 0}),
    }

    def answer(request: httpx.Request) -> httpx.Response:
        status, body = (usual | answers)[request.url.path.rpartition("/")[2]]
        return httpx.Response(status, content=json.dumps(body))

    return await ask(DEMO, SIGNER, SystemClock(), transport=httpx.MockTransport(answer))


def keys(*scopes: str, **more: object) -> tuple[int, object]:
    mine = {"api_key_id": "mine", "scopes": scopes}
    return 200, {"api_keys": [mine | more]}


async def test_an_accepted_key_tells_limits_scopes_and_cash(tmp_path: Path) -> None:
    async with live(tmp_path / "exchange") as exchange:
        environment = records(exchange.ready)["demo"]
        key_id, path = account(exchange, "demo")
        signer = Signer(key_id, load_private_key(path.read_bytes()))
        found = await ask(environment, signer, SystemClock())
        assert found.limits.read_refill > 0
        assert found.grants is not None
        assert found.grants.scopes == ("read", "write")
        assert found.cash is not None
        assert found.cash > 0


async def test_FB06_FB07_a_refused_key_is_told_apart(tmp_path: Path) -> None:
    async with live(tmp_path / "exchange") as exchange:
        environment = records(exchange.ready)["demo"]
        key_id, _ = account(exchange, "demo")
        wrong = Ed25519PrivateKey.generate()
        with pytest.raises(KeyNotAcceptedError, match="does not exist on DEMO"):
            await ask(environment, Signer("another-id", wrong), SystemClock())
        with pytest.raises(KeyNotAcceptedError, match="private key is not the one"):
            await ask(environment, Signer(key_id, wrong), SystemClock())


async def test_an_exchange_that_is_not_there_leaves_the_key_unjudged() -> None:
    nowhere = replace(
        DEMO, rest_url="http://127.0.0.1:1/trade-api/v2", socket_url="ws://127.0.0.1:1/x"
    )
    with pytest.raises(NoAnswerError, match="DEMO could not be asked"):
        await ask(nowhere, SIGNER, SystemClock())


@pytest.mark.parametrize("answer", [(200, []), (200, {"read": 1}), (503, {})])
async def test_an_answer_that_cannot_be_read_leaves_the_key_unjudged(
    answer: tuple[int, object],
) -> None:
    with pytest.raises(NoAnswerError):
        await scripted(limits=answer)


@pytest.mark.parametrize(
    ("answer", "may_trade", "words"),
    [
        (keys("read", "write::trade"), True, ""),
        (keys("read"), False, "read-only"),
        (keys("write::trade"), True, "no `read`"),
        (keys("read", "write"), True, "can move money"),
        (keys("read", "write::trade", subaccount=7), True, "sub-account 7"),
        ((403, {"error": {"code": "insufficient_permissions"}}), None, "is not known"),
        ((200, {"api_keys": []}), None, "is not known"),
    ],
)
async def test_FB08_what_the_scopes_mean_is_said(
    answer: tuple[int, object], may_trade: bool | None, words: str
) -> None:
    found = await scripted(api_keys=answer)
    assert found.may_trade is may_trade
    notes = " ".join(found.notes(YEAR_2033_NS))
    assert words in notes
    assert bool(notes) is bool(words)


async def test_FB10_a_lapsed_attestation_is_said() -> None:
    listed = {"api_keys": [{"api_key_id": "mine", "scopes": ["read", "write::trade"]}]}
    found = await scripted(
        api_keys=(200, {**listed, "api_key_region_expiration_ts": 1_900_000_000})
    )
    assert "location has ended" in found.notes(YEAR_2033_NS)[0]
    assert found.notes(YEAR_2033_NS - 200_000_000 * 1_000_000_000) == ()


async def test_a_key_that_may_not_read_the_balance_is_accepted_without_it() -> None:
    found = await scripted(balance=(403, {"error": {"code": "insufficient_permissions"}}))
    assert found.cash is None

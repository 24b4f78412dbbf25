"""The doctor's look at an exchange: well, and with each fault of clock, key, limits and road."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kalshi_tui.api.auth import Signer, load_private_key
from kalshi_tui.core.environments import Environment
from kalshi_tui.session.clock import SystemClock
from kalshi_tui.session.doctor import Check, Verdict
from kalshi_tui.session.survey import Survey
from tests.standin import records
from tests.standin.watcher import account
from tests.support.practice_live import Live, live

SECOND = 1_000_000_000


class Desk:
    """An exchange that stands in for demo, and the user's key to it."""

    def __init__(self, exchange: Live) -> None:
        self.exchange = exchange
        self.environment: Environment = records(exchange.ready)["demo"]
        self.key_id, path = account(exchange, "demo")
        self.signer = Signer(self.key_id, load_private_key(path.read_bytes()))

    async def fault(self, name: str, **body: object) -> None:
        await self.exchange.control("faults", fault=name, **body)

    async def look(
        self, signer: Signer | None = None, environment: Environment | None = None
    ) -> dict[str, Check]:
        survey = Survey(environment or self.environment, SystemClock(), {})
        checks = [*await survey.road(), *await survey.key(signer or self.signer)]
        assert len({check.name for check in checks}) == len(checks)
        for check in checks:
            assert "\n" not in check.detail + check.cure
            assert (check.verdict is Verdict.FAIL) <= bool(check.cure)
        return {check.name: check for check in checks}


@asynccontextmanager
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with asyncio.timeout(30), live(tmp_path / "exchange") as exchange:
        yield Desk(exchange)


async def test_a_healthy_exchange_passes_and_what_was_signed_is_shown(tmp_path: Path) -> None:
    async with desk(tmp_path) as it:
        checks = await it.look()
        assert list(checks) == [
            "proxy", "REST name", "REST TLS", "feed name", "feed TLS", "REST", "clock",
            "signature", "scopes", "limits", "costs", "feed",
        ]  # fmt: skip
        bad = [check for check in checks.values() if check.verdict is Verdict.FAIL]
        assert bad == []
        assert "accepted: GET /trade-api/v2/portfolio/balance at 1" in checks["signature"].detail
        assert "right to the second" in checks["clock"].detail
        assert "read, write" in checks["scopes"].detail
        assert "tokens/s" in checks["limits"].detail
        assert "a cancel 2" in checks["costs"].detail
        assert it.key_id not in str(checks)


@pytest.mark.parametrize(("seconds", "words"), [(31, "slow"), (-31, "fast")])
async def test_FB01_a_clock_31_s_off_fails_and_the_signature_is_accepted_all_the_same(
    seconds: int, words: str, tmp_path: Path
) -> None:
    async with desk(tmp_path) as it:
        await it.fault("skew", ms=seconds * 1_000)
        checks = await it.look()
        assert checks["clock"].verdict is Verdict.FAIL
        assert words in checks["clock"].detail
        assert any(f"{each} s" in checks["clock"].detail for each in (30, 31))
        assert checks["signature"].verdict is Verdict.GOOD
        assert checks["feed"].verdict is Verdict.GOOD


async def test_FB01_a_clock_a_little_off_is_a_warning(tmp_path: Path) -> None:
    async with desk(tmp_path) as it:
        await it.fault("skew", ms=9_000)
        assert (await it.look())["clock"].verdict is Verdict.WARN


async def test_FB06_an_unknown_key_fails_with_its_own_words(tmp_path: Path) -> None:
    async with desk(tmp_path) as it:
        stranger = Signer("00000000-0000-4000-8000-000000000000", it.signer._key)
        checks = await it.look(stranger)
        assert checks["signature"].verdict is Verdict.FAIL
        assert "does not exist on DEMO" in checks["signature"].detail
        assert "says 401 NOT_FOUND" in checks["signature"].detail
        assert "does not exist on DEMO" in checks["feed"].detail
        assert "scopes" not in checks


async def test_FB07_a_wrong_private_key_fails_with_what_was_signed(tmp_path: Path) -> None:
    async with desk(tmp_path) as it:
        other = Signer(it.key_id, Ed25519PrivateKey.generate())
        checks = await it.look(other)
        detail = checks["signature"].detail
        assert "not the one that belongs to this key id" in detail
        assert "signed GET /trade-api/v2/portfolio/balance at 1" in detail
        assert "INCORRECT_API_KEY_SIGNATURE" in detail


async def test_FB08_a_read_only_key_is_a_warning_with_the_scope_it_lacks(tmp_path: Path) -> None:
    async with desk(tmp_path) as it:
        await it.fault("scope", account=it.key_id)
        check = (await it.look())["scopes"]
        assert check.verdict is Verdict.WARN
        assert "read-only" in check.detail
        assert "write::trade" in check.cure


async def test_FB10_a_lapsed_proof_of_location_is_a_warning(tmp_path: Path) -> None:
    async with desk(tmp_path) as it:
        await it.fault("expire_key", account=it.key_id)
        assert "proof of location has lapsed" in (await it.look())["scopes"].detail


async def test_limits_that_cannot_be_read_are_a_warning(tmp_path: Path) -> None:
    async with desk(tmp_path) as it:
        await it.fault("http_error", endpoint="GET /account/limits", count=9)
        check = (await it.look())["limits"]
        assert check.verdict is Verdict.WARN
        assert "lowest tier" in check.cure


async def test_a_closed_socket_port_fails_the_feed_and_nothing_else(tmp_path: Path) -> None:
    async with desk(tmp_path) as it:
        closed = replace(it.environment, socket_url="ws://127.0.0.1:1/trade-api/ws/v2")
        checks = await it.look(environment=closed)
        failing = [name for name, check in checks.items() if check.verdict is Verdict.FAIL]
        assert failing == ["feed"]
        assert "refuses connections" in checks["feed"].detail


async def test_an_exchange_that_is_not_there_fails_at_the_first_answer(tmp_path: Path) -> None:
    async with desk(tmp_path) as it:
        gone = replace(it.environment, rest_url="http://127.0.0.1:1/trade-api/v2")
        survey = Survey(gone, SystemClock(), {"HTTPS_PROXY": "http://proxy:3128"})
        checks = {check.name: check for check in await survey.road()}
        assert checks["REST"].verdict is Verdict.FAIL
        assert "clock" not in checks
        assert "HTTPS_PROXY is set and not used" in checks["proxy"].detail

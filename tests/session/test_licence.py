"""A key that may not trade, or no more: the session is read-only in words, and nothing storms."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from kalshi_tui.core.environments import Mode
from kalshi_tui.core.events import ConnectionState
from kalshi_tui.session.build import build
from tests.standin import key_from, records
from tests.standin.watcher import Watcher, account, watched
from tests.support.practice_live import Live, live


@asynccontextmanager
async def trading(tmp_path: Path, fault: str = "") -> AsyncIterator[tuple[Watcher, Live]]:
    """A demo session with a live book; `fault` is on from before the start."""
    async with live(tmp_path / "exchange") as exchange:
        key_id, path = account(exchange, "demo")
        if fault:
            await exchange.control("faults", fault=fault, account=key_id)
        desk = build(
            "demo",
            state_dir=tmp_path / "state",
            environments=records(exchange.ready),
            open_key=key_from("demo", key_id, path),
        )
        async with watched(desk) as watcher:
            await watcher.until(lambda: watcher.is_live or watcher.is_refused)
            yield watcher, exchange


async def test_FB08_a_read_only_key_is_found_at_login_and_the_screen_is_read_only(
    tmp_path: Path,
) -> None:
    async with trading(tmp_path, "scope") as (watcher, _):
        await watcher.until(lambda: watcher.read_only != "")
        assert "may only read on DEMO" in watcher.read_only
        assert watcher.status is not None
        assert watcher.status.mode is Mode.VIEW
        watcher.desk.arm(Mode.CONFIRM)
        await watcher.until(lambda: len(watcher.said("may only read")) >= 2)
        assert watcher.status.mode is Mode.VIEW
        assert watcher.is_live


async def test_a_key_that_may_trade_restricts_nothing(tmp_path: Path) -> None:
    async with trading(tmp_path) as (watcher, exchange):
        await watcher.until(lambda: watcher.status is not None and watcher.status.cash is not None)
        assert watcher.read_only == ""
        assert exchange.running is not None


async def test_FB09_a_key_revoked_in_mid_session_blocks_orders_and_starts_no_storm(
    tmp_path: Path,
) -> None:
    async with trading(tmp_path) as (watcher, exchange):
        key_id, _ = account(exchange, "demo")
        await exchange.control("faults", fault="revoke_key", account=key_id)
        watcher.desk.cancel_market("KX-ANY")
        watcher.desk.kill()
        await watcher.until(lambda: watcher.read_only != "")
        assert "does not exist on DEMO" in watcher.read_only
        assert "may be live" in watcher.read_only
        await watcher.until(lambda: watcher.is_refused)
        assert not watcher.is_live
        assert watcher.status is not None
        assert watcher.status.mode is Mode.VIEW
        assert watcher.status.connection is ConnectionState.REFUSED


async def test_FB10_a_lapsed_attestation_blocks_orders_with_its_own_words(tmp_path: Path) -> None:
    async with trading(tmp_path) as (watcher, exchange):
        key_id, _ = account(exchange, "demo")
        await exchange.control("faults", fault="expire_key", account=key_id)
        watcher.desk.kill()
        await watcher.until(lambda: watcher.read_only != "")
        assert "proof of location" in watcher.read_only
        # Reading goes on: only trading is over.
        assert not watcher.is_refused


async def test_FB09_a_key_unknown_from_the_start_is_refused_once_and_said(tmp_path: Path) -> None:
    async with trading(tmp_path, "revoke_key") as (watcher, _):
        assert watcher.is_refused
        await watcher.until(lambda: watcher.read_only != "")
        assert "does not exist on DEMO" in watcher.read_only

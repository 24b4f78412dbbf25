"""Time passing by itself: the crowd trades, expiries come, quotes follow."""

import asyncio
from pathlib import Path
from typing import Any

from tests.support.practice_bench import FED, terms
from tests.support.practice_live import Frame, hear, hear_until, live, say, wall_ms

WAIT_S = 20


def apply(books: dict[str, dict[str, dict[str, str]]], frame: Frame) -> None:
    """Keep naive books: one dictionary of hundredths for each side."""
    message = frame["msg"]
    if frame["type"] == "orderbook_snapshot":
        books[message["market_ticker"]] = {
            "yes": dict(message.get("yes_dollars_fp", [])),
            "no": dict(message.get("no_dollars_fp", [])),
        }
    elif frame["type"] == "orderbook_delta":
        side = books[message["market_ticker"]][message["side"]]
        price = message["price_dollars"]
        total = hundredths(side.pop(price, "0.00")) + hundredths(message["delta_fp"])
        assert total >= 0
        if total:
            side[price] = f"{total // 100}.{total % 100:02d}"


def hundredths(text: str) -> int:
    return int(text.replace(".", ""))


async def test_what_a_client_heard_is_the_truth(tmp_path: Path) -> None:
    """Books built from 1,500 frames of a lively crowd equal the exchange's own, without a gap."""
    async with (
        asyncio.timeout(WAIT_S),
        live(tmp_path, with_crowd=True, rate=1_500.0) as exchange,
        exchange.connect(exchange.accounts[2]) as socket,
    ):
        tickers = list((await exchange.control("truth"))["markets"])
        await say(socket, "subscribe", channels=["orderbook_delta"], market_tickers=tickers)
        books: dict[str, dict[str, dict[str, str]]] = {}
        clocks: dict[str, int] = {}
        seq = 0

        async def follow() -> None:
            nonlocal seq
            frame = await hear(socket)
            if "seq" in frame:
                assert frame["seq"] == seq + 1
                seq = frame["seq"]
                apply(books, frame)
                clocks[frame["msg"]["market_ticker"]] = frame["msg"]["clock"]

        while seq < 1_500:
            await follow()
        await exchange.control("clock", action="pause")
        truth: Any = (await exchange.control("truth"))["markets"]
        while any(clocks.get(each) != truth[each]["clock"] for each in tickers):
            await follow()
        for each in tickers:
            for side in ("yes", "no"):
                assert books[each][side] == dict(truth[each][side]), (each, side)


async def test_an_order_expires_by_itself(tmp_path: Path) -> None:
    async with asyncio.timeout(WAIT_S), live(tmp_path) as exchange:
        ann = exchange.accounts[0]
        async with exchange.connect(ann) as socket:
            await say(socket, "subscribe", channels=["user_orders"])
            await hear(socket)
            # Two seconds from now; time then runs a hundred times faster.
            body = terms(expiration_time=wall_ms() // 1_000 + 2)
            await exchange.call("POST", "/portfolio/events/orders", ann, body)
            assert (await hear(socket))["msg"]["status"] == "resting"
            await exchange.control("clock", speed=100)
            gone = (await hear(socket))["msg"]
            assert (gone["status"], gone["last_update_reason"]) == ("canceled", "ExpiryCancel")
            assert gone["last_updated_ts_ms"] == body["expiration_time"] * 1_000  # type: ignore[operator]


async def test_a_step_makes_everything_in_it_happen_before_the_answer(tmp_path: Path) -> None:
    async with asyncio.timeout(WAIT_S), live(tmp_path, with_crowd=True) as exchange:
        await exchange.control("clock", action="pause")
        before = await exchange.control("truth")
        await exchange.control("clock", action="step", ms=20_000)
        after = await exchange.control("truth")
        assert after["clock"] == before["clock"] + 20_000
        moved = [
            each
            for each in after["markets"]
            if after["markets"][each]["clock"] > before["markets"][each]["clock"]
        ]
        assert len(moved) > 3


async def test_quotes_follow_a_trade(tmp_path: Path) -> None:
    async with asyncio.timeout(WAIT_S), live(tmp_path) as exchange:
        ann, bob = exchange.accounts[0], exchange.accounts[1]
        async with exchange.connect(ann) as socket:
            await say(socket, "subscribe", channels=["ticker"])
            await hear(socket)
            path = "/portfolio/events/orders"
            await exchange.call("POST", path, bob, terms(side="ask"))
            assert (await hear_until(socket, "ticker"))["msg"]["yes_ask_dollars"] == "0.4000"
            await exchange.call("POST", path, ann, terms())
            quote = (await hear_until(socket, "ticker"))["msg"]
            assert (quote["market_ticker"], quote["price_dollars"]) == (FED, "0.4000")
            assert (quote["yes_ask_dollars"], quote["volume_fp"]) == ("1.0000", "1.00")


async def test_time_as_fast_as_it_can_leaves_no_gap_and_answers_at_once(tmp_path: Path) -> None:
    async with (
        asyncio.timeout(WAIT_S),
        live(tmp_path, with_crowd=True, markets=12) as exchange,
        exchange.connect(exchange.accounts[2], max_size=None, max_queue=None) as socket,
    ):
        tickers = list((await exchange.control("truth"))["markets"])
        await say(socket, "subscribe", channels=["orderbook_delta"], market_tickers=tickers)
        begun = (await exchange.control("clock", speed="max"))["clock"]
        seq = 0
        while seq < 3_000:
            frame = await hear(socket)
            if "seq" in frame:
                assert frame["seq"] == seq + 1
                seq = frame["seq"]
            if seq % 1_000 == 999:
                assert (await exchange.call("GET", "/exchange/status")).status_code == 200
        found = await exchange.control("clock", action="pause")
        assert found["clock"] - begun > 10_000, "the wall took a second or two"


async def test_a_clock_that_is_too_fast_for_its_crowd_slows_down(tmp_path: Path) -> None:
    """A command does not wait for hours of trading that the clock has claimed meanwhile."""
    async with (
        asyncio.timeout(WAIT_S),
        live(tmp_path, with_crowd=True, rate=400.0) as exchange,
    ):
        begun = (await exchange.control("clock", speed=1_000))["clock"]
        for _ in range(10):
            answer = await exchange.call("GET", "/portfolio/balance", exchange.accounts[0])
            assert answer.status_code == 200
        passed_ms = (await exchange.control("clock", action="pause"))["clock"] - begun
        assert passed_ms < 400_000, "the clock waits for its crowd"

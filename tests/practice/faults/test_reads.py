"""Faults of reads: switched on over the control endpoint, seen by an HTTP client."""

from pathlib import Path
from typing import Any

from tests.support.practice_bench import FED
from tests.support.practice_faults import ORDERS, Scene, scene


async def pause(it: Scene) -> None:
    """Stop the virtual time, so that a lag lasts until it is stepped over."""
    await it.exchange.control("clock", action="pause")


async def step(it: Scene, ms: int) -> None:
    await it.exchange.control("clock", action="step", ms=ms)


async def portfolio(it: Scene, path: str) -> Any:
    return await it.read(f"/portfolio/{path}", it.ann)


async def test_read_lag_shows_orders_fills_positions_and_cash_later(home: Path) -> None:
    async with scene(home) as it:
        await pause(it)
        before = (await portfolio(it, "balance"))["balance_dollars"]
        await it.fault("read_lag", ms=500)
        await it.place(it.bob, side="ask")
        await it.place(it.ann, count="2.00")
        assert (await portfolio(it, "orders"))["orders"] == []
        assert (await portfolio(it, "fills"))["fills"] == []
        assert (await portfolio(it, "positions"))["market_positions"] == []
        assert (await portfolio(it, "balance"))["balance_dollars"] == before
        await step(it, 499)
        assert (await portfolio(it, "orders"))["orders"] == []
        await step(it, 1)
        (order,) = (await portfolio(it, "orders"))["orders"]
        assert order["fill_count_fp"] == "1.00"
        assert len((await portfolio(it, "fills"))["fills"]) == 1
        assert len((await portfolio(it, "positions"))["market_positions"]) == 1
        assert (await portfolio(it, "balance"))["balance_dollars"] != before


async def test_stale_get_shows_an_order_as_it_was(home: Path) -> None:
    async with scene(home) as it:
        await pause(it)
        await it.fault("stale_get", ms=400, account=it.ann.key_id)
        order_id = (await it.place(it.ann)).json()["order_id"]
        await it.exchange.call("DELETE", f"{ORDERS}/{order_id}", it.ann)
        stale = (await portfolio(it, f"orders/{order_id}"))["order"]
        assert (stale["status"], stale["remaining_count_fp"]) == ("resting", "1.00")
        await step(it, 400)
        assert (await portfolio(it, f"orders/{order_id}"))["order"]["status"] == "canceled"


async def test_not_found_then_visible_hides_an_order_that_was_just_created(home: Path) -> None:
    async with scene(home) as it:
        await pause(it)
        await it.fault("not_found_then_visible", ms=300)
        order_id = (await it.place(it.ann)).json()["order_id"]
        path = f"/portfolio/orders/{order_id}"
        assert (await it.exchange.call("GET", path, it.ann)).status_code == 404
        await step(it, 300)
        assert (await portfolio(it, f"orders/{order_id}"))["order"]["order_id"] == order_id


async def test_short_page_is_one_item_long_and_its_cursor_goes_on(home: Path) -> None:
    async with scene(home) as it:
        ids = [(await it.place(it.ann)).json()["order_id"] for _ in range(3)]
        await it.fault("short_page", endpoint="GET /portfolio/orders")
        found, cursor = [], ""
        while True:
            page = await portfolio(it, f"orders?limit=100&cursor={cursor}")
            assert len(page["orders"]) <= 1
            found += [each["order_id"] for each in page["orders"]]
            cursor = page["cursor"]
            if not cursor:
                break
        assert sorted(found) == sorted(ids)


async def test_cursor_loop_never_ends(home: Path) -> None:
    async with scene(home) as it:
        await it.place(it.ann)
        await it.fault("cursor_loop", endpoint="GET /portfolio/orders")
        first = await portfolio(it, "orders")
        assert first["cursor"]
        again = await portfolio(it, f"orders?cursor={first['cursor']}")
        assert again == first
        await it.clear()
        assert (await portfolio(it, "orders"))["cursor"] == ""


async def test_slow_markets_answers_from_an_old_copy(home: Path) -> None:
    async with scene(home) as it:
        await pause(it)
        await it.fault("slow_markets", ms=15_000)

        async def bid() -> str:
            found = (await it.read(f"/markets/{FED}"))["market"]
            return str(found["yes_bid_dollars"])

        assert await bid() == "0.0000"
        await it.place(it.ann)
        await step(it, 14_999)
        assert await bid() == "0.0000"
        book = (await it.read(f"/markets/{FED}/orderbook"))["orderbook_fp"]
        assert book["yes_dollars"] == [["0.4000", "1.00"]], "the book is never cached"
        await step(it, 1)
        assert await bid() == "0.4000"

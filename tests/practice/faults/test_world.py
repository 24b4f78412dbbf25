"""Faults of the world around an order: switched on over the control endpoint, seen by a client."""

import asyncio
from pathlib import Path
from typing import Any

from tests.support.practice_bench import FED
from tests.support.practice_faults import Scene, scene
from tests.support.practice_live import hear


async def test_latency_delays_a_call_before_and_after(home: Path) -> None:
    async with scene(home) as it, it.listening("orderbook_delta") as socket:
        await it.fault("latency", ms=200, endpoint="POST /portfolio/events/orders")
        loop = asyncio.get_running_loop()
        begun = loop.time()
        answer = asyncio.create_task(it.place(it.ann))
        await hear(socket)
        assert loop.time() - begun >= 0.1, "half of it lies before the exchange"
        assert not answer.done(), "and half behind"
        assert (await answer).status_code == 201
        assert loop.time() - begun >= 0.2


async def side_sizes(it: Scene) -> tuple[int, int]:
    book: Any = (await it.truth())["markets"][FED]
    return len(book["yes"]), len(book["no"])


async def test_withdraw_makers_empties_the_book_for_a_while(home: Path) -> None:
    async with scene(home, with_crowd=True, markets=3) as it:
        await it.exchange.control("clock", action="pause")
        before = await side_sizes(it)
        assert min(before) > 3
        await it.fault("withdraw_makers", market=FED, for_ms=2_000)
        during = await side_sizes(it)
        assert sum(during) < sum(before) / 2
        await it.exchange.control("clock", action="step", ms=30_000)
        assert sum(await side_sizes(it)) > sum(during)


async def test_gap_moves_the_price_at_once(home: Path) -> None:
    async with scene(home, with_crowd=True, markets=3) as it:
        await it.exchange.control("clock", action="pause")

        async def bid() -> str:
            book: Any = (await it.truth())["markets"][FED]["yes"]
            return str(book[-1][0]) if book else "0.0000"

        before = await bid()
        await it.fault("gap", market=FED, ticks=-20)
        await it.exchange.control("clock", action="step", ms=3_000)
        assert await bid() < before


async def test_low_balance_leaves_a_dollar(home: Path) -> None:
    async with scene(home) as it:
        await it.fault("low_balance", account=it.ann.key_id)
        truth = (await it.truth())["accounts"]
        assert set(truth[it.ann.key_id]["cash_by_index"].values()) == {"1.0000"}
        assert set(truth[it.bob.key_id]["cash_by_index"].values()) != {"1.0000"}
        answer = await it.place(it.ann, price="0.4000", count="10.00")
        assert answer.json()["error"]["code"] == "insufficient_balance"
        assert (await it.place(it.ann, price="0.4000", count="2.00")).status_code == 201


async def test_trigger_group_cancels_its_orders_and_blocks_it(home: Path) -> None:
    async with scene(home) as it, it.listening("order_group_updates", "user_orders") as socket:
        created = await it.exchange.call(
            "POST", "/portfolio/order_groups/create", it.ann, {"contracts_limit": 10}
        )
        group = created.json()["order_group_id"]
        assert (await hear(socket))["msg"]["event_type"] == "created"
        await it.place(it.ann, order_group_id=group)
        assert (await hear(socket))["msg"]["status"] == "resting"
        await it.fault("trigger_group", account=it.ann.key_id)
        told = {}
        for _ in range(2):
            frame = await hear(socket)
            told[frame["type"]] = frame["msg"]
        assert told["order_group_updates"]["event_type"] == "triggered"
        assert told["user_order"]["status"] == "canceled"
        refused = await it.place(it.ann, order_group_id=group)
        assert refused.status_code == 400

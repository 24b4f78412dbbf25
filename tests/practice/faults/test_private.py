"""Faults of the private feed: switched on over the control endpoint, seen on a socket."""

from pathlib import Path

from tests.support.practice_faults import Scene, hear_nothing, scene
from tests.support.practice_live import hear

PRIVATE = ("fill", "user_orders", "market_positions")


async def trade(it: Scene) -> None:
    await it.place(it.bob, side="ask")
    await it.place(it.ann)


async def test_drop_private_loses_a_private_frame_and_no_public_one(home: Path) -> None:
    async with scene(home) as it, it.listening("trade", *PRIVATE) as socket:
        await it.fault("drop_private", account=it.ann.key_id, p=1)
        await trade(it)
        assert (await hear(socket))["type"] == "trade"
        await hear_nothing(socket)
        truth = (await it.truth())["accounts"][it.ann.key_id]
        assert len(truth["fills"]) == 1


async def test_fill_rest_only_shows_a_fill_in_reads_and_nowhere_else(home: Path) -> None:
    async with scene(home) as it, it.listening(*PRIVATE) as socket:
        await it.fault("fill_rest_only")
        await trade(it)
        kinds = {(await hear(socket))["type"] for _ in range(2)}
        assert kinds == {"user_order", "market_position"}
        await hear_nothing(socket)
        assert len((await it.read("/portfolio/fills", it.ann))["fills"]) == 1


async def test_duplicate_fill_comes_twice_with_one_trade_id(home: Path) -> None:
    async with scene(home) as it, it.listening("fill") as socket:
        await it.fault("duplicate_fill")
        await trade(it)
        first, again = await hear(socket), await hear(socket)
        assert first == again
        assert len((await it.read("/portfolio/fills", it.ann))["fills"]) == 1

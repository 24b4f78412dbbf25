"""Faults of frames: switched on over the control endpoint, seen on a loopback socket."""

from pathlib import Path

import pytest

from tests.support.practice_bench import FED
from tests.support.practice_faults import hear_nothing, scene
from tests.support.practice_live import hear, hear_until, say

BOOK = "orderbook_delta"


async def test_drop_frame_loses_one_frame_and_spends_its_seq(home: Path) -> None:
    async with scene(home) as it, it.listening(BOOK) as socket:
        await it.fault("drop_frame", market=FED)
        await it.place(it.bob)
        await it.place(it.bob)
        assert (await hear(socket))["seq"] == 3


async def test_duplicate_frame_comes_twice_under_one_seq(home: Path) -> None:
    async with scene(home) as it, it.listening(BOOK) as socket:
        await it.fault("duplicate_frame", channel=BOOK)
        await it.place(it.bob)
        await it.place(it.bob)
        first, again, other = [await hear(socket) for _ in range(3)]
        assert first == again
        assert [first["seq"], other["seq"]] == [2, 3]


async def test_swap_frames_lets_the_next_one_overtake(home: Path) -> None:
    async with scene(home) as it, it.listening(BOOK) as socket:
        await it.fault("swap_frames", sid=1)
        for _ in range(3):
            await it.place(it.bob)
        assert [(await hear(socket))["seq"] for _ in range(3)] == [3, 2, 4]


async def test_delay_frame_sends_it_later_than_those_behind_it(home: Path) -> None:
    async with scene(home) as it, it.listening(BOOK) as socket:
        await it.fault("delay_frame", ms=60)
        for _ in range(3):
            await it.place(it.bob)
        assert [(await hear(socket))["seq"] for _ in range(3)] == [3, 4, 2]


async def test_lose_snapshot_leaves_only_the_acknowledgement(home: Path) -> None:
    async with scene(home) as it, it.listening() as socket:
        await it.fault("lose_snapshot")
        await say(socket, "subscribe", channels=[BOOK], market_ticker=FED)
        assert (await hear(socket))["type"] == "subscribed"
        await it.place(it.bob)
        delta = await hear(socket)
        assert (delta["type"], delta["seq"]) == (BOOK, 2)


async def test_unnumbered_ok_has_no_seq_and_spends_none(home: Path) -> None:
    async with scene(home) as it, it.listening(BOOK) as socket:
        await it.fault("unnumbered_ok")
        await say(socket, "subscribe", 2, channels=[BOOK], market_ticker=FED)
        merged = await hear(socket)
        assert (merged["type"], merged["sid"], "seq" in merged) == ("ok", 1, False)
        await it.place(it.bob)
        assert (await hear(socket))["seq"] == 2


async def test_renumber_starts_the_sid_again_at_one(home: Path) -> None:
    async with scene(home) as it, it.listening(BOOK) as socket:
        await it.place(it.bob)
        assert (await hear(socket))["seq"] == 2
        await it.fault("renumber", channel=BOOK)
        await it.place(it.bob)
        await it.place(it.bob)
        assert [(await hear(socket))["seq"] for _ in range(2)] == [1, 2]


async def test_trade_before_delta_tells_the_trade_first(home: Path) -> None:
    async with scene(home) as it, it.listening(BOOK, "trade") as socket:
        for fault, kinds in ((False, [BOOK, "trade"]), (True, ["trade", BOOK])):
            if fault:
                await it.fault("trade_before_delta", market=FED)
            await it.place(it.bob, side="ask")
            await hear(socket)
            await it.place(it.ann)
            assert [(await hear(socket))["type"] for _ in range(2)] == kinds


async def test_crossed_burst_crosses_the_book_within_one_timestamp(home: Path) -> None:
    async with scene(home) as it, it.listening(BOOK, use_yes_price=True) as socket:
        await it.fault("crossed_burst")
        await it.place(it.bob)
        told = [(await hear(socket))["msg"] for _ in range(5)]
        assert len({each["ts"] for each in told}) == 1
        levels: dict[tuple[str, str], int] = {}
        crossed = False
        for each in told:
            key = (each["side"], each["price_dollars"])
            levels[key] = levels.get(key, 0) + int(each["delta_fp"].replace(".", ""))
            bids = [price for (side, price), size in levels.items() if side == "yes" and size]
            asks = [price for (side, price), size in levels.items() if side == "no" and size]
            crossed |= bool(bids and asks and max(bids) > min(asks))
        assert crossed
        assert {key: size for key, size in levels.items() if size} == {("yes", "0.4000"): 100}


async def test_burst_makes_n_deltas_under_one_timestamp(home: Path) -> None:
    async with scene(home) as it, it.listening(BOOK) as socket:
        await it.fault("burst", market=FED, n=501)
        told = [await hear(socket) for _ in range(501)]
        assert [each["seq"] for each in told] == list(range(2, 503))
        assert len({each["msg"]["ts"] for each in told}) == 1
        assert (await it.truth())["markets"][FED]["yes"] == [["0.0100", "1.00"]]


async def test_overflow_ends_the_subscription_with_error_25(home: Path) -> None:
    async with scene(home) as it, it.listening(BOOK) as socket:
        await it.fault("overflow", channel=BOOK)
        error = await hear(socket)
        assert (error["type"], error["sid"], error["msg"]["code"]) == ("error", 1, 25)
        await it.place(it.bob)
        await hear_nothing(socket)
        await say(socket, "subscribe", channels=[BOOK], market_ticker=FED)
        assert (await hear(socket))["msg"]["sid"] == 2


@pytest.mark.parametrize(("code", "ends"), [(10, True), (26, False)])
async def test_ws_error_sends_the_code_and_10_is_terminal(
    home: Path, code: int, ends: bool
) -> None:
    async with scene(home) as it, it.listening(BOOK) as socket:
        await it.fault("ws_error", code=code, sid=1)
        error = await hear(socket)
        assert (error["type"], error["seq"], error["msg"]["code"]) == ("error", 2, code)
        await say(socket, "list_subscriptions")
        listed = (await hear(socket))["msg"]
        assert listed == ([] if ends else [{"channel": BOOK, "sid": 1}])


async def test_second_sid_opens_another_subscription_instead_of_merging(home: Path) -> None:
    async with scene(home) as it, it.listening(BOOK) as socket:
        await it.fault("second_sid")
        await say(socket, "subscribe", 2, channels=[BOOK], market_ticker=FED)
        opened = await hear(socket)
        assert (opened["type"], opened["msg"]["sid"]) == ("subscribed", 2)
        assert (await hear_until(socket, "orderbook_snapshot"))["seq"] == 1
        await it.place(it.bob)
        assert {(await hear(socket))["sid"] for _ in range(2)} == {1, 2}

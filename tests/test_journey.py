"""The whole road by keyboard: the real screen, session, sockets and practice exchange.

After each step what the screen shows equals the exchange's own truth.
"""

import asyncio
import json
import urllib.request
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from kalshi_tui.core.events import BookStatus
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import count_to_wire, money_to_wire, parse_money, price_to_wire
from kalshi_tui.core.views import LadderView, OwnLevel
from kalshi_tui.session.build import build
from kalshi_tui.session.child import PracticeChild, practice_command
from kalshi_tui.ui.app import Workstation
from kalshi_tui.ui.widgets.log import LogPane

PATIENCE_S = 20.0


@dataclass
class Journey:
    """A running workstation and the control address of its exchange."""

    app: Workstation
    pilot: Pilot[int]
    ready_file: Path

    async def until(self, holds: Callable[[], object]) -> None:
        """Let the program run until a condition holds."""
        async with asyncio.timeout(PATIENCE_S):
            while not holds():
                await self.pilot.pause(0.02)

    async def settled(self, holds: Callable[[], object] = lambda: True) -> None:
        """Wait until a condition holds and the screen shows the exchange's truth."""
        await self.until(lambda: holds() and not self.differences())

    def control(self, path: str, body: object = None) -> Any:
        ready = json.loads(self.ready_file.read_text())
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(ready["control"] + path, data)
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=5) as answer:
            return json.load(answer)

    def differences(self) -> list[str]:
        """Return what the screen's data and the truth disagree on."""
        ready = json.loads(self.ready_file.read_text())
        truth = self.control("/truth")["accounts"][ready["accounts"][2]["key_id"]]
        store = self.app.store
        pairs = {
            "orders": (
                sorted(
                    (row.order_id, price_to_wire(row.price), count_to_wire(row.remaining))
                    for row in store.live_orders
                ),
                sorted(
                    (each["order_id"], each["yes_price_dollars"], each["remaining_count_fp"])
                    for each in truth["orders"]
                    if each["status"] == "resting"
                ),
            ),
            "positions": (
                sorted(
                    (row.ticker, count_to_wire(row.position), money_to_wire(row.fees))
                    for row in (store.positions.rows if store.positions else ())
                ),
                sorted(
                    (each["ticker"], each["position_fp"], each["fees_paid_dollars"])
                    for each in truth["positions"]
                    if each["position_fp"] != "0.00"
                ),
            ),
            "fills": (
                sorted(row.trade_id for row in (store.fills.rows if store.fills else ())),
                sorted(each["trade_id"] for each in truth["fills"]),
            ),
            "cash": (store.status and store.status.cash, parse_money(truth["cash"])),
        }
        return [name for name, (shown, true) in pairs.items() if shown != true]

    @property
    def ladder(self) -> LadderView:
        found = self.app.store.ladder
        assert found is not None
        return found

    def said(self, words: str) -> bool:
        """True once the log shows these words."""
        rows = self.app.trade.query_one(LogPane).rows
        return any(words in "".join(map(str, row)) for row in rows)

    def own(self) -> tuple[OwnLevel, ...]:
        return self.ladder.own

    def is_live(self) -> bool:
        found = self.app.store.ladder
        return found is not None and found.status is BookStatus.LIVE

    async def order(self, *keys: str) -> None:
        await self.pilot.press(*keys, "enter")


def without_the_beat(delay: float, call: Callable[[], None]) -> Callable[[], None]:
    """Run the strip's 150 ms guard at once and nothing that is meant to take seconds."""
    if delay < 1:
        call()
    return lambda: None


@asynccontextmanager
async def journey(tmp_path: Path, *options: str) -> AsyncIterator[Journey]:
    ready_file = tmp_path / "ready.json"
    state = tmp_path / "practice" / "exchange"
    command = [*practice_command(state), "--ready-file", str(ready_file), *options]
    child = PracticeChild(state, command)
    child.spawn()
    desk = build(state_dir=tmp_path, child=child)
    app = Workstation(desk, later=without_the_beat)
    try:
        async with app.run_test(size=(120, 40)) as pilot:
            found = Journey(app, pilot, ready_file)
            await found.until(found.is_live)
            await found.settled()
            yield found
    finally:
        desk.close()


async def test_rest_undo_rest_cancel_lift_and_kill_by_keyboard(tmp_path: Path) -> None:
    async with journey(tmp_path) as trip:
        bid = trip.ladder.best_bid
        assert bid is not None

        await trip.order("1", "0", "B")
        await trip.settled(lambda: trip.own() and trip.own()[0].queue is not None)
        (own,) = trip.own()
        assert (own.side, own.count) == (BookSide.BID, 1000)

        await trip.pilot.press("u")
        await trip.settled(lambda: not trip.own())

        await trip.order("1", "0", "B")
        # The same within two seconds is asked about; a slow machine may take longer than that.
        await trip.until(lambda: trip.own() or trip.said("Look once more"))
        if not trip.own():
            await trip.pilot.press("enter")
        await trip.settled(lambda: len(trip.own()) == 1)
        await trip.pilot.press("o", "x")
        await trip.settled(lambda: not trip.own())

        await trip.order("5", "L")
        await trip.settled(lambda: trip.ladder.position == 500)

        await trip.order("3", "B")
        await trip.settled(lambda: len(trip.own()) == 1)
        await trip.pilot.press("f9")
        await trip.settled(lambda: not trip.own())


async def test_a_dropped_frame_shows_stale_refuses_and_comes_back_true(tmp_path: Path) -> None:
    async with journey(tmp_path) as trip:
        ticker = trip.ladder.market.ticker
        fault = {"fault": "drop_frame", "channel": "orderbook_delta", "count": 1}
        trip.control("/faults", fault)
        # The repair takes a few milliseconds here, less than a frame: the log keeps the doubt.
        await trip.until(lambda: trip.said("is STALE"))
        await trip.until(lambda: trip.said("is LIVE again"))

        def is_true() -> bool:
            book = trip.control("/truth")["markets"][ticker]["yes"]
            shown = [[price_to_wire(p), count_to_wire(s)] for p, s in reversed(trip.ladder.bids)]
            return bool(book == shown)

        await trip.until(is_true)

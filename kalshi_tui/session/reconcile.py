"""Keeps what we believe equal to what the exchange says: at the start, after every reconnect, and
for as long as an order is in doubt.

A private channel carries no sequence numbers, so each subscription to it is followed by a sweep.
An order in doubt is looked for until it is found; nothing here ever calls it failed. Reads only.
Source: reliability catalogue TC18, TO15, TO17, TO24, TO32, TO35.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol

from kalshi_tui.api.catalogue import EventRead, SeriesRead, fees_of
from kalshi_tui.api.errors import ApiError, DeniedError
from kalshi_tui.core import events as e
from kalshi_tui.core.fees import FeeSchedule
from kalshi_tui.core.orders import CancelState, OrderState
from kalshi_tui.core.views import OrderRow, OrdersView, Pane, View, ViewKey
from kalshi_tui.session.clock import Clock
from kalshi_tui.session.tasks import siblings

SECOND = 1_000_000_000
_MILLI_NS = 1_000_000
LOOK_UP_S = (0.1, 0.4, 1.0, 2.0, 4.0)
"""Pauses before each look-up of orders in doubt; the last repeats for ever."""

OVERLAP_S = 60
"""How far a read reaches back behind what is known: the exchange's reads lag by a second or so."""

FIRST_FILLS_S = 7 * 24 * 3600
"""How far the first read of fills reaches back where none is known."""

_NOT_FOUND = 404


class AccountReader(Protocol):
    """The reading side of the client."""

    @property
    def clock_offset_ns(self) -> int: ...

    async def market(self, ticker: str) -> e.MarketsListed: ...

    async def balance(self) -> e.BalanceReported: ...

    async def positions(self) -> tuple[e.PositionReported, ...]: ...

    async def orders(
        self, *, status: str = "", ticker: str = "", min_ts_s: int | None = None
    ) -> tuple[e.OrderReported, ...]: ...

    async def order(self, order_id: str) -> e.OrderReported: ...

    async def fills(
        self, *, order_id: str = "", min_ts_s: int | None = None
    ) -> tuple[e.Filled, ...]: ...

    async def queue_positions(self) -> e.QueuesReported: ...

    async def account_limits(self) -> object: ...

    async def endpoint_costs(self) -> object: ...

    async def events(self) -> tuple[EventRead, ...]: ...

    async def series(self, ticker: str) -> SeriesRead: ...


class Reconciler:
    """Runs on the session thread. `view` shows what the engine believes."""

    def __init__(
        self,
        rest: AccountReader,
        *,
        view: Callable[[ViewKey], View | None],
        absorb: Callable[..., None],
        clock: Clock,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._rest = rest
        self._view = view
        self._absorb = absorb
        self._clock = clock
        self._sleep = sleep
        self._newest_fill_ms = 0
        self._doubt = asyncio.Event()

    # The start

    async def read_market(self, ticker: str) -> None:
        """Read one listing again."""
        self._absorb(await self._rest.market(ticker))

    async def list_markets(self) -> tuple[EventRead, ...]:
        """Read all open markets with their quotes."""
        events = await self._rest.events()
        self._absorb(*(event.listed for event in events))
        return events

    async def read_fees(self, events: tuple[EventRead, ...]) -> None:
        """Read what each market of these events charges."""
        by_series: dict[str, list[EventRead]] = {}
        for event in events:
            by_series.setdefault(event.series_ticker, []).append(event)
        async with siblings() as group:
            for ticker, members in by_series.items():
                group.create_task(self._read_series(ticker, members))

    async def _read_series(self, ticker: str, events: list[EventRead]) -> None:
        try:
            series = await self._rest.series(ticker)
        except ApiError as error:
            self._absorb(e.RequestFailed(f"the fees of {ticker}", error.reason))
            return
        fees: dict[FeeSchedule, list[str]] = {}
        for event in events:
            tickers = fees.setdefault(fees_of(series, event), [])
            tickers += (market.ticker for market in event.listed.markets)
        self._absorb(*(e.FeesRead(tuple(each), schedule) for schedule, each in fees.items()))

    async def read_limits(self) -> None:
        """Read the account's rate limits and what each request costs."""
        await self._rest.account_limits()
        await self._rest.endpoint_costs()

    # Reads that the engine asks for

    async def read_balance(self) -> None:
        self._absorb(await self._rest.balance())

    async def read_queues(self) -> None:
        self._absorb(await self._rest.queue_positions())

    async def sweep(self) -> None:
        """Read everything private, and look closer at what should rest and does not."""
        begun_ns = self._now_ns()
        async with siblings() as group:
            resting_read = group.create_task(self._rest.orders(status="resting"))
            fills_read = group.create_task(self._rest.fills(min_ts_s=self._fills_from_s()))
            positions_read = group.create_task(self._rest.positions())
        orders, fills, positions = (
            resting_read.result(),
            fills_read.result(),
            positions_read.result(),
        )
        self._newest_fill_ms = max([self._newest_fill_ms, *(fill.ts_ms for fill in fills)])
        oldest_first = tuple(sorted(fills, key=lambda fill: fill.ts_ms))
        self._absorb(e.Swept(orders, oldest_first, positions, begun_ns))
        resting = {each.order_id for each in orders}
        missing = [
            row
            for row in self._live_rows()
            if row.order_id and row.order_id not in resting and row.created_wall_ns < begun_ns
        ]
        await self._look_closer(missing)

    def _fills_from_s(self) -> int:
        newest_s = self._newest_fill_ms // 1_000
        return newest_s - OVERLAP_S if newest_s else self._now_ns() // SECOND - FIRST_FILLS_S

    async def _look_closer(self, rows: Iterable[OrderRow]) -> None:
        """Read single orders. An error proves nothing, and a 404 not yet."""
        for row in rows:
            await self._read_order(row.order_id)

    async def drill_down(self, order_id: str) -> None:
        """Read one order and all its fills: what we booked does not add up to it (FE13)."""
        try:
            await self._read_order(order_id)
            self._absorb(*await self._rest.fills(order_id=order_id))
        except ApiError as error:
            self._absorb(e.RequestFailed(f"the fills of order {order_id}", error.reason))

    async def _read_order(self, order_id: str) -> None:
        try:
            self._absorb(await self._rest.order(order_id))
        except DeniedError as error:
            if error.status != _NOT_FOUND:
                raise

    # Orders in doubt

    def doubt(self) -> None:
        """An order has become doubtful: start looking."""
        self._doubt.set()

    async def resolve(self) -> None:
        """Look for orders in doubt as long as there are any, for ever."""
        while True:
            await self._doubt.wait()
            self._doubt.clear()
            tries = 0
            while rows := self._doubtful_rows():
                await self._sleep(LOOK_UP_S[min(tries, len(LOOK_UP_S) - 1)])
                tries += 1
                try:
                    await self._look_up(rows)
                except ApiError:
                    # Stays in doubt; the screen says so, and the next round tries again.
                    continue

    async def _look_up(self, rows: list[OrderRow]) -> None:
        await self._look_closer(row for row in rows if row.order_id)
        sought = {row.client_order_id: row for row in rows if not row.order_id}
        for ticker in sorted({row.ticker for row in sought.values()}):
            oldest_ns = min(row.created_wall_ns for row in sought.values() if row.ticker == ticker)
            from_s = (oldest_ns + self._rest.clock_offset_ns) // SECOND - OVERLAP_S
            for report in await self._rest.orders(ticker=ticker, min_ts_s=from_s):
                if report.client_order_id in sought:
                    self._absorb(report)
                    self._absorb(*await self._rest.fills(order_id=report.order_id))

    def _live_rows(self) -> tuple[OrderRow, ...]:
        view = self._view((Pane.ORDERS, ""))
        return view.live if isinstance(view, OrdersView) else ()

    def _doubtful_rows(self) -> list[OrderRow]:
        return [
            row
            for row in self._live_rows()
            if row.state is OrderState.IN_DOUBT or row.cancel is CancelState.IN_DOUBT
        ]

    def _now_ns(self) -> int:
        return self._clock.wall_ns() + self._rest.clock_offset_ns

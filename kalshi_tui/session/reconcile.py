"""Keeps what we believe equal to what the exchange says: at the start and after every reconnect.

A private channel carries no sequence numbers, so each subscription to it is followed by a sweep.
Orders in doubt are `session.resolver`'s. Reads only; nothing here ever calls an order failed.
Source: reliability catalogue TC18, TO24, TO32, TO35, FK09, FK10.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol

from kalshi_tui.api.catalogue import EventRead, SeriesRead, fees_of
from kalshi_tui.api.decode import Cutoff
from kalshi_tui.api.errors import ApiError, DeniedError
from kalshi_tui.core import events as e
from kalshi_tui.core.absence import REACH_BACK_NS
from kalshi_tui.core.fees import FeeSchedule
from kalshi_tui.core.views import OrderRow, OrdersView, Pane, View, ViewKey
from kalshi_tui.session.clock import Clock
from kalshi_tui.session.resolver import Resolver
from kalshi_tui.session.tasks import siblings

SECOND = 1_000_000_000

OVERLAP_S = 60
"""How far a read reaches back behind what is known: the exchange's reads lag by a second or so."""

RESTART_OVERLAP_S = 600
"""The same for the first read after a restart: what the last sweep before it had not read yet."""

FIRST_FILLS_S = 7 * 24 * 3600
"""How far the first read of fills reaches back where none is known."""

_NOT_FOUND = 404


class AccountReader(Protocol):
    """The reading side of the client."""

    @property
    def clock_offset_ns(self) -> int: ...

    @property
    def clock_uncertainty_ns(self) -> int | None: ...

    async def user_data_timestamp(self) -> int: ...

    async def cutoff(self) -> Cutoff: ...

    async def market(self, ticker: str) -> e.MarketsListed: ...

    async def balance(self) -> e.BalanceReported: ...

    async def positions(self) -> tuple[e.PositionReported, ...]: ...

    async def orders(
        self, *, status: str = "", ticker: str = "", min_ts_s: int | None = None
    ) -> tuple[e.OrderReported, ...]: ...

    async def archived_orders(
        self, *, ticker: str = "", min_ts_s: int | None = None
    ) -> tuple[e.OrderReported, ...]: ...

    async def archived_fills(
        self, *, ticker: str = "", min_ts_s: int | None = None
    ) -> tuple[e.Filled, ...]: ...

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
        sign_times: Callable[[str], tuple[int, ...]],
        newest_fill_ms: int = 0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`sign_times` tells when an order was signed, each time, on the exchange's clock;
        `newest_fill_ms` is the stamp of the newest fill in the ledger.
        """
        self._rest = rest
        self._view = view
        self._absorb = absorb
        self._clock = clock
        self._fills_from_ms = newest_fill_ms - RESTART_OVERLAP_S * 1_000 if newest_fill_ms else 0
        self._resolver = Resolver(
            rest,
            view=view,
            absorb=absorb,
            read_order=self._read_order,
            sweep=self.sweep,
            sign_times=sign_times,
            wall_ns=self._now_ns,
            sleep=sleep,
        )

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
        begun_ns, current_ns = self._now_ns(), await self._current_ns()
        async with siblings() as group:
            resting_read = group.create_task(self._rest.orders(status="resting"))
            fills_read = group.create_task(self._rest.fills(min_ts_s=self._fills_from_s()))
            positions_read = group.create_task(self._rest.positions())
        orders, fills, positions = (
            resting_read.result(),
            fills_read.result(),
            positions_read.result(),
        )
        newest_ms = max((fill.ts_ms for fill in fills), default=0)
        self._fills_from_ms = max(self._fills_from_ms, newest_ms - OVERLAP_S * 1_000)
        oldest_first = tuple(sorted(fills, key=lambda fill: fill.ts_ms))
        self._absorb(e.Swept(orders, oldest_first, positions, current_ns))
        resting = {each.order_id for each in orders}
        missing = [
            row
            for row in self._live_rows()
            if row.order_id and row.order_id not in resting and row.created_wall_ns < begun_ns
        ]
        await self._look_closer(missing)

    async def _current_ns(self) -> int:
        """Return to when reads that begin now are current at least: they lag, at times by seconds.

        Without the exchange's word they are taken for a minute old.
        """
        now_ns, as_of_ns = self._now_ns(), await self._as_of_ns()
        return now_ns - OVERLAP_S * SECOND if as_of_ns is None else min(now_ns, as_of_ns)

    async def scan(self) -> None:
        """Read every order that rests, and to when that is current (KILL counts by it)."""
        as_of_ns = await self._rest.user_data_timestamp()
        begun_ns = self._now_ns()
        resting = await self._rest.orders(status="resting")
        self._absorb(e.ScanCompleted(resting, begun_ns, as_of_ns))

    def _fills_from_s(self) -> int:
        from_s = self._fills_from_ms // 1_000
        return from_s if from_s > 0 else self._now_ns() // SECOND - FIRST_FILLS_S

    async def _look_closer(self, rows: Iterable[OrderRow]) -> None:
        """Read single orders. An error proves nothing, and a 404 not yet."""
        for row in rows:
            await self._read_order(row.order_id)

    async def drill_down(self, order_id: str, *, history: bool = False) -> None:
        """Read one order and all its fills: what we booked does not add up to it (FE13).

        With `history` an order that is not there is looked for among the historical ones (TO32).
        """
        try:
            await self._read_order(order_id, history=history)
            self._absorb(*await self._rest.fills(order_id=order_id))
        except ApiError as error:
            self._absorb(e.RequestFailed(f"the fills of order {order_id}", error.reason))

    async def _read_order(self, order_id: str, *, history: bool = False) -> None:
        """Read one order. A 404 is told with the time to which reads were current before it."""
        as_of_ns = await self._as_of_ns()
        try:
            self._absorb(await self._rest.order(order_id))
            return
        except DeniedError as error:
            if error.status != _NOT_FOUND:
                raise
        if history and await self._read_archived(order_id):
            return
        if as_of_ns is not None:
            self._absorb(e.OrderNotFound(order_id, as_of_ns, history))

    async def _as_of_ns(self) -> int | None:
        try:
            return await self._rest.user_data_timestamp()
        except ApiError:
            # An order that is there can be read all the same; that it is not cannot be told.
            return None

    async def _read_archived(self, order_id: str) -> bool:
        """Look for an order among the historical ones; return whether it is there."""
        row = next((row for row in self._rows() if row.order_id == order_id), None)
        ticker, from_s = "", None
        if row is not None:
            opened_ns = row.created_wall_ns + self._rest.clock_offset_ns
            ticker, from_s = row.ticker, (opened_ns - REACH_BACK_NS) // SECOND
        for report in await self._rest.archived_orders(ticker=ticker, min_ts_s=from_s):
            if report.order_id == order_id:
                self._absorb(report)
                fills = await self._rest.archived_fills(ticker=report.ticker, min_ts_s=from_s)
                self._absorb(*(fill for fill in fills if fill.order_id == order_id))
                return True
        return False

    # Orders in doubt

    def doubt(self) -> None:
        """Something has become doubtful: start looking."""
        self._resolver.doubt()

    async def resolve(self) -> None:
        """Look for what is in doubt, for ever."""
        await self._resolver.resolve()

    def _rows(self) -> tuple[OrderRow, ...]:
        view = self._view((Pane.ORDERS, ""))
        return (*view.live, *view.done) if isinstance(view, OrdersView) else ()

    def _live_rows(self) -> tuple[OrderRow, ...]:
        view = self._view((Pane.ORDERS, ""))
        return view.live if isinstance(view, OrdersView) else ()

    def _now_ns(self) -> int:
        return self._clock.wall_ns() + self._rest.clock_offset_ns

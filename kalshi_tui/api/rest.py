"""Kalshi's REST endpoints as calls that return facts.

Owns the reads: paths, queries and which answer means what; the writes are `writes`'. Wire structs
stay inside; every error is one of `api.errors`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar
from urllib.parse import quote

import httpx
import msgspec

from kalshi_tui.api import catalogue, decode, pager, schemas
from kalshi_tui.api.auth import Signer
from kalshi_tui.api.catalogue import EventRead, SeriesRead
from kalshi_tui.api.decode import read_body
from kalshi_tui.api.errors import BodyError, ReadFailedError
from kalshi_tui.api.limits import AccountLimits, EndpointCosts, Kind, RateLimits
from kalshi_tui.api.transport import Transport
from kalshi_tui.api.writes import GROUPS, OrderWrites
from kalshi_tui.core.events import (
    BalanceReported,
    BookSnapshot,
    BudgetReported,
    ExchangeStatusRead,
    Filled,
    MarketsListed,
    OrderReported,
    PositionReported,
    QueuesReported,
)
from kalshi_tui.core.text import is_ticker

TICKERS_A_QUERY = 100
# The exchange describes its own outage in the body (openapi.yaml, /exchange/status).
_STATUS_ALSO = frozenset({500, 503, 504})
_T = TypeVar("_T")
_B = TypeVar("_B")


class RestClient(OrderWrites):
    """One exchange through one key. Every method is safe to run beside the others."""

    def __init__(
        self,
        base_url: str,
        signer: Signer,
        limits: RateLimits,
        *,
        clock: Callable[[], int],
        monotonic: Callable[[], int],
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`clock` gives wall, `monotonic` monotonic nanoseconds; `transport` stands in for tests.

        Raises `ValueError` for an address that is not http(s)://host[/path].
        """
        self._limits = limits
        self._monotonic = monotonic
        super().__init__(
            Transport(
                base_url,
                signer,
                limits,
                clock=clock,
                monotonic=monotonic,
                transport=transport,
                sleep=sleep,
            )
        )
        self.unreadable = 0
        """Markets and events passed over because they could not be read."""

    async def aclose(self) -> None:
        """Close every connection; nothing can be sent afterwards."""
        await self._http.aclose()

    @property
    def line(self) -> Transport:
        """The HTTP side, for reads that are about the key itself."""
        return self._http

    @property
    def clock_offset_ns(self) -> int:
        """What to add to our wall clock to get the exchange's; 0 while the two agree."""
        return self._http.offset.offset_ns

    @property
    def clock_uncertainty_ns(self) -> int | None:
        """How far off `clock_offset_ns` may be; None before the first private answer."""
        return self._http.offset.uncertainty_ns

    def take_date(self, date: str | None, sent_wall_ns: int, received_wall_ns: int) -> None:
        """Measure the exchange's clock by the `Date` of an answer that came by another way."""
        self._http.offset.observe(date, sent_wall_ns, received_wall_ns)

    async def warm(self) -> None:
        """Have a connection open for the next order: a handshake costs it several round trips."""
        await self._http.admit("GET", "/exchange/status", Kind.READ)
        await self._http.warm("/exchange/status")

    # The account

    async def balance(self) -> BalanceReported:
        """Return cash and portfolio value; at most once a second (its own bucket)."""
        body = await self._http.read("/portfolio/balance", kind=Kind.BALANCE)
        with _reading():
            return decode.balance(read_body(body, schemas.BalanceAnswer))

    async def positions(self, ticker: str = "") -> tuple[PositionReported, ...]:
        """Return all unsettled positions, flat ones included, or those of one market."""
        items = await self._scan(pager.POSITIONS, _filled(ticker=ticker))
        return _each(items, schemas.PositionBody, decode.position)

    async def orders(
        self, *, status: str = "", ticker: str = "", min_ts_s: int | None = None
    ) -> tuple[OrderReported, ...]:
        """Return orders of every status, or those that match. One that cannot be read fails the
        whole scan: an incomplete one proves no absence.
        """
        params = _filled(status=status, ticker=ticker, min_ts=_number(min_ts_s))
        return _each(await self._scan(pager.ORDERS, params), schemas.OrderBody, decode.order)

    async def order(self, order_id: str) -> OrderReported:
        """Return one order. A new one may be a 404 for the first half second."""
        body = await self._http.read(f"/portfolio/orders/{quote(order_id, safe='')}")
        with _reading():
            return decode.order(read_body(body, schemas.OrderAnswer).order)

    async def fills(
        self, *, ticker: str = "", order_id: str = "", min_ts_s: int | None = None
    ) -> tuple[Filled, ...]:
        """Return fills, newest first as sent; they carry no client order id."""
        params = _filled(ticker=ticker, order_id=order_id, min_ts=_number(min_ts_s))
        return _each(await self._scan(pager.FILLS, params), schemas.FillBody, decode.fill)

    async def queue_positions(self, tickers: Iterable[str] = ()) -> QueuesReported:
        """Return the contracts ahead of our resting orders, in all markets or in those named."""
        params = _filled(market_tickers=",".join(tickers))
        body = await self._http.read("/portfolio/orders/queue_positions", params)
        with _reading():
            return decode.queues(read_body(body, schemas.QueuesAnswer))

    async def user_data_timestamp(self) -> int:
        """Return to when orders, fills, positions and balance are current, in wall nanoseconds."""
        body = await self._http.read("/exchange/user_data_timestamp")
        with _reading():
            return decode.as_of_ns(read_body(body, schemas.StampAnswer))

    async def archived_orders(
        self, *, ticker: str = "", min_ts_s: int | None = None
    ) -> tuple[OrderReported, ...]:
        """Return canceled and executed orders from before `cutoff`; as strict as `orders`."""
        params = _filled(ticker=ticker, min_ts=_number(min_ts_s))
        items = await self._scan(pager.ARCHIVED_ORDERS, params)
        return _each(items, schemas.OrderBody, decode.order)

    async def archived_fills(
        self, *, ticker: str = "", min_ts_s: int | None = None
    ) -> tuple[Filled, ...]:
        """Return fills from before `cutoff`, newest first; they cannot be asked for by order."""
        params = _filled(ticker=ticker, min_ts=_number(min_ts_s))
        return _each(await self._scan(pager.ARCHIVED_FILLS, params), schemas.FillBody, decode.fill)

    async def cutoff(self) -> decode.Cutoff:
        """Return from when on orders and fills are still among the live ones."""
        body = await self._http.read("/historical/cutoff")
        with _reading():
            return decode.cutoff(read_body(body, schemas.CutoffAnswer))

    async def groups(self) -> tuple[decode.Group, ...]:
        """Return the account's order groups on every shard, without their orders."""
        body = await self._http.read(GROUPS)
        with _reading():
            return decode.groups(read_body(body, schemas.GroupsAnswer))

    async def group(self, group_id: str) -> decode.Group:
        """Return one order group, of any shard, with its orders."""
        body = await self._http.read(f"{GROUPS}/{quote(group_id, safe='')}")
        with _reading():
            return decode.group(read_body(body, schemas.GroupBody), group_id)

    def budget(self) -> BudgetReported:
        """Return what is left of the account's rate limits now."""
        return self._limits.budget(self._monotonic())

    @property
    def needs_limits(self) -> bool:
        """True where the limits have to be read: never read, ten minutes old, or a 429 came."""
        return self._limits.needs_reload(self._monotonic())

    async def account_limits(self) -> AccountLimits:
        """Read the account's token buckets and use them from now on."""
        body = await self._http.read("/account/limits")
        with _reading():
            limits = decode.account_limits(read_body(body, schemas.LimitsAnswer))
        self._limits.configure(limits, self._monotonic())
        return limits

    async def endpoint_costs(self) -> EndpointCosts:
        """Read what each endpoint costs and use it from now on."""
        body = await self._http.read("/account/endpoint_costs")
        with _reading():
            costs = decode.endpoint_costs(read_body(body, schemas.CostsAnswer))
        self._limits.costs = costs
        return costs

    # The exchange and its markets

    async def exchange_status(self) -> ExchangeStatusRead:
        """Return whether exchange and trading are up; an outage's own words are an answer too."""
        body = await self._http.read("/exchange/status", also=_STATUS_ALSO)
        with _reading():
            return decode.exchange_status(read_body(body, schemas.StatusAnswer))

    async def series(self, ticker: str) -> SeriesRead:
        """Return a series with its fees."""
        body = await self._http.read(f"/series/{quote(ticker, safe='')}")
        with _reading():
            return catalogue.series(read_body(body, schemas.SeriesAnswer).series)

    async def event(self, event_ticker: str) -> EventRead:
        """Return an event with its markets and its fee override."""
        path = f"/events/{quote(event_ticker, safe='')}"
        body = await self._http.read(path, {"with_nested_markets": "true"})
        with _reading():
            return self._counted(catalogue.event_answer(body))

    async def events(
        self, *, status: str = "open", series_ticker: str = "", with_markets: bool = True
    ) -> tuple[EventRead, ...]:
        """Return events with any market of `status`: unopened, open, closed, settled or ""."""
        params = _filled(
            status=status,
            series_ticker=series_ticker,
            with_nested_markets="true" if with_markets else "",
        )
        found: list[EventRead] = []
        for item in await self._scan(pager.EVENTS, params):
            try:
                found.append(self._counted(catalogue.event_item(item)))
            except BodyError:
                self.unreadable += 1
        return tuple(found)

    async def markets(
        self,
        *,
        status: str = "",
        event_ticker: str = "",
        series_ticker: str = "",
        tickers: Iterable[str] = (),
    ) -> MarketsListed:
        """Return markets with their quotes, combos left out. `status` is a filter word (unopened,
        open, paused, closed, settled), not a market's own status.
        """
        names = list(tickers)
        chunks = [
            names[at : at + TICKERS_A_QUERY] for at in range(0, len(names), TICKERS_A_QUERY)
        ] or [[]]
        items: list[msgspec.Raw] = []
        for chunk in chunks:
            params = _filled(
                status=status,
                event_ticker=event_ticker,
                series_ticker=series_ticker,
                tickers=",".join(chunk),
                mve_filter="" if chunk else "exclude",
            )
            items += await self._scan(pager.MARKETS, params)
        listed, skipped = catalogue.listing(items)
        self.unreadable += skipped
        return listed

    async def market(self, ticker: str) -> MarketsListed:
        """Return one market with its quote."""
        body = await self._http.read(f"/markets/{quote(ticker, safe='')}")
        with _reading():
            return catalogue.market_answer(body)

    async def orderbook(self, ticker: str) -> BookSnapshot:
        """Return the whole book of a market, without a clock."""
        if not is_ticker(ticker):
            raise ReadFailedError("This is not a ticker.")
        body = await self._http.read(f"/markets/{quote(ticker, safe='')}/orderbook")
        with _reading():
            return decode.snapshot(ticker, read_body(body, schemas.BookAnswer))

    async def fetch(self, path: str, params: dict[str, str]) -> bytes:
        """Return the body of a GET as it was sent: for readers that keep it (`api.history`)."""
        return await self._http.read(path, params)

    async def _scan(
        self, endpoint: pager.ListEndpoint, params: dict[str, str]
    ) -> list[msgspec.Raw]:
        scan = pager.Pager(endpoint, params)
        items: list[msgspec.Raw] = []
        while (query := scan.query) is not None:
            page = await self._http.read(endpoint.path, query)
            with _reading():
                items += scan.receive(page)
        return items

    def _counted(self, read: EventRead) -> EventRead:
        self.unreadable += read.skipped
        return read


@contextmanager
def _reading() -> Iterator[None]:
    """An unreadable body of a read is a read that failed."""
    try:
        yield
    except BodyError as error:
        raise ReadFailedError(error.reason) from None


def _each(
    items: Iterable[msgspec.Raw], kind: type[_B], convert: Callable[[_B], _T]
) -> tuple[_T, ...]:
    with _reading():
        return tuple(convert(read_body(item, kind)) for item in items)


def _filled(**params: str) -> dict[str, str]:
    return {name: value for name, value in params.items() if value}


def _number(value: int | None) -> str:
    return "" if value is None else str(value)

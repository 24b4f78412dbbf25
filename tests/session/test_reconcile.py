"""What is believed follows what the exchange says; a doubtful order is looked for until found."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from kalshi_tui.api.catalogue import EventRead, SeriesRead
from kalshi_tui.api.decode import Cutoff
from kalshi_tui.api.errors import DeniedError, ReadFailedError
from kalshi_tui.core import events as e
from kalshi_tui.core.effects import Intent, Read, StateEntry
from kalshi_tui.core.engine import Engine
from kalshi_tui.core.environments import Mode
from kalshi_tui.core.fees import FeeSchedule, FeeType
from kalshi_tui.core.market import Market, MarketStatus, grid_of
from kalshi_tui.core.orders import OrderState, OrderTerms
from kalshi_tui.core.risk import Limits
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.text import NO_TEXT
from kalshi_tui.core.units import Count, Money, Price
from kalshi_tui.core.views import FillsView, OrdersView, Pane, PositionsView
from kalshi_tui.session.reads import Reads
from kalshi_tui.session.reconcile import RESTART_OVERLAP_S, Reconciler
from kalshi_tui.session.resolver import LOOK_UP_S
from kalshi_tui.session.tasks import Tasks
from tests.session.manual import ManualClock

TERMS = OrderTerms("KX-A", BookSide.BID, Price(5600), Count(100))
MARKET = Market("KX-A", "KX", NO_TEXT, MarketStatus.ACTIVE, grid_of((0, 10_000, 100)), 1)


def report(order_id: str, coid: str, status: e.ReportedStatus, filled: int = 0) -> e.OrderReported:
    is_resting = status is e.ReportedStatus.RESTING
    return e.OrderReported(
        order_id=order_id,
        client_order_id=coid,
        ticker="KX-A",
        side=BookSide.BID,
        price=Price(5600),
        status=status,
        initial=Count(100),
        filled=Count(filled),
        remaining=Count(100 - filled if is_resting else 0),
        fees=Money(0),
        created_ms=1,
        updated_ms=2,
    )


def fill(number: int, order_id: str = "o1") -> e.Filled:
    return e.Filled(
        trade_id=f"t{number}",
        order_id=order_id,
        client_order_id="",
        ticker="KX-A",
        side=BookSide.BID,
        price=Price(5600),
        count=Count(50),
        fee=Money(0),
        is_taker=True,
        ts_ms=number,
    )


@dataclass
class Exchange:
    """Scripted answers; an exception in place of one is raised."""

    clock_offset_ns: int = 0
    clock_uncertainty_ns: int | None = 0
    as_of_ns: int | None = None
    """To when reads are current; None where that cannot be asked."""
    cutoff_ns: int = 0
    archive: tuple[e.OrderReported, ...] = ()
    archived_fill_list: tuple[e.Filled, ...] = ()
    position_list: tuple[e.PositionReported, ...] = ()
    book: dict[str, e.OrderReported] = field(default_factory=dict)
    fill_list: tuple[e.Filled, ...] = ()
    scan_errors: list[Exception] = field(default_factory=list)
    asked: list[object] = field(default_factory=list)
    event_list: tuple[EventRead, ...] = ()
    unreadable_series: bool = False

    async def market(self, ticker: str) -> e.MarketsListed:
        self.asked.append(("market", ticker))
        return e.MarketsListed((MARKET,))

    async def balance(self) -> e.BalanceReported:
        return e.BalanceReported(Money(1), Money(1))

    async def positions(self) -> tuple[e.PositionReported, ...]:
        return self.position_list

    async def user_data_timestamp(self) -> int:
        self.asked.append("as of")
        if self.as_of_ns is None:
            raise ReadFailedError("No answer.")
        return self.as_of_ns

    async def cutoff(self) -> Cutoff:
        self.asked.append("cutoff")
        return Cutoff(self.cutoff_ns, self.cutoff_ns)

    async def archived_orders(
        self, *, ticker: str = "", min_ts_s: int | None = None
    ) -> tuple[e.OrderReported, ...]:
        self.asked.append(("archived orders", ticker, min_ts_s))
        return self.archive

    async def archived_fills(
        self, *, ticker: str = "", min_ts_s: int | None = None
    ) -> tuple[e.Filled, ...]:
        self.asked.append(("archived fills", ticker, min_ts_s))
        return self.archived_fill_list

    async def orders(
        self, *, status: str = "", ticker: str = "", min_ts_s: int | None = None
    ) -> tuple[e.OrderReported, ...]:
        self.asked.append(("orders", status, ticker, min_ts_s))
        if self.scan_errors:
            raise self.scan_errors.pop(0)
        return tuple(each for each in self.book.values() if status in ("", each.status.value))

    async def order(self, order_id: str) -> e.OrderReported:
        self.asked.append(("order", order_id))
        if order_id not in self.book:
            raise DeniedError(404, "not_found")
        return self.book[order_id]

    async def fills(
        self, *, order_id: str = "", min_ts_s: int | None = None
    ) -> tuple[e.Filled, ...]:
        self.asked.append(("fills", order_id, min_ts_s))
        return self.fill_list

    async def queue_positions(self) -> e.QueuesReported:
        return e.QueuesReported(())

    async def account_limits(self) -> object:
        self.asked.append("limits")
        return None

    async def endpoint_costs(self) -> object:
        self.asked.append("costs")
        return None

    async def events(self) -> tuple[EventRead, ...]:
        return self.event_list

    async def series(self, ticker: str) -> SeriesRead:
        if self.unreadable_series:
            raise ReadFailedError("No answer.")
        return SeriesRead(ticker, NO_TEXT, NO_TEXT, FeeSchedule())


class Stage:
    def __init__(self, exchange: Exchange) -> None:
        self.clock = ManualClock()
        self.exchange = exchange
        self.engine = Engine(mode=Mode.CONFIRM, limits=Limits())
        self.facts: list[e.Fact] = []
        self.slept: list[float] = []
        self.at_sleep: Callable[[], None] = lambda: None
        self.absorb(e.Tick(self.clock.mono_ns(), self.clock.wall_ns()))
        self.sign_times: dict[str, tuple[int, ...]] = {}
        self.reconciler = self.make(newest_fill_ms=0)

    def make(self, *, newest_fill_ms: int) -> Reconciler:
        return Reconciler(
            self.exchange,
            view=self.engine.view,
            absorb=self.absorb,
            clock=self.clock,
            sign_times=lambda coid: self.sign_times.get(coid, ()),
            newest_fill_ms=newest_fill_ms,
            sleep=self.sleep,
        )

    def absorb(self, *facts: e.Fact) -> None:
        for fact in facts:
            self.facts.append(fact)
            self.engine.handle(fact)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at_sleep()
        await asyncio.sleep(0)

    def restore(self, state: OrderState, order_id: str = "") -> None:
        wall_ns = self.clock.wall_ns() - 10**9
        self.engine.restore(
            [Intent("c1", TERMS, wall_ns), StateEntry("c1", state, wall_ns, order_id)]
        )

    def state(self) -> OrderState:
        view = self.engine.view((Pane.ORDERS, ""))
        assert isinstance(view, OrdersView)
        (row,) = [each for each in (*view.live, *view.done) if each.client_order_id == "c1"]
        return row.state

    async def resolve(self) -> None:
        """Run the resolver until nothing is in doubt."""
        task = asyncio.create_task(self.reconciler.resolve())
        self.reconciler.doubt()
        for _ in range(200):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait({task})


async def test_TO35_an_order_whose_sending_began_before_the_end_is_looked_up_and_found() -> None:
    exchange = Exchange(book={"o1": report("o1", "c1", e.ReportedStatus.RESTING)})
    stage = Stage(exchange)
    stage.restore(OrderState.SENDING)
    assert stage.state() is OrderState.IN_DOUBT
    await stage.resolve()
    assert stage.state() is OrderState.RESTING
    assert stage.slept == [LOOK_UP_S[0]]


async def test_TO15_a_doubtful_order_that_was_executed_is_found_with_its_fills() -> None:
    executed = report("o1", "c1", e.ReportedStatus.EXECUTED, filled=100)
    stage = Stage(Exchange(book={"o1": executed}, fill_list=(fill(1), fill(2))))
    stage.restore(OrderState.IN_DOUBT)
    await stage.resolve()
    assert stage.state() is OrderState.EXECUTED
    fills = stage.engine.view((Pane.FILLS, ""))
    assert isinstance(fills, FillsView)
    assert [each.trade_id for each in fills.rows] == ["t2", "t1"]


async def test_TO17_an_order_that_is_not_found_stays_in_doubt_through_errors_and_for_ever() -> None:
    stage = Stage(Exchange(scan_errors=[ReadFailedError("No answer.")] * 3))
    stage.restore(OrderState.IN_DOUBT)
    await stage.resolve()
    assert stage.state() is OrderState.IN_DOUBT
    assert len(stage.slept) > 10
    assert stage.slept[-1] == LOOK_UP_S[-1]


async def test_the_look_up_reaches_back_behind_the_intent_on_the_exchanges_clock() -> None:
    exchange = Exchange(clock_offset_ns=5 * 10**9)
    stage = Stage(exchange)
    stage.restore(OrderState.IN_DOUBT)
    created_s = stage.clock.wall_ns() // 10**9 - 1
    await stage.resolve()
    assert ("orders", "", "KX-A", created_s + 5 - 60) in exchange.asked


async def test_another_orders_report_does_not_settle_a_doubtful_one() -> None:
    stage = Stage(Exchange(book={"o2": report("o2", "c2", e.ReportedStatus.RESTING)}))
    stage.restore(OrderState.IN_DOUBT)
    await stage.resolve()
    assert stage.state() is OrderState.IN_DOUBT


async def test_TC18_a_sweep_reports_orders_fills_and_positions_oldest_fill_first() -> None:
    resting = report("o1", "c1", e.ReportedStatus.RESTING)
    stage = Stage(Exchange(book={"o1": resting}, fill_list=(fill(2), fill(1))))
    await stage.reconciler.sweep()
    swept = stage.facts[-1]
    assert isinstance(swept, e.Swept)
    assert swept.orders == (resting,)
    assert [each.trade_id for each in swept.fills] == ["t1", "t2"]


async def test_TO32_an_order_that_does_not_rest_any_more_is_read_by_itself() -> None:
    exchange = Exchange(book={"o1": report("o1", "c1", e.ReportedStatus.CANCELED)})
    stage = Stage(exchange)
    stage.restore(OrderState.RESTING, "o1")
    await stage.reconciler.sweep()
    assert stage.state() is OrderState.CANCELED


async def test_TO32_a_404_alone_proves_nothing() -> None:
    stage = Stage(Exchange())
    stage.restore(OrderState.RESTING, "o1")
    await stage.reconciler.sweep()
    assert stage.state() is OrderState.RESTING


async def test_later_sweeps_read_fills_from_the_newest_known_one() -> None:
    exchange = Exchange(fill_list=(fill(1_700_000_100_000),))
    stage = Stage(exchange)
    await stage.reconciler.sweep()
    await stage.reconciler.sweep()
    assert exchange.asked[-2:] == [("orders", "resting", "", None), ("fills", "", 1_700_000_040)]


async def test_a_sweep_that_fails_reports_nothing() -> None:
    stage = Stage(Exchange(scan_errors=[ReadFailedError("No answer.")]))
    with pytest.raises(ReadFailedError):
        await stage.reconciler.sweep()
    assert not any(isinstance(each, e.Swept) for each in stage.facts)


def event(ticker: str, fee_type: FeeType | None) -> EventRead:
    market = replace(MARKET, ticker=f"{ticker}-M", event_ticker=ticker)
    listed = e.MarketsListed((market,))
    return EventRead(ticker, "KXS", NO_TEXT, NO_TEXT, NO_TEXT, False, fee_type, None, listed)


async def test_markets_are_listed_before_their_fees_and_an_events_override_wins() -> None:
    events = (event("EV1", None), event("EV2", FeeType.QUADRATIC_WITH_MAKER_FEES))
    stage = Stage(Exchange(event_list=events))
    await stage.reconciler.read_fees(await stage.reconciler.list_markets())
    assert [type(each) for each in stage.facts[1:]] == [e.MarketsListed] * 2 + [e.FeesRead] * 2
    assert {(each.tickers, each.fees.fee_type) for each in stage.facts[3:]} == {  # type: ignore[union-attr]
        (("EV1-M",), FeeType.QUADRATIC),
        (("EV2-M",), FeeType.QUADRATIC_WITH_MAKER_FEES),
    }


async def test_markets_whose_fees_cannot_be_read_are_listed_all_the_same() -> None:
    stage = Stage(Exchange(event_list=(event("EV1", None),), unreadable_series=True))
    await stage.reconciler.read_fees(await stage.reconciler.list_markets())
    assert [type(each) for each in stage.facts[1:]] == [e.MarketsListed, e.RequestFailed]


class Paced:
    """A read that says when it runs and pauses that end when the test says so."""

    def __init__(self) -> None:
        self.runs = 0
        self.error: ReadFailedError | None = None
        self.pause = asyncio.Event()

    async def read(self) -> None:
        self.runs += 1
        if self.error is not None:
            raise self.error

    async def sleep(self, _seconds: float) -> None:
        await self.pause.wait()


async def test_FL07_reads_are_merged_while_one_runs_or_pauses() -> None:
    paced, facts = Paced(), list[e.Fact]()
    async with asyncio.TaskGroup() as group:
        tasks = Tasks(group, facts.append)  # type: ignore[arg-type]
        reads = Reads(
            {Read.BALANCE: paced.read}, tasks=tasks, absorb=facts.append, sleep=paced.sleep
        )
        for _ in range(5):
            reads.want(Read.BALANCE)
        await asyncio.sleep(0)
        assert paced.runs == 1
        reads.want(Read.BALANCE)
        reads.want(Read.BALANCE)
        await asyncio.sleep(0)
        assert paced.runs == 1
        paced.pause.set()
    assert paced.runs == 2
    assert facts == []


async def test_a_read_that_fails_is_reported_in_the_users_words() -> None:
    paced, facts = Paced(), list[e.Fact]()
    paced.error = ReadFailedError("No answer.")
    paced.pause.set()
    async with asyncio.TaskGroup() as group:
        tasks = Tasks(group, facts.append)  # type: ignore[arg-type]
        reads = Reads({Read.SWEEP: paced.read}, tasks=tasks, absorb=facts.append, sleep=paced.sleep)
        reads.want(Read.SWEEP)
    assert facts == [e.RequestFailed("orders, fills and positions", "No answer.")]


async def test_FE13_a_drill_down_reads_the_order_and_its_fills_by_its_id() -> None:
    executed = report("o1", "c1", e.ReportedStatus.EXECUTED, filled=100)
    stage = Stage(Exchange(book={"o1": executed}, fill_list=(fill(1), fill(2))))
    stage.restore(OrderState.RESTING, "o1")
    await stage.reconciler.drill_down("o1")
    assert ("order", "o1") in stage.exchange.asked
    assert ("fills", "o1", None) in stage.exchange.asked
    assert stage.state() is OrderState.EXECUTED
    view = stage.engine.view((Pane.FILLS, ""))
    assert isinstance(view, FillsView)
    assert len(view.rows) == 2


async def test_FE06_positions_that_cannot_be_read_are_not_flat() -> None:
    class NoPositions(Exchange):
        async def positions(self) -> tuple[e.PositionReported, ...]:
            raise ReadFailedError("No answer.")

    stage = Stage(NoPositions())
    held = e.PositionReported("KX-A", Count(700), Money(1), Money(0), Money(0), 5)
    stage.absorb(held)
    with pytest.raises(ReadFailedError):
        await stage.reconciler.sweep()
    assert not any(isinstance(each, e.Swept) for each in stage.facts)
    view = stage.engine.view((Pane.POSITIONS, ""))
    assert isinstance(view, PositionsView)
    assert [row.position for row in view.rows] == [700]


async def test_FE06_an_empty_list_of_positions_is_flat() -> None:
    stage = Stage(Exchange(as_of_ns=10**18))
    stage.absorb(e.PositionReported("KX-A", Count(700), Money(1), Money(0), Money(0), 5))
    await stage.reconciler.sweep()
    view = stage.engine.view((Pane.POSITIONS, ""))
    assert isinstance(view, PositionsView)
    assert [row.position for row in view.rows if row.position] == []


async def test_FE06_a_read_that_lags_behind_a_fill_does_not_make_its_position_flat() -> None:
    stage = Stage(Exchange(as_of_ns=40_000_000))
    stage.absorb(fill(50))
    await stage.reconciler.sweep()
    view = stage.engine.view((Pane.POSITIONS, ""))
    assert isinstance(view, PositionsView)
    assert [row.position for row in view.rows] == [50]


async def test_TO32_a_404_is_told_with_the_time_to_which_reads_were_current_before_it() -> None:
    stage = Stage(Exchange(as_of_ns=77))
    stage.restore(OrderState.RESTING, "o1")
    await stage.reconciler.drill_down("o1")
    assert e.OrderNotFound("o1", 77, history=False) in stage.facts
    assert stage.exchange.asked.index("as of") < stage.exchange.asked.index(("order", "o1"))


async def test_TO32_without_that_time_a_404_is_not_told() -> None:
    stage = Stage(Exchange(as_of_ns=None))
    stage.restore(OrderState.RESTING, "o1")
    await stage.reconciler.drill_down("o1")
    assert not any(isinstance(each, e.OrderNotFound) for each in stage.facts)


async def test_TO32_a_refusal_of_another_kind_is_not_told_as_not_found() -> None:
    class Locked(Exchange):
        async def order(self, order_id: str) -> e.OrderReported:
            raise DeniedError(401, "unauthorized")

    stage = Stage(Locked(as_of_ns=77))
    stage.restore(OrderState.RESTING, "o1")
    await stage.reconciler.drill_down("o1")
    assert isinstance(stage.facts[-1], e.RequestFailed)
    assert not any(isinstance(each, e.OrderNotFound) for each in stage.facts)


async def test_TO32_an_order_of_long_ago_is_found_among_the_historical_ones() -> None:
    gone = report("o1", "c1", e.ReportedStatus.EXECUTED, filled=100)
    stage = Stage(Exchange(as_of_ns=77, archive=(gone,), archived_fill_list=(fill(1), fill(2))))
    stage.restore(OrderState.RESTING, "o1")
    await stage.reconciler.drill_down("o1", history=True)
    assert stage.state() is OrderState.EXECUTED
    view = stage.engine.view((Pane.FILLS, ""))
    assert isinstance(view, FillsView)
    assert len(view.rows) == 2


async def test_FE13_an_order_that_is_over_is_looked_for_where_it_can_be_in_the_archive() -> None:
    gone = report("o1", "c1", e.ReportedStatus.EXECUTED, filled=100)
    stage = Stage(Exchange(as_of_ns=77, archive=(gone,), archived_fill_list=(fill(1), fill(2))))
    stage.restore(OrderState.EXECUTED, "o1")
    await stage.reconciler.drill_down("o1", history=True)
    whole_archive = ("archived orders", "", None)
    assert whole_archive not in stage.exchange.asked


async def test_TO32_what_is_not_there_either_is_told_so() -> None:
    other = report("o2", "c2", e.ReportedStatus.EXECUTED, filled=100)
    stage = Stage(Exchange(as_of_ns=77, archive=(other,)))
    stage.restore(OrderState.RESTING, "o1")
    await stage.reconciler.drill_down("o1", history=True)
    assert e.OrderNotFound("o1", 77, history=True) in stage.facts
    assert stage.state() is OrderState.RESTING


async def test_FK09_a_scan_says_to_when_it_is_current_and_when_it_began() -> None:
    resting = report("o1", "c1", e.ReportedStatus.RESTING)
    stage = Stage(Exchange(book={"o1": resting}, as_of_ns=77, clock_offset_ns=5))
    await stage.reconciler.scan()
    assert stage.exchange.asked == ["as of", ("orders", "resting", "", None)]
    assert stage.facts[-1] == e.ScanCompleted((resting,), stage.clock.wall_ns() + 5, 77)


async def test_FK09_a_scan_that_fails_counts_nothing() -> None:
    stage = Stage(Exchange(as_of_ns=77, scan_errors=[ReadFailedError("No answer.")]))
    with pytest.raises(ReadFailedError):
        await stage.reconciler.scan()
    assert not any(isinstance(each, e.ScanCompleted) for each in stage.facts)


async def test_the_first_sweep_after_a_restart_reads_fills_from_before_the_newest_known() -> None:
    stage = Stage(Exchange())
    await stage.make(newest_fill_ms=1_700_000_100_000).sweep()
    assert stage.exchange.asked[-1] == ("fills", "", 1_700_000_100 - RESTART_OVERLAP_S)

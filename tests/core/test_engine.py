"""The engine: public data, the session's own facts, and what the views show of them."""

from typing import NoReturn

from kalshi_tui.core import commands as c
from kalshi_tui.core import effects as fx
from kalshi_tui.core import events as e
from kalshi_tui.core.book import Level
from kalshi_tui.core.engine import Engine
from kalshi_tui.core.environments import Mode
from kalshi_tui.core.fees import FeeSchedule
from kalshi_tui.core.market import Market, MarketStatus
from kalshi_tui.core.risk import Limits
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Money, Price
from kalshi_tui.core.views import (
    LadderView,
    MarketsView,
    Pane,
    PositionsView,
    StatusView,
    TapeView,
)
from tests.support.facts import (
    ASKS,
    BIDS,
    NOON_NS,
    SECOND,
    TICKER,
    market,
    notices,
    ready_engine,
    terms,
)


def ladder_of(engine: Engine, ticker: str = TICKER) -> LadderView:
    view = engine.view((Pane.LADDER, ticker))
    assert isinstance(view, LadderView)
    return view


def status_of(engine: Engine) -> StatusView:
    view = engine.view((Pane.STATUS, ""))
    assert isinstance(view, StatusView)
    return view


def delta(side: BookSide, price: int, change: int) -> e.BookDelta:
    return e.BookDelta(TICKER, side, Price(price), Count(change), 2, 0, "")


def trade(price: int = 3800, size: int = 100, taker: BookSide = BookSide.BID) -> e.Traded:
    return e.Traded(TICKER, Price(price), Count(size), taker, "t", 7)


def test_every_fact_and_command_has_a_handler() -> None:
    handled = set(Engine(mode=Mode.VIEW, limits=Limits())._handlers)
    for union in (e.Fact, c.Command):
        for each in union.__args__:
            assert each in handled, each


def test_the_busiest_active_market_of_the_first_listing_is_watched_at_once() -> None:
    engine = Engine(mode=Mode.CONFIRM, limits=Limits())
    closed = market(ticker="CLOSED", status=MarketStatus.CLOSED, volume=Count(900))
    quiet = market(ticker="QUIET", volume=Count(1))
    assert engine.handle(e.MarketsListed((closed,))) == []
    listed = e.MarketsListed((closed, quiet, market(volume=Count(500))))
    assert engine.handle(listed) == [fx.WatchBooks((TICKER,))]
    assert engine.handle(e.MarketsListed((market(ticker="BUSY", volume=Count(999)),))) == []


def test_among_equally_busy_markets_the_most_even_one_is_watched() -> None:
    engine = Engine(mode=Mode.CONFIRM, limits=Limits())
    tail = e.Quoted("TAIL", Price(300), Price(500), Count(1), Count(1), None, Count(0), 0)
    bare = market(ticker="BARE")
    (effect,) = engine.handle(
        e.MarketsListed((market(ticker="TAIL"), bare, market()), (tail, quoted(3600, 0, ask=3700)))
    )
    assert effect == fx.WatchBooks((TICKER,))


def test_a_delta_moves_the_ladder_and_nothing_else() -> None:
    engine = ready_engine()
    assert engine.handle(delta(BookSide.BID, 3700, -12_000)) == []
    assert engine.take_dirty() == {(Pane.LADDER, TICKER)}
    assert ladder_of(engine).best_bid == Level(Price(3600), Count(45_050))
    assert engine.take_dirty() == set()


def test_FD26_an_impossible_delta_asks_for_a_repair() -> None:
    engine = ready_engine()
    (effect,) = engine.handle(delta(BookSide.BID, 3700, -12_001))
    assert isinstance(effect, fx.RepairBook)
    assert effect.ticker == TICKER


def test_an_impossible_snapshot_asks_for_a_repair() -> None:
    engine = ready_engine()
    (effect,) = engine.handle(e.BookSnapshot(TICKER, ((Price(0), Count(1)),), (), 1, 0))
    assert isinstance(effect, fx.RepairBook)


def test_a_delta_of_a_market_that_is_not_watched_is_nothing() -> None:
    engine = ready_engine()
    other = e.BookDelta("OTHER", BookSide.BID, Price(1), Count(-1), 1, 0, "")
    assert engine.handle(other) == []
    assert engine.take_dirty() == set()


def test_a_stale_book_says_why_once_and_keeps_its_levels() -> None:
    engine = ready_engine()
    engine.handle(e.Tick(5 * SECOND, NOON_NS + 5 * SECOND))
    stale = e.BookStatusChanged(TICKER, e.BookStatus.STALE, "a gap of 2 frames")
    assert notices(engine.handle(stale)) == [f"{TICKER} is STALE: a gap of 2 frames"]
    assert engine.handle(stale) == []
    seen = ladder_of(engine)
    assert (seen.status, seen.since_mono_ns) == (e.BookStatus.STALE, 5 * SECOND)
    assert (seen.bids, seen.asks) == (BIDS, ASKS)


def test_a_repaired_book_says_how_long_it_was_doubtful() -> None:
    engine = ready_engine()
    engine.handle(e.BookStatusChanged(TICKER, e.BookStatus.STALE, "a gap"))
    engine.handle(e.Tick(SECOND + 1_250_000_000, NOON_NS))
    live = e.BookStatusChanged(TICKER, e.BookStatus.LIVE)
    assert notices(engine.handle(live)) == [f"{TICKER} is LIVE again after 1,250 ms"]
    assert engine.handle(live) == []


def test_TB18_a_lost_connection_makes_every_book_stale_at_once() -> None:
    engine = ready_engine()
    lost = e.ConnectionChanged(e.ConnectionState.IDLE, "the connection closed (1006)")
    assert notices(engine.handle(lost)) == ["the connection closed (1006)"]
    assert ladder_of(engine).status is e.BookStatus.STALE
    assert status_of(engine).connection is e.ConnectionState.IDLE
    assert status_of(engine).latency_ns is None


def test_a_trade_is_on_the_tape_and_on_the_ladder() -> None:
    engine = ready_engine()
    engine.handle(trade(3800, 50))
    engine.handle(trade(3700, 70, BookSide.ASK))
    tape = engine.view((Pane.TAPE, TICKER))
    assert isinstance(tape, TapeView)
    assert [row.price for row in tape.rows] == [3700, 3800]
    last = ladder_of(engine).last
    assert last is not None
    assert last.price == 3700


def test_watching_another_market_replaces_the_books_wanted() -> None:
    engine = ready_engine()
    engine.handle(e.MarketsListed((market(ticker="OTHER"),)))
    assert engine.handle(c.Watch("OTHER")) == [fx.WatchBooks(("OTHER",))]
    assert engine.view((Pane.LADDER, TICKER)) is None
    assert ladder_of(engine, "OTHER").status is e.BookStatus.EMPTY
    assert notices(engine.handle(c.Watch("NOWHERE"))) == [
        "NOWHERE is not a market of this exchange."
    ]


def test_fees_survive_a_new_listing() -> None:
    engine = ready_engine()
    schedule = FeeSchedule(multiplier=500_000)
    engine.handle(e.FeesRead((TICKER, "UNKNOWN"), schedule))
    engine.handle(e.MarketsListed((market(fees_known=False, title="New words"),)))
    seen = ladder_of(engine).market
    assert (seen.fees, seen.fees_known, seen.title) == (schedule, True, "New words")


def test_a_lifecycle_event_changes_only_what_it_names() -> None:
    engine = ready_engine()
    engine.handle(e.MarketChanged(TICKER, status=MarketStatus.INACTIVE))
    seen = ladder_of(engine).market
    assert seen.status is MarketStatus.INACTIVE
    assert seen.grid == market().grid
    assert engine.handle(e.MarketChanged("NOWHERE")) == []


def quoted(bid: int, ts_ms: int, ask: int | None = None) -> e.Quoted:
    offer = None if ask is None else Price(ask)
    return e.Quoted(TICKER, Price(bid), offer, Count(1), Count(0), Price(3700), Count(500), ts_ms)


def test_the_finder_shows_quotes_and_an_older_one_changes_nothing() -> None:
    engine = ready_engine()
    engine.handle(e.BookStatusChanged(TICKER, e.BookStatus.STALE))
    engine.handle(quoted(3600, 10))
    engine.handle(quoted(1000, 9))
    markets = engine.view((Pane.MARKETS, ""))
    assert isinstance(markets, MarketsView)
    (row,) = markets.rows
    assert (row.bid, row.ask, row.last, row.volume) == (3600, None, 3700, 500)


def test_a_live_book_beats_a_quote() -> None:
    engine = ready_engine()
    engine.handle(quoted(1000, 10))
    markets = engine.view((Pane.MARKETS, ""))
    assert isinstance(markets, MarketsView)
    assert (markets.rows[0].bid, markets.rows[0].ask) == (3700, 3800)


def test_positions_are_listed_with_the_touch() -> None:
    engine = ready_engine()
    engine.handle(e.PositionReported(TICKER, Count(-500), Money(3), Money(2), Money(1), 5))
    engine.handle(e.PositionReported("FLAT", Count(0), Money(0), Money(2), Money(1), 5))
    view = engine.view((Pane.POSITIONS, ""))
    assert isinstance(view, PositionsView)
    (row,) = view.rows
    assert (row.ticker, row.position, row.bid, row.ask) == (TICKER, -500, 3700, 3800)
    assert ladder_of(engine).position == -500


def test_the_clock_touches_the_status_line_once_a_second() -> None:
    engine = ready_engine()
    engine.handle(e.Tick(SECOND + 1, NOON_NS + 1))
    assert engine.take_dirty() == set()
    engine.handle(e.Tick(2 * SECOND, NOON_NS + SECOND))
    assert engine.take_dirty() == {(Pane.STATUS, "")}
    assert status_of(engine).wall_ns == NOON_NS + SECOND


def test_arming_moves_between_view_and_confirm() -> None:
    engine = ready_engine()
    assert notices(engine.handle(c.Arm(Mode.VIEW))) == ["the keyboard is in VIEW"]
    assert status_of(engine).mode is Mode.VIEW
    assert engine.handle(c.Arm(Mode.VIEW)) == []
    engine.handle(c.Arm(Mode.ONE_KEY))
    assert status_of(engine).mode is Mode.VIEW


def test_a_read_only_session_stays_in_view_and_says_why() -> None:
    engine = Engine(mode=Mode.CONFIRM, limits=Limits(), read_only="The disk is read-only.")
    assert status_of(engine).mode is Mode.VIEW
    assert notices(engine.handle(c.Arm(Mode.CONFIRM))) == ["The disk is read-only."]
    assert status_of(engine).mode is Mode.VIEW


def test_session_facts_reach_the_status_line() -> None:
    engine = ready_engine()
    engine.handle(e.LatencyMeasured(9_000_000))
    engine.handle(e.ExchangeStatusRead(exchange_active=True, trading_active=False))
    seen = status_of(engine)
    assert (seen.latency_ns, seen.trading_active, seen.cash) == (9_000_000, False, 1_000_000_000)
    assert notices(engine.handle(e.RequestFailed("balance", "timeout"))) == [
        "could not read balance: timeout"
    ]


class Unread(dict[str, Market]):
    """Listings that may be looked up and not gone through."""

    def __iter__(self) -> NoReturn:
        raise AssertionError("every listed market is looked at")

    def values(self) -> NoReturn:
        raise AssertionError("every listed market is looked at")

    def items(self) -> NoReturn:
        raise AssertionError("every listed market is looked at")


def test_FL12_what_the_clock_drives_does_not_grow_with_the_markets_that_are_listed() -> None:
    engine = ready_engine()
    listed = tuple(market(ticker=f"KX-{number}") for number in range(10_000))
    engine.handle(e.MarketsListed(listed))
    board = engine._state.board
    board.markets = Unread(board.markets)
    for second in range(2, 130):
        engine.handle(e.Tick(second * SECOND, NOON_NS + second * SECOND))
    found = engine.handle(c.Place("mine-1", terms()))
    assert any(isinstance(each, fx.Submit) for each in found)
    engine.handle(e.Tick(131 * SECOND, NOON_NS + 131 * SECOND))

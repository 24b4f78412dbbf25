"""Doubts that only contents show, audits, lag, drift and sleep; nothing doubtful can be sent on."""

import pytest

from kalshi_tui.core import commands as c
from kalshi_tui.core import effects as fx
from kalshi_tui.core import events as e
from kalshi_tui.core.book import Book
from kalshi_tui.core.engine import Engine
from kalshi_tui.core.environments import Mode
from kalshi_tui.core.risk import Limits
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.text import clean_title
from kalshi_tui.core.units import Count, Price
from kalshi_tui.core.views import FeedView, LadderView, Pane, StatusView
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


def lines(effects: list[fx.Effect]) -> list[fx.WriteTrail]:
    return [each for each in effects if isinstance(each, fx.WriteTrail)]


def repairs(effects: list[fx.Effect]) -> list[fx.RepairBook]:
    return [each for each in effects if isinstance(each, fx.RepairBook)]


def status_of(engine: Engine) -> StatusView:
    view = engine.view((Pane.STATUS, ""))
    assert isinstance(view, StatusView)
    return view


def ladder_of(engine: Engine) -> LadderView:
    view = engine.view((Pane.LADDER, TICKER))
    assert isinstance(view, LadderView)
    return view


def place(engine: Engine) -> list[fx.Effect]:
    return engine.handle(c.Place("mine-9", terms()))


def tick(engine: Engine, mono_ns: int) -> list[fx.Effect]:
    return engine.handle(e.Tick(mono_ns, NOON_NS + mono_ns))


def test_every_thousand_changes_a_checksum_of_the_book_goes_to_the_trail() -> None:
    engine = ready_engine()
    (line,) = lines(engine.handle(e.BookCounted(TICKER, 3, 77, 55, 1_000)))
    book = Book()
    book.replace(BIDS, ASKS)
    assert line == fx.WriteTrail(
        TICKER, fx.TrailKind.COUNT, NOON_NS, book.checksum(), 3, 77, 55, 1_000
    )


def test_doubts_and_their_end_go_to_the_trail_with_their_reason() -> None:
    engine = ready_engine()
    stale = e.BookStatusChanged(TICKER, e.BookStatus.STALE, "gap in sid 4.")
    (line,) = lines(engine.handle(stale))
    assert (line.kind, "gap in sid 4" in line.detail) == (fx.TrailKind.DOUBT, True)
    tick(engine, 3 * SECOND)
    engine.handle(e.BookStatusChanged(TICKER, e.BookStatus.SYNCING))
    (line,) = lines(engine.handle(e.BookStatusChanged(TICKER, e.BookStatus.LIVE)))
    assert line.kind is fx.TrailKind.LIVE
    ladder = ladder_of(engine)
    assert ladder.repaired_wall_ns == NOON_NS + 3 * SECOND
    assert (ladder.repaired_after_ns, ladder.repair_reason) == (2 * SECOND, "gap in sid 4")


@pytest.mark.parametrize("source", list(e.AuditSource))
def test_TB15_a_second_copy_that_agrees_is_noted_and_changes_nothing(source: e.AuditSource) -> None:
    engine = ready_engine()
    engine.handle(e.FeedReport(epoch=1))
    found = engine.handle(e.BookAudited(e.BookSnapshot(TICKER, BIDS, ASKS, 9, 0), (), source))
    assert notices(found) == []
    assert repairs(found) == []
    view = engine.view((Pane.FEED, ""))
    assert isinstance(view, FeedView)
    assert view.audit is not None
    assert (view.audit.agrees, view.audit.source) == (True, source.value)


def test_TB15_a_second_copy_that_differs_is_an_alarm_and_a_repair() -> None:
    engine = ready_engine()
    other = ((BIDS[0].price, Count(1)), *BIDS[1:])
    audit = e.BookAudited(e.BookSnapshot(TICKER, other, ASKS, 9, 0), (), e.AuditSource.REST)
    found = engine.handle(audit)
    assert any("ALARM" in text and "REST" in text for text in notices(found))
    (repair,) = repairs(found)
    assert repair.by_audit
    assert "0.01" in repair.reason or "1" in repair.reason
    assert lines(found)[0].kind is fx.TrailKind.AUDIT


def test_TB13_changes_that_the_copy_lacks_are_put_on_it_before_it_is_compared() -> None:
    engine = ready_engine()
    delta = e.BookDelta(TICKER, BookSide.BID, Price(3500), Count(100), 2, 0, "")
    engine.handle(delta)
    copy = e.BookSnapshot(TICKER, BIDS, ASKS, 1, 0)
    assert repairs(engine.handle(e.BookAudited(copy, (delta,), e.AuditSource.SOCKET))) == []
    assert repairs(engine.handle(e.BookAudited(copy, (), e.AuditSource.SOCKET))) != []


def test_an_audit_of_a_book_that_is_not_live_says_nothing() -> None:
    engine = ready_engine()
    engine.handle(e.BookStatusChanged(TICKER, e.BookStatus.STALE, "gap"))
    copy = e.BookSnapshot(TICKER, (), (), 1, 0)
    assert engine.handle(e.BookAudited(copy, (), e.AuditSource.REST)) == []


def test_TB09_a_book_that_stays_crossed_is_repaired_and_one_crossed_in_passing_is_not() -> None:
    engine = ready_engine()
    crossing = e.BookDelta(TICKER, BookSide.BID, Price(3800), Count(100), 2, 0, "")
    engine.handle(crossing)
    engine.handle(crossing._replace(change=Count(-100)))
    assert repairs(tick(engine, 9 * SECOND)) == []
    engine.handle(crossing)
    assert repairs(tick(engine, 9 * SECOND + SECOND // 2)) == []
    (repair,) = repairs(tick(engine, 11 * SECOND))
    assert repair.ticker == TICKER
    assert repairs(tick(engine, 30 * SECOND)) == []


def test_TC09_while_what_arrives_is_old_new_orders_wait_and_cancels_do_not() -> None:
    engine = ready_engine()
    assert notices(engine.handle(e.Lagging(2_500_000_000, "messages are 2.5 s old")))
    assert status_of(engine).lagging_ns == 2_500_000_000
    (text,) = notices(place(engine))
    assert text == "not sent: What arrives is 2.5 s old: new orders wait."
    assert engine.handle(e.Lagging(4_000_000_000)) == []
    assert notices(engine.handle(e.Lagging(0))) == ["what arrives is fresh again"]
    assert any(isinstance(each, fx.Submit) for each in place(engine))


@pytest.mark.parametrize("ticker", [TICKER, ""])
def test_a_drift_of_the_wire_makes_the_market_read_only_and_says_what_changed(ticker: str) -> None:
    engine = ready_engine()
    (text,) = notices(engine.handle(e.WireDrifted(ticker, "price_dollars is missing.")))
    assert "price_dollars is missing" in text
    assert ladder_of(engine).read_only == status_of(engine).drift == "price_dollars is missing."
    assert any("read-only" in text for text in notices(place(engine)))
    assert engine.handle(e.WireDrifted(ticker, "again")) == []


def test_a_drift_in_another_market_leaves_this_one_alone() -> None:
    engine = ready_engine()
    engine.handle(e.WireDrifted("OTHER", "price_dollars is missing."))
    assert status_of(engine).drift == "", "no banner where orders go out"
    assert any(isinstance(each, fx.Submit) for each in place(engine))


@pytest.mark.parametrize(
    ("start", "now", "then"),
    [
        (Mode.VIEW, Mode.CONFIRM, Mode.VIEW),
        (Mode.CONFIRM, Mode.CONFIRM, Mode.CONFIRM),
        (Mode.CONFIRM, Mode.VIEW, Mode.VIEW),
    ],
)
def test_TC13_after_sleep_every_book_is_stale_and_the_keyboard_no_higher_than_at_start(
    start: Mode, now: Mode, then: Mode
) -> None:
    engine = ready_engine(mode=start)
    engine.handle(c.Arm(now))
    (text,) = notices(engine.handle(e.Slept(42 * SECOND)))
    assert "asleep for 42 s" in text
    status, ladder = status_of(engine), ladder_of(engine)
    assert (status.mode, status.resumed_wall_ns) == (then, NOON_NS)
    assert (ladder.status, ladder.bids) == (e.BookStatus.STALE, BIDS)
    assert not any(isinstance(each, fx.Submit) for each in place(engine))


def test_TB12_a_degraded_book_is_shown_and_refuses_orders() -> None:
    engine = ready_engine()
    engine.handle(e.BookStatusChanged(TICKER, e.BookStatus.DEGRADED, "polled over REST."))
    engine.handle(e.BookSnapshot(TICKER, BIDS[:1], ASKS[:1], 0, 0))
    assert ladder_of(engine).bids == BIDS[:1]
    (text,) = notices(place(engine))
    assert "DEGRADED (polled over REST)" in text


@pytest.mark.parametrize(
    "state",
    [e.ConnectionState.IDLE, e.ConnectionState.CONNECTING, e.ConnectionState.REFUSED],
)
def test_TB12_a_degraded_book_owes_nothing_to_the_socket_and_outlives_it(
    state: e.ConnectionState,
) -> None:
    engine = ready_engine()
    engine.handle(e.BookStatusChanged(TICKER, e.BookStatus.DEGRADED, "polled over REST."))
    engine.handle(e.ConnectionChanged(state, "the connection closed (1006)"))
    ladder = ladder_of(engine)
    assert (ladder.status, ladder.reason) == (e.BookStatus.DEGRADED, "polled over REST.")
    assert not any(isinstance(each, fx.Submit) for each in place(engine))


def test_FF01_a_pause_has_a_banner_refuses_orders_and_its_end_sweeps_without_a_restart() -> None:
    engine = ready_engine()
    (text,) = notices(engine.handle(e.ExchangeStatusRead(False, False, clean_title("10:00 ET"))))
    assert text == status_of(engine).maintenance
    assert "back at 10:00 ET" in text
    assert status_of(engine).resume_text == "10:00 ET"
    assert not any(isinstance(each, fx.Submit) for each in place(engine))
    assert engine.handle(e.ExchangeStatusRead(False, False, clean_title("10:00 ET"))) == []
    found = engine.handle(e.ExchangeStatusRead(True, True))
    assert fx.Fetch(fx.Read.SWEEP) in found
    assert status_of(engine).maintenance == ""
    assert any(isinstance(each, fx.Submit) for each in place(engine))


def test_FF02_what_rests_is_still_resting_while_trading_is_paused() -> None:
    engine = ready_engine()
    engine.handle(e.ExchangeStatusRead(True, False))
    assert "still resting" in status_of(engine).maintenance


def test_a_market_that_is_not_watched_alarms_nobody() -> None:
    engine = Engine(mode=Mode.CONFIRM, limits=Limits())
    engine.handle(e.MarketsListed((market(), market(ticker="OTHER"))))
    assert engine.handle(e.BookStatusChanged("OTHER", e.BookStatus.STALE, "gap")) == []
    assert engine.handle(e.BookCounted("NOBODY", 1, 1, 1, 1_000)) == []

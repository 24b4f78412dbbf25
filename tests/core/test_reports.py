"""What the exchange says by itself, and what the journal says at start."""

from kalshi_tui.core import commands as c
from kalshi_tui.core import effects as fx
from kalshi_tui.core import events as e
from kalshi_tui.core.engine import QUEUE_POLL_NS, Engine
from kalshi_tui.core.environments import Mode
from kalshi_tui.core.events import ReportedStatus
from kalshi_tui.core.orders import CancelState, OrderState
from kalshi_tui.core.risk import Limits
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Money, Price
from kalshi_tui.core.views import FillsView, LadderView, OrderRow, OrdersView, Pane
from tests.support.facts import (
    NOON_NS,
    SECOND,
    TICKER,
    fill,
    notices,
    ready_engine,
    report,
    terms,
)

MS = NOON_NS // 1_000_000


def rows(engine: Engine) -> OrdersView:
    view = engine.view((Pane.ORDERS, ""))
    assert isinstance(view, OrdersView)
    return view


def only(engine: Engine) -> OrderRow:
    view = rows(engine)
    (row,) = view.live + view.done
    return row


def resting() -> Engine:
    engine = ready_engine()
    engine.handle(c.Place("mine-1", terms()))
    engine.handle(e.Sending("mine-1", NOON_NS))
    engine.handle(e.Acked("mine-1", "order-1", Count(0), Count(1000), None, 0, 0))
    return engine


def test_queue_positions_show_beside_the_order_and_on_the_ladder() -> None:
    engine = resting()
    engine.handle(e.QueuesReported((("order-1", Count(45_050)), ("stranger", Count(1)))))
    ladder = engine.view((Pane.LADDER, TICKER))
    assert isinstance(ladder, LadderView)
    (own,) = ladder.own
    assert (own.price, own.side, own.count, own.queue) == (3600, BookSide.BID, 1000, 45_050)
    assert not own.is_estimate


def test_a_trade_at_our_price_moves_the_queue_and_marks_it_an_estimate() -> None:
    engine = resting()
    engine.handle(e.QueuesReported((("order-1", Count(500)),)))
    hit = e.Traded(TICKER, Price(3600), Count(200), BookSide.ASK, "t", MS + 2_000)
    assert engine.handle(hit) == [fx.Fetch(fx.Read.QUEUES)]
    assert (only(engine).queue, only(engine).queue_is_estimate) == (300, True)
    lift = e.Traded(TICKER, Price(3600), Count(200), BookSide.BID, "t", 1)
    assert engine.handle(lift) == []
    engine.handle(e.Traded(TICKER, Price(3600), Count(900), BookSide.ASK, "t", MS + 2_000))
    assert only(engine).queue == 0


def test_queue_positions_are_polled_while_something_rests() -> None:
    engine = resting()
    poll = [fx.Fetch(fx.Read.QUEUES)]
    assert engine.handle(e.Tick(SECOND + QUEUE_POLL_NS, NOON_NS)) == poll
    assert engine.handle(e.Tick(SECOND + QUEUE_POLL_NS + 1, NOON_NS)) == []
    engine.handle(report(status=ReportedStatus.CANCELED, remaining=Count(0), updated_ms=MS + 1))
    assert engine.handle(e.Tick(SECOND + 2 * QUEUE_POLL_NS, NOON_NS)) == []


def test_a_fill_is_recorded_once_and_moves_position_and_order() -> None:
    engine = resting()
    effects = engine.handle(fill())
    assert effects[0] == fx.Record(fx.FillEntry("mine-1", fill()))
    assert notices(effects) == ["filled B 4 @36 maker"]
    assert fx.Fetch(fx.Read.BALANCE) in effects
    assert engine.handle(fill()) == []
    assert (only(engine).filled, only(engine).remaining) == (400, 600)
    view = engine.view((Pane.FILLS, ""))
    assert isinstance(view, FillsView)
    assert [row.trade_id for row in view.rows] == ["trade-1"]


def test_fills_are_shown_newest_first_wherever_they_came_from() -> None:
    engine = resting()
    engine.handle(fill(trade_id="late", ts_ms=MS + 9))
    engine.handle(fill(trade_id="early", ts_ms=MS + 1))
    view = engine.view((Pane.FILLS, ""))
    assert isinstance(view, FillsView)
    assert [row.trade_id for row in view.rows] == ["late", "early"]


def test_TO33_an_order_placed_elsewhere_appears_with_its_mark() -> None:
    engine = ready_engine()
    engine.handle(report(client_order_id=""))
    assert only(engine).external
    assert only(engine).state is OrderState.RESTING


def test_TO34_an_unknown_status_is_an_alarm() -> None:
    engine = resting()
    effects = engine.handle(report(status=ReportedStatus.UNKNOWN, updated_ms=MS + 1))
    assert "does not know" in notices(effects)[0]
    assert only(engine).state is OrderState.RESTING


def test_TO19_a_report_that_cannot_be_true_is_an_alarm() -> None:
    engine = ready_engine()
    engine.handle(c.Place("mine-1", terms()))
    engine.handle(e.Sending("mine-1", NOON_NS))
    engine.handle(e.Refused("mine-1", 400, "x"))
    assert "ALARM: mine-1 was rejected" in notices(engine.handle(report()))[0]
    assert only(engine).state is OrderState.RESTING


def swept(*orders: e.OrderReported, **changes: object) -> e.Swept:
    return e.Swept(
        orders=orders,
        fills=changes.get("fills", ()),  # type: ignore[arg-type]
        positions=changes.get("positions", ()),  # type: ignore[arg-type]
        begun_wall_ns=NOON_NS + SECOND,
    )


def test_TC18_a_sweep_takes_orders_fills_and_positions() -> None:
    engine = ready_engine()
    held = e.PositionReported(TICKER, Count(400), Money(7), Money(0), Money(0), MS)
    engine.handle(swept(report(), fills=(fill(),), positions=(held,)))
    assert only(engine).state is OrderState.RESTING
    assert only(engine).filled == 400
    ladder = engine.view((Pane.LADDER, TICKER))
    assert isinstance(ladder, LadderView)
    assert ladder.position == 400
    engine.handle(swept(report()))
    ladder = engine.view((Pane.LADDER, TICKER))
    assert isinstance(ladder, LadderView)
    assert ladder.position == 0


def test_TO33_an_order_that_only_its_fill_tells_of_is_read_and_adopted() -> None:
    engine = ready_engine()
    theirs = fill(order_id="order-9", client_order_id="")
    asked = [
        each for each in engine.handle(swept(fills=(theirs,))) if isinstance(each, fx.DrillDown)
    ]
    assert asked == [fx.DrillDown("order-9")]
    again = engine.handle(swept(fills=(theirs,)))
    assert not [each for each in again if isinstance(each, fx.DrillDown)], "once"
    done = report(
        order_id="order-9",
        client_order_id="theirs",
        status=ReportedStatus.EXECUTED,
        filled=Count(400),
        remaining=Count(0),
    )
    engine.handle(done)
    row = only(engine)
    assert row.external
    assert (row.state, row.filled) == (OrderState.EXECUTED, 400)


def test_TO13_what_ends_a_doubt_is_said_so_that_the_log_does_not_stop_at_it() -> None:
    engine = ready_engine()
    engine.handle(c.Place("mine-1", terms()))
    engine.handle(e.Sending("mine-1", NOON_NS))
    engine.handle(e.OutcomeUnknown("mine-1", "503"))
    said = notices(engine.handle(report()))
    assert said == ["B 10 @36 is no longer in doubt: rests"]
    assert notices(engine.handle(report(updated_ms=MS + 1))) == []


def test_TO14_a_fill_that_ends_a_doubt_says_so_as_well() -> None:
    engine = ready_engine()
    engine.handle(c.Place("mine-1", terms()))
    engine.handle(e.Sending("mine-1", NOON_NS))
    engine.handle(e.OutcomeUnknown("mine-1", "503"))
    said = notices(engine.handle(fill(count=Count(1000))))
    assert any("B 10 @36 is no longer in doubt: filled" in each for each in said)


def drilled(effects: list[fx.Effect]) -> list[fx.Effect]:
    return [each for each in effects if isinstance(each, fx.DrillDown)]


def test_TO33_a_fill_on_the_feed_whose_order_nobody_told_of_has_it_read_once() -> None:
    engine = ready_engine()
    first = fill(order_id="order-9", client_order_id="", trade_id="t1")
    assert drilled(engine.handle(first)) == [fx.DrillDown("order-9")]
    second = fill(order_id="order-9", client_order_id="", trade_id="t2")
    assert drilled(engine.handle(second)) == [], "once"
    engine.handle(report(order_id="order-9", client_order_id="theirs", filled=Count(800)))
    row = only(engine)
    assert row.external
    assert row.filled == 800


def test_TO33_where_that_read_failed_the_next_sweep_asks_once_more() -> None:
    engine = ready_engine()
    theirs = fill(order_id="order-9", client_order_id="")
    engine.handle(theirs)
    engine.handle(e.RequestFailed("the fills of order order-9", "timeout"))
    assert drilled(engine.handle(swept(fills=(theirs,)))) == [fx.DrillDown("order-9")]
    assert drilled(engine.handle(swept(fills=(theirs,)))) == []


def test_a_fill_of_our_own_order_before_its_answer_asks_nothing_of_a_stranger() -> None:
    engine = resting()
    assert drilled(engine.handle(fill())) == []


def test_TO33_a_first_sweep_with_a_week_of_fills_asks_for_the_newest_orders_only() -> None:
    engine = ready_engine()
    week = tuple(
        fill(order_id=f"order-{number}", client_order_id="", trade_id=f"t{number}")
        for number in range(100)
    )
    asked = [each for each in engine.handle(swept(fills=week)) if isinstance(each, fx.DrillDown)]
    assert asked == [fx.DrillDown(f"order-{number}") for number in range(80, 100)]


def test_a_cancel_in_doubt_is_sent_again_when_a_sweep_finds_the_order() -> None:
    engine = resting()
    engine.handle(c.Cancel(("mine-1",)))
    engine.handle(e.CancelUnknown("order-1", "timeout"))
    effects = engine.handle(swept(report(updated_ms=MS + 1)))
    assert fx.SendCancel("order-1", TICKER) in effects
    assert only(engine).cancel is CancelState.PENDING


def restored(*entries: fx.JournalEntry) -> tuple[Engine, list[fx.Effect]]:
    engine = Engine(mode=Mode.CONFIRM, limits=Limits())
    return engine, engine.restore(entries)


INTENT = fx.Intent("mine-1", terms(), NOON_NS)
SENT = fx.StateEntry("mine-1", OrderState.SENDING, NOON_NS)
RESTS = fx.StateEntry("mine-1", OrderState.RESTING, NOON_NS, "order-1")


def test_TO04_an_intent_without_a_send_was_not_sent() -> None:
    engine, effects = restored(INTENT)
    assert only(engine).state is OrderState.NOT_SENT
    assert [type(each) for each in effects] == [fx.Record]


def test_TO35_a_send_without_an_answer_is_in_doubt() -> None:
    engine, effects = restored(INTENT, SENT)
    assert only(engine).state is OrderState.IN_DOUBT
    assert [type(each) for each in effects] == [fx.Record]


def test_a_restart_knows_what_rested_what_filled_and_what_was_external() -> None:
    other = fx.Intent("external:order-2", terms(), NOON_NS, external=True)
    engine, effects = restored(
        INTENT,
        SENT,
        RESTS,
        fx.FillEntry("mine-1", fill()),
        other,
        fx.OrderEntry("external:order-2", report(order_id="order-2", client_order_id="")),
    )
    assert effects == []
    mine, external = sorted(rows(engine).live, key=lambda row: row.order_id)
    assert (mine.order_id, mine.state, mine.filled) == ("order-1", OrderState.RESTING, 400)
    assert external.external
    assert external.state is OrderState.RESTING


def test_the_journal_of_a_session_restores_the_same_orders() -> None:
    engine = resting()
    journal: list[fx.JournalEntry] = [INTENT, SENT, RESTS]
    for fact in (
        fill(),
        report(filled=Count(400), remaining=Count(600), updated_ms=MS + 5),
        report(
            status=ReportedStatus.CANCELED,
            filled=Count(400),
            remaining=Count(0),
            updated_ms=MS + 6,
            reason="Decrease",
        ),
    ):
        journal += [each.entry for each in engine.handle(fact) if isinstance(each, fx.Record)]
    again, _ = restored(*journal)
    assert rows(again).done == rows(engine).done


def test_FC15_an_order_from_elsewhere_is_adopted_from_a_complete_read_and_counts() -> None:
    engine = ready_engine()
    theirs = report(order_id="web-1", client_order_id="", filled=Count(300), remaining=Count(700))
    engine.handle(e.Swept((theirs,), (), (), NOON_NS))
    row = only(engine)
    assert (row.external, row.state, row.remaining) == (True, OrderState.RESTING, 700)
    assert engine._state.exposures.of(TICKER).market.bids == 700
    # Told of again by either road it is still one order.
    engine.handle(e.Swept((theirs,), (), (), NOON_NS))
    engine.handle(report(order_id="web-1", client_order_id="theirs", updated_ms=MS + 1))
    assert only(engine).external
    assert [type(each) for each in engine.handle(c.Cancel((only(engine).client_order_id,)))] == [
        fx.SendCancel
    ]

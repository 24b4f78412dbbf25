"""Order entry: what is recorded, sent, doubted and let go."""

from typing import Any

import pytest

from kalshi_tui.core import commands as c
from kalshi_tui.core import effects as fx
from kalshi_tui.core import events as e
from kalshi_tui.core.engine import Engine
from kalshi_tui.core.entry import KILL_TAIL_NS
from kalshi_tui.core.environments import Mode
from kalshi_tui.core.orders import CancelState, OrderState
from kalshi_tui.core.risk import Limits
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.text import clean_title
from kalshi_tui.core.units import Count, Price
from kalshi_tui.core.views import OrderRow, OrdersView, Pane, StatusView
from tests.support.facts import (
    NOON_NS,
    SECOND,
    TICKER,
    market,
    notices,
    ready_engine,
    report,
    terms,
)


def place(engine: Engine, key: str = "mine-1", **changes: Any) -> list[fx.Effect]:
    return engine.handle(c.Place(key, terms(**changes)))


def rest(engine: Engine, key: str = "mine-1", order_id: str = "order-1", **changes: Any) -> None:
    place(engine, key, **changes)
    engine.handle(e.Sending(key, NOON_NS))
    count = changes.get("count", Count(1000))
    engine.handle(e.Acked(key, order_id, Count(0), count, None, 0, 38_000_000))


def sending(engine: Engine) -> None:
    place(engine)
    engine.handle(e.Sending("mine-1", NOON_NS))


def rows(engine: Engine) -> tuple[OrderRow, ...]:
    view = engine.view((Pane.ORDERS, ""))
    assert isinstance(view, OrdersView)
    return view.live + view.done


def state(engine: Engine) -> OrderState:
    return rows(engine)[0].state


def test_the_intent_is_recorded_before_the_order_is_submitted() -> None:
    engine = ready_engine()
    assert place(engine) == [
        fx.Record(fx.Intent("mine-1", terms(), NOON_NS)),
        fx.Submit("mine-1", terms()),
    ]
    assert state(engine) is OrderState.INTENT


def test_TO02_placing_the_same_order_twice_sends_it_once() -> None:
    engine = ready_engine()
    place(engine)
    assert place(engine) == []


def test_TO01_a_refused_order_leaves_no_record_and_says_why() -> None:
    engine = ready_engine()
    effects = place(engine, price=Price(3650))
    assert [type(each) for each in effects] == [fx.Notify]
    assert "36 and 37" in notices(effects)[0]
    assert rows(engine) == ()


def test_FK07_a_stale_book_refuses_at_the_send() -> None:
    engine = ready_engine()
    engine.handle(e.BookStatusChanged(TICKER, e.BookStatus.STALE, "a gap"))
    assert "STALE (a gap)" in notices(place(engine))[0]
    assert rows(engine) == ()


def test_TO03_without_a_record_there_is_no_order() -> None:
    engine = ready_engine()
    place(engine)
    effects = engine.handle(e.JournalFailed("mine-1", "the disk is full"))
    assert "could not be recorded: the disk is full" in notices(effects)[0]
    assert state(engine) is OrderState.NOT_SENT


def test_TO10_a_resting_answer_is_recorded_and_its_queue_is_read() -> None:
    engine = ready_engine()
    sending(engine)
    effects = engine.handle(
        e.Acked("mine-1", "order-1", Count(0), Count(1000), None, 0, 38_000_000)
    )
    assert fx.Record(fx.StateEntry("mine-1", OrderState.RESTING, NOON_NS, "order-1")) in effects
    assert fx.Fetch(fx.Read.QUEUES) in effects
    assert fx.Fetch(fx.Read.BALANCE) in effects
    assert notices(effects) == ["ack B 10 @36: rests, 38ms"]


def test_an_ioc_that_found_nothing_is_canceled_in_words() -> None:
    engine = ready_engine()
    sending(engine)
    engine.handle(e.Acked("mine-1", "order-1", Count(0), Count(0), None, 0, 0))
    assert state(engine) is OrderState.CANCELED


def test_TO12_a_refusal_carries_the_exchanges_words() -> None:
    engine = ready_engine()
    sending(engine)
    effects = engine.handle(
        e.Refused("mine-1", 400, "invalid_order", clean_title("post only cross"))
    )
    assert "400 invalid_order: post only cross" in notices(effects)[0]
    assert state(engine) is OrderState.REJECTED


def test_TO07_an_order_that_never_left_is_not_sent() -> None:
    engine = ready_engine()
    sending(engine)
    engine.handle(e.NotSent("mine-1", "no route"))
    assert state(engine) is OrderState.NOT_SENT


def test_TO08_a_lost_answer_is_in_doubt_counts_and_is_looked_up() -> None:
    engine = ready_engine()
    sending(engine)
    effects = engine.handle(e.OutcomeUnknown("mine-1", "read timeout"))
    assert state(engine) is OrderState.IN_DOUBT
    assert fx.Fetch(fx.Read.SWEEP) in effects
    status = engine.view((Pane.STATUS, ""))
    assert isinstance(status, StatusView)
    assert (status.in_doubt, status.locked) == (1, 3_600_000)


def test_TO13_a_duplicate_id_means_it_exists() -> None:
    engine = ready_engine()
    sending(engine)
    engine.handle(e.OutcomeUnknown("mine-1", "order already exists", exists=True))
    assert state(engine) is OrderState.IN_DOUBT


def test_TO14_the_feed_resolves_a_doubt_and_a_late_error_overrides_nothing() -> None:
    engine = ready_engine()
    sending(engine)
    engine.handle(e.OutcomeUnknown("mine-1", "read timeout"))
    engine.handle(report())
    assert state(engine) is OrderState.RESTING
    assert engine.handle(e.OutcomeUnknown("mine-1", "late")) == []
    engine.handle(e.Refused("mine-1", 500, "late"))
    assert state(engine) is OrderState.RESTING


def test_an_answer_that_cannot_be_true_is_an_alarm_and_changes_nothing() -> None:
    engine = ready_engine()
    sending(engine)
    engine.handle(e.Refused("mine-1", 400, "x"))
    effects = engine.handle(e.Acked("mine-1", "order-1", Count(0), Count(1000), None, 0, 0))
    assert "rejected" in notices(effects)[0]
    assert state(engine) is OrderState.REJECTED


def test_TO22_cancel_names_the_order_and_its_market() -> None:
    engine = ready_engine()
    rest(engine)
    assert engine.handle(c.Cancel(("mine-1", "nobody"))) == [fx.SendCancel("order-1", TICKER)]
    assert rows(engine)[0].cancel is CancelState.PENDING


def test_TO23_an_acknowledged_cancel_ends_the_order() -> None:
    engine = ready_engine()
    rest(engine)
    engine.handle(c.Cancel(("mine-1",)))
    effects = engine.handle(e.CancelAcked("order-1", Count(1000), 0, 12_000_000))
    assert notices(effects) == ["canceled B 10 @36 12ms"]
    assert state(engine) is OrderState.CANCELED


def test_TO24_a_404_on_cancel_is_a_doubt_not_an_end() -> None:
    engine = ready_engine()
    rest(engine)
    engine.handle(c.Cancel(("mine-1",)))
    assert engine.handle(e.CancelRefused("order-1", 404, "not_found")) == [fx.Fetch(fx.Read.SWEEP)]
    assert state(engine) is OrderState.RESTING
    assert rows(engine)[0].cancel is CancelState.IN_DOUBT


def test_TO26_a_refused_cancel_says_it_is_still_live() -> None:
    engine = ready_engine()
    rest(engine)
    engine.handle(c.Cancel(("mine-1",)))
    effects = engine.handle(e.CancelRefused("order-1", 409, "trading_is_paused"))
    assert "still live" in notices(effects)[0]
    assert rows(engine)[0].cancel is CancelState.NONE


def test_TO25_an_unknown_cancel_is_looked_up() -> None:
    engine = ready_engine()
    rest(engine)
    engine.handle(c.Cancel(("mine-1",)))
    effects = engine.handle(e.CancelUnknown("order-1", "timeout"))
    assert fx.Fetch(fx.Read.SWEEP) in effects
    assert "may still be live" in notices(effects)[0]


def test_answers_to_cancels_of_orders_nobody_knows_are_nothing() -> None:
    engine = ready_engine()
    assert engine.handle(e.CancelAcked("x", Count(0), 0, 0)) == []
    assert engine.handle(e.CancelRefused("x", 404, "")) == []
    assert engine.handle(e.CancelUnknown("x", "")) == []


def test_cancel_works_in_view_on_a_stale_book() -> None:
    engine = ready_engine()
    rest(engine)
    engine.handle(c.Arm(Mode.VIEW))
    engine.handle(e.BookStatusChanged(TICKER, e.BookStatus.STALE))
    assert engine.handle(c.Cancel(("mine-1",))) == [fx.SendCancel("order-1", TICKER)]


def test_an_order_without_an_exchange_id_is_canceled_once_it_has_one() -> None:
    engine = ready_engine()
    sending(engine)
    assert "once it is known" in notices(engine.handle(c.Cancel(("mine-1",))))[0]
    effects = engine.handle(e.Acked("mine-1", "order-1", Count(0), Count(1000), None, 0, 0))
    assert fx.SendCancel("order-1", TICKER) in effects


def test_canceling_one_side_leaves_the_other() -> None:
    engine = ready_engine()
    rest(engine)
    rest(engine, "mine-2", "order-2", side=BookSide.ASK, price=Price(4100))
    assert engine.handle(c.CancelMarket(TICKER, BookSide.ASK)) == [fx.SendCancel("order-2", TICKER)]
    assert engine.handle(c.CancelMarket(TICKER)) == [
        fx.SendCancel("order-1", TICKER),
        fx.SendCancel("order-2", TICKER),
    ]
    assert notices(engine.handle(c.CancelMarket("OTHER"))) == ["no live order of yours there"]


def test_undo_walks_back_through_what_is_live() -> None:
    engine = ready_engine()
    rest(engine)
    rest(engine, "mine-2", "order-2")
    assert engine.handle(c.CancelLast()) == [fx.SendCancel("order-2", TICKER)]
    assert engine.handle(c.CancelLast()) == [fx.SendCancel("order-1", TICKER)]
    assert "nothing to undo" in notices(engine.handle(c.CancelLast()))[0]


def test_kill_disarms_and_cancels_everything_without_asking() -> None:
    engine = ready_engine()
    rest(engine)
    effects = engine.handle(c.Kill())
    assert effects[0] == fx.SendCancelAll()
    status = engine.view((Pane.STATUS, ""))
    assert isinstance(status, StatusView)
    assert (status.mode, status.killed_wall_ns) == (Mode.VIEW, NOON_NS)
    engine.handle(c.Arm(Mode.CONFIRM))
    assert "KILL is in force" in notices(place(engine, "mine-2"))[0]


def test_FC13_a_minute_after_kill_orders_are_taken_again() -> None:
    engine = ready_engine()
    engine.handle(c.Kill())
    engine.handle(c.Arm(Mode.CONFIRM))
    engine.handle(e.Tick(SECOND, NOON_NS + KILL_TAIL_NS - 1))
    assert notices(place(engine))
    engine.handle(e.Tick(SECOND, NOON_NS + KILL_TAIL_NS))
    assert fx.Submit("mine-1", terms()) in place(engine)


def test_a_failed_cancel_all_falls_back_to_each_order() -> None:
    engine = ready_engine()
    rest(engine)
    engine.handle(c.Kill())
    effects = engine.handle(e.CancelAllAnswered("403"))
    assert fx.SendCancel("order-1", TICKER) in effects
    assert engine.handle(e.CancelAllAnswered()) == [
        fx.Fetch(fx.Read.SWEEP),
        fx.Fetch(fx.Read.BALANCE),
    ]


@pytest.mark.parametrize("command", [c.Kill(), c.Cancel(("mine-1",)), c.CancelMarket(TICKER)])
def test_a_read_only_session_sends_nothing_at_all(command: c.Command) -> None:
    engine = Engine(mode=Mode.CONFIRM, limits=Limits(), read_only="Another window trades.")
    engine.handle(e.MarketsListed((market(),)))
    assert notices(engine.handle(command)) == ["Another window trades."]
    assert notices(place(engine)) == ["not sent: Another window trades."]

"""Flatten and reverse."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kalshi_tui.core import commands as c
from kalshi_tui.core import effects as fx
from kalshi_tui.core import events as e
from kalshi_tui.core.environments import Mode
from kalshi_tui.core.flattening import (
    BOOKED_NS,
    LATE_NS,
    TRANSITIONS,
    FlattenEvent,
    FlattenPhase,
)
from kalshi_tui.core.orders import OrderTerms, TimeInForce
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Money, Price
from tests.support.blotter import Blotter, sent
from tests.support.facts import ASKS, SECOND, TICKER, fill, notices

P, E = FlattenPhase, FlattenEvent


@pytest.mark.parametrize(
    ("phase", "event", "after"),
    [
        (P.CANCELING, E.SETTLED, P.CLOSING),
        (P.CANCELING, E.FLAT_ALREADY, P.DONE),
        (P.CANCELING, E.LATE, P.DONE),
        (P.CLOSING, E.DENIED, P.DONE),
        (P.CLOSING, E.CLOSED, P.DONE),
        (P.CLOSING, E.LEFT, P.DONE),
        (P.CLOSING, E.REVERSES, P.OPENING),
        (P.OPENING, E.DENIED, P.DONE),
        (P.OPENING, E.OPENED, P.DONE),
    ],
)
def test_each_row_of_the_table(
    phase: FlattenPhase, event: FlattenEvent, after: FlattenPhase
) -> None:
    assert TRANSITIONS[phase, event] is after


def test_the_table_has_no_other_rows() -> None:
    assert len(TRANSITIONS) == 9


def holding(count: int = 1000, desk: Blotter | None = None) -> Blotter:
    desk = desk or Blotter()
    side = BookSide.BID if count > 0 else BookSide.ASK
    desk.tell(
        fill(
            trade_id="held",
            order_id="before",
            client_order_id="",
            side=side,
            count=Count(abs(count)),
            ts_ms=desk.now_ms - 5,
        )
    )
    return desk


def flatten(desk: Blotter) -> list[fx.Effect]:
    return desk.tell(c.Flatten(TICKER, "exit"))


def exit_terms(**changes: Any) -> OrderTerms:
    base: dict[str, Any] = {
        "side": BookSide.ASK,
        "price": Price(3400),
        "count": Count(1000),
    }
    return OrderTerms(
        TICKER,
        **{**base, **changes},
        time_in_force=TimeInForce.IOC,
        reduce_only=True,
    )


def answer(desk: Blotter, filled: int, key: str = "exit", side: BookSide = BookSide.ASK) -> None:
    """Let an IOC be answered and its fill arrive."""
    desk.tell(e.Sending(key, desk.wall_ns))
    desk.tell(e.Acked(key, f"id-{key}", Count(filled), Count(0), Price(3700), desk.now_ms, 1))
    if filled:
        desk.tell(
            fill(
                trade_id=f"trade-{key}",
                order_id=f"id-{key}",
                client_order_id=key,
                side=side,
                price=Price(3700),
                count=Count(filled),
                ts_ms=desk.now_ms + 10,
            )
        )


def test_a_position_is_closed_by_one_reduce_only_ioc_within_the_collar() -> None:
    desk = holding()
    # The best bid is 37; the collar is 10 % of it: 3.7 cents, on the grid inward 34.
    assert sent(flatten(desk)) == [fx.Submit("exit", exit_terms())]
    answer(desk, 1000)
    assert desk.said()[-1] == f"{TICKER} is flat: 10 closed"


def test_a_short_position_is_bought_back() -> None:
    desk = holding(-1000)
    (submit,) = sent(flatten(desk))
    assert isinstance(submit, fx.Submit)
    assert (submit.terms.side, submit.terms.price) == (BookSide.BID, 4100)
    assert submit.terms.reduce_only


def test_what_rests_is_canceled_first_and_its_answers_are_awaited() -> None:
    desk = holding()
    desk.rest(price=Price(3500))
    desk.rest("mine-2", "order-2", side=BookSide.ASK, price=Price(4100))
    cancels = (fx.SendCancel("order-1", TICKER), fx.SendCancel("order-2", TICKER))
    assert sent(flatten(desk)) == [fx.SendCancelBatch(cancels)]
    assert sent(desk.tell(e.CancelAcked("order-1", Count(1000), desk.now_ms, 1))) == []
    effects = desk.tell(e.CancelAcked("order-2", Count(1000), desk.now_ms, 1))
    assert sent(effects) == [fx.Submit("exit", exit_terms())]


def test_an_exit_that_fills_mid_way_is_counted_and_zero_is_never_crossed() -> None:
    desk = holding()
    desk.rest("mine-2", "order-2", side=BookSide.ASK, price=Price(4100))
    flatten(desk)
    # 4 of the 10 were sold before the cancel arrived; the fill is stated before it is booked.
    found = desk.report(
        order_id="order-2",
        client_order_id="mine-2",
        side=BookSide.ASK,
        price=Price(4100),
        status=e.ReportedStatus.CANCELED,
        filled=Count(400),
        remaining=Count(0),
    )
    assert sent(found) == []
    effects = desk.tell(
        fill(
            trade_id="mid",
            order_id="order-2",
            client_order_id="mine-2",
            side=BookSide.ASK,
            price=Price(4100),
            ts_ms=desk.now_ms + 1,
        )
    )
    assert sent(effects) == [fx.Submit("exit", exit_terms(count=Count(600)))]


def test_a_fill_that_never_comes_is_not_waited_for_for_ever() -> None:
    desk = holding()
    desk.rest("mine-2", "order-2", side=BookSide.ASK, price=Price(4100))
    flatten(desk)
    desk.report(
        order_id="order-2",
        client_order_id="mine-2",
        status=e.ReportedStatus.CANCELED,
        side=BookSide.ASK,
        filled=Count(400),
        remaining=Count(0),
    )
    assert sent(desk.wait(BOOKED_NS - SECOND)) == []
    # What was stated is taken off all the same.
    assert fx.Submit("exit", exit_terms(count=Count(600))) in sent(desk.wait(2 * SECOND))


def test_a_thin_book_leaves_a_rest_that_is_reported_and_not_chased() -> None:
    desk = holding()
    flatten(desk)
    answer(desk, 300)
    assert "too thin within your collar; you hold 7" in desk.said()[-1]
    assert sent(desk.wait(60 * SECOND)) == []


def test_an_empty_book_closes_nothing_and_says_so() -> None:
    desk = holding()
    desk.tell(e.BookSnapshot(TICKER, (), ASKS, 2, 0))
    desk.tell(e.BookStatusChanged(TICKER, e.BookStatus.LIVE))
    effects = flatten(desk)
    assert sent(effects) == []
    assert "no bid to trade against; you hold 10" in notices(effects)[-1]


def test_cancels_that_are_not_answered_in_time_end_it_without_an_exit() -> None:
    desk = holding()
    desk.rest(price=Price(3500))
    flatten(desk)
    desk.tell(e.CancelUnknown("order-1", "timeout"))
    found = desk.wait(LATE_NS + SECOND)
    assert not any(isinstance(each, fx.Submit) for each in found)
    assert any("may still be live" in text for text in notices(found))
    desk.gone("order-1")
    assert not any(isinstance(each, fx.Submit) for each in desk.wait(60 * SECOND))


def test_nothing_held_is_nothing_to_close() -> None:
    desk = Blotter()
    assert notices(flatten(desk)) == [f"{TICKER} is flat: nothing to close"]


def test_an_exit_that_the_gate_refuses_is_reported() -> None:
    desk = holding()
    desk.tell(e.BookStatusChanged(TICKER, e.BookStatus.STALE, "a gap"))
    texts = notices(flatten(desk))
    assert "STALE" in texts[0]
    assert "is not closed; you hold 10" in texts[1]


def test_an_exit_that_is_refused_or_never_left_is_reported() -> None:
    for fact in (e.Refused("exit", 400, "x"), e.NotSent("exit", "no route")):
        desk = holding()
        flatten(desk)
        desk.tell(e.Sending("exit", desk.wall_ns))
        desk.tell(fact)
        assert "is not closed" in desk.said()[-1]


def test_an_exit_in_doubt_is_waited_for_and_never_sent_twice() -> None:
    desk = holding()
    flatten(desk)
    desk.tell(e.Sending("exit", desk.wall_ns))
    desk.tell(e.OutcomeUnknown("exit", "timeout"))
    assert sent(desk.wait(60 * SECOND)) == []
    assert "being flattened already" in notices(flatten(desk))[0]
    desk.tell(e.ProvenAbsent("exit", desk.wall_ns))
    assert "is not closed: proven absent" in desk.said()[-1]


@pytest.mark.parametrize("mode", [Mode.VIEW, Mode.CONFIRM, Mode.ONE_KEY])
def test_FK19_a_flatten_works_in_every_mode(mode: Mode) -> None:
    desk = holding()
    desk.rest(price=Price(3500))
    desk.tell(c.Arm(mode))
    assert sent(flatten(desk)) == [fx.SendCancel("order-1", TICKER)]
    effects = desk.tell(e.CancelAcked("order-1", Count(1000), desk.now_ms, 1))
    assert sent(effects) == [fx.Submit("exit", exit_terms())]
    assert desk.engine.recheck("exit", desk.mono_ns) == ""
    answer(desk, 1000)
    assert desk.said()[-1] == f"{TICKER} is flat: 10 closed"


def test_in_view_nothing_is_reversed_and_no_other_order_that_reduces_goes_out() -> None:
    desk = holding()
    desk.tell(c.Arm(Mode.VIEW))
    effects = desk.tell(c.Reverse(TICKER, "exit"))
    assert sent(effects) == []
    assert "VIEW" in notices(effects)[0]
    effects = desk.tell(c.Place("own", exit_terms()))
    assert sent(effects) == []
    assert "VIEW" in notices(effects)[0]


def test_an_exit_that_never_left_is_sent_again_only_by_an_armed_keyboard() -> None:
    desk = holding()
    desk.tell(c.Arm(Mode.VIEW))
    flatten(desk)
    desk.tell(e.NotSent("exit", "no route"))
    effects = desk.tell(c.Resend("exit"))
    assert sent(effects) == []
    assert "VIEW" in notices(effects)[0]


def grouped() -> Blotter:
    """Hold something, with the order group of the shard open."""
    desk = Blotter()
    desk.tell(e.Swept((), (), (), desk.wall_ns))
    assert fx.MakeGroup in {type(each) for each in desk.wait(SECOND)}
    desk.tell(e.GroupMade(0, "group-1"))
    return holding(desk=desk)


def test_FK09_after_a_kill_the_exit_goes_at_once_and_without_the_triggered_group() -> None:
    desk = grouped()
    desk.rest(price=Price(3500))
    desk.tell(c.Kill())
    flatten(desk)
    desk.tell(e.CancelAllAnswered())
    effects = desk.gone("order-1", client_order_id="mine-1", price=Price(3500))
    assert sent(effects) == [fx.Submit("exit", exit_terms())]
    assert desk.engine.recheck("exit", desk.mono_ns) == ""
    # Anything else still waits for the tail.
    assert sent(desk.place("other", price=Price(3500))) == []


def test_FK09_a_breaker_that_tripped_lets_the_exit_out() -> None:
    desk = grouped()
    desk.tell(e.GroupChanged("group-1", e.GroupChange.TRIGGERED))
    assert sent(flatten(desk)) == [fx.Submit("exit", exit_terms())]


def test_an_exit_is_in_the_open_group_of_its_shard() -> None:
    desk = grouped()
    (submit,) = sent(flatten(desk))
    assert isinstance(submit, fx.Submit)
    assert submit.terms.group_id == "group-1"


def test_FK10_an_exit_under_a_kill_counts_once_it_is_in_doubt() -> None:
    desk = grouped()
    desk.tell(c.Kill())
    desk.tell(e.CancelAllAnswered())
    flatten(desk)
    desk.tell(e.Sending("exit", desk.wall_ns))
    desk.tell(e.OutcomeUnknown("exit", "timeout"))
    kill = desk.status().kill
    assert kill is not None
    assert (kill.known, kill.left) == (1, 1)


def test_an_exit_that_is_answered_is_none_of_the_orders_that_a_kill_took_off() -> None:
    desk = grouped()
    desk.tell(c.Kill())
    desk.tell(e.CancelAllAnswered())
    flatten(desk)
    desk.wait(SECOND)
    answer(desk, 1000)
    kill = desk.status().kill
    assert kill is not None
    assert kill.known == 0


def test_a_kill_ends_it() -> None:
    desk = holding()
    desk.rest(price=Price(3500))
    flatten(desk)
    desk.tell(c.Kill())
    desk.gone("order-1")
    assert not any(isinstance(each, fx.Submit) for each in desk.wait(30 * SECOND))


def test_a_position_beyond_the_cap_of_an_order_is_closed_up_to_it() -> None:
    desk = holding(80_000)
    (submit,) = sent(flatten(desk))
    assert isinstance(submit, fx.Submit)
    assert submit.terms.count == 50_000


def test_reverse_opens_the_other_side_only_once_the_first_is_closed() -> None:
    desk = holding()
    assert sent(desk.tell(c.Reverse(TICKER, "exit"))) == [fx.Submit("exit", exit_terms())]
    answer(desk, 1000)
    (submit,) = [
        each
        for each in desk.effects
        if isinstance(each, fx.Submit) and each.client_order_id == "exit-r"
    ]
    assert (submit.terms.side, submit.terms.count) == (BookSide.ASK, 1000)
    assert not submit.terms.reduce_only
    answer(desk, 1000, "exit-r")
    assert "is reversed; you hold -10" in desk.said()[-1]


def test_reverse_stops_where_the_exit_left_something() -> None:
    desk = holding()
    desk.tell(c.Reverse(TICKER, "exit"))
    answer(desk, 300)
    assert "exit-r" not in desk.rows()
    assert "you hold 7" in desk.said()[-1]


@settings(max_examples=80, deadline=None)
@given(st.integers(-2_000, 2_000), st.integers(0, 2_000), st.integers(0, 2_000))
def test_whatever_fills_when_the_position_never_crosses_zero(held: int, mid: int, got: int) -> None:
    """The exchange cuts a reduce-only order at the position that it really sees."""
    if not held:
        return
    desk = holding(held)
    desk.tell(e.BalanceReported(Money(10**12), Money(0)))
    out = BookSide.ASK if held > 0 else BookSide.BID
    price = Price(4100) if held > 0 else Price(3300)
    mid = min(mid, abs(held))
    desk.rest("mid", "order-mid", side=out, price=price, count=Count(abs(held)))
    flatten(desk)
    if mid:
        desk.tell(
            fill(
                trade_id="mid",
                order_id="order-mid",
                client_order_id="mid",
                side=out,
                price=price,
                count=Count(mid),
                ts_ms=desk.now_ms + 1,
            )
        )
    desk.tell(e.CancelAcked("order-mid", Count(abs(held) - mid), desk.now_ms, 1))
    left = abs(held) - mid
    row = desk.rows().get("exit")
    if row is None:
        assert left == 0
        return
    assert (row.side, row.initial) == (out, left)
    answer(desk, min(got, left), side=out)
    after = desk.engine._state.ledger.position(TICKER).count
    assert after == (left - min(got, left)) * (1 if held > 0 else -1)

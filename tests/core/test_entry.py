"""Order entry: what is recorded, sent, doubted and let go."""

from dataclasses import replace
from typing import Any

import pytest

from kalshi_tui.core import commands as c
from kalshi_tui.core import effects as fx
from kalshi_tui.core import events as e
from kalshi_tui.core.engine import Engine
from kalshi_tui.core.environments import Mode
from kalshi_tui.core.orders import (
    CancelState,
    OrderState,
    RequestKind,
    RequestState,
    TimeInForce,
)
from kalshi_tui.core.risk import Limits
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.text import clean_title
from kalshi_tui.core.units import Count, Price
from kalshi_tui.core.views import OrderRow, OrdersView, Pane, StatusView
from tests.support.blotter import Blotter, free_limits, sent
from tests.support.facts import (
    NOON_NS,
    SECOND,
    TICKER,
    fill,
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


def test_TO19_an_answer_that_cannot_be_true_is_an_alarm_and_is_tracked() -> None:
    engine = ready_engine()
    sending(engine)
    engine.handle(e.Refused("mine-1", 400, "x"))
    effects = engine.handle(e.Acked("mine-1", "order-1", Count(0), Count(1000), None, 0, 0))
    assert any("ALARM: mine-1 was rejected" in text for text in notices(effects))
    assert state(engine) is OrderState.RESTING


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
    assert engine.handle(e.CancelRefused("order-1", 404, "not_found")) == [fx.DrillDown("order-1")]
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
    assert fx.DrillDown("order-1") in effects
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
        fx.SendCancelBatch((fx.SendCancel("order-1", TICKER), fx.SendCancel("order-2", TICKER)))
    ]
    assert notices(engine.handle(c.CancelMarket("OTHER"))) == ["no live order of yours there"]


def test_undo_walks_back_through_what_is_live() -> None:
    engine = ready_engine()
    rest(engine)
    rest(engine, "mine-2", "order-2", price=Price(3500))
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


@pytest.mark.parametrize("command", [c.Cancel(("mine-1",)), c.CancelMarket(TICKER)])
def test_a_read_only_session_sends_nothing_at_all(command: c.Command) -> None:
    engine = Engine(mode=Mode.CONFIRM, limits=Limits(), read_only="Another window trades.")
    engine.handle(e.MarketsListed((market(),)))
    assert notices(engine.handle(command)) == ["Another window trades."]
    assert notices(place(engine)) == ["not sent: Another window trades."]


def test_TO02_a_second_submit_of_the_same_ticket_is_the_same_order() -> None:
    desk = Blotter()
    desk.send()
    for _ in range(5):
        assert desk.place() == []
    assert list(desk.rows()) == ["mine-1"]


def test_TO06_the_first_byte_moves_an_intent_to_sending_without_a_second_record() -> None:
    desk = Blotter()
    desk.place()
    assert desk.tell(e.Sending("mine-1", NOON_NS)) == []
    assert desk.state() is OrderState.SENDING


@pytest.mark.parametrize(
    ("filled", "tif", "after"),
    [
        (1000, TimeInForce.GTC, OrderState.EXECUTED),
        (400, TimeInForce.IOC, OrderState.CANCELED),
        (0, TimeInForce.IOC, OrderState.CANCELED),
    ],
)
def test_TO11_an_answer_with_nothing_left_is_executed_or_canceled(
    filled: int, tif: TimeInForce, after: OrderState
) -> None:
    desk = Blotter()
    desk.send(time_in_force=tif)
    desk.tell(e.Acked("mine-1", "order-1", Count(filled), Count(0), None, desk.now_ms, 1))
    assert (desk.state(), desk.row().filled, desk.row().remaining) == (after, filled, 0)


def test_TO15_a_scan_that_finds_it_gives_its_true_state() -> None:
    desk = Blotter()
    desk.doubt()
    assert desk.row().doubt_wall_ns == NOON_NS
    desk.wait(5 * SECOND)
    desk.report(status=e.ReportedStatus.EXECUTED, filled=Count(1000), remaining=Count(0))
    assert (desk.state(), desk.row().doubt_wall_ns) == (OrderState.EXECUTED, None)


def test_TO16_only_the_proof_makes_it_absent_and_then_it_can_be_sent_again() -> None:
    desk = Blotter()
    desk.doubt()
    assert "can be sent again" in notices(desk.tell(e.ProvenAbsent("mine-1", NOON_NS)))[0]
    assert desk.state() is OrderState.PROVEN_ABSENT
    assert desk.status().locked == 0


def test_TO16_a_proof_that_comes_after_the_order_turned_up_is_nothing() -> None:
    desk = Blotter()
    desk.doubt()
    desk.report()
    assert desk.tell(e.ProvenAbsent("mine-1", NOON_NS)) == []
    assert desk.state() is OrderState.RESTING


def test_TO17_without_a_proof_it_stays_in_doubt_counts_and_cannot_be_resent() -> None:
    desk = Blotter()
    desk.doubt()
    for _ in range(20):
        desk.wait(60 * SECOND)
        desk.tell(e.RequestFailed("orders", "no route"))
    assert desk.state() is OrderState.IN_DOUBT
    assert desk.status().locked == 3_600_000
    effects = desk.tell(c.Resend("mine-1"))
    assert sent(effects) == []
    assert "is in doubt; only what provably never arrived" in notices(effects)[0]


def test_TO18_an_abandoned_order_still_counts_and_is_matched_if_it_appears() -> None:
    desk = Blotter()
    desk.doubt()
    effects = desk.tell(c.Abandon("mine-1"))
    entry = fx.RequestEntry(
        "abandon-mine-1", "mine-1", RequestKind.ABANDON, RequestState.DONE, NOON_NS
    )
    assert effects[0] == fx.Record(entry)
    assert desk.row().abandoned
    assert (desk.state(), desk.status().locked) == (OrderState.IN_DOUBT, 3_600_000)
    assert desk.tell(c.Abandon("mine-1")) == []
    desk.report()
    assert (desk.state(), desk.row().order_id) == (OrderState.RESTING, "order-1")


def test_TO18_only_what_is_in_doubt_can_be_given_up() -> None:
    desk = Blotter()
    desk.rest()
    for key in ("mine-1", "nobody"):
        assert "only an order in doubt" in notices(desk.tell(c.Abandon(key)))[0]


def test_TO20_partial_fills_are_booked_once_and_the_count_never_falls() -> None:
    desk = Blotter()
    desk.rest()
    desk.tell(fill())
    desk.tell(fill())
    assert (desk.state(), desk.row().filled, desk.row().remaining) == (OrderState.RESTING, 400, 600)
    desk.wait(SECOND)
    desk.report(filled=Count(300), remaining=Count(700))
    assert desk.row().filled == 400


@pytest.mark.parametrize(
    ("count", "tif", "after"),
    [
        (400, TimeInForce.GTC, OrderState.RESTING),
        (1000, TimeInForce.GTC, OrderState.EXECUTED),
        (400, TimeInForce.IOC, OrderState.SENDING),
    ],
)
def test_TO14_FC02_a_fill_before_the_answer_proves_that_the_order_exists(
    count: int, tif: TimeInForce, after: OrderState
) -> None:
    desk = Blotter()
    desk.send(time_in_force=tif)
    effects = desk.tell(fill(count=Count(count)))
    assert desk.state() is after
    assert fx.DrillDown("order-1") in effects
    desk.tell(e.OutcomeUnknown("mine-1", "late"))
    left = 0 if tif is TimeInForce.IOC else 1000 - count
    desk.tell(e.Acked("mine-1", "order-1", Count(count), Count(left), None, desk.now_ms, 1))
    assert desk.row().filled == count
    assert desk.row().remaining == left


def test_FC03_an_answer_after_the_end_is_known_changes_nothing() -> None:
    desk = Blotter()
    desk.send()
    desk.tell(fill(count=Count(1000)))
    desk.tell(e.Acked("mine-1", "order-1", Count(0), Count(1000), None, desk.now_ms, 1))
    assert (desk.state(), desk.row().filled) == (OrderState.EXECUTED, 1000)


# Sending again


def absent(desk: Blotter) -> Blotter:
    desk.doubt()
    desk.tell(e.ProvenAbsent("mine-1", NOON_NS))
    return desk


def test_a_resend_has_the_same_id_and_body_and_is_recorded_first() -> None:
    """It is no repeat by mistake: the guard against that lets it pass."""
    desk = absent(Blotter())
    effects = desk.tell(c.Resend("mine-1"))
    kinds = [type(each) for each in effects]
    assert kinds.index(fx.Submit) > max(
        number for number, kind in enumerate(kinds) if kind is fx.Record
    )
    assert sent(effects) == [fx.Submit("mine-1", terms())]
    assert desk.state() is OrderState.INTENT
    assert desk.tell(c.Resend("mine-1")) != []
    assert len([each for each in desk.effects if isinstance(each, fx.Submit)]) == 2


def test_a_resend_that_was_recorded_and_not_sent_is_not_sent_after_a_restart() -> None:
    desk = absent(Blotter())
    desk.tell(c.Resend("mine-1"))
    entries = [each.entry for each in desk.effects if isinstance(each, fx.Record)]
    again = Engine(mode=Mode.CONFIRM, limits=Limits())
    again.restore(entries)
    (row,) = rows(again)
    assert row.state is OrderState.NOT_SENT


def test_a_resend_passes_the_gate() -> None:
    desk = absent(Blotter())
    desk.tell(e.BookStatusChanged(TICKER, e.BookStatus.STALE))
    effects = desk.tell(c.Resend("mine-1"))
    assert sent(effects) == []
    assert desk.state() is OrderState.PROVEN_ABSENT


def test_an_order_that_never_reached_the_journal_is_recorded_when_it_is_sent_again() -> None:
    desk = Blotter()
    desk.place()
    desk.tell(e.JournalFailed("mine-1", "the disk is full"))
    desk.wait(5 * SECOND)
    effects = desk.tell(c.Resend("mine-1"))
    assert fx.Record(fx.Intent("mine-1", terms(), desk.wall_ns)) in effects
    assert sent(effects) == [fx.Submit("mine-1", terms())]


def test_a_resend_that_could_not_be_recorded_keeps_its_first_intent() -> None:
    desk = absent(Blotter())
    desk.tell(c.Resend("mine-1"))
    desk.tell(e.JournalFailed("mine-1", "the disk is full"))
    desk.wait(5 * SECOND)
    effects = desk.tell(c.Resend("mine-1"))
    assert not any(
        isinstance(each, fx.Record) and isinstance(each.entry, fx.Intent) for each in effects
    )
    assert sent(effects)


@pytest.mark.parametrize("key", ["mine-1", "nobody"])
def test_what_is_live_or_unknown_is_not_sent_again(key: str) -> None:
    desk = Blotter()
    desk.rest()
    assert sent(desk.tell(c.Resend(key))) == []


def test_a_resend_answered_with_already_exists_is_looked_up() -> None:
    desk = absent(Blotter())
    desk.tell(c.Resend("mine-1"))
    desk.tell(e.Sending("mine-1", NOON_NS))
    desk.tell(e.OutcomeUnknown("mine-1", "order_already_exists", exists=True))
    assert desk.state() is OrderState.IN_DOUBT


# Batches


def batch(*places: c.Place) -> c.PlaceBatch:
    return c.PlaceBatch(places)


def test_TO36_a_batch_is_recorded_whole_and_answered_order_by_order() -> None:
    desk = Blotter()
    orders = [c.Place(f"b-{n}", terms(price=Price(3600 - 100 * n))) for n in range(3)]
    effects = desk.tell(batch(*orders))
    submits = tuple(fx.Submit(each.client_order_id, each.terms) for each in orders)
    assert effects[-1] == fx.SubmitBatch(submits)
    assert [type(each) for each in effects[:-1]] == [fx.Record] * 3
    for key in ("b-0", "b-1", "b-2"):
        desk.tell(e.Sending(key, NOON_NS))
    desk.tell(e.Refused("b-1", 400, "invalid_order"))
    desk.tell(e.Acked("b-2", "order-2", Count(0), Count(1000), None, 0, 1))
    desk.tell(e.OutcomeUnknown("b-0", "missing in the answer"))
    states = {key: row.state for key, row in desk.rows().items()}
    assert states == {
        "b-0": OrderState.IN_DOUBT,
        "b-1": OrderState.REJECTED,
        "b-2": OrderState.RESTING,
    }


def test_TO36_FK04_each_of_a_batch_passes_the_gate_after_those_before_it() -> None:
    desk = Blotter(limits=replace(free_limits(), open_orders=2))
    orders = [c.Place(f"b-{n}", terms(price=Price(3600 - 100 * n))) for n in range(3)]
    effects = desk.tell(batch(*orders))
    assert "2 orders are live and your cap is 2" in notices(effects)[0]
    (submitted,) = sent(effects)
    assert isinstance(submitted, fx.SubmitBatch)
    assert [each.client_order_id for each in submitted.submits] == ["b-0", "b-1"]


def test_a_batch_of_one_goes_as_an_order_and_one_of_none_is_nothing() -> None:
    desk = Blotter()
    assert sent(desk.tell(batch(c.Place("b", terms())))) == [fx.Submit("b", terms())]
    assert desk.tell(batch(c.Place("b", terms()))) == []


# A restart


def test_TO35_after_a_restart_the_account_is_read_before_the_first_new_order() -> None:
    desk = Blotter()
    old = desk.engine
    desk.engine = Engine(mode=Mode.CONFIRM, limits=free_limits())
    desk.engine.restore(
        [
            fx.Intent("mine-1", terms(), NOON_NS),
            fx.StateEntry("mine-1", OrderState.SENDING, NOON_NS),
        ]
    )
    assert old is not desk.engine
    desk.tell(e.Tick(SECOND, NOON_NS))
    assert desk.status().resolving == 1
    assert "1 order must be resolved first" in notices(desk.place("mine-2"))[0]
    desk.tell(e.Swept((), (), (), NOON_NS))
    assert desk.status().resolving == 0
    assert "must be resolved" not in " ".join(notices(desk.place("mine-2")))


@pytest.mark.parametrize("answered", ["", "acked", "lost", "refused", "not sent"])
def test_FC01_one_ticket_is_one_order_however_often_and_whenever_it_comes_again(
    answered: str,
) -> None:
    engine = ready_engine()
    found = [*place(engine), *place(engine)]
    engine.handle(e.Sending("mine-1", NOON_NS))
    found += place(engine)
    match answered:
        case "acked":
            found += engine.handle(
                e.Acked("mine-1", "order-1", Count(1000), Count(0), Price(3600), 0, 0)
            )
        case "lost":
            found += engine.handle(e.OutcomeUnknown("mine-1", "timeout"))
        case "refused":
            found += engine.handle(e.Refused("mine-1", 400, "invalid_order"))
        case "not sent":
            found += engine.handle(e.NotSent("mine-1", "no connection"))
        case _:
            pass
    for _ in range(3):
        found += place(engine)
    twin = c.Place("mine-1", terms())
    found += engine.handle(c.PlaceBatch((twin, twin)))
    assert sum(isinstance(each, fx.Submit | fx.SubmitBatch) for each in found) == 1


def test_FC01_the_same_words_in_another_ticket_within_a_moment_are_asked_about() -> None:
    engine = ready_engine()
    place(engine)
    effects = engine.handle(c.Place("mine-2", terms()))
    assert "confirm to send it again" in notices(effects)[0]
    assert len(rows(engine)) == 1


def test_FC01_a_ticket_from_before_a_restart_is_not_sent_again() -> None:
    engine = ready_engine()
    journal = [each.entry for each in place(engine) if isinstance(each, fx.Record)]
    again = ready_engine()
    again.restore(journal)
    again.handle(e.Swept((), (), (), NOON_NS))
    assert not any(isinstance(each, fx.Submit) for each in place(again))

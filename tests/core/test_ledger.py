"""Identity, quantities and deduplication."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.core.effects import FillEntry, Intent, OrderEntry, StateEntry
from kalshi_tui.core.events import PositionReported, ReportedStatus
from kalshi_tui.core.ledger import Ledger, UnknownOrderError
from kalshi_tui.core.orders import OrderEvent, OrderState
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Money, Price
from tests.support.facts import NOON_NS, TICKER, fill, report, terms

MS = NOON_NS // 1_000_000


def sent(ledger: Ledger, key: str = "mine-1") -> None:
    ledger.open(key, terms(), NOON_NS)
    ledger.move(key, OrderEvent.SEND, NOON_NS)


def test_an_intent_is_recorded_with_its_terms() -> None:
    ledger = Ledger()
    assert ledger.open("mine-1", terms(), 5) == Intent("mine-1", terms(), 5)
    assert ledger.order("mine-1").state is OrderState.INTENT
    with pytest.raises(ValueError, match="taken"):
        ledger.open("mine-1", terms(), 6)
    with pytest.raises(UnknownOrderError):
        ledger.order("mine-2")


def test_TO10_an_answer_with_a_rest_makes_it_resting() -> None:
    ledger = Ledger()
    sent(ledger)
    entries = ledger.acked("mine-1", "order-1", Count(0), Count(1000), 9)
    assert entries == [StateEntry("mine-1", OrderState.RESTING, 9, "order-1", "")]
    assert ledger.by_order_id("order-1") is ledger.order("mine-1")


@pytest.mark.parametrize(
    ("filled", "state"), [(1000, OrderState.EXECUTED), (300, OrderState.CANCELED)]
)
def test_TO11_an_answer_without_a_rest_ends_it(filled: int, state: OrderState) -> None:
    ledger = Ledger()
    sent(ledger)
    ledger.acked("mine-1", "order-1", Count(filled), Count(0), 9)
    order = ledger.order("mine-1")
    assert order.state is state
    assert (order.filled, order.remaining) == (filled, 0)


def test_FC02_a_fill_before_the_answer_counts_once() -> None:
    ledger = Ledger()
    sent(ledger)
    ledger.filled(fill(count=Count(1000)))
    ledger.reported(
        report(status=ReportedStatus.EXECUTED, filled=Count(1000), remaining=Count(0)), 8
    )
    assert ledger.acked("mine-1", "order-1", Count(1000), Count(0), 9) == []
    order = ledger.order("mine-1")
    assert (order.state, order.filled) == (OrderState.EXECUTED, 1000)


def test_FE02_a_fill_seen_twice_is_booked_once() -> None:
    ledger = Ledger()
    sent(ledger)
    first = ledger.filled(fill())
    assert first == [FillEntry("mine-1", fill())]
    assert ledger.filled(fill(client_order_id="")) == []
    assert ledger.order("mine-1").booked == 400
    assert ledger.position(TICKER).count == 400


def test_a_fill_without_our_id_finds_its_order_by_the_exchanges() -> None:
    ledger = Ledger()
    sent(ledger)
    ledger.acked("mine-1", "order-1", Count(0), Count(1000), 9)
    assert ledger.filled(fill(client_order_id="")) == [
        FillEntry("mine-1", fill(client_order_id=""))
    ]


def test_TO21_an_older_report_changes_nothing() -> None:
    ledger = Ledger()
    sent(ledger)
    ledger.reported(report(filled=Count(400), remaining=Count(600), updated_ms=MS + 10), 9)
    assert ledger.reported(report(updated_ms=MS + 5), 10) == []
    assert ledger.order("mine-1").filled == 400


def test_FC04_a_late_resting_report_never_resurrects() -> None:
    ledger = Ledger()
    sent(ledger)
    ledger.reported(
        report(status=ReportedStatus.CANCELED, remaining=Count(0), updated_ms=MS + 10), 9
    )
    ledger.reported(report(updated_ms=MS + 20), 10)
    assert ledger.order("mine-1").state is OrderState.CANCELED
    assert ledger.order("mine-1").remaining == 0


def test_a_late_fill_of_a_canceled_order_is_booked() -> None:
    ledger = Ledger()
    sent(ledger)
    ledger.reported(report(status=ReportedStatus.CANCELED, remaining=Count(0)), 9)
    assert ledger.filled(fill())
    assert ledger.order("mine-1").filled == 400
    assert ledger.position(TICKER).count == 400


def test_TO33_an_order_that_we_never_sent_is_adopted() -> None:
    ledger = Ledger()
    entries = ledger.reported(report(client_order_id=""), 9)
    order = ledger.by_order_id("order-1")
    assert order is not None
    assert order.external
    assert order.state is OrderState.RESTING
    assert [type(entry) for entry in entries] == [Intent, StateEntry, OrderEntry]
    assert isinstance(entries[0], Intent)
    assert entries[0].external


@pytest.mark.parametrize(
    "ways",
    [
        (OrderEvent.REFUSED,),
        (OrderEvent.NOT_SENT,),
        (OrderEvent.LOST, OrderEvent.ABSENT),
    ],
)
def test_TO19_an_order_that_exists_after_all_is_booked_with_an_alarm(
    ways: tuple[OrderEvent, ...],
) -> None:
    ledger = Ledger()
    sent(ledger)
    for event in ways:
        ledger.move("mine-1", event, 9)
    assert ledger.live() == []
    ledger.reported(report(filled=Count(10)), 10)
    order = ledger.order("mine-1")
    assert (order.order_id, order.filled, order.state) == ("order-1", 10, OrderState.RESTING)
    assert ledger.live() == [order]
    (alarm,) = ledger.take_alarms()
    assert "has it after all" in alarm
    assert ledger.take_alarms() == []


def test_a_refused_order_that_is_listed_as_canceled_is_no_alarm() -> None:
    ledger = Ledger()
    sent(ledger)
    ledger.move("mine-1", OrderEvent.REFUSED, 9)
    ledger.reported(report(status=ReportedStatus.CANCELED, remaining=Count(0)), 10)
    assert ledger.take_alarms() == []


def test_FC24_one_id_of_the_exchange_is_one_order() -> None:
    ledger = Ledger()
    sent(ledger)
    ledger.acked("mine-1", "order-1", Count(0), Count(1000), 5)
    ledger.open("mine-2", terms(), 6)
    ledger.move("mine-2", OrderEvent.SEND, 6)
    ledger.bind("mine-2", "order-1")
    assert "two orders" in ledger.take_alarms()[0]
    assert ledger.by_order_id("order-1") is ledger.order("mine-1")


def test_FC08_an_id_that_belongs_to_another_order_is_an_alarm_and_both_are_kept() -> None:
    ledger = Ledger()
    sent(ledger)
    ledger.move("mine-1", OrderEvent.EXISTS, 9)
    ledger.reported(report(order_id="old", side=BookSide.ASK), 10)
    assert "another order under the id mine-1" in ledger.take_alarms()[0]
    assert ledger.order("mine-1").state is OrderState.IN_DOUBT
    old = ledger.by_order_id("old")
    assert old is not None
    assert old.external
    assert old.state is OrderState.RESTING


def test_INV5_a_second_order_under_one_id_is_an_alarm_and_tracked() -> None:
    ledger = Ledger()
    sent(ledger)
    ledger.acked("mine-1", "order-1", Count(0), Count(1000), 5)
    ledger.reported(report(order_id="order-2"), 10)
    assert "another order under the id mine-1" in ledger.take_alarms()[0]
    assert len(ledger.live()) == 2


def test_TO27_an_amend_elsewhere_may_change_the_id_and_both_find_the_order() -> None:
    ledger = Ledger()
    sent(ledger)
    ledger.acked("mine-1", "order-1", Count(0), Count(1000), 5)
    ledger.reported(report(client_order_id="theirs", price=Price(3500), updated_ms=10**13), 10)
    order = ledger.order("mine-1")
    assert (order.aliases, order.exchange_client_id) == (("theirs",), "theirs")
    assert order.terms.price == 3500
    assert ledger.find("", "theirs") is order
    assert ledger.find("", "mine-1") is order
    ledger.filled(fill(order_id="other", client_order_id="theirs"))
    assert order.booked == 400


@pytest.mark.parametrize(("reason", "detail"), [("Trade", ""), ("ExpiryCancel", "ExpiryCancel")])
def test_an_end_says_why_where_that_is_news(reason: str, detail: str) -> None:
    ledger = Ledger()
    sent(ledger)
    done = report(status=ReportedStatus.CANCELED, remaining=Count(0), reason=reason)
    ledger.reported(done, 9)
    assert ledger.order("mine-1").detail == detail


def test_TO34_an_unknown_status_moves_no_state() -> None:
    ledger = Ledger()
    sent(ledger)
    ledger.reported(report(status=ReportedStatus.UNKNOWN), 9)
    assert ledger.order("mine-1").state is OrderState.SENDING


def test_an_amended_order_takes_its_new_price_and_size() -> None:
    ledger = Ledger()
    sent(ledger)
    ledger.reported(
        report(price=Price(3500), initial=Count(1000), filled=Count(200), remaining=Count(300)), 9
    )
    order = ledger.order("mine-1")
    assert (order.terms.price, order.terms.count, order.remaining) == (3500, 500, 300)


def test_FE04_an_older_statement_never_overwrites_a_newer_one() -> None:
    ledger = Ledger()
    ledger.stated(PositionReported(TICKER, Count(500), Money(5), Money(0), Money(0), MS + 10))
    ledger.stated(PositionReported(TICKER, Count(100), Money(1), Money(0), Money(0), MS))
    assert ledger.position(TICKER).count == 500


def test_a_fill_that_a_statement_already_contains_moves_no_position() -> None:
    ledger = Ledger()
    ledger.stated(PositionReported(TICKER, Count(400), Money(5), Money(0), Money(0), MS + 5))
    ledger.filled(fill(ts_ms=MS + 5))
    assert ledger.position(TICKER).count == 400
    ledger.filled(fill(trade_id="trade-2", ts_ms=MS + 6))
    assert ledger.position(TICKER).count == 800


def test_FE06_only_a_complete_read_makes_a_position_flat() -> None:
    ledger = Ledger()
    ledger.stated(PositionReported(TICKER, Count(400), Money(5), Money(0), Money(0), MS))
    ledger.flatten_missing([TICKER], MS + 1)
    assert ledger.position(TICKER).count == 400
    ledger.flatten_missing([], MS - 1)
    assert ledger.position(TICKER).count == 400
    ledger.flatten_missing([], MS + 1)
    assert (ledger.position(TICKER).count, ledger.position(TICKER).cost) == (0, 0)


@given(st.permutations(range(5)))
def test_FE03_fills_in_any_order_give_one_position(order: list[int]) -> None:
    ledger = Ledger()
    sent(ledger)
    fills = [
        fill(trade_id=f"t{n}", count=Count(100 + n), price=Price(3000 + 100 * n), ts_ms=MS + n)
        for n in range(5)
    ]
    for index in order:
        ledger.filled(fills[index])
    assert ledger.position(TICKER).count == sum(each.count for each in fills)
    assert ledger.order("mine-1").booked == sum(each.count for each in fills)


def test_any_order_of_report_answer_and_fill_ends_alike() -> None:
    outcomes = set()
    for order in permutations(range(3)):
        ledger = Ledger()
        sent(ledger)
        for step in order:
            if step == 0:
                ledger.acked("mine-1", "order-1", Count(1000), Count(0), 9)
            elif step == 1:
                done = report(
                    status=ReportedStatus.EXECUTED, filled=Count(1000), remaining=Count(0)
                )
                ledger.reported(done, 9)
            else:
                ledger.filled(fill(count=Count(1000)))
        mine = ledger.order("mine-1")
        outcomes.add((mine.state, mine.filled, mine.remaining, ledger.position(TICKER).count))
    assert outcomes == {(OrderState.EXECUTED, 1000, 0, 1000)}


def test_a_side_is_counted_with_its_sign() -> None:
    ledger = Ledger()
    ledger.filled(fill(side=BookSide.ASK))
    assert ledger.position(TICKER).count == -400

"""The account's bodies as records; recorded fills and settlements give the recorded money."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.api import accounts
from kalshi_tui.api.errors import BodyError
from kalshi_tui.core.charges import Charges
from kalshi_tui.core.completeness import RecordKind
from kalshi_tui.core.events import ReportedStatus
from kalshi_tui.core.fees import FeeSchedule
from kalshi_tui.core.lots import Basis
from kalshi_tui.core.profit import Books
from kalshi_tui.core.records import (
    FillRecord,
    PaymentKind,
    PaymentStatus,
    Result,
    SettlementRecord,
)
from kalshi_tui.core.settlements import payment, settlement_profit, value_of
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Price, parse_money
from tests.api.rig import fill_body, order_body, recorded

HALF = FeeSchedule(multiplier=500_000)
BASEBALL = "KXMLB"


def encoded(body: dict[str, Any]) -> bytes:
    return msgspec.json.encode(body)


def settlement_body(**changes: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "ticker": "KXRAIN-26NOV22-NYC",
        "exchange_index": 0,
        "event_ticker": "KXRAIN-26NOV22",
        "market_result": "yes",
        "yes_count_fp": "3.00",
        "yes_total_cost_dollars": "1.200000",
        "no_count_fp": "1.00",
        "no_total_cost_dollars": "0.500000",
        "revenue": 200,
        "settled_time": "2026-11-22T10:00:01Z",
        "fee_cost": "0.017500",
        "value": 100,
    }
    return body | changes


def recorded_fills(name: str) -> list[FillRecord]:
    listed = msgspec.json.decode(recorded(name))["fills"]
    return [accounts.fill(encoded(each)) for each in listed]


def recorded_settlements() -> list[SettlementRecord]:
    body = msgspec.json.decode(recorded("prod/portfolio_settlements_redacted.json"))
    return [accounts.settlement(encoded(each)) for each in body["payload"]["settlements"]]


@pytest.mark.parametrize("name", ["prod/portfolio_fills.json", "demo/fills__after_taker.json"])
def test_FE11_recorded_fees_are_the_rule_to_the_micro_dollar(name: str) -> None:
    charges, books = Charges(), Books()
    fills = recorded_fills(name)
    assert fills
    for each in sorted(fills, key=lambda fill: fill.at_ns):
        # The recorded baseball series were charged half.
        schedule = HALF if each.ticker.startswith(BASEBALL) else FeeSchedule()
        charge = charges.take(each, books.take(each).revenue, schedule)
        assert charge is not None
        assert charge.difference == 0, each
    assert charges.total.odd == 0


def test_the_recorded_position_is_what_the_recorded_fills_make() -> None:
    books = Books()
    postings = list(books.take_all(recorded_fills("demo/fills__after_taker.json")))
    listed = msgspec.json.decode(recorded("demo/portfolio__positions.json"))["market_positions"]
    position = accounts.position(encoded(listed[0]))
    holding = books.holding(position.ticker)
    assert holding.net == position.position == 300
    assert holding.cost == position.cost == position.traded
    assert holding.fees == position.fees == parse_money("0.018900")
    assert holding.realized == position.realized == 0
    # Two fills before the recorded balance, one of the three is later.
    balance = msgspec.json.decode(recorded("demo/auth__balance_ok.json"))["balance_dollars"]
    assert sum(each.cash for each in postings[:2]) == parse_money(balance) - parse_money("100")


def test_FE09_recorded_settlements_pay_what_their_outcome_is_worth() -> None:
    settlements = recorded_settlements()
    assert len(settlements) == 22
    for each in settlements:
        value = value_of(each)
        assert value is not None
        assert payment(each.net, value) == each.revenue


def test_recorded_fills_and_their_settlements_close_to_the_same_profit() -> None:
    # The redaction gave fills and settlements other names: they are matched by size, cost and fee.
    settlements = {(each.net, each.fees): each for each in recorded_settlements()}
    matched = 0
    for fill in recorded_fills("prod/portfolio_fills.json"):
        signed = fill.size if fill.side is BookSide.BID else -fill.size
        found = settlements.get((Count(signed), fill.fee))
        if found is None or (found.yes_cost + found.no_cost) != _cost(fill):
            continue
        matched += 1
        for basis in Basis:
            books = Books(basis)
            renamed = found._replace(ticker=fill.ticker)
            total = sum(each.cash for each in books.take_all([renamed, fill]))
            assert books.differences == []
            assert total == settlement_profit(found)
    assert matched >= 7


def _cost(fill: FillRecord) -> int:
    return fill.size * (fill.price if fill.side is BookSide.BID else 10_000 - fill.price)


def test_recorded_orders_are_read_with_their_costs() -> None:
    listed = msgspec.json.decode(recorded("demo/portfolio__orders_list.json"))["orders"]
    orders = [accounts.order(encoded(each)) for each in listed]
    assert len(orders) == 9
    filled = {each.order_id: each for each in orders if each.filled}
    for fill in recorded_fills("demo/fills__after_taker.json"):
        order = filled[fill.order_id]
        assert (order.taker_cost, order.taker_fees) == (_cost(fill), fill.fee)
        assert order.is_done


@pytest.mark.parametrize("gone", ["side", "action", "trade_id", "market_ticker", "ts"])
def test_FE14_a_deprecated_field_may_disappear(gone: str) -> None:
    body = fill_body(side="yes", action="buy", market_ticker="KXRAIN-26NOV22-NYC")
    whole = accounts.fill(encoded(body))
    assert accounts.fill(encoded({k: v for k, v in body.items() if k != gone})) == whole


@pytest.mark.parametrize(
    "changes",
    [
        {"fee_cost": None},
        {"count_fp": "0.00"},
        {"count_fp": 3},
        {"count_fp": "1E+2"},
        {"yes_price_dollars": "0.12345"},
        {"yes_price_dollars": 0.5},
        {"book_side": "sideways", "outcome_side": None},
        {"created_time": None, "ts": None},
        {"order_id": ""},
        {"fee_cost": "0.0000001"},
    ],
)
def test_FG03_a_fill_whose_money_cannot_be_true_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(BodyError):
        accounts.fill(encoded(fill_body(**changes)))


def test_FE12_the_subaccount_is_the_body_s_or_the_one_that_was_asked() -> None:
    assert accounts.fill(encoded(fill_body()), 3).subaccount == 3
    assert accounts.fill(encoded(fill_body(subaccount_number=0)), 3).subaccount == 0
    assert accounts.settlement(encoded(settlement_body()), 3).subaccount == 3


def test_a_settlement_of_cents_becomes_money() -> None:
    record = accounts.settlement(encoded(settlement_body()))
    assert (record.net, record.revenue, record.fees) == (200, 2_000_000, 17_500)
    assert record.result is Result.YES
    assert settlement_profit(record) == 2_000_000 + 1_000_000 - 1_700_000 - 17_500


def test_FE09_a_scalar_s_value_in_cents_is_not_taken_for_the_exact_one() -> None:
    record = accounts.settlement(encoded(settlement_body(market_result="scalar", value=45)))
    assert (record.result, record.value) == (Result.SCALAR, None)
    void = accounts.settlement(encoded(settlement_body(market_result="void", value=None)))
    assert void.result is Result.SCALAR
    with pytest.raises(BodyError, match="perhaps"):
        accounts.settlement(encoded(settlement_body(market_result="perhaps")))


def test_payments_are_counted_from_when_they_were_applied() -> None:
    body = {
        "id": "d-1", "status": "applied", "type": "ach", "amount_cents": 12_345, "fee_cents": 5,
        "created_ts": 100, "finalized_ts": 200,
    }  # fmt: skip
    paid = accounts.deposit(encoded(body))
    assert (paid.kind, paid.status, paid.at_ns) == (
        PaymentKind.DEPOSIT,
        PaymentStatus.APPLIED,
        200 * 10**9,
    )
    assert (paid.amount, paid.fee, paid.key) == (123_450_000, 50_000, "deposit/d-1")
    waiting = accounts.withdrawal(encoded(body | {"status": "pending", "finalized_ts": None}))
    assert (waiting.status, waiting.at_ns) == (PaymentStatus.PENDING, 100 * 10**9)
    odd = accounts.withdrawal(encoded(body | {"status": "frozen"}))
    assert odd.status is PaymentStatus.UNKNOWN


def test_an_order_with_a_new_status_is_kept_and_not_done() -> None:
    order = accounts.order(encoded(order_body(status="dreaming")))
    assert order.status is ReportedStatus.UNKNOWN
    assert not order.is_done
    assert accounts.order(encoded(order_body())).taker_fees == 17_500


def test_all_four_cutoffs_and_any_of_them_missing() -> None:
    body = {
        "market_settled_ts": "2026-07-28T00:00:00Z",
        "trades_created_ts": "2026-07-29T00:00:00Z",
        "orders_updated_ts": "2026-09-12T00:00:00Z",
        "market_positions_last_updated_ts": "2026-07-27T00:00:00Z",
    }
    whole = accounts.cutoff(encoded(body))
    stamps = [whole.of(kind) for kind in list(RecordKind)[:4]]
    assert len(set(stamps)) == 3
    assert stamps[0] == 1_785_283_200 * 10**9
    del body["market_positions_last_updated_ts"]
    partly = accounts.cutoff(encoded(body))
    assert partly.of(RecordKind.POSITIONS) is None
    assert partly.of(RecordKind.SETTLEMENTS) == whole.market_settled_ns
    with pytest.raises(BodyError):
        accounts.cutoff(b'{"trades_created_ts":"yesterday"}')


@given(st.binary(max_size=120), st.sampled_from(RecordKind))
def test_any_bytes_are_a_record_or_a_typed_error(body: bytes, kind: RecordKind) -> None:
    with pytest.raises(BodyError):
        accounts.READERS[kind](body, 0)


def test_a_no_price_is_never_taken_for_a_yes_price() -> None:
    body = fill_body(book_side="ask", yes_price_dollars="0.7000", no_price_dollars="0.3000")
    assert accounts.fill(encoded(body)).price == Price(7_000)

"""Profit, cost and cash of random accounts equal an oracle that counts in rational dollars."""

from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kalshi_tui.core.lots import Basis
from kalshi_tui.core.profit import (
    Books,
    Posting,
    Totals,
    by_day,
    by_event,
    by_market,
    by_series,
    event_of,
    grouped,
    series_of,
)
from kalshi_tui.core.records import FillRecord, Record, SettlementRecord, in_order
from kalshi_tui.core.settlements import settlement_profit, value_of
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Money, Price
from tests.core.account import HOUR_NS, OracleMarket, micro, random_account


def oracle(records: list[Record], basis: Basis) -> dict[str, OracleMarket]:
    markets: dict[str, OracleMarket] = {}
    for each in sorted(records, key=lambda record: record.at_ns):
        market = markets.setdefault(each.ticker, OracleMarket(basis is Basis.FIFO))
        if isinstance(each, FillRecord):
            market.fill(each)
        else:
            value = value_of(each)
            assert value is not None
            market.settle(Fraction(value, 10_000))
    return markets


def agree(records: list[Record], basis: Basis) -> None:
    books = Books(basis)
    postings = list(books.take_all(records))
    totals = grouped(postings, by_market)
    for ticker, wanted in oracle(records, basis).items():
        holding, total = books.holding(ticker), totals[ticker]
        assert holding.net == wanted.held() * 100
        assert holding.cost == micro(wanted.cost())
        assert holding.realized == total.realized == micro(wanted.realized)
        assert holding.fees == total.fees == micro(wanted.fees)
        assert total.cash == micro(wanted.cash)
    assert books.differences == []


@pytest.mark.parametrize("basis", Basis)
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32), fills=st.integers(1, 60), done=st.booleans())
def test_every_figure_equals_the_rational_oracle(
    basis: Basis, seed: int, fills: int, done: bool
) -> None:
    agree(random_account(seed, fills, settle=done), basis)


@pytest.mark.parametrize("basis", Basis)
def test_a_long_account_equals_the_rational_oracle(basis: Basis) -> None:
    agree(random_account(7, 3_000, markets=40), basis)


@pytest.mark.simulation
@pytest.mark.parametrize("basis", Basis)
def test_a_million_fills_equal_the_rational_oracle(basis: Basis) -> None:
    agree(random_account(20_261_123, 1_000_000, markets=2_000), basis)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32), fills=st.integers(1, 40))
def test_both_bases_end_at_the_same_profit_once_everything_is_settled(
    seed: int, fills: int
) -> None:
    records = random_account(seed, fills)
    ends = []
    for basis in Basis:
        books = Books(basis)
        totals = Totals()
        for posting in books.take_all(records):
            totals.add(posting)
        assert all(h.net == h.cost == h.fee_cost == 0 for h in books.holdings.values())
        assert all(not h.lots for h in books.holdings.values())
        assert totals.cash == totals.profit
        ends.append(totals)
    assert ends[0] == ends[1]


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32), fills=st.integers(1, 40))
def test_closed_lots_make_up_the_profit_to_the_micro_dollar(seed: int, fills: int) -> None:
    for basis in Basis:
        books = Books(basis)
        postings = list(books.take_all(random_account(seed, fills, settle=False)))
        realized = sum(each.proceeds - each.cost for each in books.closed)
        assert realized == sum(each.realized for each in postings)
        assert all(each.size > 0 for each in books.closed)
        still = sum(h.fee_cost for h in books.holdings.values())
        assert sum(each.fees for each in books.closed) + still == sum(p.fee for p in postings)
        for holding in books.holdings.values():
            if basis is Basis.FIFO:
                assert sum(lot.size for lot in holding.lots) == abs(holding.net)
                assert sum(lot.cost for lot in holding.lots) == holding.cost
                assert sum(lot.fee for lot in holding.lots) == holding.fee_cost


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32), fills=st.integers(1, 30), shuffle=st.integers())
def test_FE02_FE03_repeats_and_disorder_change_nothing(seed: int, fills: int, shuffle: int) -> None:
    records = random_account(seed, fills)
    mixed = records + records[: fills // 2]
    Random(shuffle).shuffle(mixed)
    assert list(Books().take_all(mixed)) == list(Books().take_all(records))
    assert in_order(mixed) == in_order(records)


def test_FE03_fills_of_one_instant_are_always_taken_in_one_order() -> None:
    def fill(name: str, side: BookSide, price: int) -> FillRecord:
        return FillRecord(5, name, "o", "KX-E-M", side, Price(price), Count(100), Money(0), True)

    three = [
        fill("a", BookSide.BID, 4_000),
        fill("b", BookSide.ASK, 6_000),
        fill("c", BookSide.BID, 5_000),
    ]
    seen = {
        tuple(p.realized for p in Books(Basis.FIFO).take_all([three[i], three[j], three[k]]))
        for i, j, k in ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0))
    }
    assert seen == {(0, 200_000, 0)}


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32), fills=st.integers(1, 40))
def test_a_settlement_alone_tells_the_same_profit_as_its_fills(seed: int, fills: int) -> None:
    records = random_account(seed, fills)
    totals = grouped(Books().take_all(records), by_market)
    for each in records:
        if isinstance(each, SettlementRecord):
            assert settlement_profit(each) == totals[each.ticker].profit


def test_groups_are_partitions_of_the_whole() -> None:
    postings = list(Books().take_all(random_account(3, 200)))
    whole = Totals()
    for each in postings:
        whole.add(each)
    for key in (
        by_market,
        by_event({}),
        by_series({}),
        by_day(lambda ns: str(ns // HOUR_NS // 24)),
    ):
        groups = grouped(postings, key)
        assert len(groups) > 1
        for name in ("realized", "fees", "cash", "traded", "fills", "settlements"):
            assert sum(getattr(g, name) for g in groups.values()) == getattr(whole, name)


def test_an_event_is_named_by_its_settlement_before_its_ticker() -> None:
    posting = Posting(1, "KXA-26NOV-LEP", "k", False, Count(1), Money(0), Money(0), Money(0), 0)
    assert by_event({})(posting) == event_of("KXA-26NOV-LEP") == "KXA-26NOV"
    assert by_event({"KXA-26NOV-LEP": "KXRENAMED"})(posting) == "KXRENAMED"
    assert by_series({})(posting) == series_of("KXA-26NOV-LEP") == "KXA"
    assert by_series({"KXA-26NOV-LEP": "KXB"})(posting) == "KXB"
    assert event_of("ALONE") == "ALONE"


def test_what_is_open_is_worth_its_mark_and_what_has_no_mark_is_named() -> None:
    books = Books()
    for ticker, side in (
        ("KX-E-A", BookSide.BID),
        ("KX-E-B", BookSide.ASK),
        ("KX-E-C", BookSide.ASK),
    ):
        books.take(
            FillRecord(1, ticker, "o", ticker, side, Price(4_000), Count(250), Money(9), True)
        )
    marks = {"KX-E-A": Price(4_500), "KX-E-B": Price(4_100)}
    # YES: 2.5 x ($0.45 - $0.40); NO: 2.5 x ($0.59 - $0.60).
    assert books.unrealized(marks.get) == (125_000 - 25_000, ("KX-E-C",))


def test_FE12_subaccounts_never_net_against_each_other() -> None:
    books = Books()
    for subaccount, side in ((0, BookSide.BID), (1, BookSide.ASK)):
        books.take(
            FillRecord(
                1,
                "t",
                f"o{subaccount}",
                "KX-E-A",
                side,
                Price(5_000),
                Count(100),
                Money(0),
                True,
                subaccount,
            )
        )
    assert books.holding("KX-E-A", 0).net == 100
    assert books.holding("KX-E-A", 1).net == -100
    assert books.closed == []

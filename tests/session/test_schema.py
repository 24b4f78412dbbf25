"""What the ledger's tables come to, against a naive reading of the whole history."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from kalshi_tui.core.effects import (
    FillEntry,
    Intent,
    JournalEntry,
    OrderEntry,
    RequestEntry,
    StateEntry,
)
from kalshi_tui.core.events import ReportedStatus
from kalshi_tui.core.orders import (
    LIVE,
    OrderState,
    OrderTerms,
    RequestKind,
    RequestState,
    SelfTradePrevention,
    TimeInForce,
)
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Price
from kalshi_tui.session import migration, schema
from tests.session.test_journal import FILL, REPORT, TERMS

COIDS = ("c1", "c2", "c3")
prices = st.integers(1, 9_999).map(Price)
counts = st.integers(1, 10**6).map(Count)
terms = st.builds(
    OrderTerms,
    ticker=st.sampled_from(["KX-A", "KX-B"]),
    side=st.sampled_from(BookSide),
    price=prices,
    count=counts,
    time_in_force=st.sampled_from(TimeInForce),
    post_only=st.booleans(),
    reduce_only=st.booleans(),
    expires_s=st.none() | st.integers(0, 2**40),
    self_trade_prevention=st.sampled_from(SelfTradePrevention),
    cancel_on_pause=st.booleans(),
    group_id=st.text(max_size=5),
)
coids = st.sampled_from(COIDS)
later = st.one_of(
    st.builds(
        StateEntry, coids, st.sampled_from(OrderState), st.just(1), st.sampled_from(["", "o1"])
    ),
    st.builds(
        lambda coid, status, filled, remaining, price: OrderEntry(
            coid,
            replace(
                REPORT,
                order_id=f"id-{coid}",
                status=status,
                filled=filled,
                remaining=remaining,
                price=price,
            ),
        ),
        coids,
        st.sampled_from(ReportedStatus),
        counts,
        counts,
        prices,
    ),
    st.builds(
        lambda coid, number: FillEntry(coid, replace(FILL, trade_id=f"t{number}")),
        coids,
        st.integers(0, 4),
    ),
    st.builds(
        RequestEntry,
        st.just("r"),
        coids,
        st.sampled_from(RequestKind),
        st.sampled_from(RequestState),
        st.just(1),
    ),
)


@dataclass
class Sum:
    """One order, read entry by entry."""

    touched: int
    price: Price
    count: Count
    state: OrderState
    order_id: str = ""
    reported: int = 0
    booked: int = 0


def kept(entries: Iterable[JournalEntry]) -> list[JournalEntry]:
    """Return the entries that a ledger keeps: a trade once."""
    trades, found = set[str](), list[JournalEntry]()
    for entry in entries:
        if isinstance(entry, FillEntry):
            if entry.fill.trade_id in trades:
                continue
            trades.add(entry.fill.trade_id)
        found.append(entry)
    return found


def summed(entries: list[JournalEntry]) -> dict[str, Sum]:
    found: dict[str, Sum] = {}
    for at, entry in enumerate(entries):
        if isinstance(entry, Intent):
            begun = OrderState.SENDING if entry.external else OrderState.INTENT
            found[entry.client_order_id] = Sum(at, entry.terms.price, entry.terms.count, begun)
        order = found[entry.client_order_id]
        order.touched = at
        if isinstance(entry, StateEntry):
            order.state = entry.state
            order.order_id = entry.order_id or order.order_id
        elif isinstance(entry, FillEntry):
            order.booked += entry.fill.count
        elif isinstance(entry, OrderEntry):
            order.order_id = entry.report.order_id
            order.reported = max(order.reported, entry.report.filled)
            if entry.report.status is ReportedStatus.RESTING:
                order.price = entry.report.price
                order.count = Count(entry.report.filled + entry.report.remaining)
    return found


def filled_with(entries: Iterable[JournalEntry]) -> sqlite3.Connection:
    database = sqlite3.connect(":memory:", isolation_level=None)
    migration.migrate(database, 0, "practice", "me")
    for seq, entry in enumerate(entries, start=1):
        schema.insert(database, seq, entry)
    return database


def history(firsts: tuple[OrderTerms, ...], rest: list[JournalEntry]) -> list[JournalEntry]:
    opened = zip(COIDS, firsts, strict=True)
    return [*(Intent(coid, each, 1, coid == "c3") for coid, each in opened), *rest]


@settings(max_examples=60, deadline=None)
@given(st.tuples(terms, terms, terms), st.lists(later, max_size=25))
def test_the_heads_are_what_a_naive_reading_of_the_history_comes_to(
    firsts: tuple[OrderTerms, ...], rest: list[JournalEntry]
) -> None:
    entries = history(firsts, rest)
    with closing(filled_with(entries)) as database:
        assert list(schema.read(database)) == kept(entries)
        columns = "client_order_id, price, count, state, order_id, reported, booked"
        rows = database.execute(f"SELECT {columns} FROM heads").fetchall()
    found = summed(kept(entries))
    assert {row[0]: row[1:] for row in rows} == {
        coid: (each.price, each.count, each.state.value, each.order_id, each.reported, each.booked)
        for coid, each in found.items()
    }


@settings(max_examples=60, deadline=None)
@given(st.tuples(terms, terms, terms), st.lists(later, max_size=25), st.integers(0, len(COIDS)))
def test_a_start_reads_all_about_live_orders_and_about_those_touched_last(
    firsts: tuple[OrderTerms, ...], rest: list[JournalEntry], newest: int
) -> None:
    entries = kept(history(firsts, rest))
    found = summed(entries)
    by_touch = sorted(found, key=lambda coid: found[coid].touched, reverse=True)
    chosen = {*by_touch[:newest], *(coid for coid in found if found[coid].state in LIVE)}
    with closing(filled_with(entries)) as database:
        read = list(schema.working(database, newest=newest))
    assert read == [entry for entry in entries if entry.client_order_id in chosen]


@given(terms)
def test_terms_come_back_from_their_payload_and_equal_ones_have_one_hash(each: OrderTerms) -> None:
    payload = schema.payload_of(each)
    assert schema.terms_of(payload) == each
    assert schema.payload_of(replace(each)) == payload


@given(terms, terms)
def test_other_terms_have_another_payload(one: OrderTerms, other: OrderTerms) -> None:
    assert (schema.payload_of(one) == schema.payload_of(other)) == (one == other)


def test_the_payload_of_the_first_version_is_still_read() -> None:
    old = (
        '{"count":155,"expires_s":9,"post_only":true,"price":5600,"reduce_only":false,'
        '"self_trade_prevention":"taker_at_cross","side":"bid","ticker":"KX-A",'
        '"time_in_force":"good_till_canceled"}'
    )
    assert schema.terms_of(old) == TERMS

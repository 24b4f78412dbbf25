"""Opening balance and movements make the closing balance, or the proof says by how much not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kalshi_tui.core.cash import MovementKind, cash_proof
from kalshi_tui.core.profit import Books
from kalshi_tui.core.records import PaymentKind, PaymentRecord, PaymentStatus
from kalshi_tui.core.units import Money
from tests.core.account import OracleMarket, random_account
from tests.core.test_profit import oracle


def payment(
    name: str, kind: PaymentKind, status: PaymentStatus, amount: int, fee: int = 0
) -> PaymentRecord:
    return PaymentRecord(5, name, kind, status, "ach", Money(amount), Money(fee), 1)


PAYMENTS = [
    payment("1", PaymentKind.DEPOSIT, PaymentStatus.APPLIED, 500_000_000, 2_000_000),
    payment("2", PaymentKind.DEPOSIT, PaymentStatus.FAILED, 70_000_000),
    payment("3", PaymentKind.DEPOSIT, PaymentStatus.PENDING, 30_000_000),
    payment("4", PaymentKind.WITHDRAWAL, PaymentStatus.APPLIED, 100_000_000, 1_000_000),
    payment("4", PaymentKind.DEPOSIT, PaymentStatus.APPLIED, 10_000),
    payment("5", PaymentKind.WITHDRAWAL, PaymentStatus.RETURNED, 9_000_000),
]
PAID_IN = 500_000_000 - 2_000_000 - 100_000_000 - 1_000_000 + 10_000


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32), fills=st.integers(0, 50), done=st.booleans())
def test_FE10_the_proof_closes_to_the_micro_dollar(seed: int, fills: int, done: bool) -> None:
    records = random_account(seed, fills, settle=done)
    books = Books()
    markets: list[OracleMarket] = list(oracle(records, books.basis).values())
    traded = sum(market.cash for market in markets) * 10**6
    closing = 123 + PAID_IN + int(traded)
    proof = cash_proof(
        Money(123),
        books.take_all(records),
        [*PAYMENTS, *PAYMENTS],
        Money(closing - 777),
        reserved=Money(777),
    )
    assert proof.is_closed
    assert proof.expected == closing
    assert "closes" in proof.sentence()


@pytest.mark.parametrize("off", [1, -1, 10_000])
def test_one_micro_dollar_too_much_is_seen(off: int) -> None:
    proof = cash_proof(Money(0), [], PAYMENTS, Money(PAID_IN + off))
    assert not proof.is_closed
    assert proof.difference == off
    assert "off by" in proof.sentence()


def test_a_difference_names_the_sum_that_it_equals() -> None:
    fees_not_taken = cash_proof(Money(0), [], PAYMENTS, Money(PAID_IN + 2_000_000))
    assert "sum of every deposit fee" in fees_not_taken.sentence()
    early = cash_proof(Money(0), [], PAYMENTS, Money(PAID_IN + 30_000_000))
    assert "pending" in early.sentence()
    assert "exactly" not in cash_proof(Money(0), [], PAYMENTS, Money(PAID_IN + 3)).sentence()


def test_fees_are_movements_of_their_own() -> None:
    records = random_account(11, 30)
    proof = cash_proof(Money(0), Books().take_all(records), [], Money(0))
    fees = proof.moved[MovementKind.FEE] + proof.moved.get(MovementKind.SETTLEMENT_FEE, 0)
    assert fees == -sum(posting.fee for posting in Books().take_all(records))

"""A ledger is settled with a real exchange on loopback, without a screen and without sending."""

from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from kalshi_tui.core.effects import Intent, JournalEntry, StateEntry
from kalshi_tui.core.environments import loopback_environment
from kalshi_tui.core.orders import OrderState, OrderTerms
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Price
from kalshi_tui.session.clock import SystemClock
from kalshi_tui.session.journal import Journal, account_of, ledger_path, read_ledger
from kalshi_tui.session.recovery import Outcome, Recovery, RecoveryError
from kalshi_tui.session.venue import FixedVenue
from tests.support.practice_live import Live, live, wall_ms
from tests.support.witness import ORDERS

BUY = {
    "side": "bid",
    "price": "0.0100",
    "count": "2.00",
    "time_in_force": "good_till_canceled",
    "self_trade_prevention_type": "taker_at_cross",
}


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator["Site"]:
    async with live(tmp_path / "exchange", markets=1) as exchange:
        yield Site(tmp_path / "state", exchange)


class Site:
    """A running exchange and the ledger of its third account."""

    def __init__(self, state: Path, exchange: Live) -> None:
        self.exchange = exchange
        account = exchange.ready.accounts[2]
        self.key_id, self.key_file = account.key_id, Path(account.private_key_path)
        self.account = account_of(self.key_id)
        self.path = ledger_path(state, self.account)

    async def ticker(self) -> str:
        truth = await self.exchange.control("truth")
        return str(next(iter(truth["markets"])))

    async def place(self, client_order_id: str) -> str:
        """Place an order as somebody else's program would and return its id."""
        order = {**BUY, "ticker": await self.ticker(), "client_order_id": client_order_id}
        answer = await self.exchange.call("POST", ORDERS, self.exchange.accounts[2], order)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["order_id"])

    async def terms(self) -> OrderTerms:
        return OrderTerms(await self.ticker(), BookSide.BID, Price(100), Count(200))

    def write(self, *entries: JournalEntry) -> None:
        with self.journal() as journal:
            journal.record(entries)

    def journal(self) -> "closing[Journal]":
        return closing(Journal(self.path, environment="practice", account=self.account, wall_ns=1))

    async def settle(self, within_s: float = 20.0) -> Outcome:
        environment = loopback_environment(self.exchange.ready.rest, self.exchange.ready.ws)
        work = Recovery(
            environment=environment,
            venue=FixedVenue(environment, self.key_id, self.key_file),
            state_dir=self.path.parent,
            clock=SystemClock(),
        )
        return await work.run(within_s)


def now_ns() -> int:
    return wall_ms() * 1_000_000


async def test_TO35_an_order_whose_answer_was_lost_is_found_and_recorded(site: Site) -> None:
    terms = await site.terms()
    site.write(Intent("c1", terms, now_ns()), StateEntry("c1", OrderState.SENDING, now_ns()))
    order_id = await site.place("c1")
    outcome = await site.settle()
    assert outcome.is_complete
    (one,) = outcome.settled
    assert one.before is not None
    assert (one.before.state, one.after.state) == (OrderState.IN_DOUBT, OrderState.RESTING)
    assert one.after.order_id == order_id
    states = [each.state for each in read_ledger(site.path) if isinstance(each, StateEntry)]
    assert states == [OrderState.SENDING, OrderState.IN_DOUBT, OrderState.RESTING]


async def test_TO04_an_intent_that_was_never_sent_is_not_sent(site: Site) -> None:
    site.write(Intent("c1", await site.terms(), now_ns()))
    assert (await site.settle()).is_complete
    states = [each.state for each in read_ledger(site.path) if isinstance(each, StateEntry)]
    assert states == [OrderState.NOT_SENT]


async def test_TO33_an_order_from_elsewhere_is_adopted(site: Site) -> None:
    await site.place("from-elsewhere")
    outcome = await site.settle()
    assert outcome.is_complete
    (one,) = outcome.settled
    assert one.before is None
    assert one.after.external
    assert one.after.state is OrderState.RESTING
    assert [each.external for each in read_ledger(site.path) if isinstance(each, Intent)] == [True]


async def test_TO17_an_order_that_cannot_be_proven_in_time_stays_in_doubt(site: Site) -> None:
    site.write(
        Intent("c1", await site.terms(), now_ns()),
        StateEntry("c1", OrderState.SENDING, now_ns()),
    )
    outcome = await site.settle(within_s=1.5)
    assert not outcome.is_complete
    assert [row.client_order_id for row in outcome.in_doubt] == ["c1"]


async def test_TO16_an_order_from_before_the_barrier_is_proven_absent_within_seconds(
    site: Site,
) -> None:
    signed_ns = now_ns() - 60 * 10**9
    site.write(
        Intent("c1", await site.terms(), signed_ns),
        StateEntry("c1", OrderState.SENDING, signed_ns),
    )
    outcome = await site.settle()
    assert outcome.is_complete
    assert [each.after.state for each in outcome.settled] == [OrderState.PROVEN_ABSENT]


async def test_nothing_is_sent(site: Site) -> None:
    terms = await site.terms()
    site.write(Intent("c1", terms, now_ns()))
    await site.place("c2")
    before = (await site.exchange.control("truth"))["accounts"][site.key_id]["orders"]
    await site.settle()
    assert (await site.exchange.control("truth"))["accounts"][site.key_id]["orders"] == before


async def test_FH04_a_ledger_that_another_program_writes_is_left_alone(site: Site) -> None:
    with site.journal(), pytest.raises(RecoveryError, match="process"):
        await site.settle()


async def test_an_exchange_that_does_not_answer_is_said_so(site: Site, tmp_path: Path) -> None:
    environment = loopback_environment("http://127.0.0.1:1/trade-api/v2", "ws://127.0.0.1:1/x")
    work = Recovery(
        environment=environment,
        venue=FixedVenue(environment, site.key_id, site.key_file),
        state_dir=tmp_path / "other",
        clock=SystemClock(),
    )
    outcome = await work.run(0.5)
    assert not outcome.is_complete
    assert outcome.reason

"""Exposure is never less than what can happen, and no order gets it past a limit."""

from dataclasses import dataclass, replace
from itertools import product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kalshi_tui.core import commands as c
from kalshi_tui.core import effects as fx
from kalshi_tui.core import events as e
from kalshi_tui.core.board import Board
from kalshi_tui.core.exposure import (
    NO_EXPOSURE,
    Exposure,
    Exposures,
    MarketRisk,
    fee_bound,
    shapes,
)
from kalshi_tui.core.fees import FeeSchedule, FeeType, Role, trade_fee
from kalshi_tui.core.ledger import Ledger
from kalshi_tui.core.market import Market
from kalshi_tui.core.orders import (
    Change,
    OrderEvent,
    OrderTerms,
    RequestKind,
    RequestState,
)
from kalshi_tui.core.risk import Limits
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.state import State
from kalshi_tui.core.units import Count, Money, Price
from tests.support.facts import NOON_NS, SECOND, TICKER, fill, market, ready_engine, report, terms
from tests.support.window import Window

PRICES = st.integers(1, 99).map(lambda cents: Price(cents * 100))
COUNTS = st.integers(1, 5_000).map(Count)
SIDES = st.sampled_from(list(BookSide))
MARKETS = {TICKER: market()}
MS = NOON_NS // 1_000_000


@dataclass
class Till:
    """A naive account in one market: signed position and cash, nothing else."""

    position: int = 0
    cash: int = 0

    def trade(self, side: BookSide, price: int, count: int, fee: int) -> None:
        """Netting at trade time, as the exchange pays it (reference: market_settlement)."""
        if side is BookSide.BID:
            closes = min(count, max(-self.position, 0))
            self.cash += closes * (10_000 - price) - (count - closes) * price - fee
            self.position += count
        else:
            closes = min(count, max(self.position, 0))
            self.cash += closes * price - (count - closes) * (10_000 - price) - fee
            self.position -= count

    def settled(self, yes: bool) -> int:
        """Return the cash once the market has settled."""
        return self.cash + 10_000 * max(self.position if yes else -self.position, 0)


def taker_fee(price: int, count: int) -> int:
    return trade_fee(FeeSchedule(), Role.TAKER, Price(price), Count(count))


def held(ledger: Ledger, side: BookSide, price: Price, count: Count) -> Till:
    """Hold something, at its cost, and return the same account as a till."""
    signed = count if side is BookSide.BID else -count
    till = Till()
    till.trade(side, price, count, 0)
    cost = Money(-till.cash)
    ledger.stated(e.PositionReported(TICKER, Count(signed), cost, Money(0), Money(0), MS))
    return till


def exposure(
    ledger: Ledger, markets: dict[str, Market], ticker: str, *, without: str = ""
) -> Exposure:
    """Return what a gate that has just begun would know."""
    return Exposures(ledger, listed(markets)).of(ticker, without=without)


def total_at_risk(ledger: Ledger, markets: dict[str, Market]) -> Money:
    return Exposures(ledger, listed(markets)).total()


def listed(markets: dict[str, Market]) -> Board:
    board = Board(set())
    board.listed(e.MarketsListed(tuple(markets.values())))
    return board


def rest(ledger: Ledger, key: str, order: OrderTerms) -> None:
    ledger.open(key, order, NOON_NS)
    ledger.move(key, OrderEvent.SEND, NOON_NS)
    ledger.move(key, OrderEvent.LOST, NOON_NS)


@given(
    st.tuples(SIDES, PRICES, COUNTS),
    st.lists(st.tuples(SIDES, PRICES, COUNTS), max_size=5),
)
def test_INV_8_exposure_is_the_worst_of_every_subset_of_fills_and_either_outcome(
    holding: tuple[BookSide, Price, Count], orders: list[tuple[BookSide, Price, Count]]
) -> None:
    ledger = Ledger()
    start = held(ledger, *holding)
    for number, (side, price, count) in enumerate(orders):
        rest(ledger, str(number), OrderTerms(TICKER, side, price, count))
    worst = 0
    for chosen in product((False, True), repeat=len(orders)):
        till = replace(start)
        for fills, (side, price, count) in zip(chosen, orders, strict=True):
            if fills:
                till.trade(side, price, count, fee_bound(FeeSchedule(), price, count))
        worst = max(worst, -till.settled(True), -till.settled(False))
    assert total_at_risk(ledger, MARKETS) == worst


@given(
    st.tuples(SIDES, PRICES, COUNTS),
    st.lists(
        st.tuples(SIDES, PRICES, COUNTS, st.integers(0, 100), st.integers(0, 9_999)), max_size=5
    ),
    st.randoms(use_true_random=False),
)
def test_INV_8_partial_fills_at_better_prices_in_any_order_cost_no_more(
    holding: tuple[BookSide, Price, Count],
    orders: list[tuple[BookSide, Price, Count, int, int]],
    chance: Random,
) -> None:
    ledger = Ledger()
    till = held(ledger, *holding)
    for number, (side, price, count, _, _) in enumerate(orders):
        rest(ledger, str(number), OrderTerms(TICKER, side, price, count))
    chance.shuffle(orders)
    for side, price, count, percent, better in orders:
        part = count * percent // 100
        at = max(price - better, 1) if side is BookSide.BID else min(price + better, 9_999)
        till.trade(side, at, part, taker_fee(at, part) if part else 0)
    assert -min(till.settled(True), till.settled(False)) <= total_at_risk(ledger, MARKETS)


@given(SIDES, PRICES, COUNTS, SIDES, PRICES, COUNTS)
def test_one_more_order_is_added_as_if_it_were_live_already(
    side: BookSide, price: Price, count: Count, more: BookSide, at: Price, size: Count
) -> None:
    ledger = Ledger()
    rest(ledger, "a", OrderTerms(TICKER, side, price, count))
    before = exposure(ledger, MARKETS, TICKER).market
    rest(ledger, "b", OrderTerms(TICKER, more, at, size))
    after = exposure(ledger, MARKETS, TICKER).market
    assert before.with_order(more, at, size, FeeSchedule()) == after


def test_a_fee_that_is_not_published_counts_as_the_published_one() -> None:
    unknown = FeeSchedule(FeeType.UNKNOWN)
    assert fee_bound(unknown, Price(5_000), 100) == fee_bound(FeeSchedule(), Price(5_000), 100)
    assert fee_bound(FeeSchedule(), Price(5_000), 100) == taker_fee(5_000, 100) + 100
    assert fee_bound(FeeSchedule(multiplier=0), Price(5_000), 100) == 0


def test_what_is_remembered_is_forgotten_when_an_order_comes_in_doubt() -> None:
    ledger = Ledger()
    known = Exposures(ledger, Board(set()))
    ledger.open("a", terms(), NOON_NS)
    ledger.move("a", OrderEvent.SEND, NOON_NS)
    assert known.of(TICKER).in_doubt == 0
    ledger.move("a", OrderEvent.LOST, NOON_NS)
    assert known.of(TICKER).in_doubt == 1


def test_FK05_an_intent_and_an_order_in_doubt_count_like_a_resting_one() -> None:
    ledger = Ledger()
    ledger.open("a", terms(), NOON_NS)
    intent = exposure(ledger, MARKETS, TICKER)
    ledger.move("a", OrderEvent.SEND, NOON_NS)
    sending = exposure(ledger, MARKETS, TICKER)
    ledger.move("a", OrderEvent.LOST, NOON_NS)
    doubt = exposure(ledger, MARKETS, TICKER)
    assert intent == sending == replace(doubt, in_doubt=0)
    assert doubt.in_doubt == 1
    assert intent.in_flight == 3_600_000
    ledger.move("a", OrderEvent.RESTS, NOON_NS)
    resting = exposure(ledger, MARKETS, TICKER)
    assert resting.market == intent.market
    assert resting.in_flight == 0
    ledger.move("a", OrderEvent.CANCELS, NOON_NS)
    assert exposure(ledger, MARKETS, TICKER) == NO_EXPOSURE


def test_TO28_while_an_order_is_changed_the_worse_of_old_and_new_counts() -> None:
    ledger = Ledger()
    rest(ledger, "a", terms())
    order = ledger.order("a")
    for price, count in ((Price(4_000), Count(900)), (Price(3_000), Count(1_500))):
        change = Change("r", RequestKind.AMEND, RequestState.PENDING, price, count, None, NOON_NS)
        ledger.change(order, change, NOON_NS)
        # Filled at the old price first, the rest at a better one: dearer than either alone.
        mixed = [(3_600, count)] if price < 3_600 else []
        assert shapes(order) == ((3_600, 1_000), (price, count), *mixed)
        found = exposure(ledger, MARKETS, TICKER)
        assert found.market.bids == max(1_000, count)
        worst = max(
            cost * size + fee_bound(FeeSchedule(), Price(cost), size)
            for cost, size in ((3_600, 1_000), (price, count), *mixed)
        )
        assert found.market.at_risk == worst
        assert found.own_bid == max(3_600, price)


def test_a_change_in_doubt_is_a_doubt_and_a_cancel_in_doubt_is_none() -> None:
    ledger = Ledger()
    rest(ledger, "a", terms())
    ledger.move("a", OrderEvent.RESTS, NOON_NS)
    order = ledger.order("a")
    change = Change(
        "r", RequestKind.AMEND, RequestState.IN_DOUBT, Price(3_500), Count(9), None, NOON_NS
    )
    assert exposure(ledger, MARKETS, TICKER).in_doubt == 0
    ledger.change(order, change, NOON_NS)
    assert exposure(ledger, MARKETS, TICKER).in_doubt == 1


def test_fills_that_were_stated_count_until_they_are_booked() -> None:
    ledger = Ledger()
    ledger.open("mine-1", terms(), NOON_NS)
    ledger.move("mine-1", OrderEvent.SEND, NOON_NS)
    before = exposure(ledger, MARKETS, TICKER).market
    ledger.acked("mine-1", "order-1", Count(1_000), Count(0), NOON_NS)
    assert not ledger.order("mine-1").is_live
    assert exposure(ledger, MARKETS, TICKER).market.highest == before.highest == 1_000
    assert exposure(ledger, MARKETS, TICKER).market.at_risk == before.at_risk
    ledger.filled(fill(count=Count(1_000)))
    after = exposure(ledger, MARKETS, TICKER).market
    assert (after.highest, after.bids) == (1_000, 0)
    assert after.at_risk == 3_600_000


def test_a_partial_fill_that_was_stated_counts_until_it_is_booked() -> None:
    ledger = Ledger()
    ledger.open("mine-1", terms(), NOON_NS)
    ledger.move("mine-1", OrderEvent.SEND, NOON_NS)
    ledger.acked("mine-1", "order-1", Count(400), Count(600), NOON_NS)
    assert ledger.order("mine-1").remaining == 600
    assert exposure(ledger, MARKETS, TICKER).market.highest == 1_000
    ledger.filled(fill(count=Count(400)))
    assert exposure(ledger, MARKETS, TICKER).market.highest == 1_000
    assert exposure(ledger, MARKETS, TICKER).market.bids == 600


def test_what_an_adopted_order_had_filled_before_is_not_counted_twice() -> None:
    ledger = Ledger()
    seen = report(client_order_id="", filled=Count(400), remaining=Count(600))
    ledger.reported(seen, NOON_NS)
    ledger.stated(e.PositionReported(TICKER, Count(400), Money(1_440_000), Money(0), Money(0), MS))
    assert exposure(ledger, MARKETS, TICKER).market.highest == 1_000


def test_other_markets_count_in_the_event_and_in_the_whole() -> None:
    ledger = Ledger()
    sibling = market(ticker="SIBLING")
    stranger = market(ticker="STRANGER", event_ticker="OTHER", exchange_index=1)
    markets = {**MARKETS, "SIBLING": sibling, "STRANGER": stranger}
    rest(ledger, "a", terms(ticker="SIBLING"))
    rest(ledger, "b", terms(ticker="STRANGER", count=Count(500)))
    rest(ledger, "c", terms(ticker="UNLISTED", count=Count(100)))
    found = exposure(ledger, markets, TICKER)
    one = 3_600_000 + fee_bound(FeeSchedule(), Price(3_600), 1_000)
    assert found.market == MarketRisk()
    assert found.event_others == one
    assert found.others == total_at_risk(ledger, markets) == found.total
    assert found.in_flight == 3_600_000 + 360_000
    assert exposure(ledger, markets, "STRANGER").in_flight == 1_800_000


def test_the_order_that_is_replaced_is_left_out() -> None:
    ledger = Ledger()
    rest(ledger, "a", terms())
    rest(ledger, "b", terms(side=BookSide.ASK, price=Price(4_000)))
    found = exposure(ledger, MARKETS, TICKER, without="a")
    assert (found.own_bid, found.own_ask) == (None, 4_000)
    assert (found.market.bids, found.market.asks) == (0, 1_000)


def test_closing_orders_share_what_there_is_to_close() -> None:
    risk = MarketRisk(asks=Count(300))
    assert risk.closable(BookSide.ASK, Count(1_000)) == 700
    assert risk.closable(BookSide.BID, Count(1_000)) == 0
    assert risk.closable(BookSide.BID, Count(-1_000)) == 1_000
    assert MarketRisk(asks=Count(2_000)).closable(BookSide.ASK, Count(1_000)) == 0
    assert Exposure().total == 0


LIMITS = Limits(
    order_count=Count(10_000),
    order_cost=Money(100_000_000),
    open_orders=4,
    position_count=Count(6_000),
    event_risk=Money(30_000_000),
    total_risk=Money(30_000_000),
    collar=Price(9_000),
    collar_percent=100,
    orders_per_second=1_000,
    orders_per_minute=1_000,
)
CONFIRMED = frozenset({"repeat", "in_doubt"})
STEPS = st.tuples(
    SIDES, PRICES, COUNTS, st.sampled_from(["rest", "fill", "lose", "wait", "refuse", "late"])
)


@settings(max_examples=60, deadline=None)
@given(st.lists(STEPS, max_size=14))
def test_INV_11_FK04_no_sequence_of_orders_gets_past_a_limit(
    steps: list[tuple[BookSide, Price, Count, str]],
) -> None:
    engine = ready_engine(limits=LIMITS)
    state = engine._state
    till, open_orders = Till(), dict[str, OrderTerms]()
    for number, (side, price, count, fate) in enumerate(steps):
        key, order = f"mine-{number}", OrderTerms(TICKER, side, price, count)
        engine.handle(e.Tick(SECOND * (number + 2), NOON_NS + SECOND * number))
        sent = engine.handle(c.Place(key, order, CONFIRMED))
        if not any(isinstance(each, fx.Submit) for each in sent):
            continue
        open_orders[key] = order
        engine.handle(e.Sending(key, NOON_NS))
        if fate == "lose":
            engine.handle(e.OutcomeUnknown(key, "The answer is lost."))
        elif fate == "refuse":
            engine.handle(e.Refused(key, 400, "invalid_order"))
            del open_orders[key]
        elif fate in ("fill", "late"):
            engine.handle(e.Acked(key, f"order-{key}", count, Count(0), price, MS, 1))
            if fate == "fill":
                del open_orders[key]
                till.trade(side, price, count, 0)
                booked = fill(
                    trade_id=key,
                    order_id=f"order-{key}",
                    client_order_id=key,
                    side=side,
                    price=price,
                    count=count,
                    ts_ms=MS + number,
                )
                engine.handle(booked)
        elif fate == "rest":
            engine.handle(e.Acked(key, f"order-{key}", Count(0), count, None, MS, 1))
        worst = _worst(till, list(open_orders.values()))
        assert worst <= LIMITS.total_risk
        highest = sum(each.count for each in open_orders.values() if each.side is BookSide.BID)
        lowest = sum(each.count for each in open_orders.values() if each.side is BookSide.ASK)
        assert till.position + highest <= LIMITS.position_count
        assert till.position - lowest >= -LIMITS.position_count
        assert len(state.ledger.live()) <= LIMITS.open_orders


def _worst(start: Till, orders: list[OrderTerms]) -> int:
    worst = 0
    for chosen in product((False, True), repeat=len(orders)):
        till = replace(start)
        for fills, order in zip(chosen, orders, strict=True):
            if fills:
                till.trade(
                    order.side, order.price, order.count, taker_fee(order.price, order.count)
                )
        worst = max(worst, -till.settled(True), -till.settled(False))
    return worst


DEEDS = (
    *("place", "place", "place", "batch", "amend", "amend", "decrease", "cancel", "side"),
    *("everything", "last", "flatten", "reverse", "trade", "trade", "late", "late", "late"),
    *("wait", "report"),
)


class Session:
    """One engine at one window, and everything that a user may do there."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.engine = ready_engine(limits=LIMITS)
        self.window = Window(chance, MS)
        self._seconds = 1
        self._keys = 0

    @property
    def state(self) -> State:
        return self.engine._state

    def act(self, deed: str) -> None:
        """Do one thing, and let all that comes of it happen."""
        self.tell(e.Tick(SECOND * (self._seconds + 1), NOON_NS + SECOND * self._seconds))
        self._seconds += 1
        if deed in ("trade", "late", "report", "wait"):
            self.hear(self._told(deed))
        else:
            self.tell(self._asked(deed))

    def _told(self, deed: str) -> list[e.Fact]:
        slips = [*self.window.slips.values()]
        if deed == "trade":
            return self.window.trade()
        if deed == "late":
            return self.window.tell_late()
        return [self.window.report(self.chance.choice(slips))] if deed == "report" and slips else []

    def _asked(self, deed: str) -> c.Command:
        live = [each.client_order_id for each in self.state.ledger.live()]
        key = self.chance.choice(live) if live else "none"
        price, count = self._price(), Count(self.chance.randint(1, 4_000))
        batch = tuple(self._place() for _ in range(3))
        asked: dict[str, c.Command] = {
            "place": batch[0],
            "batch": c.PlaceBatch(batch),
            "amend": c.Amend(key, price, count, None, CONFIRMED),
            "decrease": c.Decrease(key, Count(count // 4 + 1)),
            "cancel": c.Cancel((key,)),
            "side": c.CancelMarket(TICKER, self.chance.choice([*BookSide])),
            "everything": c.CancelEverything(),
            "last": c.CancelLast(),
            "flatten": c.Flatten(TICKER, self._key()),
            "reverse": c.Reverse(TICKER, self._key(), CONFIRMED),
        }
        return asked[deed]

    def _key(self) -> str:
        self._keys += 1
        return f"mine-{self._keys}"

    def _price(self) -> Price:
        return Price(100 * self.chance.randint(25, 55))

    def _place(self) -> c.Place:
        order = OrderTerms(
            TICKER,
            self.chance.choice([*BookSide]),
            self._price(),
            Count(self.chance.randint(1, 4_000)),
        )
        return c.Place(self._key(), order, CONFIRMED)

    def tell(self, item: e.Fact | c.Command) -> None:
        """Tell the engine, and the window what the engine sends."""
        for effect in self.engine.handle(item):
            self.hear(self.window.take(effect))

    def hear(self, facts: list[e.Fact]) -> None:
        for fact in facts:
            self.tell(fact)
            self.check()

    def check(self) -> None:
        """INV-8 and INV-11, against what the window truly has."""
        risk = self.state.exposures.of(TICKER).market
        # The window counts from the first trade on, the ledger what is not realized yet.
        worst = self.window.worst() + self.state.ledger.position(TICKER).realized
        lowest, highest = self.window.reach()
        assert worst <= max(risk.if_yes, risk.if_no)
        assert risk.lowest <= lowest
        assert highest <= risk.highest
        assert worst <= LIMITS.total_risk
        assert -LIMITS.position_count <= lowest
        assert highest <= LIMITS.position_count
        assert len(self.window.live()) <= LIMITS.open_orders


@pytest.mark.parametrize("seed", range(120))
def test_INV_8_INV_11_nothing_that_is_done_to_orders_gets_past_a_limit(seed: int) -> None:
    session = Session(Random(seed))
    for _ in range(60):
        session.act(session.chance.choice(DEEDS))
        session.check()

"""A window at which orders are taken, changed and traded, and often told of late or never.

One market and one account. It knows orders as (side, price, total, filled), a signed position and
cash; it shares no rule with the client. What it truly holds is what the client's exposure
is held against (INV-8, INV-11).
"""

from dataclasses import dataclass, field
from itertools import product
from random import Random

from kalshi_tui.core import effects as fx
from kalshi_tui.core import events as e
from kalshi_tui.core.orders import OrderTerms, TimeInForce
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Money, Price
from tests.support.facts import TICKER

DOLLAR = 10_000


@dataclass
class Till:
    """Signed position and cash. Which part of a loss is realized depends on the order in which
    fills are told; the whole of it does not."""

    position: int = 0
    cash: int = 0

    def trade(self, side: BookSide, price: int, count: int) -> None:
        """Close what stands against it, then open, at `price`."""
        leg = price if side is BookSide.BID else DOLLAR - price
        sign = 1 if side is BookSide.BID else -1
        closes = min(count, max(-sign * self.position, 0))
        self.cash += closes * (DOLLAR - leg) - (count - closes) * leg
        self.position += sign * count

    def loss(self, *, yes: bool) -> int:
        """Return what will have been lost in all once it has settled so."""
        return -self.cash - DOLLAR * max(self.position if yes else -self.position, 0)


@dataclass
class Slip:
    """An order that the window has."""

    key: str
    order_id: str
    side: BookSide
    price: int
    total: int
    filled: int = 0
    is_live: bool = True
    stamp: int = 0

    @property
    def left(self) -> int:
        return self.total - self.filled if self.is_live else 0


@dataclass
class Window:
    """Answers what is sent; `chance` decides how, and what is told when."""

    chance: Random
    now_ms: int
    till: Till = field(default_factory=Till)
    slips: dict[str, Slip] = field(default_factory=dict)
    late: list[e.Fact] = field(default_factory=list)
    trades: int = 0

    def live(self) -> list[Slip]:
        return [each for each in self.slips.values() if each.left]

    def worst(self) -> int:
        """Return the most that will have been lost, whichever live orders fill, however it ends."""
        found = -(10**18)
        live = self.live()
        for chosen in product((False, True), repeat=len(live)):
            till = Till(self.till.position, self.till.cash)
            for fills, slip in zip(chosen, live, strict=True):
                if fills:
                    till.trade(slip.side, slip.price, slip.left)
            found = max(found, till.loss(yes=True), till.loss(yes=False))
        return found

    def reach(self) -> tuple[int, int]:
        """Return the lowest and the highest position that may come of it."""
        bids = sum(each.left for each in self.live() if each.side is BookSide.BID)
        asks = sum(each.left for each in self.live() if each.side is BookSide.ASK)
        return self.till.position - asks, self.till.position + bids

    # What happens there

    def take(self, effect: fx.Effect) -> list[e.Fact]:
        """Carry out what was sent, or not; return what is told of it at once."""
        match effect:
            case fx.Submit(key, terms):
                return [e.Sending(key, 0), *self._told(self._submit(key, terms))]
            case fx.SubmitBatch(submits):
                return [fact for each in submits for fact in self.take(each)]
            case fx.SendCancel(order_id, _):
                return self._told(self._cancel(order_id))
            case fx.SendCancelBatch(cancels):
                return [fact for each in cancels for fact in self.take(each)]
            case fx.SendAmend():
                return self._told(self._amend(effect))
            case fx.SendDecrease():
                return self._told(self._decrease(effect))
            case fx.DrillDown(order_id) if order_id in self.slips:
                return self._told([self.report(self.slips[order_id])])
            case _:
                return []

    def _told(self, facts: list[e.Fact]) -> list[e.Fact]:
        """Tell in any order; some of it later."""
        self.chance.shuffle(facts)
        now = [each for each in facts if self.chance.random() < 0.6]
        self.late += [each for each in facts if each not in now]
        return now

    def tell_late(self) -> list[e.Fact]:
        """Tell something that was kept back."""
        if not self.late:
            return []
        return [self.late.pop(self.chance.randrange(len(self.late)))]

    def trade(self) -> list[e.Fact]:
        """Let somebody trade with one of the orders."""
        live = self.live()
        if not live:
            return []
        slip = self.chance.choice(live)
        return self._told(self._fill(slip, self.chance.randint(1, slip.left)))

    def report(self, slip: Slip) -> e.Fact:
        status = e.ReportedStatus.RESTING if slip.left else e.ReportedStatus.EXECUTED
        if not slip.is_live:
            status = e.ReportedStatus.CANCELED
        return e.OrderReported(
            order_id=slip.order_id,
            client_order_id=slip.key,
            ticker=TICKER,
            side=slip.side,
            price=Price(slip.price),
            status=status,
            initial=Count(slip.total),
            filled=Count(slip.filled),
            remaining=Count(slip.left),
            fees=Money(0),
            created_ms=self.now_ms,
            updated_ms=slip.stamp,
        )

    def _stamp(self, slip: Slip) -> int:
        self.now_ms += 1
        slip.stamp = self.now_ms
        return slip.stamp

    def _fill(self, slip: Slip, count: int) -> list[e.Fact]:
        if count <= 0:
            return []
        slip.filled += count
        self.till.trade(slip.side, slip.price, count)
        self.trades += 1
        return [
            e.Filled(
                trade_id=f"trade-{self.trades}",
                order_id=slip.order_id,
                client_order_id=slip.key,
                ticker=TICKER,
                side=slip.side,
                price=Price(slip.price),
                count=Count(count),
                fee=Money(0),
                is_taker=False,
                ts_ms=self._stamp(slip),
            )
        ]

    def _is_lost(self) -> bool:
        return self.chance.random() < 0.25

    def _submit(self, key: str, terms: OrderTerms) -> list[e.Fact]:
        fate = self.chance.random()
        if fate < 0.1:
            return [e.Refused(key, 400, "invalid_order")]
        if fate < 0.2:
            return [e.OutcomeUnknown(key, "lost on the way there")]
        order_id = f"order-{len(self.slips)}"
        slip = Slip(key, order_id, terms.side, terms.price, terms.count)
        self.slips[order_id] = slip
        self._stamp(slip)
        most = slip.left
        if terms.reduce_only:
            sign = -1 if terms.side is BookSide.BID else 1
            most = min(most, max(sign * self.till.position, 0))
        facts = self._fill(slip, self.chance.choice([0, most // 2, most]))
        if terms.time_in_force is TimeInForce.IOC and slip.left:
            slip.is_live = False
            self._stamp(slip)
        if self._is_lost():
            return [*facts, e.OutcomeUnknown(key, "the answer is lost")]
        filled, left = Count(slip.filled), Count(slip.left)
        return [*facts, e.Acked(key, order_id, filled, left, None, slip.stamp, 1)]

    def _cancel(self, order_id: str) -> list[e.Fact]:
        slip = self.slips[order_id]
        if not slip.left:
            return [e.CancelRefused(order_id, 404, "not_found")]
        if self.chance.random() < 0.2:
            return [e.CancelUnknown(order_id, "lost on the way there")]
        # Somebody may have been quicker.
        facts = self._fill(slip, self.chance.choice([0, 0, slip.left // 3]))
        taken = slip.left
        slip.is_live = False
        stamp = self._stamp(slip)
        if self._is_lost():
            return [*facts, e.CancelUnknown(order_id, "the answer is lost")]
        return [*facts, e.CancelAcked(order_id, Count(taken), stamp, 1)]

    def _amend(self, sent: fx.SendAmend) -> list[e.Fact]:
        slip = self.slips[sent.order_id]
        request, order_id = sent.request_id, sent.order_id
        if not slip.left or sent.terms.count <= slip.filled or self.chance.random() < 0.1:
            return [e.AmendRefused(request, order_id, 409, "cannot_be_amended")]
        if self.chance.random() < 0.15:
            return [e.AmendUnknown(request, order_id, "lost on the way there")]
        slip.price, slip.total = sent.terms.price, sent.terms.count
        stamp = self._stamp(slip)
        left = Count(slip.left)
        facts = self._fill(slip, self.chance.choice([0, 0, slip.left // 2]))
        if self._is_lost():
            return [*facts, e.AmendUnknown(request, order_id, "the answer is lost")]
        return [*facts, e.AmendAcked(request, order_id, left, Count(0), stamp, 1)]

    def _decrease(self, sent: fx.SendDecrease) -> list[e.Fact]:
        slip = self.slips[sent.order_id]
        request, order_id = sent.request_id, sent.order_id
        if not slip.left or sent.remaining >= slip.left:
            return [e.DecreaseRefused(request, order_id, 400, "nothing_to_reduce")]
        slip.total = slip.filled + sent.remaining
        stamp = self._stamp(slip)
        if self._is_lost():
            return [e.DecreaseUnknown(request, order_id, "the answer is lost")]
        return [e.DecreaseAcked(request, order_id, Count(slip.left), stamp, 1)]

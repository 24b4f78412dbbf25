"""A venue for orders, on its own: rules, reads that lag, and what it tells on the private feed.

Written from the facts about the exchange and nothing else: it shares no code with the client
or with the practice exchange. Prices are 1/10,000 dollar on the YES leg, counts 1/100 contract,
times nanoseconds of its own clock, always an argument. Chance comes from the caller.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.simulation.orders_text import Answer, Body, count_text, refusal, units

SECOND = 1_000_000_000
MILLI = 1_000_000
BEST_BID, BEST_ASK, DOLLAR = 4500, 5500, 10_000
TAIL_NS = 60 * SECOND
"""Cancel-all may also catch what is placed in the minute after it."""


@dataclass(slots=True)
class VenueOrder:
    """One order as the venue has it."""

    order_id: str
    client_id: str
    ticker: str
    side: str
    price: int
    initial: int
    remaining: int
    tif: str
    created_ns: int
    updated_ns: int
    expires_s: int | None
    group: str
    is_ours: bool
    filled: int = 0
    status: str = "resting"
    reason: str = ""
    versions: list[tuple[int, Body]] = field(default_factory=list)

    @property
    def sign(self) -> int:
        return 1 if self.side == "bid" else -1


@dataclass(frozen=True, slots=True)
class VenueFill:
    """One match of one of our orders."""

    trade_id: str
    order_id: str
    client_id: str
    ticker: str
    side: str
    price: int
    count: int
    is_taker: bool
    at_ns: int
    after: int
    cost: int
    """What is held after it cost, in millionths of a dollar."""
    realized: int


class Venue:
    """`told` hears every private message: its kind and its body as the wire would spell it."""

    def __init__(
        self, chance: random.Random, told: Callable[[str, Body], None], *, remembers_ids: bool
    ) -> None:
        """`remembers_ids`: a client order id is refused for ever, not only while it rests."""
        self._chance = chance
        self._told = told
        self._remembers_ids = remembers_ids
        self.orders: dict[str, VenueOrder] = {}
        self.fills: list[VenueFill] = []
        self.positions: dict[str, int] = {}
        self.costs: dict[str, tuple[int, int]] = {}
        """By market: what is held cost, and what was made of the rest."""
        self.groups: dict[str, bool] = {}
        """Order groups: whether each lets orders in."""
        self.shards: dict[str, int] = {}
        self.purge_until_ns = 0
        self.tail: list[tuple[int, str]] = []
        """Orders that the tail of a cancel-all catches: when, and which."""
        self.archive_age_ns: int | None = None
        self.is_slow = False
        """What cancels many at once answers first, and takes most of them off later."""
        self._replica_ns = 0
        self._made = 0

    # Reads

    def replica_ns(self, now: int, lag_ns: int) -> int:
        """Return to when a read is current: behind by the lag, and never backwards."""
        self._replica_ns = max(self._replica_ns, now - lag_ns)
        return self._replica_ns

    def cutoff_ns(self, now: int) -> int:
        """Return before when orders that are over are only in the archive."""
        return 0 if self.archive_age_ns is None else now - self.archive_age_ns

    def listed(self, as_of: int, cutoff: int, *, archived: bool) -> list[Body]:
        """Return the orders as they were then, newest first."""
        found = []
        for order in reversed(self.orders.values()):
            body = next((told for at, told in reversed(order.versions) if at <= as_of), None)
            if body is None:
                continue
            is_old = body["status"] != "resting" and body["updated_ns"] < cutoff
            if is_old is archived:
                found.append(body)
        return found

    def fills_until(self, as_of: int) -> list[VenueFill]:
        return [fill for fill in self.fills if fill.at_ns <= as_of]

    # Writes

    def create(self, body: Body, now: int) -> Answer:
        """Take an order. Another one with the id of one that rests is refused."""
        self.expire(now)
        client_id = body["client_order_id"]
        for known in self.orders.values():
            is_live = known.status == "resting" or self._remembers_ids
            if known.client_id == client_id and is_live:
                return refusal(409, "order_already_exists")
        group = body.get("order_group_id", "")
        if group and not self.groups.get(group, False):
            return refusal(400, "order_group_triggered")
        expires = body.get("expiration_time")
        if expires is not None and expires * SECOND <= now:
            return refusal(400, "invalid_parameters")
        is_bid, price = body["side"] == "bid", units(body["price"], 4)
        crosses = price >= BEST_ASK if is_bid else price <= BEST_BID
        if crosses and body.get("post_only"):
            return refusal(400, "post_only_cross")
        count = wanted = units(body["count"], 2)
        if body.get("reduce_only"):
            held = self.positions.get(body["ticker"], 0) * (-1 if is_bid else 1)
            wanted = min(count, max(held, 0))
        meets = self._depth(wanted) if crosses else 0
        tif = body["time_in_force"]
        if tif == "fill_or_kill" and meets < count:
            return refusal(409, "fill_or_kill_insufficient_resting_volume")
        order = self._open(body, price, count, tif, now)
        self._match(order, meets, BEST_ASK if is_bid else BEST_BID, now, is_taker=True)
        if order.status == "resting" and tif != "good_till_canceled":
            self._end(order, "IOC", now)
        elif (
            order.status == "resting" and now < self.purge_until_ns and self._chance.random() < 0.5
        ):
            self._catch(order, now)
        self._tell_order(order)
        return 201, {
            "order_id": order.order_id,
            "client_order_id": client_id,
            "fill_count": count_text(order.filled),
            "remaining_count": count_text(order.remaining),
            "ts_ms": now // MILLI,
        }

    def amend(self, order_id: str, body: Body, now: int) -> Answer:
        """Change price, total count or expiry of what rests."""
        self.expire(now)
        order = self.orders.get(order_id)
        if order is None or order.status != "resting":
            return refusal(404, "not_found")
        total, price = units(body["count"], 2), units(body["price"], 4)
        if total <= order.filled:
            return refusal(400, "invalid_count")
        is_expiry_only = (price, total) == (order.price, order.filled + order.remaining)
        order.price, order.remaining = price, total - order.filled
        if body.get("expiration_time") is not None:
            order.expires_s = body["expiration_time"] or None
        order.updated_ns = now
        before = order.filled
        crosses = price >= BEST_ASK if order.side == "bid" else price <= BEST_BID
        if crosses:
            touch = BEST_ASK if order.side == "bid" else BEST_BID
            self._match(order, self._depth(order.remaining), touch, now, is_taker=True)
        self._tell_order(order)
        answer = {
            "order_id": order_id,
            "client_order_id": order.client_id,
            "ts_ms": now // MILLI,
        }
        if not is_expiry_only:
            answer["remaining_count"] = count_text(order.remaining)
            answer["fill_count"] = count_text(order.filled - before)
        return 200, answer

    def decrease(self, order_id: str, body: Body, now: int) -> Answer:
        """Leave fewer contracts resting."""
        self.expire(now)
        order = self.orders.get(order_id)
        if order is None or order.status != "resting":
            return refusal(404, "not_found")
        left = units(body["reduce_to"], 2)
        if left > order.remaining:
            return refusal(400, "invalid_count")
        order.remaining, order.updated_ns = left, now
        if not left:
            self._end(order, "Decreased", now)
        self._tell_order(order)
        return 200, {
            "order_id": order_id,
            "client_order_id": order.client_id,
            "remaining_count": count_text(order.remaining),
            "ts_ms": now // MILLI,
        }

    def cancel(self, order_id: str, now: int) -> Answer:
        """Take an order off; what is over and what never was answer alike."""
        self.expire(now)
        order = self.orders.get(order_id)
        if order is None or order.status != "resting":
            return refusal(404, "not_found")
        left = order.remaining
        self._end(order, "Canceled", now)
        self._tell_order(order)
        return 200, {
            "order_id": order_id,
            "reduced_by": count_text(left),
            "ts_ms": now // MILLI,
        }

    def cancel_all(self, now: int) -> Answer:
        """Take everything off, and perhaps what comes within a minute."""
        self.expire(now)
        self._sweep(self.resting(), "Canceled", now)
        self.purge_until_ns = now + TAIL_NS
        return 204, {}

    def make_group(self, shard: int) -> Answer:
        """Make an order group."""
        self._made += 1
        name = f"g{self._made}"
        self.groups[name], self.shards[name] = True, shard
        return 201, {"order_group_id": name, "exchange_index": shard}

    def trigger(self, group: str, now: int, *, by_itself: bool = False) -> Answer:
        """Cancel what is in a group and let nothing in."""
        if group not in self.groups:
            return refusal(404, "not_found")
        self.groups[group] = False
        self._sweep([each for each in self.resting() if each.group == group], "OrderGroup", now)
        if by_itself:
            self._told("group", {"order_group_id": group, "event": "triggered"})
        return 200, {}

    def reset(self, group: str) -> Answer:
        """Let orders into a group again."""
        if group not in self.groups:
            return refusal(404, "not_found")
        self.groups[group] = True
        return 200, {}

    # What happens by itself

    def resting(self) -> list[VenueOrder]:
        return [order for order in self.orders.values() if order.status == "resting"]

    def expire(self, now: int) -> None:
        """End what has reached its time, and what the tail of a cancel-all catches."""
        for order in self.resting():
            if order.expires_s is not None and order.expires_s * SECOND <= now:
                self._end(order, "Expired", now)
                self._tell_order(order)
        due = [order_id for at, order_id in self.tail if at <= now]
        self.tail = [each for each in self.tail if each[0] > now]
        for order_id in due:
            if self.orders[order_id].status == "resting":
                self._end(self.orders[order_id], "Canceled", now)
                self._tell_order(self.orders[order_id])

    def _sweep(self, orders: list[VenueOrder], reason: str, now: int) -> None:
        for order in orders:
            if self.is_slow and self._chance.random() < 0.8:
                self._catch(order, now)
            else:
                self._end(order, reason, now)
                self._tell_order(order)

    def _catch(self, order: VenueOrder, now: int) -> None:
        self.tail.append((now + round((1 + self._chance.random() * 4) * SECOND), order.order_id))

    def crowd(self, now: int) -> None:
        """Somebody meets one of our resting orders, in part or whole."""
        ours = [order for order in self.resting() if order.is_ours]
        if ours:
            order = self._chance.choice(ours)
            self._match(order, self._depth(order.remaining), order.price, now, is_taker=False)
            self._tell_order(order)

    def strange(self, ticker: str, now: int) -> None:
        """Another program of the same account places an order; nobody meets it."""
        body = {"ticker": ticker, "client_order_id": "", "side": "bid"}
        order = self._open(body, 100, 100, "good_till_canceled", now)
        order.is_ours = False
        self._tell_order(order)

    def _depth(self, wanted: int) -> int:
        if wanted <= 0:
            return 0
        return wanted if self._chance.random() < 0.5 else self._chance.randrange(1, wanted + 1)

    def _open(self, body: Body, price: int, count: int, tif: str, now: int) -> VenueOrder:
        self._made += 1
        order = VenueOrder(
            order_id=f"v{self._made}",
            client_id=body["client_order_id"],
            ticker=body["ticker"],
            side=body["side"],
            price=price,
            initial=count,
            remaining=count,
            tif=tif,
            created_ns=now,
            updated_ns=now,
            expires_s=body.get("expiration_time"),
            group=body.get("order_group_id", ""),
            is_ours=True,
        )
        self.orders[order.order_id] = order
        return order

    def _match(
        self, order: VenueOrder, count: int, price: int, now: int, *, is_taker: bool
    ) -> None:
        if count <= 0:
            return
        order.filled += count
        order.remaining -= count
        order.updated_ns = now
        if not order.remaining:
            order.status = "executed"
        held = self.positions.get(order.ticker, 0)
        after = self.positions[order.ticker] = held + order.sign * count
        cost, realized = self._book(order.ticker, held, order.sign, count, price)
        fill = VenueFill(
            f"t{len(self.fills) + 1}",
            order.order_id,
            order.client_id,
            order.ticker,
            order.side,
            price,
            count,
            is_taker,
            now,
            after,
            cost,
            realized,
        )
        self.fills.append(fill)
        self._told("fill", {"fill": fill})
        self._told("position", {"fill": fill})

    def _book(self, ticker: str, held: int, sign: int, count: int, price: int) -> tuple[int, int]:
        """Pay for what opens; what closes a pair is paid back a dollar, at average cost."""
        cost, realized = self.costs.get(ticker, (0, 0))
        leg = price if sign > 0 else DOLLAR - price
        closed = min(count, abs(held)) if held * sign < 0 else 0
        gone = cost * closed // abs(held) // 100 * 100 if closed else 0
        realized += closed * (DOLLAR - leg) - gone
        self.costs[ticker] = cost - gone + (count - closed) * leg, realized
        return self.costs[ticker]

    def _end(self, order: VenueOrder, reason: str, now: int) -> None:
        order.status, order.reason, order.remaining, order.updated_ns = "canceled", reason, 0, now

    def _tell_order(self, order: VenueOrder) -> None:
        body = {
            "order_id": order.order_id,
            "client_order_id": order.client_id,
            "ticker": order.ticker,
            "side": order.side,
            "price": order.price,
            "status": order.status,
            "initial": order.initial,
            "filled": order.filled,
            "remaining": order.remaining,
            "created_ns": order.created_ns,
            "updated_ns": order.updated_ns,
            "expires_s": order.expires_s,
            "reason": order.reason,
            "group": order.group,
        }
        order.versions.append((order.updated_ns, body))
        self._told("order", body)

"""How many calls an account may make: token buckets with the exchange's tiers and prices.

Owns what a call costs, which bucket pays it and whether it can. Times are arguments: wall
nanoseconds, because a client waits in its own time. A charge takes from all of its buckets or from
none. Must not know HTTP, keys or orders.
Source: trading API reference on rate limits; `GET /account/limits` and `/account/endpoint_costs` as
read live (Basic 200/600 and 100/100, Advanced 300/900); openapi.yaml `GetBalance`.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

_NS_PER_S = 1_000_000_000

DEFAULT_COST: Final = 10

UNLIMITED: Final = "unlimited"
"""The tier that is never refused."""


class Tier(NamedTuple):
    """Tokens a second and the most that can be saved up, for reads and for writes."""

    read_rate: int
    read_capacity: int
    write_rate: int
    write_capacity: int
    balance_rate: int
    """Calls of `GET /portfolio/balance` a second; they cannot be saved up."""


TIERS: Final[dict[str, Tier]] = {
    "basic": Tier(200, 600, 100, 100, 1),
    "advanced": Tier(300, 900, 300, 900, 1),
    "expert": Tier(600, 600, 600, 1_200, 5),
    "premier": Tier(1_000, 1_000, 1_000, 2_000, 5),
    "paragon": Tier(2_000, 2_000, 2_000, 4_000, 5),
    "prime": Tier(4_000, 4_000, 4_000, 8_000, 5),
    "prestige": Tier(10_000, 10_000, 8_000, 16_000, 5),
}
"""The bursts of the upper tiers are the documented ones (reads 1 s, writes 2 s)."""

_ORDERS = "/portfolio/events/orders"
_GROUPS = "/portfolio/order_groups"

COSTS: Final[dict[tuple[str, str], int]] = {
    ("POST", "/account/api_usage_level/upgrade"): 30,
    ("DELETE", _ORDERS): 2,
    ("DELETE", f"{_ORDERS}/{{order_id}}"): 2,
    ("DELETE", f"{_ORDERS}/batched"): 2,
    ("GET", "/portfolio/orders/{order_id}"): 2,
}
"""What does not cost the default, by method and path below the root; a batch pays for each item."""

BALANCE: Final = ("GET", "/portfolio/balance")

_BATCHES = frozenset({("POST", f"{_ORDERS}/batched"), ("DELETE", f"{_ORDERS}/batched")})


class Toll(NamedTuple):
    """What one call is charged."""

    write: bool
    cost: int
    shard: int | None = None
    """The shard a single write names: 0 pays from the common bucket, None from all of them."""
    balance: bool = False


def is_write(method: str, path: str) -> bool:
    """Return True for a call that the Write budget pays: orders and order groups."""
    return method != "GET" and path.startswith((_ORDERS, _GROUPS))


def is_batch(method: str, path: str) -> bool:
    """Return True for a call that pays for each of its items."""
    return (method, path) in _BATCHES


def toll(method: str, path: str, shard: int | None = None, items: int = 1) -> Toll:
    """Return what a call costs; `path` is the template below the root."""
    if (method, path) == BALANCE:
        return Toll(False, 1, balance=True)
    cost = COSTS.get((method, path), DEFAULT_COST)
    if is_batch(method, path):
        return Toll(True, cost * items, 0)
    return Toll(is_write(method, path), cost, shard)


class TooManyRequests(Exception):  # noqa: N818 - the answer's own words
    """A call that a bucket cannot pay: status 429, without a word on when to come back."""

    def __init__(self, shape: str = "string") -> None:
        """`shape` is one of `policy.BODIES`."""
        super().__init__("too many requests")
        self.shape = shape

    def body(self) -> dict[str, object]:
        """Return the body: the error as a string, or as the usual object."""
        if self.shape == "object":
            return {"error": {"code": "too_many_requests", "message": "too many requests"}}
        return {"error": "too many requests"}


@dataclass(slots=True)
class Bucket:
    """Tokens that come back steadily up to a capacity. Counted in token-nanoseconds."""

    rate: int
    capacity: int
    level: int = -1
    at_ns: int = 0

    def has(self, cost: int, now_ns: int) -> bool:
        """Return True when `cost` tokens can be taken now."""
        if self.level < 0:
            self.level = self.capacity * _NS_PER_S
        elif now_ns > self.at_ns:
            gained = (now_ns - self.at_ns) * self.rate
            self.level = min(self.capacity * _NS_PER_S, self.level + gained)
        self.at_ns = now_ns
        return self.level >= cost * _NS_PER_S

    def take(self, cost: int) -> None:
        """Take tokens that `has` said are there."""
        self.level -= cost * _NS_PER_S


class Purse:
    """The buckets of one account at one tier."""

    def __init__(self, tier: Tier) -> None:
        self._tier = tier
        self._read = Bucket(tier.read_rate, tier.read_capacity)
        self._balance = Bucket(tier.balance_rate, tier.balance_rate)
        self._common = self._new_write()
        self._shards: dict[int, Bucket] = {}

    def pay(self, charge: Toll, now_ns: int) -> bool:
        """Take what a call costs from every bucket that pays it, or nothing at all."""
        buckets = self._buckets(charge)
        if not all(bucket.has(charge.cost, now_ns) for bucket in buckets):
            return False
        for bucket in buckets:
            bucket.take(charge.cost)
        return True

    def _buckets(self, charge: Toll) -> list[Bucket]:
        if charge.balance:
            return [self._balance]
        if not charge.write:
            return [self._read]
        if charge.shard is None:
            return [self._common, *self._shards.values()]
        if charge.shard <= 0:
            return [self._common]
        return [self.shard(charge.shard)]

    def shard(self, index: int) -> Bucket:
        """Return the write bucket of one shard, made full at first use."""
        bucket = self._shards.get(index)
        if bucket is None:
            bucket = self._shards[index] = self._new_write()
        return bucket

    def _new_write(self) -> Bucket:
        return Bucket(self._tier.write_rate, self._tier.write_capacity)


class Turnstile:
    """Lets calls through or not, account by account."""

    def __init__(self) -> None:
        self._tier = UNLIMITED
        self._purses: dict[str, Purse] = {}

    def admits(
        self, account_id: str, charge: Toll, tier: str, shards: tuple[int, ...], now_ns: int
    ) -> bool:
        """Charge one call; False when it cannot be paid. Another tier begins with full buckets."""
        if tier != self._tier:
            self._tier = tier
            self._purses.clear()
        if tier == UNLIMITED:
            return True
        purse = self._purses.get(account_id)
        if purse is None:
            purse = self._purses[account_id] = Purse(TIERS[tier])
            for index in shards:
                if index > 0:
                    purse.shard(index)
        return purse.pay(charge, now_ns)

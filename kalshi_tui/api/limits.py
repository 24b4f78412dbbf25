"""Token buckets: what may be sent now, and how long to wait if not.

Pure: the time is an argument (monotonic nanoseconds), nothing sleeps here. One bucket for reads,
one for writes of which a fifth is kept for cancels, and one for the balance. A write that names a
shard pays from that shard's own bucket; one that is routed by its ticker pays from all of them. A
429 halves a bucket's rate, which grows back evenly (AIMD): other programs may share the budget.
Source: openapi.yaml `GetAccountApiLimitsResponse`, `/portfolio/balance`; kalshi `rate_limits`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from kalshi_tui.core.events import BudgetReported

SECOND_NS = 1_000_000_000
CANCEL_SHARE_PERCENT = 20
"""Part of the write bucket that only cancels may use."""

RELOAD_NS = 600 * SECOND_NS
"""The account's limits are read again after this long: they drift."""

MAX_RETRY_AFTER_NS = 60 * SECOND_NS

COMMON = 0
"""The bucket that batches and writes to shard 0 pay from."""

# A bucket's share of its rate, in nanoseconds of recovery: one is added each nanosecond, so that
# from half to full takes 30 s however often it is asked.
_FULL = 60 * SECOND_NS
_LEAST = _FULL // 20
_SLOW_BALANCE_TIERS = frozenset({"basic", "advanced"})
_FAST_BALANCE_RATE = 5
_RETRY_AFTER = re.compile(r"\d{1,12}", re.ASCII)


class Kind(Enum):
    """What a request is charged as."""

    READ = "read"
    WRITE = "write"
    CANCEL = "cancel"
    BALANCE = "balance"


@dataclass(frozen=True, slots=True)
class AccountLimits:
    """The account's own limits, in tokens and tokens per second."""

    tier: str = "basic"
    read_refill: int = 200
    read_capacity: int = 200
    write_refill: int = 100
    write_capacity: int = 100


@dataclass(frozen=True, slots=True)
class EndpointCosts:
    """Tokens per request: (method, path pattern) -> cost, and the cost of everything else."""

    default: int = 10
    table: tuple[tuple[str, str, int], ...] = (
        ("DELETE", "/trade-api/v2/portfolio/events/orders/:order_id", 2),
        ("DELETE", "/trade-api/v2/portfolio/events/orders", 2),
        ("DELETE", "/trade-api/v2/portfolio/events/orders/batched", 2),
        ("GET", "/trade-api/v2/portfolio/orders/:order_id", 2),
    )
    _compiled: tuple[tuple[str, re.Pattern[str], int], ...] = field(
        init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        rules = sorted(self.table, key=lambda rule: (":" in rule[1], "*" in rule[1]))
        compiled = tuple((method, _pattern(path), cost) for method, path, cost in rules)
        object.__setattr__(self, "_compiled", compiled)

    def cost(self, method: str, path: str) -> int:
        """Return the tokens that one request takes; exact paths win over patterns."""
        for ruled, pattern, cost in self._compiled:
            if ruled == method and pattern.fullmatch(path):
                return cost
        return self.default


def _pattern(path: str) -> re.Pattern[str]:
    parts: Iterable[str] = (
        "[^/]+" if part.startswith(":") else ".+" if part.startswith("*") else re.escape(part)
        for part in path.split("/")
    )
    return re.compile("/".join(parts))


class Bucket:
    """One token bucket. Tokens are counted in billionths, so that nothing is rounded away."""

    __slots__ = ("_at", "_capacity", "_closed_until", "_level", "_refill", "_share")

    def __init__(self, refill: int, capacity: int) -> None:
        self._refill = max(refill, 1)
        self._capacity = max(capacity, 1) * SECOND_NS
        self._level = self._capacity
        self._share = _FULL
        self._at: int | None = None
        self._closed_until = 0

    def configure(self, refill: int, capacity: int) -> None:
        """Take new figures; tokens already spent stay spent."""
        grown = max(capacity, 1) * SECOND_NS
        spent = self._capacity - self._level
        self._refill, self._capacity = max(refill, 1), grown
        self._level = max(grown - spent, 0)

    def take(self, cost: int, now_ns: int, keep_percent: int = 0) -> int:
        """Take `cost` tokens and return 0, or take nothing and return the wait in nanoseconds.

        `keep_percent` of the capacity is left untouched. A cost above what the bucket can ever hold
        asks for a full bucket instead of waiting for ever.
        """
        wait_ns = self.wait(cost, now_ns, keep_percent)
        if not wait_ns:
            self.spend(cost, keep_percent)
        return wait_ns

    def wait(self, cost: int, now_ns: int, keep_percent: int = 0) -> int:
        """Return in how many nanoseconds `take` would succeed; 0 for now."""
        self._advance(now_ns)
        if now_ns < self._closed_until:
            return self._closed_until - now_ns
        missing = self._need(cost, keep_percent) + self._kept(keep_percent) - self._level
        return 0 if missing <= 0 else -(-missing * _FULL // self._rate())

    def spend(self, cost: int, keep_percent: int = 0) -> None:
        """Take tokens that `wait` said are there."""
        self._level -= self._need(cost, keep_percent)

    def level(self, now_ns: int) -> int:
        """Return the whole tokens that are there now."""
        self._advance(now_ns)
        return 0 if now_ns < self._closed_until else self._level // SECOND_NS

    @property
    def capacity(self) -> int:
        """The most tokens it holds."""
        return self._capacity // SECOND_NS

    @property
    def refill(self) -> int:
        """Tokens a second, before any slowing."""
        return self._refill

    @property
    def is_slowed(self) -> bool:
        """True while a 429 still keeps it below its rate."""
        return self._share < _FULL

    def copy(self) -> "Bucket":
        """Return another bucket in the same state."""
        other = Bucket(self._refill, self.capacity)
        for name in Bucket.__slots__:
            setattr(other, name, getattr(self, name))
        return other

    def _kept(self, keep_percent: int) -> int:
        return self._capacity * keep_percent // 100

    def _need(self, cost: int, keep_percent: int) -> int:
        return min(max(cost, 0) * SECOND_NS, self._capacity - self._kept(keep_percent))

    def throttled(self, now_ns: int, retry_after_ns: int = 0) -> None:
        """The exchange said 429: its bucket is empty and ours was too optimistic."""
        self._advance(now_ns)
        self._level = 0
        self._share = max(self._share // 2, _LEAST)
        self._closed_until = max(self._closed_until, now_ns + retry_after_ns)

    def _rate(self) -> int:
        return self._refill * self._share

    def _advance(self, now_ns: int) -> None:
        if self._at is None:
            self._at = now_ns
        elapsed = now_ns - self._at
        if elapsed <= 0:
            return
        self._at = now_ns
        self._level = min(self._capacity, self._level + elapsed * self._rate() // _FULL)
        self._share = min(_FULL, self._share + elapsed)


class RateLimits:
    """All buckets of one account."""

    def __init__(
        self, limits: AccountLimits | None = None, costs: EndpointCosts | None = None
    ) -> None:
        known = limits or AccountLimits()
        self.costs = costs or EndpointCosts()
        self._read = Bucket(known.read_refill, known.read_capacity)
        self._writes = {COMMON: Bucket(known.write_refill, known.write_capacity)}
        self._balance = Bucket(1, 1)
        self._loaded_at: int | None = None

    def configure(self, limits: AccountLimits, now_ns: int) -> None:
        """Take the account's limits as the exchange states them."""
        self._read.configure(limits.read_refill, limits.read_capacity)
        for bucket in self._writes.values():
            bucket.configure(limits.write_refill, limits.write_capacity)
        rate = 1 if limits.tier.lower() in _SLOW_BALANCE_TIERS else _FAST_BALANCE_RATE
        self._balance.configure(rate, rate)
        self._loaded_at = now_ns

    def needs_reload(self, now_ns: int) -> bool:
        """True where the limits were never read, are ten minutes old, or a 429 came since."""
        return self._loaded_at is None or now_ns - self._loaded_at >= RELOAD_NS

    def take(self, cost: int, now_ns: int, kind: Kind, shard: int | None = None) -> int:
        """Take tokens and return 0, or take nothing and return how many nanoseconds to wait.

        `shard` is the one that a write names; None for a write that is routed by its ticker.
        """
        match kind:
            case Kind.READ:
                return self._read.take(cost, now_ns)
            case Kind.WRITE:
                return self._take_write(cost, now_ns, shard, CANCEL_SHARE_PERCENT)
            case Kind.CANCEL:
                return self._take_write(cost, now_ns, shard, 0)
            case Kind.BALANCE:
                return self._balance.take(1, now_ns)

    def _take_write(self, cost: int, now_ns: int, shard: int | None, keep_percent: int) -> int:
        """Take from every bucket that pays, or from none (FL08)."""
        paying = list(self._writes.values()) if shard is None else [self._write_of(shard)]
        wait_ns = max(bucket.wait(cost, now_ns, keep_percent) for bucket in paying)
        if not wait_ns:
            for bucket in paying:
                bucket.spend(cost, keep_percent)
        return wait_ns

    def _write_of(self, shard: int) -> Bucket:
        """Return a shard's own bucket. Until it was named it paid exactly what the common one paid,
        batches aside: beginning as its copy never promises too much.
        """
        key = max(shard, COMMON)
        if key not in self._writes:
            self._writes[key] = self._writes[COMMON].copy()
        return self._writes[key]

    def budget(self, now_ns: int) -> BudgetReported:
        """Return what is left, for writes that of the bucket that is lowest."""
        lowest = min(self._writes.values(), key=lambda bucket: bucket.level(now_ns))
        return BudgetReported(
            write_left=lowest.level(now_ns),
            write_capacity=lowest.capacity,
            write_refill=lowest.refill,
            read_left=self._read.level(now_ns),
            read_capacity=self._read.capacity,
            read_refill=self._read.refill,
            reserve=lowest.capacity * CANCEL_SHARE_PERCENT // 100,
            throttled=lowest.is_slowed or self._read.is_slowed,
        )

    def room(self, cost: int, now_ns: int, kind: Kind) -> int:
        """Return how many items of `cost` tokens one batch may hold now (FC14).

        A batch that the exchange's bucket cannot pay is refused as a whole, so it is never larger
        than what is there.
        """
        keep_percent = CANCEL_SHARE_PERCENT if kind is Kind.WRITE else 0
        common = self._writes[COMMON]
        free = common.level(now_ns) - common.capacity * keep_percent // 100
        return max(free, 0) // max(cost, 1)

    def throttled(self, kind: Kind, now_ns: int, retry_after: str | None = None) -> None:
        """Book a 429 for `kind`; `retry_after` is the header's text, if there was one."""
        wait_ns = retry_after_ns(retry_after)
        if kind in (Kind.READ, Kind.BALANCE):
            (self._read if kind is Kind.READ else self._balance).throttled(now_ns, wait_ns)
        else:
            # It does not say which of them was empty.
            for bucket in self._writes.values():
                bucket.throttled(now_ns, wait_ns)
        self._loaded_at = None


def retry_after_ns(text: str | None) -> int:
    """Return a Retry-After header in nanoseconds, at most 60 s; 0 for anything but whole seconds.

    Kalshi sends none; a proxy might.
    """
    if text is None or not _RETRY_AFTER.fullmatch(text.strip()):
        return 0
    return min(int(text) * SECOND_NS, MAX_RETRY_AFTER_NS)

"""Order groups of the practice exchange: how much a set of orders may trade in fifteen seconds.

Owns the groups, their rolling windows and their limits. Must not know orders, books or the wire:
`practice.exchange` cancels what a triggered group holds.
A group triggers when what its orders matched within the window reaches the limit; an order that
goes through the limit is not cut short. Source: openapi.yaml, order groups; the error of a
triggered group is not recorded.
"""

from collections import deque
from dataclasses import dataclass, field

from kalshi_tui.core.units import NO_COUNT, ONE_CONTRACT, Count
from kalshi_tui.practice import rejections

WINDOW_NS = 15_000_000_000
"""How long a matched contract counts."""

MOST_GROUPS = 100_000
"""Groups of one account at a time."""

SMALLEST_LIMIT = ONE_CONTRACT
LARGEST_LIMIT = Count(1_000_000 * ONE_CONTRACT)


@dataclass(slots=True, eq=False)
class OrderGroup:
    """One group. `matched` counts within the window that ends at the last match."""

    group_id: str
    account_id: str
    exchange_index: int
    limit: Count
    created_ns: int
    triggered: bool = False
    matched: Count = NO_COUNT
    _matches: deque[tuple[int, int]] = field(default_factory=deque)

    @property
    def auto_cancel(self) -> bool:
        """The wire's `is_auto_cancel_enabled`: armed, and not triggered yet."""
        return not self.triggered

    def count(self, size: Count, now_ns: int) -> bool:
        """Note a match; return True when the limit is reached."""
        self._forget(now_ns)
        self._matches.append((now_ns, size))
        self.matched = Count(self.matched + size)
        return self.matched >= self.limit

    def reset(self) -> None:
        """Begin to count anew."""
        self._matches.clear()
        self.matched = NO_COUNT
        self.triggered = False

    def change_limit(self, limit: Count, now_ns: int) -> bool:
        """Set another limit; return True when it is reached already."""
        self._forget(now_ns)
        self.limit = limit
        return self.matched >= limit

    def _forget(self, now_ns: int) -> None:
        while self._matches and self._matches[0][0] <= now_ns - WINDOW_NS:
            self.matched = Count(self.matched - self._matches.popleft()[1])


class Groups:
    """All order groups of the exchange, by id, oldest first."""

    def __init__(self) -> None:
        self.by_id: dict[str, OrderGroup] = {}
        self.reached: list[OrderGroup] = []
        """Groups whose limit the running command has reached."""

    def create(
        self, account_id: str, group_id: str, limit: Count, exchange_index: int, now_ns: int
    ) -> OrderGroup:
        """Add a group. Raises `Rejection`."""
        check_limit(limit)
        if sum(each.account_id == account_id for each in self.by_id.values()) >= MOST_GROUPS:
            raise rejections.invalid_order(rejections.TOO_MANY_GROUPS)
        group = OrderGroup(group_id, account_id, exchange_index, limit, now_ns)
        self.by_id[group_id] = group
        return group

    def of(self, account_id: str) -> list[OrderGroup]:
        """Return an account's groups, oldest first."""
        return [each for each in self.by_id.values() if each.account_id == account_id]

    def find(self, account_id: str, group_id: str, exchange_index: int | None = None) -> OrderGroup:
        """Return one group of an account. Raises `Rejection` (404)."""
        group = self.by_id.get(group_id)
        if group is None or group.account_id != account_id:
            raise rejections.not_found()
        if exchange_index is not None and exchange_index != group.exchange_index:
            raise rejections.not_found()
        return group

    def match(self, group_id: str, size: Count, now_ns: int) -> None:
        """Note that an order of a group was filled."""
        group = self.by_id.get(group_id)
        if group is not None and group.count(size, now_ns) and not group.triggered:
            group.triggered = True
            self.reached.append(group)


def check_limit(limit: Count) -> None:
    """Refuse a limit outside 1 to 1,000,000 contracts. Raises `Rejection`."""
    if not SMALLEST_LIMIT <= limit <= LARGEST_LIMIT:
        raise rejections.invalid_parameters("contracts limit must be from 1 to 1000000")

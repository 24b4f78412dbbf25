"""Order groups as customers command them on the practice exchange.

Owns create, reset, trigger, limit and delete, and what each tells; the counting is `groups`'.
Source: openapi.yaml, order groups; asyncapi.yaml `order_group_updates`.
"""

from kalshi_tui.core.units import Count
from kalshi_tui.practice.groups import OrderGroup, check_limit
from kalshi_tui.practice.happenings import GroupEvent, GroupUpdated
from kalshi_tui.practice.ordering import Ordering


class Grouping(Ordering):
    """The commands of order groups. Every one raises `Rejection`."""

    def create_group(
        self, account_id: str, limit: Count, now_ns: int, exchange_index: int = 0
    ) -> OrderGroup:
        """Create a group that holds orders of one shard."""
        self._lifecycle.advance(now_ns)
        self._halts.check_open(exchange_index)
        check_limit(limit)
        group_id = self._floor.paper_id()
        group = self._groups.create(account_id, group_id, limit, exchange_index, now_ns)
        self._tell(group, GroupEvent.CREATED, now_ns)
        return group

    def groups(self, account_id: str) -> list[OrderGroup]:
        """Return an account's groups, oldest first."""
        return self._groups.of(account_id)

    def group(self, account_id: str, group_id: str) -> OrderGroup:
        """Return one group of an account. Raises `Rejection` (404)."""
        return self._groups.find(account_id, group_id)

    def group_orders(self, account_id: str, group_id: str) -> list[str]:
        """Return the ids of a group's live orders, oldest first. Raises `Rejection` (404)."""
        return [each.order_id for each in self._members(self.group(account_id, group_id))]

    def reset_group(
        self, account_id: str, group_id: str, now_ns: int, exchange_index: int | None = None
    ) -> None:
        """Count anew from nothing, and take orders again."""
        group = self._open_group(account_id, group_id, now_ns, exchange_index)
        group.reset()
        self._tell(group, GroupEvent.RESET, now_ns)

    def trigger_group(
        self, account_id: str, group_id: str, now_ns: int, exchange_index: int | None = None
    ) -> None:
        """Cancel all orders of a group and take none until it is reset."""
        self._trigger(self._open_group(account_id, group_id, now_ns, exchange_index), now_ns)

    def limit_group(
        self,
        account_id: str,
        group_id: str,
        limit: Count,
        now_ns: int,
        exchange_index: int | None = None,
    ) -> None:
        """Set another limit, which triggers the group where it is reached already."""
        group = self._open_group(account_id, group_id, now_ns, exchange_index)
        check_limit(limit)
        reached = group.change_limit(limit, now_ns)
        self._tell(group, GroupEvent.LIMIT_UPDATED, now_ns)
        if reached and not group.triggered:
            self._trigger(group, now_ns)

    def delete_group(
        self, account_id: str, group_id: str, now_ns: int, exchange_index: int | None = None
    ) -> None:
        """Cancel all orders of a group and forget it."""
        group = self._open_group(account_id, group_id, now_ns, exchange_index)
        self._cancel_many(self._members(group), now_ns)
        del self._groups.by_id[group_id]
        self._tell(group, GroupEvent.DELETED, now_ns)

    def _open_group(
        self, account_id: str, group_id: str, now_ns: int, exchange_index: int | None
    ) -> OrderGroup:
        self._lifecycle.advance(now_ns)
        group = self._groups.find(account_id, group_id, exchange_index)
        self._halts.check_open(group.exchange_index)
        return group

    def _tell(self, group: OrderGroup, event: GroupEvent, now_ns: int) -> None:
        says_limit = event in (GroupEvent.CREATED, GroupEvent.LIMIT_UPDATED)
        limit = group.limit if says_limit else None
        self._floor.outbox.append(
            GroupUpdated(group.account_id, group.group_id, event, limit, now_ns)
        )

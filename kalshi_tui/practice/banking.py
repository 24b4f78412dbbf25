"""Cash commands of the practice exchange: deposits, withdrawals, transfers, target shares.

Owns which of them is refused and when money arrives; records and arithmetic are `treasury`'s.
Must not know orders beyond the collateral they hold. Source: openapi.yaml, intra-exchange
transfers and target balance allocation; the code of a repeated transfer is not recorded.
"""

from collections.abc import Mapping

from kalshi_tui.core.units import Money
from kalshi_tui.practice import rejections
from kalshi_tui.practice.accounts import Account
from kalshi_tui.practice.grouping import Grouping
from kalshi_tui.practice.happenings import CashMoved
from kalshi_tui.practice.treasury import (
    CENTICENT,
    REBALANCE_NS,
    TRANSFER_NS,
    Allocation,
    Payment,
    Reservation,
    Transfer,
    kept,
    rebalanced,
)

_AMOUNT = "amount must be a positive number of centicents"
_SAME_SHARD = "source and destination are the same exchange index"
_UNKNOWN_SHARD = "no such exchange index"
_NOT_A_HUNDRED = "percentages must total 100"


class Banking(Grouping):
    """The cash commands."""

    def __init__(self, run: int = 0) -> None:
        super().__init__(run)
        self._lifecycle.deeds["arrive"] = self._arrive
        self._lifecycle.deeds["rebalance"] = self._rebalance

    def open_account(
        self, account_id: str, deposits: Mapping[int, Money], now_ns: int = 0
    ) -> Account:
        """Add a customer whose cash per exchange index is deposited now.

        An existing one is returned unchanged.
        """
        account = self.accounts.get(account_id)
        if account is None:
            account = self.accounts[account_id] = Account(account_id, deposits)
            purse = self.purse(account_id)
            for index, amount in sorted(deposits.items()):
                if amount > 0:
                    purse.deposits.append(self._payment(amount, index, now_ns))
        return account

    def deposit(
        self, account_id: str, amount: Money, now_ns: int, exchange_index: int = 0
    ) -> Payment:
        """Add cash to a shard. Raises `Rejection`."""
        self._check_amount(amount)
        payment = self._payment(amount, exchange_index, now_ns)
        self.purse(account_id).deposits.append(payment)
        self._move(account_id, exchange_index, amount, now_ns)
        return payment

    def withdraw(
        self, account_id: str, amount: Money, now_ns: int, exchange_index: int = 0
    ) -> Payment:
        """Take available cash from a shard. Raises `Rejection`."""
        self._check_amount(amount)
        if self.accounts[account_id].available(exchange_index) < amount:
            raise rejections.insufficient_balance()
        payment = self._payment(amount, exchange_index, now_ns)
        self.purse(account_id).withdrawals.append(payment)
        self._move(account_id, exchange_index, Money(-amount), now_ns)
        return payment

    def deposits(self, account_id: str) -> list[Payment]:
        """Return an account's deposits, newest first; the starting balance is one a shard."""
        return self.purse(account_id).deposits[::-1]

    def withdrawals(self, account_id: str) -> list[Payment]:
        """Return an account's withdrawals, newest first."""
        return self.purse(account_id).withdrawals[::-1]

    def transfer(
        self,
        account_id: str,
        source_index: int,
        destination_index: int,
        amount: Money,
        now_ns: int,
        client_transfer_id: str = "",
    ) -> Transfer:
        """Send available cash from one shard to another. Raises `Rejection`.

        A `client_transfer_id` that was accepted before on the source is a 409 and moves nothing.
        """
        self._lifecycle.advance(now_ns)
        self._check_transfer(source_index, destination_index, amount)
        purse = self.purse(account_id)
        if client_transfer_id and (source_index, client_transfer_id) in purse.used_ids:
            raise rejections.transfer_already_exists()
        if self.accounts[account_id].available(source_index) < amount:
            raise rejections.insufficient_balance()
        transfer = Transfer(
            self._floor.paper_id(),
            client_transfer_id,
            source_index,
            destination_index,
            amount,
            now_ns,
        )
        purse.transfers[transfer.transfer_id] = transfer
        if client_transfer_id:
            purse.used_ids.add((source_index, client_transfer_id))
        self._move(account_id, source_index, Money(-amount), now_ns)
        self._lifecycle.enter(
            now_ns + TRANSFER_NS, "arrive", f"{account_id} {transfer.transfer_id}"
        )
        return transfer

    def transfers(self, account_id: str) -> list[Transfer]:
        """Return an account's transfers, newest first."""
        return list(reversed(self.purse(account_id).transfers.values()))

    def transfer_of(self, account_id: str, transfer_id: str) -> Transfer:
        """Return one transfer of an account. Raises `Rejection` (404)."""
        transfer = self.purse(account_id).transfers.get(transfer_id)
        if transfer is None:
            raise rejections.not_found()
        return transfer

    def allocation(self, account_id: str) -> Allocation:
        """Return the shares an account wants its cash kept in."""
        return self.purse(account_id).allocation

    def set_allocation(
        self,
        account_id: str,
        percents: Mapping[int, int],
        reservation: Reservation,
        now_ns: int,
    ) -> None:
        """Replace the shares; none at all ends the rebalancing. Raises `Rejection`.

        The first rebalance comes ten seconds later and then every ten seconds.
        """
        self._lifecycle.advance(now_ns)
        if percents and sum(percents.values()) != 100:
            raise rejections.invalid_parameters(_NOT_A_HUNDRED)
        if any(not 0 <= each <= 100 for each in percents.values()):
            raise rejections.invalid_parameters(_NOT_A_HUNDRED)
        if not set(percents) <= set(self.shards):
            raise rejections.invalid_parameters(_UNKNOWN_SHARD)
        purse = self.purse(account_id)
        purse.allocation = Allocation(dict(percents), reservation)
        purse.rebalances_at_ns = now_ns + REBALANCE_NS if percents else 0
        self._floor.outbox.append(CashMoved(account_id, now_ns))
        if percents:
            self._lifecycle.enter(purse.rebalances_at_ns, "rebalance", account_id)

    def resume_purse(self, account_id: str, now_ns: int) -> None:
        """Put the dates of a restored purse back into the calendar: transfers and rebalances."""
        purse = self.purse(account_id)
        for transfer in purse.transfers.values():
            if not transfer.complete:
                due_ns = max(transfer.created_ns + TRANSFER_NS, now_ns)
                self._lifecycle.enter(due_ns, "arrive", f"{account_id} {transfer.transfer_id}")
        if purse.allocation.percents:
            purse.rebalances_at_ns = now_ns + REBALANCE_NS
            self._lifecycle.enter(purse.rebalances_at_ns, "rebalance", account_id)

    def _check_amount(self, amount: Money) -> None:
        if amount <= 0 or amount % CENTICENT:
            raise rejections.invalid_parameters(_AMOUNT)

    def _check_transfer(self, source: int, destination: int, amount: Money) -> None:
        self._check_amount(amount)
        if not {source, destination} <= set(self.shards):
            raise rejections.invalid_parameters(_UNKNOWN_SHARD)
        if source == destination:
            raise rejections.invalid_parameters(_SAME_SHARD)
        self._halts.check_open(source)
        self._halts.check_open(destination)

    def _payment(self, amount: Money, exchange_index: int, now_ns: int) -> Payment:
        return Payment(self._floor.paper_id(), amount, exchange_index, now_ns)

    def _move(self, account_id: str, index: int, amount: Money, at_ns: int) -> None:
        cash = self.accounts[account_id].cash
        cash[index] = cash.get(index, 0) + amount
        self._floor.outbox.append(CashMoved(account_id, at_ns))

    def _arrive(self, key: str, at_ns: int) -> None:
        account_id, _, transfer_id = key.rpartition(" ")
        transfer = self.purse(account_id).transfers[transfer_id]
        if not transfer.complete:
            transfer.complete = True
            self._move(account_id, transfer.destination_index, transfer.amount, at_ns)

    def _rebalance(self, account_id: str, at_ns: int) -> None:
        purse = self.purse(account_id)
        if purse.rebalances_at_ns != at_ns:
            return
        account, allocation = self.accounts[account_id], purse.allocation
        left = {
            index: kept(account.committed(index), allocation.reservation) for index in self.shards
        }
        after = rebalanced(account.cash, left, allocation.percents)
        if after != {index: account.cash.get(index, 0) for index in after}:
            account.cash.update(after)
            self._floor.outbox.append(CashMoved(account_id, at_ns))
        purse.rebalances_at_ns = at_ns + REBALANCE_NS
        self._lifecycle.enter(purse.rebalances_at_ns, "rebalance", account_id)

"""Cash over REST: deposits, withdrawals, transfers between shards, the target allocation.

Owns how the requests are read and answered; cash and shards are the exchange's. A transfer is
answered before it is complete, as on the real exchange. Amounts of a request are centi-cents, of
an answer dollars. Every command settles the venue before its answer leaves.
Source: openapi.yaml, tag portfolio.
"""

import re
from collections.abc import Sequence

from msgspec import UNSET
from starlette.requests import Request
from starlette.responses import Response

from kalshi_tui.core.units import Money
from kalshi_tui.practice import answers, shapes
from kalshi_tui.practice.bodies import INT, INT64, LIST, TEXT, Body, Form, check_subaccount, invalid
from kalshi_tui.practice.marketdata import answer
from kalshi_tui.practice.parameters import Query, page
from kalshi_tui.practice.rejections import Rejection
from kalshi_tui.practice.treasury import CENTICENT, Payment, Reservation, Transfer
from kalshi_tui.practice.venue import Venue

_NS_PER_S = 1_000_000_000
_INSTANCE = "event_contract"
_MARGINED = "margined"
_MOST_SHARD = 100
_MOST_ALLOCATIONS = 101
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)

_TRANSFER = Form(
    "IntraExchangeInstanceTransferRequest",
    {
        "client_transfer_id": TEXT,
        "source": TEXT,
        "destination": TEXT,
        "amount": INT64,
        "source_exchange_shard": INT,
        "destination_exchange_shard": INT,
        "source_subaccount": INT,
        "destination_subaccount": INT,
    },
)
_ALLOCATE = Form(
    "SetTargetBalanceAllocationRequest",
    {"allocations": LIST, "resting_margin_reservation": TEXT},
)
_ALLOCATION = Form("TargetBalanceAllocationInput", {"exchange_index": INT, "percent": INT})


class Funding:
    """The cash endpoints of one venue. `key_id` names the account."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue

    async def deposits(self, request: Request, key_id: str) -> Response:
        """GET /portfolio/deposits: newest first; the starting balance is among them."""
        found = [_paid(each) for each in self._venue.exchange.deposits(key_id)]
        return _list("GetDeposits", "deposits", request, found)

    async def withdrawals(self, request: Request, key_id: str) -> Response:
        """GET /portfolio/withdrawals: newest first."""
        found = [_paid(each) for each in self._venue.exchange.withdrawals(key_id)]
        return _list("GetWithdrawals", "withdrawals", request, found)

    async def transfer(self, request: Request, key_id: str) -> Response:
        """POST /portfolio/intra_exchange_instance_transfer."""
        body = await _TRANSFER.receive(request)
        source, destination = _shards(body)
        amount = body.number("amount") or 0
        if amount <= 0:
            raise invalid("amount must be positive")
        now_ns = self._venue.begin()
        try:
            made = self._venue.exchange.transfer(
                key_id,
                source,
                destination,
                Money(amount * CENTICENT),
                now_ns,
                body.text("client_transfer_id"),
            )
        finally:
            self._venue.settle(now_ns)
        self._venue.on_wake()
        return answer({"transfer_id": made.transfer_id})

    async def transfers(self, request: Request, key_id: str) -> Response:
        """GET /portfolio/intra_exchange_instance_transfers: newest first."""
        query = Query("GetIntraExchangeInstanceTransfers", request.query_params)
        limit = query.limit(100, 500)
        self._venue.begin()
        found = self._venue.exchange.transfers(key_id)
        chosen, cursor = page(found, lambda each: each.transfer_id, query.text("cursor"), limit)
        return answer({"transfers": [_transfer(each) for each in chosen], "cursor": cursor})

    async def one_transfer(self, request: Request, key_id: str) -> Response:
        """GET /portfolio/intra_exchange_instance_transfers/{transfer_id}."""
        self._venue.begin()
        found = self._venue.exchange.transfer_of(key_id, request.path_params["transfer_id"])
        return answer({"transfer": _transfer(found)})

    async def allocation(self, request: Request, key_id: str) -> Response:
        """GET /portfolio/target_balance_allocation."""
        found = self._venue.exchange.allocation(key_id)
        return answer(
            {
                "allocations": [
                    {"exchange_index": index, "percent": percent}
                    for index, percent in sorted(found.percents.items())
                ],
                "resting_margin_reservation": found.reservation.value,
            }
        )

    async def allocate(self, request: Request, key_id: str) -> Response:
        """POST /portfolio/target_balance_allocation: an empty list stops the balancing."""
        body = await _ALLOCATE.receive(request)
        if "allocations" not in body:
            raise invalid("allocations is required")
        percents = _percents([_ALLOCATION.pick(each) for each in body.items("allocations")])
        if "resting_margin_reservation" in body:
            reservation = body.word(Reservation, "resting_margin_reservation")
        else:
            reservation = self._venue.exchange.allocation(key_id).reservation
        now_ns = self._venue.begin()
        try:
            self._venue.exchange.set_allocation(key_id, percents, reservation, now_ns)
        finally:
            self._venue.settle(now_ns)
        self._venue.on_wake()
        return answer({})


def _shards(body: Body) -> tuple[int, int]:
    """Return the shards of a transfer request. Raises `Rejection`."""
    body.require("source", "destination")
    for name in ("source", "destination"):
        if body.text(name) == _MARGINED:
            raise Rejection(403, "forbidden", "forbidden", "this account has no margined instance")
        if body.text(name) != _INSTANCE:
            raise invalid(f"{name} is not valid")
        check_subaccount(body.number(f"{name}_subaccount"))
    name = body.text("client_transfer_id")
    if name and not _UUID.fullmatch(name):
        raise invalid("client_transfer_id must be a UUID")
    source = body.number("source_exchange_shard") or 0
    destination = body.number("destination_exchange_shard") or 0
    if not (0 <= source <= _MOST_SHARD and 0 <= destination <= _MOST_SHARD):
        raise invalid(f"an exchange shard is a number from 0 to {_MOST_SHARD}")
    return source, destination


def _percents(entries: Sequence[Body]) -> dict[int, int]:
    """Return percentages by shard. Raises `Rejection`."""
    if len(entries) > _MOST_ALLOCATIONS:
        raise invalid(f"at most {_MOST_ALLOCATIONS} allocations")
    found: dict[int, int] = {}
    for each in entries:
        index, percent = each.number("exchange_index"), each.number("percent")
        if index is None or percent is None or index < 0 or not 0 <= percent <= 100:
            raise invalid("an allocation needs an exchange_index and a percent from 0 to 100")
        if index in found:
            raise invalid("an exchange_index is given twice")
        found[index] = percent
    if found and sum(found.values()) != 100:
        raise invalid("percentages must total 100")
    return found


def _paid(payment: Payment) -> shapes.Deposit:
    at_s = payment.created_ns // _NS_PER_S
    return shapes.Deposit(payment.payment_id, answers.cents(payment.amount), at_s, at_s)


def _list(operation: str, name: str, request: Request, found: list[shapes.Deposit]) -> Response:
    query = Query(operation, request.query_params)
    limit = query.limit(100, 500)
    chosen, cursor = page(found, lambda each: each.id, query.text("cursor"), limit)
    return answer({name: chosen, "cursor": cursor})


def _transfer(made: Transfer) -> shapes.Transfer:
    return shapes.Transfer(
        transfer_id=made.transfer_id,
        source_exchange_shard=made.source_index,
        destination_exchange_shard=made.destination_index,
        amount=answers.cash(made.amount),
        status="complete" if made.complete else "pending",
        created_ts=made.created_ns // _NS_PER_S,
        client_transfer_id=made.client_transfer_id or UNSET,
    )

"""Order groups over REST: create, list, get, reset, trigger, limit, delete.

Owns how the requests are read and answered; windows and limits are `groups`'. Every command settles
the venue before its answer leaves.
Source: openapi.yaml, tag order-groups.
"""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from kalshi_tui.core.units import ONE_CONTRACT, Count, count_to_wire
from kalshi_tui.practice import shapes
from kalshi_tui.practice.bodies import (
    INT,
    INT32,
    INT64,
    TEXT,
    Body,
    Form,
    check_subaccount,
    invalid,
)
from kalshi_tui.practice.groups import OrderGroup
from kalshi_tui.practice.marketdata import answer
from kalshi_tui.practice.parameters import Query
from kalshi_tui.practice.venue import Venue

_CREATE = Form(
    "CreateOrderGroupRequest",
    {
        "subaccount": INT,
        "contracts_limit": INT64,
        "contracts_limit_fp": TEXT,
        "exchange_index": INT32,
    },
)
_LIMIT = Form(
    "UpdateOrderGroupLimitRequest", {"contracts_limit": INT64, "contracts_limit_fp": TEXT}
)
_EMPTY = Form("EmptyResponse", {})


class GroupEntry:
    """The order groups of one venue. `key_id` names the account."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue

    async def create(self, request: Request, key_id: str) -> Response:
        """POST /portfolio/order_groups/create."""
        body = await _CREATE.receive(request)
        check_subaccount(body.number("subaccount"))
        limit = _limit(body)
        index = body.number("exchange_index") or 0
        now_ns = self._venue.begin()
        try:
            group = self._venue.exchange.create_group(key_id, limit, now_ns, index)
        finally:
            self._venue.settle(now_ns)
        return answer(shapes.CreatedGroup(group.group_id, group.exchange_index), 201)

    async def groups(self, request: Request, key_id: str) -> Response:
        """GET /portfolio/order_groups."""
        check_subaccount(Query("GetOrderGroups", request.query_params).at_least("subaccount", 0))
        found = self._venue.exchange.groups(key_id)
        return answer({"order_groups": [_listed(each) for each in found]})

    async def group(self, request: Request, key_id: str) -> Response:
        """GET /portfolio/order_groups/{order_group_id}."""
        check_subaccount(Query("GetOrderGroup", request.query_params).at_least("subaccount", 0))
        exchange, group_id = self._venue.exchange, request.path_params["order_group_id"]
        found = exchange.group(key_id, group_id)
        return answer(
            shapes.GroupDetails(
                found.auto_cancel,
                count_to_wire(found.limit),
                exchange.group_orders(key_id, group_id),
                found.exchange_index,
            )
        )

    async def delete(self, request: Request, key_id: str) -> Response:
        """DELETE /portfolio/order_groups/{order_group_id}."""
        return self._command(request, key_id, self._venue.exchange.delete_group)

    async def reset(self, request: Request, key_id: str) -> Response:
        """PUT /portfolio/order_groups/{order_group_id}/reset."""
        await _EMPTY.receive(request)
        return self._command(request, key_id, self._venue.exchange.reset_group)

    async def trigger(self, request: Request, key_id: str) -> Response:
        """PUT /portfolio/order_groups/{order_group_id}/trigger."""
        await _EMPTY.receive(request)
        return self._command(request, key_id, self._venue.exchange.trigger_group)

    async def limit(self, request: Request, key_id: str) -> Response:
        """PUT /portfolio/order_groups/{order_group_id}/limit."""
        limit = _limit(await _LIMIT.receive(request))

        def change(account: str, group: str, now_ns: int, index: int | None) -> None:
            self._venue.exchange.limit_group(account, group, limit, now_ns, index)

        return self._command(request, key_id, change)

    def _command(
        self,
        request: Request,
        key_id: str,
        deed: Callable[[str, str, int, int | None], object],
    ) -> Response:
        query = Query("OrderGroup", request.query_params)
        check_subaccount(query.at_least("subaccount", 0))
        index = query.at_least("exchange_index", -1)
        now_ns = self._venue.begin()
        try:
            group_id = request.path_params["order_group_id"]
            deed(key_id, group_id, now_ns, None if index == -1 else index)
        finally:
            self._venue.settle(now_ns)
        return answer({})


def _limit(body: Body) -> Count:
    """Return the limit, in whole contracts or as a decimal; both must agree."""
    whole, exact = body.number("contracts_limit"), body.maybe_count("contracts_limit_fp")
    if whole is None and exact is None:
        raise invalid("contracts_limit is required")
    found = exact if whole is None else Count(whole * ONE_CONTRACT)
    if found is None or (exact is not None and exact != found):
        raise invalid("contracts_limit and contracts_limit_fp differ")
    return found


def _listed(group: OrderGroup) -> shapes.Group:
    return shapes.Group(
        group.group_id, count_to_wire(group.limit), group.auto_cancel, group.exchange_index
    )

"""The requests that change something at the exchange: orders, their changes, cancels and groups.

Owns their paths, what each is charged as and what its answer means. An order goes in two steps so
that its journal entry can stand between them: `prepare` signs it, `send` lets the first byte leave,
once. Nothing here is ever repeated. What adds risk never waits for its budget; what takes risk away
waits, and has a share of the budget for itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeVar
from urllib.parse import quote

import httpx

from kalshi_tui.api import encode, receipts, schemas
from kalshi_tui.api.decode import read_body
from kalshi_tui.api.encode import TermsError
from kalshi_tui.api.errors import BodyError, NotSentError, UnknownOutcomeError, write_failure
from kalshi_tui.api.limits import COMMON, Kind
from kalshi_tui.api.receipts import Canceled, Created
from kalshi_tui.api.transport import Answer, Transport
from kalshi_tui.core.answers import Acked, AmendAcked, CancelAcked, DecreaseAcked, GroupMade
from kalshi_tui.core.effects import SendAmend, SendCancel, SendDecrease, Submit
from kalshi_tui.core.orders import OrderTerms
from kalshi_tui.core.units import Count

ORDERS = "/portfolio/events/orders"
BATCHES = f"{ORDERS}/batched"
GROUPS = "/portfolio/order_groups"

MOST_ITEMS = 250
"""Orders in one batch, however large the budget is: its answer has to come within the deadline."""

_MILLI_NS = 1_000_000
_B = TypeVar("_B")


class Prepared:
    """A signed create, of one order or of a batch, that has not been sent. Good for one sending."""

    __slots__ = ("_taken", "client_order_ids", "request", "sign_wall_ms")

    def __init__(
        self, client_order_ids: tuple[str, ...], request: httpx.Request, sign_wall_ms: int
    ) -> None:
        self.client_order_ids = client_order_ids
        self.request = request
        self.sign_wall_ms = sign_wall_ms
        """The signature's stamp on the exchange's clock: the proof of absence counts from it."""
        self._taken = False

    def __repr__(self) -> str:
        return f"Prepared{self.client_order_ids!r}"

    def take(self) -> httpx.Request:
        """Return the request, the first time only. Raises `RuntimeError` after that."""
        if self._taken:
            raise RuntimeError("a prepared order is sent once")
        self._taken = True
        return self.request


class OrderWrites:
    """The writing side of one exchange through one key."""

    def __init__(self, http: Transport) -> None:
        self._http = http

    # Creates

    def prepare(self, client_order_id: str, terms: OrderTerms, wall_ms: int) -> Prepared:
        """Take the tokens, encode and sign a create at `wall_ms` (our wall clock).

        Nothing is sent. Raises `NotSentError` where the terms cannot be said or the write budget is
        used up: an order does not wait, for it would go out stale.
        """
        with _saying():
            content = encode.create_body(client_order_id, terms)
        self._charge("POST", ORDERS)
        return self._prepared(ORDERS, (client_order_id,), content, wall_ms)

    def prepare_batch(self, orders: Sequence[Submit], wall_ms: int) -> Prepared:
        """Do as `prepare` for a batch, all of it or none. `create_room` says how many fit."""
        with _saying():
            content = encode.batch_body([(each.client_order_id, each.terms) for each in orders])
        self._charge("POST", BATCHES, COMMON, len(orders))
        names = tuple(each.client_order_id for each in orders)
        return self._prepared(BATCHES, names, content, wall_ms)

    def create_room(self) -> int:
        """Return how many orders one batch may hold now; 0 where the budget is used up."""
        return min(self._http.room("POST", BATCHES, Kind.WRITE), MOST_ITEMS)

    def cancel_room(self) -> int:
        """Return how many cancels one batch may hold without waiting; at least 1."""
        return max(1, min(self._http.room("DELETE", BATCHES, Kind.CANCEL), MOST_ITEMS))

    async def send(self, prepared: Prepared) -> Acked:
        """Send a prepared create, once.

        Raises `DeniedError` (refused), `NotSentError` (proven), `OrderExistsError` (409, look it
        up) or `UnknownOutcomeError` (in doubt). Cancelling the call leaves the outcome open.
        """
        answer = await self._http.write(prepared.take(), Kind.WRITE)
        with _answering():
            body = _written(answer, schemas.CreateAnswer)
            (name,) = prepared.client_order_ids
            if body.client_order_id and body.client_order_id != name:
                raise BodyError("The exchange answered for another order.")
            return receipts.acked(body, name, answer.round_trip_ns)

    async def send_batch(self, prepared: Prepared) -> tuple[Created, ...]:
        """Send a prepared batch, once, and return what became of each of its orders.

        Raises as `send` does, for all of them.
        """
        answer = await self._http.write(prepared.take(), Kind.WRITE)
        with _answering():
            body = _written(answer, schemas.BatchCreatedAnswer)
            return receipts.batch_created(body, prepared.client_order_ids, answer.round_trip_ns)

    # Changes

    async def amend(self, change: SendAmend) -> AmendAcked:
        """Amend an order, once. Raises as `send` does; where the budget is used up, nothing left.

        Routed by its ticker. A changed price or a larger count loses the place in the queue.
        """
        path = f"{ORDERS}/{quote(change.order_id, safe='')}/amend"
        with _saying():
            content = encode.amend_body(change.client_order_id, change.terms, change.expires_s)
        self._charge("POST", path)
        answer = await self._write("POST", path, Kind.WRITE, content=content)
        with _answering():
            body = _written(answer, schemas.AmendAnswer)
            return receipts.amend_acked(
                body, change.request_id, change.order_id, answer.round_trip_ns
            )

    async def decrease(self, change: SendDecrease) -> DecreaseAcked:
        """Leave fewer contracts of an order resting; it keeps its place. Raises as `send` does.

        It takes risk away: like a cancel it waits for its budget and may use the kept share.
        """
        path = f"{ORDERS}/{quote(change.order_id, safe='')}/decrease"
        with _saying():
            content = encode.decrease_body(change.ticker, change.remaining)
        await self._http.admit("POST", path, Kind.CANCEL)
        answer = await self._write("POST", path, Kind.CANCEL, content=content)
        with _answering():
            body = _written(answer, schemas.DecreaseAnswer)
            return receipts.decrease_acked(
                body, change.request_id, change.order_id, answer.round_trip_ns
            )

    # Cancels

    async def cancel(self, order_id: str, ticker: str) -> CancelAcked:
        """Cancel one order; the ticker routes to its shard. May be repeated: it is idempotent.

        Raises as `send` does; a 404 means "not live any more", never "did not exist".
        """
        path = f"{ORDERS}/{quote(order_id, safe='')}"
        await self._http.admit("DELETE", path, Kind.CANCEL)
        answer = await self._write("DELETE", path, Kind.CANCEL, params={"market_ticker": ticker})
        with _answering():
            body = _written(answer, schemas.CancelAnswer)
            if body.order_id != order_id:
                raise BodyError("The exchange answered for another order.")
            return receipts.cancel_acked(body, answer.round_trip_ns)

    async def cancel_batch(self, cancels: Sequence[SendCancel]) -> tuple[Canceled, ...]:
        """Cancel orders in one request and return what became of each. May be repeated.

        Raises as `send` does, for all of them.
        """
        with _saying():
            content = encode.cancel_batch_body([(each.order_id, each.ticker) for each in cancels])
        await self._http.admit("DELETE", BATCHES, Kind.CANCEL, COMMON, len(cancels))
        answer = await self._write("DELETE", BATCHES, Kind.CANCEL, content=content)
        with _answering():
            body = _written(answer, schemas.BatchCanceledAnswer)
            names = [each.order_id for each in cancels]
            return receipts.batch_canceled(body, names, answer.round_trip_ns)

    async def cancel_all(self) -> None:
        """Cancel every resting order on every shard. The exchange may also cancel orders that are
        placed within the next minute. Raises as `send` does.
        """
        await self._http.admit("DELETE", ORDERS, Kind.CANCEL)
        _done(await self._write("DELETE", ORDERS, Kind.CANCEL))

    # Order groups

    async def make_group(self, shard: int, limit: Count) -> GroupMade:
        """Make an order group on a shard. Raises as `send` does; an unknown outcome may leave an
        empty group behind, which holds nothing.
        """
        path = f"{GROUPS}/create"
        with _saying():
            content = encode.group_body(limit, shard)
        await self._http.admit("POST", path, Kind.WRITE, shard)
        answer = await self._write("POST", path, Kind.WRITE, content=content)
        with _answering():
            return receipts.group_made(_written(answer, schemas.GroupCreatedAnswer), shard)

    async def trigger_group(self, group_id: str, shard: int) -> None:
        """Cancel what is in a group and let nothing in. May be repeated. Raises as `send` does."""
        await self._change_group("PUT", group_id, shard, Kind.CANCEL, "/trigger")

    async def reset_group(self, group_id: str, shard: int) -> None:
        """Let orders into a triggered group again. May be repeated. Raises as `send` does."""
        await self._change_group("PUT", group_id, shard, Kind.WRITE, "/reset")

    async def limit_group(self, group_id: str, shard: int, limit: Count) -> None:
        """Change a group's limit; one that is passed already triggers it. May be repeated."""
        with _saying():
            content = encode.group_limit_body(limit)
        await self._change_group("PUT", group_id, shard, Kind.WRITE, "/limit", content)

    async def delete_group(self, group_id: str, shard: int) -> None:
        """Cancel what is in a group and remove it. Raises as `send` does."""
        await self._change_group("DELETE", group_id, shard, Kind.CANCEL)

    async def _change_group(
        self,
        method: str,
        group_id: str,
        shard: int,
        kind: Kind,
        deed: str = "",
        content: bytes = b"{}",
    ) -> None:
        path = f"{GROUPS}/{quote(group_id, safe='')}{deed}"
        await self._http.admit(method, path, kind, shard)
        # A group is not routed by a ticker: without its shard it is looked for on shard 0.
        params = {"exchange_index": str(shard)}
        said = content if method == "PUT" else None
        _done(await self._write(method, path, kind, content=said, params=params))

    # What they share

    def _charge(self, method: str, path: str, shard: int | None = None, items: int = 1) -> None:
        """Take the tokens of a write that adds risk, now or not at all."""
        wait_ns = self._http.take(method, path, Kind.WRITE, shard, items)
        if wait_ns:
            wait_ms = -(-wait_ns // _MILLI_NS)
            raise NotSentError(f"The account's order budget is used up; try again in {wait_ms} ms.")

    def _prepared(
        self, path: str, client_order_ids: tuple[str, ...], content: bytes, wall_ms: int
    ) -> Prepared:
        request = self._http.build_write("POST", path, content=content)
        stamp_ms = self._http.stamp_ms(wall_ms)
        self._http.sign(request, stamp_ms)
        return Prepared(client_order_ids, request, stamp_ms)

    async def _write(
        self,
        method: str,
        path: str,
        kind: Kind,
        *,
        content: bytes | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Answer:
        request = self._http.build_write(method, path, content=content, params=params)
        self._http.sign(request, self._http.stamp_ms())
        return await self._http.write(request, kind)


@contextmanager
def _saying() -> Iterator[None]:
    """Terms that no body can say were never sent."""
    try:
        yield
    except TermsError as error:
        raise NotSentError(str(error)) from None


@contextmanager
def _answering() -> Iterator[None]:
    """An unreadable body of a write leaves the outcome open: it may well have been done."""
    try:
        yield
    except BodyError as error:
        raise UnknownOutcomeError(error.reason) from None


def _written(answer: Answer, kind: type[_B]) -> _B:
    if not answer.is_success:
        raise write_failure(answer.status, answer.body)
    return read_body(answer.body, kind)


def _done(answer: Answer) -> None:
    if not answer.is_success:
        raise write_failure(answer.status, answer.body)

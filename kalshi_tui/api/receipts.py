"""What the exchange answers to our writes, turned into facts.

Owns which answer belongs to which order of a batch: by its own id, never by its place in the list.
What a refusal of a whole request means is `errors`'. Every function raises `BodyError` and nothing
else; for a write that means: the outcome is unknown.
Source: openapi.yaml `CreateOrderV2Response`, `BatchCreateOrdersV2Response` and its neighbours.
"""

from collections.abc import Iterable, Sequence

import msgspec

from kalshi_tui.api import schemas
from kalshi_tui.api.decode import identity_of, read_body, strictly
from kalshi_tui.api.errors import ORDER_EXISTS, BodyError
from kalshi_tui.core.answers import (
    Acked,
    AmendAcked,
    CancelAcked,
    CancelRefused,
    CancelUnknown,
    DecreaseAcked,
    GroupMade,
    OutcomeUnknown,
    Refused,
)
from kalshi_tui.core.text import TITLE_LIMIT, SafeText, clean
from kalshi_tui.core.units import Price, parse_count, parse_price

Created = Acked | Refused | OutcomeUnknown
Canceled = CancelAcked | CancelRefused | CancelUnknown

ITEM_STATUS = 400
"""An item of a batch has no status of its own; a refused one is told as this."""

_ITEM_STATUSES = {"not_found": 404}
_UNSURE = ("internal", "unavailable", "timeout", "unknown")
"""Words in an item's code that say nothing about what was done (order_errors: 5xx is unknown)."""


@strictly("answer to the order")
def acked(body: schemas.CreateAnswer, client_order_id: str, round_trip_ns: int) -> Acked:
    """Return the acknowledgement of a create."""
    return Acked(
        client_order_id=client_order_id,
        order_id=identity_of(body.order_id, "order id"),
        filled=parse_count(body.fill_count),
        remaining=parse_count(body.remaining_count),
        average_price=_average(body.average_fill_price),
        ts_ms=body.ts_ms,
        round_trip_ns=round_trip_ns,
    )


def _average(text: str | None) -> Price | None:
    """Return an average that is a price exactly; any other is left to the fills to tell."""
    try:
        return parse_price(text) if text else None
    except ValueError:
        return None


@strictly("answer to the cancel")
def cancel_acked(body: schemas.CancelAnswer, round_trip_ns: int) -> CancelAcked:
    """Return the acknowledgement of a cancel."""
    return CancelAcked(
        order_id=identity_of(body.order_id, "order id"),
        reduced_by=parse_count(body.reduced_by),
        ts_ms=body.ts_ms,
        round_trip_ns=round_trip_ns,
    )


@strictly("answer to the amend")
def amend_acked(
    body: schemas.AmendAnswer, request_id: str, order_id: str, round_trip_ns: int
) -> AmendAcked:
    """Return the acknowledgement of an amend; its counts may be left out."""
    _check_same(body.order_id, order_id)
    return AmendAcked(
        request_id=request_id,
        order_id=order_id,
        remaining=None if body.remaining_count is None else parse_count(body.remaining_count),
        filled=None if body.fill_count is None else parse_count(body.fill_count),
        ts_ms=body.ts_ms,
        round_trip_ns=round_trip_ns,
    )


@strictly("answer to the decrease")
def decrease_acked(
    body: schemas.DecreaseAnswer, request_id: str, order_id: str, round_trip_ns: int
) -> DecreaseAcked:
    """Return the acknowledgement of a decrease."""
    _check_same(body.order_id, order_id)
    return DecreaseAcked(
        request_id=request_id,
        order_id=order_id,
        remaining=parse_count(body.remaining_count),
        ts_ms=body.ts_ms,
        round_trip_ns=round_trip_ns,
    )


@strictly("order group")
def group_made(body: schemas.GroupCreatedAnswer, shard: int) -> GroupMade:
    """Return the group that was made on a shard."""
    if body.exchange_index != shard:
        raise ValueError(f"it is on shard {body.exchange_index} and not on {shard}")
    return GroupMade(shard, identity_of(body.order_group_id, "group id"))


def batch_created(
    body: schemas.BatchCreatedAnswer, client_order_ids: Sequence[str], round_trip_ns: int
) -> tuple[Created, ...]:
    """Return what became of each order that was sent, in that order (TO36).

    An item without an id counts only where no other reading is possible: as many of them as orders
    are left over, and either a single one or all of them refused. Anything else is unknown.
    """
    named: dict[str, list[schemas.BatchCreated]] = {}
    unnamed: list[schemas.BatchCreated] = []
    unreadable = 0
    for raw in body.orders:
        item = _item(raw)
        if item is None:
            unreadable += 1
        elif item.client_order_id:
            named.setdefault(item.client_order_id, []).append(item)
        else:
            unnamed.append(item)
    left = [each for each in client_order_ids if each not in named]
    is_plain = not unreadable and named.keys() <= set(client_order_ids)
    is_clear = len(unnamed) == 1 or all(_is_refused(item) for item in unnamed)
    if is_plain and is_clear and len(unnamed) == len(left):
        named.update({each: [item] for each, item in zip(left, unnamed, strict=True)})
    return tuple(_created(each, named.get(each, ()), round_trip_ns) for each in client_order_ids)


def _item(raw: msgspec.Raw) -> schemas.BatchCreated | None:
    try:
        return read_body(raw, schemas.BatchCreated)
    except BodyError:
        return None


def _created(
    client_order_id: str, items: Sequence[schemas.BatchCreated], round_trip_ns: int
) -> Created:
    if len(items) != 1:
        words = "twice" if items else "not at all"
        return OutcomeUnknown(client_order_id, f"The batch's answer names this order {words}.")
    item = items[0]
    if item.error is not None:
        return _refused(client_order_id, item.error)
    whole = (item.order_id, item.fill_count, item.remaining_count, item.ts_ms)
    if None in whole:
        return OutcomeUnknown(client_order_id, "The batch's answer to this order is incomplete.")
    body = schemas.CreateAnswer(
        order_id=item.order_id or "",
        fill_count=item.fill_count or "",
        remaining_count=item.remaining_count or "",
        ts_ms=item.ts_ms or 0,
        average_fill_price=item.average_fill_price,
    )
    try:
        return acked(body, client_order_id, round_trip_ns)
    except BodyError as error:
        return OutcomeUnknown(client_order_id, error.reason)


def _refused(client_order_id: str, error: schemas.RefusalBody) -> Refused | OutcomeUnknown:
    code, detail = _words(error)
    if code == ORDER_EXISTS:
        reason = "The exchange already has an order with this id."
        return OutcomeUnknown(client_order_id, reason, exists=True)
    if not _is_definite(code):
        return OutcomeUnknown(client_order_id, f"The exchange answered {code or 'an error'}.")
    return Refused(client_order_id, _ITEM_STATUSES.get(code, ITEM_STATUS), code, detail)


def _is_refused(item: schemas.BatchCreated) -> bool:
    if item.error is None:
        return False
    code, _ = _words(item.error)
    return _is_definite(code) and code != ORDER_EXISTS


def _is_definite(code: str) -> bool:
    return bool(code) and not any(word in code.lower() for word in _UNSURE)


def _words(error: schemas.RefusalBody) -> tuple[str, SafeText]:
    code = clean(error.code or "", TITLE_LIMIT)
    return code, clean(error.details or "", TITLE_LIMIT)


def batch_canceled(
    body: schemas.BatchCanceledAnswer, order_ids: Iterable[str], round_trip_ns: int
) -> tuple[Canceled, ...]:
    """Return what became of each cancel that was sent, in that order."""
    found: dict[str, schemas.BatchCanceled] = {}
    for raw in body.orders:
        try:
            item = read_body(raw, schemas.BatchCanceled)
        except BodyError:
            continue
        found[item.order_id] = item
    return tuple(_canceled(each, found.get(each), round_trip_ns) for each in order_ids)


def _canceled(order_id: str, item: schemas.BatchCanceled | None, round_trip_ns: int) -> Canceled:
    if item is None:
        return CancelUnknown(order_id, "The batch's answer does not name this order.")
    if item.error is not None:
        code, _ = _words(item.error)
        if not _is_definite(code):
            return CancelUnknown(order_id, f"The exchange answered {code or 'an error'}.")
        return CancelRefused(order_id, _ITEM_STATUSES.get(code, ITEM_STATUS), code)
    if item.reduced_by is None or item.ts_ms is None:
        return CancelUnknown(order_id, "The batch's answer to this order is incomplete.")
    plain = schemas.CancelAnswer(order_id, item.reduced_by, item.ts_ms)
    try:
        return cancel_acked(plain, round_trip_ns)
    except BodyError as error:
        return CancelUnknown(order_id, error.reason)


def _check_same(answered: str, asked: str) -> None:
    if answered != asked:
        raise ValueError("it is about another order")

"""Charges a signed call before it is answered: which shard it names, how many items it has.

Owns the first look at a request for its price only; a body that cannot be read is charged as one
call and refused by whoever reads it. Must not know what the call does.
Source: trading API reference on rate limits (per-shard write buckets, batches by item).
"""

import msgspec
from starlette.requests import Request

from kalshi_tui.practice.limits import UNLIMITED, TooManyRequests, is_batch, is_write, toll
from kalshi_tui.practice.orders import AUTO_ROUTE
from kalshi_tui.practice.venue import Venue


class _Look(msgspec.Struct):
    """What matters for the price of a write."""

    exchange_index: int | None = None
    orders: list[msgspec.Raw] | None = None


_LOOK = msgspec.json.Decoder(_Look)


async def charge(venue: Venue, key_id: str, method: str, path: str, request: Request) -> None:
    """Charge one call of an account; `path` is its template. Raises `TooManyRequests`.

    Wall time: a client waits in its own time, however fast the practice clock runs.
    """
    policy = venue.policy
    if policy.tier == UNLIMITED:
        return
    shard, items = None, 1
    if is_write(method, path):
        look = await _look(request)
        shard = look.exchange_index
        if is_batch(method, path):
            items = max(1, len(look.orders or ()))
    price = toll(method, path, None if shard == AUTO_ROUTE else shard, items)
    shards = venue.exchange.shards
    if not venue.turnstile.admits(key_id, price, policy.tier, shards, venue.clock.wall_ns()):
        raise TooManyRequests(policy.rate_limit_body)


async def _look(request: Request) -> _Look:
    asked = request.query_params.get("exchange_index", "")
    if asked:
        digits = asked.removeprefix("-")
        is_number = digits.isascii() and digits.isdigit() and len(digits) <= 9
        return _Look(int(asked) if is_number else None)
    body = await request.body()
    try:
        return _LOOK.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return _Look()

"""One door: whatever text stands in any field of any frame or body, what comes out is safe.

Driven by the wire types themselves, so that a field that is added tomorrow is tried as well.
"""

import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from types import UnionType
from typing import Any

import msgspec
import pytest

from kalshi_tui.api import catalogue, conversions, decode, errors, frames, receipts, schemas
from kalshi_tui.core.text import is_safe, is_ticker
from tests.support.hostile import BY_FAULT, is_only_drawn, strings

Convert = Callable[[Any], object]

BODIES: tuple[tuple[type[Any], Convert], ...] = (
    (schemas.MarketBody, catalogue.market),
    (schemas.MarketBody, catalogue.quoted),
    (schemas.SeriesBody, catalogue.series),
    (schemas.EventBody, catalogue.event),
    (schemas.BookAnswer, lambda body: decode.snapshot("KX-A", body)),
    (schemas.OrderBody, decode.order),
    (schemas.FillBody, decode.fill),
    (schemas.PositionBody, decode.position),
    (schemas.BalanceAnswer, decode.balance),
    (schemas.QueuesAnswer, decode.queues),
    (schemas.StatusAnswer, decode.exchange_status),
    (schemas.StampAnswer, decode.as_of_ns),
    (schemas.LimitsAnswer, decode.account_limits),
    (schemas.CostsAnswer, decode.endpoint_costs),
    (schemas.CreateAnswer, lambda body: receipts.acked(body, "mine", 1)),
    (schemas.CancelAnswer, lambda body: receipts.cancel_acked(body, 1)),
    (schemas.AmendAnswer, lambda body: receipts.amend_acked(body, "change", "1.00", 1)),
    (schemas.DecreaseAnswer, lambda body: receipts.decrease_acked(body, "change", "1.00", 1)),
    (schemas.BatchCreated, lambda body: _created(body)),
    (schemas.BatchCanceled, lambda body: _canceled(body)),
    (schemas.GroupCreatedAnswer, lambda body: receipts.group_made(body, 1)),
    (schemas.GroupBody, decode.group),
    (schemas.GroupsAnswer, decode.groups),
    (schemas.CutoffAnswer, decode.cutoff),
    (frames.DeltaBody, lambda body: conversions.delta(body, True)),
    (frames.SnapshotBody, lambda body: conversions.snapshot(body, yes_scale=True)),
    (frames.TradeBody, conversions.traded),
    (frames.TickerBody, conversions.quoted),
    (frames.FillBody, conversions.filled),
    (frames.UserOrderBody, conversions.order_reported),
    (frames.PositionBody, conversions.position_reported),
    (frames.LifecycleBody, conversions.market_changed),
    (frames.GroupUpdateBody, conversions.group_changed),
)
"""Every wire type that becomes a fact, and what makes it one."""


def _created(item: schemas.BatchCreated) -> object:
    """Return what an item of a batch of creates says of its order, done and refused."""
    ours = msgspec.structs.replace(item, client_order_id="mine")
    items = [item, ours, msgspec.structs.replace(ours, error=None)]
    return [
        receipts.batch_created(
            schemas.BatchCreatedAnswer([msgspec.Raw(msgspec.json.encode(each))]), ["mine"], 1
        )
        for each in items
    ]


def _canceled(item: schemas.BatchCanceled) -> object:
    """Return what an item of a batch of cancels says of its order, done and refused."""
    items = [item, msgspec.structs.replace(item, error=None)]
    return [
        receipts.batch_canceled(
            schemas.BatchCanceledAnswer([msgspec.Raw(msgspec.json.encode(each))]), ["1.00"], 1
        )
        for each in items
    ]


_LOOKED_UP = (frames.DeltaBody, frames.SnapshotBody, frames.TradeBody)
"""Frames that are dropped unless their ticker is one that this session asked for."""

_WORDS = {
    "ticker": "KX-A", "market_ticker": "KX-A", "event_ticker": "KX", "series_ticker": "K",
    "status": "active", "close_time": "2026-11-22T10:00:00Z", "side": "yes", "action": "buy",
    "book_side": "bid", "outcome_side": "yes", "taker_side": "yes", "fee_type": "quadratic",
    "taker_outcome_side": "yes", "taker_book_side": "bid", "purchased_side": "yes",
    "created_time": "2026-11-22T10:00:00Z", "last_update_time": "2026-11-22T10:00:00Z",
    "last_updated_ts": "2026-11-22T10:00:00Z",
    "expiration_time": "2026-11-22T10:00:00Z", "as_of_time": "2026-11-22T10:00:00Z",
    "orders_updated_ts": "2026-11-22T10:00:00Z", "trades_created_ts": "2026-11-22T10:00:00Z",
    "event_type": "activated",
}  # fmt: skip


def _sound(kind: Any, name: str) -> Any:
    """Return something that could stand in a field of this type."""
    options = typing.get_args(kind) if isinstance(kind, UnionType) else (kind,)
    kind = next(each for each in options if each is not type(None))
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Literal:
        return inner[0]
    if origin is list:
        return [] if inner[0] is msgspec.Raw else [_sound(inner[0], name)]
    if origin is tuple:
        return ["0.5000", "1.00"]
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return _body(kind)
    if kind is bool:
        return True
    if kind is str:
        return _WORDS.get(name, "0.5000" if "dollars" in name else "1.00")
    return 1


def _body(kind: type[Any]) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    return {
        each.encode_name: _sound(hints[each.name], each.encode_name)
        for each in msgspec.structs.fields(kind)
    }


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path to every text in a body."""
    if isinstance(value, str):
        yield path
    elif isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in items:
            yield from _places(inner, (*path, key))


def _with(value: Any, path: tuple[Any, ...], text: str) -> Any:
    if not path:
        return text
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = _with(value[path[0]], path[1:], text)
    return copy


def texts_in(value: object) -> Iterator[str]:
    """Yield every text that can be reached from a fact."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Enum):
        return
    elif is_dataclass(value):
        for each in fields(value):
            yield from texts_in(getattr(value, each.name))
    elif isinstance(value, Mapping):
        yield from texts_in([*value.keys(), *value.values()])
    elif isinstance(value, tuple | list):
        for inner in value:
            yield from texts_in(inner)


HOSTILE = strings(120)
_BRIEF = tuple(texts[0] for texts in BY_FAULT.values())


def _hand_in(kind: type[Any], convert: Convert, body: Any) -> object:
    """Return the fact, or the words of the refusal."""
    # A lone surrogate is no UTF-8: on the wire it can only be an escape, which the reader refuses.
    data = msgspec.json.encode(body)
    try:
        return convert(decode.read_body(data, kind))
    except (errors.ApiError, ValueError) as error:
        return str(error)


@pytest.mark.parametrize(
    ("kind", "convert"),
    BODIES,
    ids=[f"{kind.__name__}-{at}" for at, (kind, _) in enumerate(BODIES)],
)
def test_FJ01_to_FJ10_no_text_of_the_wire_comes_through_unsafe(
    kind: type[Any], convert: Convert
) -> None:
    body = _body(kind)
    for path in _places(body):
        for text in HOSTILE:
            sent = text.encode("utf-8", "replace").decode()
            if kind in _LOOKED_UP and path == ("market_ticker",):
                continue
            result = _hand_in(kind, convert, _with(body, path, sent))
            for shown in texts_in(result):
                assert is_safe(shown), (path, shown)
                assert is_only_drawn(shown), (path, shown)


@pytest.mark.parametrize(
    ("kind", "convert"),
    BODIES,
    ids=[f"{kind.__name__}-{at}" for at, (kind, _) in enumerate(BODIES)],
)
def test_what_is_tried_at_the_door_is_otherwise_sound(kind: type[Any], convert: Convert) -> None:
    # A body that is refused for another reason would try no text at all.
    assert not isinstance(_hand_in(kind, convert, _body(kind)), str)


def test_every_wire_type_that_has_text_goes_through_the_door() -> None:
    tried: set[type[Any]] = set()
    for kind, _ in BODIES:
        tried |= _structs(kind)
    elsewhere = {
        # Envelopes whose content is tried above, and what is sent.
        schemas.MarketAnswer, schemas.EventAnswer, schemas.SeriesAnswer, schemas.OrderAnswer,
        schemas.BatchCreatedAnswer, schemas.BatchCanceledAnswer, schemas.EmptyAnswer,
        schemas.CreateBody, schemas.BatchCreateBody, schemas.AmendBody, schemas.DecreaseBody,
        schemas.CancelItem, schemas.BatchCancelBody, schemas.GroupCreateBody,
        schemas.GroupLimitBody,
        # Answers of the socket: their words are cleaned by `answers` and `frames`, below.
        frames.Granted, frames.Held, frames.ErrorBody,
    }  # fmt: skip
    known = {
        each
        for module in (schemas, frames)
        for each in vars(module).values()
        if isinstance(each, type)
        and issubclass(each, msgspec.Struct)
        and each.__module__ == module.__name__
        and not each.__name__.startswith("_")
        and each.__struct_config__.tag is None
        and each not in (frames.Unknown, frames.Malformed)
    }
    assert known - tried - elsewhere == set()


def _structs(kind: Any) -> set[type[Any]]:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        found: set[type[Any]] = {kind}
        for hint in typing.get_type_hints(kind).values():
            found |= _structs(hint)
        return found
    return {each for inner in typing.get_args(kind) for each in _structs(inner)}


@pytest.mark.parametrize("text", _BRIEF)
def test_FJ08_a_ticker_that_could_be_read_as_another_is_refused(text: str) -> None:
    sent = text.encode("utf-8", "replace").decode()
    assert not is_ticker(sent)
    fact = _hand_in(
        schemas.MarketBody, catalogue.market, _body(schemas.MarketBody) | {"ticker": sent}
    )
    assert isinstance(fact, str)
    assert "ticker" in fact


def test_FJ08_a_title_of_two_alphabets_is_flagged() -> None:
    for text in BY_FAULT["FJ08"]:
        body = msgspec.json.encode(_body(schemas.MarketBody) | {"title": text})
        title = catalogue.market(decode.read_body(body, schemas.MarketBody)).title
        assert title == f"[mixed alphabets] {text}"


@pytest.mark.parametrize("text", HOSTILE)
def test_FJ01_words_of_a_refusal_and_of_a_broken_frame_are_safe(text: str) -> None:
    sent = text.encode("utf-8", "replace").decode()
    for shape in (
        {"error": {"code": sent, "message": sent, "details": sent}},
        {"code": sent, "msg": sent},
        {"error": sent},
        sent,
    ):
        for refusal in (
            errors.denied(400, msgspec.json.encode(shape)),
            errors.write_failure(503, msgspec.json.encode(shape)),
            errors.read_failure(503, msgspec.json.encode(shape)),
            errors.denied(400, sent.encode()),
        ):
            for shown in (str(refusal), *texts_in(list(vars(refusal).values()))):
                assert is_safe(shown)
                assert is_only_drawn(shown)
    for raw in ({"type": sent, "sid": 1, "seq": 1}, {"type": "trade", "msg": {"trade_id": sent}}):
        frame = frames.read(msgspec.json.encode(raw))
        for shown in texts_in([getattr(frame, each) for each in frame.__struct_fields__]):
            assert is_safe(shown) or shown == "trade"

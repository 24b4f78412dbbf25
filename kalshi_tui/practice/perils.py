"""The table of faults: every name, what it gets hold of, its arguments and its scopes.

Data only: `faults` reads request bodies against it and keeps what is switched on; who asks for a
name acts on the answer. Source: practice-exchange reference, faults by name.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

SCOPES = ("market", "channel", "sid", "account", "endpoint")


class FaultKind(Enum):
    """What a fault gets hold of."""

    FRAME = "frame"
    """One outgoing WebSocket frame."""
    BATCH = "batch"
    """What one command made happen, before it is told."""
    SUBSCRIPTION = "subscription"
    """One sid; each is struck once."""
    SOCKET = "socket"
    """One WebSocket connection; each is struck once."""
    STATE = "state"
    """Nothing by itself: whoever is concerned asks whether it is on."""
    ANSWER = "answer"
    """One REST request and its answer."""
    DEED = "deed"
    """Done once, when its time comes."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number."""

    least: int
    most: int
    default: int


@dataclass(frozen=True, slots=True)
class Word:
    """A text; one of `choices` where there are any."""

    default: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""

    default: bool


Argument: TypeAlias = Whole | Word | Flag

_FRAME_SCOPES = ("market", "channel", "sid", "account")
_ANSWER_SCOPES = ("market", "account", "endpoint")
_MS = Whole(1, 3_600_000, 1_000)


@dataclass(frozen=True, slots=True)
class FaultSpec:
    """One line of the table."""

    kind: FaultKind
    args: Mapping[str, Argument] = field(default_factory=dict)
    scopes: tuple[str, ...] = _FRAME_SCOPES
    once: bool = False
    """Strikes a single time where neither count, p nor for_ms is given."""


def _frame(**args: Argument) -> FaultSpec:
    return FaultSpec(FaultKind.FRAME, args, once=True)


def _batch(**args: Argument) -> FaultSpec:
    return FaultSpec(FaultKind.BATCH, args, ("market",), once=True)


def _sid(**args: Argument) -> FaultSpec:
    return FaultSpec(FaultKind.SUBSCRIPTION, args)


def _socket(**args: Argument) -> FaultSpec:
    return FaultSpec(FaultKind.SOCKET, args, ("account",))


def _answer(**args: Argument) -> FaultSpec:
    return FaultSpec(FaultKind.ANSWER, args, _ANSWER_SCOPES, once=True)


def _standing(*scopes: str, **args: Argument) -> FaultSpec:
    return FaultSpec(FaultKind.STATE, args, scopes)


def _deed(*scopes: str, **args: Argument) -> FaultSpec:
    return FaultSpec(FaultKind.DEED, args, scopes)


_TYPE = Word("orderbook_delta")

FAULTS: Mapping[str, FaultSpec] = {
    # frames
    "drop_frame": _frame(),
    "duplicate_frame": _frame(),
    "swap_frames": _frame(),
    "delay_frame": _frame(ms=_MS),
    "lose_snapshot": _frame(),
    "unnumbered_ok": _frame(),
    "renumber": _sid(),
    "trade_before_delta": _batch(),
    "crossed_burst": _batch(),
    "burst": _deed("market", n=Whole(1, 100_000, 500)),
    "overflow": _sid(),
    "ws_error": _sid(code=Whole(1, 28, 10)),
    "second_sid": _standing("channel", "account"),
    # sockets
    "stall": _socket(ms=Whole(1, 600_000, 5_000)),
    "silent_sid": _sid(ms=Whole(1, 600_000, 5_000)),
    "no_ping": _standing("account"),
    "half_open": _socket(),
    "close": _socket(code=Whole(1000, 4999, 1001)),
    "reset": _socket(),
    "reject_handshake": FaultSpec(
        FaultKind.STATE, {"status": Whole(400, 599, 503)}, ("account",), once=True
    ),
    # content
    "bad_json": _frame(),
    "huge_frame": _frame(bytes=Whole(1, 64_000_000, 2_000_000)),
    "unknown_type": _frame(),
    "new_field": _frame(),
    "missing_field": _frame(type=_TYPE, field=Word("delta_fp")),
    "rename_field": _frame(type=_TYPE, field=Word("delta_fp"), to=Word("delta_contracts")),
    "unknown_enum": _frame(type=_TYPE, field=Word("side")),
    "six_decimals": _frame(),
    # answers
    "cut_before_accept": _answer(),
    "cut_after_accept": _answer(),
    "delay_answer": _answer(ms=_MS),
    "http_error": _answer(status=Whole(400, 599, 503), accepted=Flag(default=False)),
    "empty_body": _answer(),
    "html_body": _answer(),
    "truncated_body": _answer(),
    "rate_limit": _answer(body=Word("string", ("string", "object"))),
    # reads
    "read_lag": _standing("account", ms=Whole(1, 60_000, 600)),
    "stale_get": _standing("account", ms=Whole(1, 60_000, 600)),
    "not_found_then_visible": _standing("account", ms=Whole(1, 60_000, 600)),
    "short_page": FaultSpec(FaultKind.STATE, {}, ("account", "endpoint")),
    "cursor_loop": FaultSpec(FaultKind.STATE, {}, ("account", "endpoint")),
    "slow_markets": _standing(ms=Whole(1, 3_600_000, 15_000)),
    # private
    "drop_private": _frame(),
    "fill_before_ack": _answer(ms=Whole(1, 60_000, 100)),
    "fill_rest_only": _frame(),
    "duplicate_fill": _frame(),
    # clocks, keys
    "skew": _standing(ms=Whole(-86_400_000, 86_400_000, 60_000)),
    "revoke_key": _standing("account"),
    "expire_key": _standing("account"),
    "scope": _standing("account"),
    # world
    "latency": _standing("account", "endpoint", ms=Whole(0, 60_000, 58), tail=Whole(0, 60_000, 0)),
    "withdraw_makers": _deed("market"),
    "gap": _deed("market", ticks=Whole(-10_000, 10_000, 10)),
    "low_balance": _deed("account"),
    "trigger_group": _deed("account"),
}
"""Every fault that this exchange knows. `second_sid` is the other reading of a second subscribe."""

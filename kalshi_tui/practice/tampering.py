"""What a frame fault does to one frame: lost, doubled, late, out of order, or with other content.

Pure but for the registry's strikes. Owns the effects by name; `subscriptions` owns numbers and the
queue. Works on the finished frame, so that a seq is spent on a frame that is lost.
Source: practice-exchange reference, faults by name (frames, content, private).
"""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from kalshi_tui.practice import frames
from kalshi_tui.practice.faults import Fault, Registry, Target
from kalshi_tui.practice.perils import FaultKind

PRIVATE = frozenset({"fill", "user_orders", "market_positions", "order_group_updates"})
"""Channels that tell an account of itself."""

_FOUR_DECIMALS = re.compile(r"-?[0-9]+\.[0-9]{4}")
_NS_PER_MS = 1_000_000


class Outcome(NamedTuple):
    """What is sent instead of one frame."""

    texts: list[bytes]
    """In order; none when the frame is lost."""
    after_next: bool = False
    """It waits until the next frame of its sid has gone."""
    late_ns: int = 0
    """It is sent this much later."""


def tamper(data: bytes, kind: str, target: Target, faults: Registry, now_ns: int) -> Outcome:
    """Return what becomes of a frame of type `kind`; `data` is its text without the newline."""
    copies, after_next, late_ns = 1, False, 0
    for fault in faults.strike(
        FaultKind.FRAME, target, now_ns, lambda each: _fits(each, kind, target)
    ):
        name = fault.name
        if name in ("drop_frame", "lose_snapshot", "drop_private", "fill_rest_only"):
            return Outcome([])
        if name in ("duplicate_frame", "duplicate_fill"):
            copies += 1
        elif name == "swap_frames":
            after_next = True
        elif name == "delay_frame":
            late_ns = max(late_ns, fault.whole("ms") * _NS_PER_MS)
        elif name == "bad_json":
            data = data[: len(data) // 2]
        else:
            data = _rewrite(data, fault)
    return Outcome([data] * copies, after_next, late_ns)


def _fits(fault: Fault, kind: str, target: Target) -> bool:
    """Return True when a fault gets hold of frames of this type."""
    name = fault.name
    if name == "unnumbered_ok":
        return False  # asked for where numbers are given
    if name == "lose_snapshot":
        return kind == "orderbook_snapshot"
    if name in ("fill_rest_only", "duplicate_fill"):
        return kind == "fill"
    if name == "drop_private":
        return target.channel in PRIVATE
    return fault.args.get("type", kind) == kind


def _rewrite(data: bytes, fault: Fault) -> bytes:
    """Return the frame with its content changed."""
    frame: dict[str, Any] = msgspec.json.decode(data)
    message = frame.get("msg")
    inner: dict[str, Any] = message if isinstance(message, dict) else frame
    _CHANGES[fault.name](frame, inner, fault)
    return frames.encode(frame)


def _pad(frame: dict[str, Any], inner: dict[str, Any], fault: Fault) -> None:
    inner["padding"] = "x" * fault.whole("bytes")


def _retype(frame: dict[str, Any], inner: dict[str, Any], fault: Fault) -> None:
    frame["type"] = "brand_new_type"


def _add(frame: dict[str, Any], inner: dict[str, Any], fault: Fault) -> None:
    inner["brand_new_field"] = frame["brand_new_field"] = "1"


def _drop(frame: dict[str, Any], inner: dict[str, Any], fault: Fault) -> None:
    _owner(frame, inner, fault).pop(fault.text("field"), None)


def _rename(frame: dict[str, Any], inner: dict[str, Any], fault: Fault) -> None:
    owner = _owner(frame, inner, fault)
    if fault.text("field") in owner:
        owner[fault.text("to")] = owner.pop(fault.text("field"))


def _reword(frame: dict[str, Any], inner: dict[str, Any], fault: Fault) -> None:
    _owner(frame, inner, fault)[fault.text("field")] = "brand_new_word"


def _lengthen(frame: dict[str, Any], inner: dict[str, Any], fault: Fault) -> None:
    for name, value in inner.items():
        if isinstance(value, str) and "_dollars" in name:
            inner[name] = _six(value)
        elif isinstance(value, list) and "_dollars" in name:
            inner[name] = [[_six(price), count] for price, count in value]


def _six(text: str) -> str:
    return f"{text}00" if _FOUR_DECIMALS.fullmatch(text) else text


def _owner(frame: dict[str, Any], inner: dict[str, Any], fault: Fault) -> dict[str, Any]:
    """Return the object that holds the named field: the message before the envelope."""
    name = fault.text("field")
    return frame if name not in inner and name in frame else inner


_CHANGES: dict[str, Callable[[dict[str, Any], dict[str, Any], Fault], None]] = {
    "huge_frame": _pad,
    "unknown_type": _retype,
    "new_field": _add,
    "missing_field": _drop,
    "rename_field": _rename,
    "unknown_enum": _reword,
    "six_decimals": _lengthen,
}

"""Bad days on demand: the registry of switched-on faults, with their scope and their time.

`FAULTS` is the one table of names and arguments; who asks `strikes` for a kind acts on the answer.
Owns no effect, no socket and no clock: times are arguments (virtual nanoseconds).
Source: practice-exchange reference, faults by name: SCOPE is any of market, channel, sid, account,
endpoint; WHEN is count (the next n), p (probability), at_ms (virtual time), for_ms.
"""

import random
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

_NS_PER_MS = 1_000_000

SCOPES = ("market", "channel", "sid", "account", "endpoint")


class FaultKind(Enum):
    """What a fault gets hold of."""

    FRAME = "frame"
    """One outgoing WebSocket frame."""
    SOCKET = "socket"
    """One WebSocket connection."""


@dataclass(frozen=True, slots=True)
class FaultSpec:
    """One line of the table: the kind, and the whole numbers it takes with their limits."""

    kind: FaultKind
    args: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)
    """name -> (least, most, default)."""
    scopes: tuple[str, ...] = SCOPES


FAULTS: Mapping[str, FaultSpec] = {
    "drop_frame": FaultSpec(FaultKind.FRAME, scopes=("market", "channel", "sid", "account")),
    "close": FaultSpec(FaultKind.SOCKET, {"code": (1000, 4999, 1001)}, ("account",)),
    "stall": FaultSpec(FaultKind.SOCKET, {"ms": (1, 600_000, 5_000)}, ("account",)),
}
"""Every fault that this exchange knows."""


class FaultError(ValueError):
    """A fault that cannot be switched on. The message is one sentence with the cure."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a fault may strike: the frame or connection in question."""

    market: str = ""
    channel: str = ""
    sid: int = 0
    account: str = ""
    endpoint: str = ""


@dataclass(slots=True)
class Fault:
    """One switched-on fault."""

    fault_id: str
    name: str
    args: dict[str, int]
    scope: dict[str, str | int]
    left: int | None
    """How many strikes are left; None is no limit."""
    probability: float
    starts_ns: int
    ends_ns: int | None
    struck: set[int] = field(default_factory=set)
    """Connections that were struck already: a connection is struck once."""

    def covers(self, target: Target) -> bool:
        """Return True when the target lies inside the scope."""
        return all(getattr(target, name) == value for name, value in self.scope.items())

    def is_open(self, now_ns: int) -> bool:
        """Return True while the fault may strike."""
        return self.starts_ns <= now_ns and (self.ends_ns is None or now_ns < self.ends_ns)


class Registry:
    """The faults that are switched on now."""

    def __init__(self, seed: int = 0) -> None:
        self._faults: dict[str, Fault] = {}
        self._random = random.Random(seed)

    def __len__(self) -> int:
        return len(self._faults)

    def has(self, kind: FaultKind) -> bool:
        """Return True when any fault of this kind is switched on."""
        return any(FAULTS[each.name].kind is kind for each in self._faults.values())

    def switch_on(self, body: Mapping[str, object], now_ns: int) -> Fault:
        """Read a request body and switch its fault on. Raises `FaultError`."""
        name = body.get("fault")
        spec = FAULTS.get(name) if isinstance(name, str) else None
        if not isinstance(name, str) or spec is None:
            raise FaultError(f"There is no fault {name!r}; the known ones are {', '.join(FAULTS)}.")
        known = {"fault", *spec.args, *spec.scopes, "count", "p", "at_ms", "for_ms"}
        unknown = sorted(set(body) - known)
        if unknown:
            raise FaultError(
                f"The fault {name} takes no {unknown[0]!r}; it takes "
                f"{', '.join(sorted(known - {'fault'}))}."
            )
        fault = _read(name, spec, body, now_ns)
        self._faults[fault.fault_id] = fault
        return fault

    def switch_off(self, fault_id: str | None = None) -> int:
        """Forget one fault, or all; return how many there were."""
        if fault_id is None:
            found = len(self._faults)
            self._faults.clear()
            return found
        return 0 if self._faults.pop(fault_id, None) is None else 1

    def strike_frame(self, name: str, target: Target, now_ns: int) -> Fault | None:
        """Return the fault of this name that strikes a frame, spending one of its strikes."""
        for fault in self._faults.values():
            if fault.name == name and fault.is_open(now_ns) and fault.covers(target):
                return fault if self._spend(fault) else None
        return None

    def strike_socket(self, connection: int, target: Target, now_ns: int) -> list[Fault]:
        """Return the faults that strike a connection now; each strikes a connection once."""
        struck = []
        for fault in list(self._faults.values()):
            if (
                FAULTS[fault.name].kind is FaultKind.SOCKET
                and connection not in fault.struck
                and fault.is_open(now_ns)
                and fault.covers(target)
            ):
                fault.struck.add(connection)
                if self._spend(fault):
                    struck.append(fault)
        return struck

    def expire(self, now_ns: int) -> None:
        """Forget what has run out; to be called after each round of strikes.

        A connection fault without `count` or `for_ms` means the connections open at that moment.
        """
        for fault in list(self._faults.values()):
            over = fault.ends_ns is not None and now_ns >= fault.ends_ns
            at_once = (
                FAULTS[fault.name].kind is FaultKind.SOCKET
                and fault.left is None
                and fault.ends_ns is None
                and fault.starts_ns <= now_ns
            )
            if over or at_once or fault.left == 0:
                del self._faults[fault.fault_id]

    def next_start_ns(self, now_ns: int) -> int | None:
        """Return when the next waiting fault begins."""
        waiting = [each.starts_ns for each in self._faults.values() if each.starts_ns > now_ns]
        return min(waiting, default=None)

    def _spend(self, fault: Fault) -> bool:
        if fault.left == 0:
            return False
        if fault.probability < 1 and self._random.random() >= fault.probability:
            return False
        if fault.left is not None:
            fault.left -= 1
            if fault.left == 0 and FAULTS[fault.name].kind is FaultKind.FRAME:
                del self._faults[fault.fault_id]
        return True


def _read(name: str, spec: FaultSpec, body: Mapping[str, object], now_ns: int) -> Fault:
    args = {
        each: _whole(body, each, least, most, default)
        for each, (least, most, default) in spec.args.items()
    }
    at_ms = _optional(body, "at_ms", 0)
    for_ms = _optional(body, "for_ms", 1)
    count = _optional(body, "count", 1)
    starts_ns = now_ns if at_ms is None else at_ms * _NS_PER_MS
    if count is None and spec.kind is FaultKind.FRAME and for_ms is None and "p" not in body:
        count = 1
    return Fault(
        fault_id=str(uuid.uuid4()),
        name=name,
        args=args,
        scope=_scope(spec, body),
        left=count,
        probability=_probability(body.get("p", 1)),
        starts_ns=starts_ns,
        ends_ns=None if for_ms is None else starts_ns + for_ms * _NS_PER_MS,
    )


def _scope(spec: FaultSpec, body: Mapping[str, object]) -> dict[str, str | int]:
    scope: dict[str, str | int] = {}
    for name in spec.scopes:
        value = body.get(name)
        if value is None:
            continue
        wanted: type[str] | type[int] = int if name == "sid" else str
        if not isinstance(value, str | int) or type(value) is not wanted:
            raise FaultError(f"{name} must be {'a number' if wanted is int else 'text'}.")
        scope[name] = value
    return scope


def _whole(body: Mapping[str, object], name: str, least: int, most: int, default: int) -> int:
    value = body.get(name, default)
    if type(value) is not int or not least <= value <= most:
        raise FaultError(f"{name} must be a whole number from {least} to {most}.")
    return value


def _optional(body: Mapping[str, object], name: str, least: int) -> int | None:
    if body.get(name) is None:
        return None
    return _whole(body, name, least, 10**15, least)


def _probability(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
        raise FaultError("p must be a probability above 0 and at most 1.")
    return value

"""Bad days on demand: the registry of switched-on faults, with their scope and their time.

`perils.FAULTS` is the table of names and arguments; who strikes or asks for a name acts on the
answer. Owns no effect, no socket and no clock: times are arguments (virtual nanoseconds).
Source: practice-exchange reference, faults by name: SCOPE is any of market, channel, sid, account,
endpoint; WHEN is count (the next n), p (probability), at_ms (virtual time), for_ms.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from kalshi_tui.practice.perils import FAULTS, Argument, FaultKind, FaultSpec, Flag, Whole

_NS_PER_MS = 1_000_000

_LASTING = frozenset({FaultKind.STATE, FaultKind.FRAME, FaultKind.BATCH, FaultKind.ANSWER})
"""Kinds that stay on until they are spent, run out or are cleared; the others mean who is there."""


class FaultError(ValueError):
    """A fault that cannot be switched on. The message is one sentence with the cure."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a fault may strike: the frame, connection or request in question."""

    market: str = ""
    channel: str = ""
    sid: int = 0
    account: str = ""
    endpoint: str = ""
    """Method and path below the REST root: `POST /portfolio/events/orders`."""


@dataclass(slots=True)
class Fault:
    """One switched-on fault."""

    fault_id: str
    name: str
    kind: FaultKind
    args: dict[str, int | str | bool]
    scope: dict[str, str | int]
    left: int | None
    """How many strikes are left; None is no limit."""
    probability: float
    starts_ns: int
    ends_ns: int | None
    struck: set[tuple[int, int]] = field(default_factory=set)
    """Connections and sids that were struck already: each is struck once."""

    def covers(self, target: Target) -> bool:
        """Return True when the target lies inside the scope."""
        return all(
            _is_same_endpoint(str(value), target.endpoint)
            if name == "endpoint"
            else getattr(target, name) == value
            for name, value in self.scope.items()
        )

    def is_open(self, now_ns: int) -> bool:
        """Return True while the fault may strike."""
        return (
            self.starts_ns <= now_ns
            and (self.ends_ns is None or now_ns < self.ends_ns)
            and self.left != 0
        )

    def whole(self, name: str) -> int:
        """Return an argument that is a whole number."""
        return int(self.args[name])

    def text(self, name: str) -> str:
        """Return an argument that is a text."""
        return str(self.args[name])


class Registry:
    """The faults that are switched on now."""

    def __init__(self, seed: int = 0) -> None:
        self._faults: dict[str, Fault] = {}
        self._last_id = 0
        self._kinds: frozenset[FaultKind] = frozenset()
        self._names: frozenset[str] = frozenset()
        self.meddles = False
        """True while a fault gets hold of outgoing frames: the one question of the hot path."""
        self._random = random.Random(seed)

    def __len__(self) -> int:
        return len(self._faults)

    def has(self, kind: FaultKind) -> bool:
        """Return True when any fault of this kind is switched on."""
        return kind in self._kinds

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
        self._last_id += 1
        fault = _read(f"fault-{self._last_id}", name, spec, body, now_ns)
        self._faults[fault.fault_id] = fault
        self._index()
        return fault

    def switch_off(self, fault_id: str | None = None) -> int:
        """Forget one fault, or all; return how many there were."""
        if fault_id is None:
            found = len(self._faults)
            self._faults.clear()
        else:
            found = 0 if self._faults.pop(fault_id, None) is None else 1
        self._index()
        return found

    def ask(self, name: str, target: Target, now_ns: int) -> Fault | None:
        """Return the fault of this name that strikes the target, spending one of its strikes."""
        if name not in self._names:
            return None
        for fault in self._faults.values():
            if fault.name == name and fault.is_open(now_ns) and fault.covers(target):
                return fault if self._spend(fault) else None
        return None

    def strike(
        self,
        kind: FaultKind,
        target: Target,
        now_ns: int,
        fits: Callable[[Fault], bool] = lambda _: True,
    ) -> list[Fault]:
        """Return the faults of a kind that strike this one target, each spending a strike.

        `fits` says whether a fault has anything to get hold of.
        """
        return [
            fault
            for fault in list(self._faults.values())
            if fault.kind is kind
            and fault.is_open(now_ns)
            and fault.covers(target)
            and fits(fault)
            and self._spend(fault)
        ]

    def strike_each(
        self, kind: FaultKind, key: tuple[int, int], target: Target, now_ns: int
    ) -> list[Fault]:
        """Return the faults that strike a connection or sid now; each strikes one of them once."""
        struck = []
        for fault in list(self._faults.values()):
            if (
                fault.kind is kind
                and key not in fault.struck
                and fault.is_open(now_ns)
                and fault.covers(target)
            ):
                fault.struck.add(key)
                if self._spend(fault):
                    struck.append(fault)
        return struck

    def standing(self, name: str, target: Target, now_ns: int) -> Fault | None:
        """Return the fault of this name that is on for the target; spends nothing."""
        if name not in self._names:
            return None
        for fault in self._faults.values():
            if fault.name == name and fault.is_open(now_ns) and fault.covers(target):
                return fault
        return None

    def knows(self, name: str) -> bool:
        """Return True when a fault of this name is switched on for anybody, now or later."""
        return name in self._names

    def deeds(self, now_ns: int) -> list[Fault]:
        """Return the deeds whose time has come; each is returned once for each of its counts."""
        due = []
        for fault in self._faults.values():
            if fault.kind is FaultKind.DEED and fault.is_open(now_ns) and not fault.struck:
                fault.struck.add((0, 0))
                times = 1 if fault.left is None else fault.left
                due += [fault for _ in range(times) if self._random.random() < fault.probability]
        return due

    def is_on(self, fault: Fault, now_ns: int) -> bool:
        """Return True while a fault that has struck is neither cleared nor over."""
        return fault.fault_id in self._faults and (fault.ends_ns is None or now_ns < fault.ends_ns)

    def expire(self, now_ns: int) -> None:
        """Forget what has run out; to be called after each round of strikes.

        A fault of connections or sids without `count` or `for_ms` means those that are there at
        that moment. A `half_open` lasts until it is cleared.
        """
        for fault in list(self._faults.values()):
            over = fault.ends_ns is not None and now_ns >= fault.ends_ns
            at_once = (
                fault.kind not in _LASTING
                and fault.ends_ns is None
                and fault.starts_ns <= now_ns
                and (fault.left is None or fault.kind is FaultKind.DEED)
            )
            if fault.name == "half_open" and at_once:
                fault.left = 0  # strikes no more, and holds those that it struck
            elif over or (fault.name != "half_open" and (at_once or fault.left == 0)):
                del self._faults[fault.fault_id]
        self._index()

    def next_start_ns(self, now_ns: int) -> int | None:
        """Return when the next waiting fault begins or the next open one ends."""
        waiting = [each.starts_ns for each in self._faults.values() if each.starts_ns > now_ns]
        ending = [
            each.ends_ns for each in self._faults.values() if (each.ends_ns or now_ns) > now_ns
        ]
        return min([*waiting, *(each for each in ending if each is not None)], default=None)

    def draw(self) -> float:
        """Return the next random number of the faults, from 0 up to 1."""
        return self._random.random()

    def _spend(self, fault: Fault) -> bool:
        if fault.probability < 1 and self._random.random() >= fault.probability:
            return False
        if fault.left is not None:
            fault.left -= 1
            if fault.left == 0 and fault.kind in _LASTING:
                del self._faults[fault.fault_id]
                self._index()
        return True

    def _index(self) -> None:
        self._kinds = frozenset(each.kind for each in self._faults.values())
        self._names = frozenset(each.name for each in self._faults.values())
        self.meddles = FaultKind.FRAME in self._kinds


def _read(
    fault_id: str, name: str, spec: FaultSpec, body: Mapping[str, object], now_ns: int
) -> Fault:
    at_ms = _optional(body, "at_ms", 0)
    for_ms = _optional(body, "for_ms", 1)
    count = _optional(body, "count", 1)
    starts_ns = now_ns if at_ms is None else at_ms * _NS_PER_MS
    if count is None and spec.once and for_ms is None and "p" not in body:
        count = 1
    return Fault(
        fault_id=fault_id,
        name=name,
        kind=spec.kind,
        args={each: _argument(body, each, wanted) for each, wanted in spec.args.items()},
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


def _argument(body: Mapping[str, object], name: str, wanted: Argument) -> int | str | bool:
    value = body.get(name, wanted.default)
    if isinstance(wanted, Whole):
        return _whole(body, name, wanted.least, wanted.most, wanted.default)
    if isinstance(wanted, Flag):
        if not isinstance(value, bool):
            raise FaultError(f"{name} must be true or false.")
        return value
    if not isinstance(value, str) or not value:
        raise FaultError(f"{name} must be text.")
    if wanted.choices and value not in wanted.choices:
        raise FaultError(f"{name} must be one of {', '.join(wanted.choices)}.")
    return value


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


def _is_same_endpoint(wanted: str, given: str) -> bool:
    """Compare method and path; a part in braces, a part after a colon and `*` mean any text."""
    method, _, path = wanted.strip().partition(" ")
    given_method, _, given_path = given.partition(" ")
    parts, given_parts = path.strip("/").split("/"), given_path.strip("/").split("/")
    return (
        method.upper() == given_method
        and len(parts) == len(given_parts)
        and all(
            part in (found, "*") or part[:1] in ("{", ":")
            for part, found in zip(parts, given_parts, strict=True)
        )
    )

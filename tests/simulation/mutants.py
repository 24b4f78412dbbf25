"""The client with one line wrong, to see that the checker condemns it.

Each mutant names a line of the feed and what stands there instead. The feed's modules are built
anew from their own source with that line changed, beside the real ones; nothing is patched.
"""

import builtins
import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.support.feed_world import Faults, FeedFactory, World

_PACKAGE = "kalshi_tui.api"
_MODULES = frozenset(
    {"feed", "intake", "answers", "reconciler", "books", "subscription"}
    | {"audits", "quarantine", "ages", "liveness"}
)
SCHEDULES = 200
"""A mutant has to be found within so many."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One line of the client, and the wrong one."""

    name: str
    module: str
    line: str
    instead: str


MUTANTS = (
    Mutant(
        "an acknowledgement's number is not counted",
        "intake",
        "if isinstance(frame, _Numbered) and frame.seq != NO_SEQ:",
        "if isinstance(frame, frames.Delta | frames.Snapshot):",
    ),
    Mutant(
        "a gap is not noticed",
        "subscription",
        "order = Order.GAP",
        "order = Order.NEXT",
    ),
    Mutant(
        "a gap is counted and nothing else",
        "intake",
        'self._subs.doubt_all(sub, "A frame of the exchange is missing.")',
        "pass",
    ),
    Mutant("late frames are applied", "subscription", "return Order.BACK", "return Order.NEXT"),
    Mutant(
        "late frames are dropped without a doubt",
        "subscription",
        "return Order.BACK",
        "return Order.REPEAT",
    ),
    Mutant(
        "repeated frames are applied", "subscription", "return Order.REPEAT", "return Order.NEXT"
    ),
    Mutant(
        "a first snapshot has no deadline",
        "reconciler",
        "                book.deadline_ns = now + SNAPSHOT_NS\n                self.arm(",
        "                book.deadline_ns = None\n                self.arm(",
    ),
    Mutant(
        "a snapshot that was asked for has no deadline",
        "reconciler",
        "book.deadline_ns = now + SNAPSHOT_NS\n                book.repairs",
        "book.deadline_ns = None\n                book.repairs",
    ),
    Mutant(
        "an acknowledgement has no deadline",
        "reconciler",
        "if pending is not None and now >= pending.deadline_ns:",
        "if False:",
    ),
    Mutant(
        "every snapshot is believed",
        "books",
        "return self.status is BookStatus.LIVE or self.expects_initial",
        "return True",
    ),
    Mutant(
        "an answer to an older question is believed",
        "books",
        "return request_id == self.request_id",
        "return True",
    ),
    Mutant(
        "changes that the snapshot lacks are forgotten",
        "books",
        "return [delta for delta in ring if delta.clock > clock]",
        "return []",
    ),
    Mutant(
        "changes that the snapshot includes are applied again",
        "books",
        "return [delta for delta in ring if delta.clock > clock]",
        "return [delta for delta in ring if delta.clock >= clock]",
    ),
    Mutant("an overflow is not noticed", "answers", "self._subs.lost(sub, reason, now)", "pass"),
    Mutant(
        "a silent connection is kept for ever",
        "feed",
        'self._subs.ask_reconnect("Nothing was heard from the exchange for 11 s.")',
        "pass",
    ),
    Mutant(
        "an unreadable frame is passed over",
        "intake",
        "self._subs.doubt_books(str(error))\n            self._subs.ask_reconnect(str(error))",
        "pass",
    ),
    Mutant(
        "sids of an earlier connection are kept",
        "reconciler",
        "self.by_sid.clear()",
        "pass",
    ),
)


def mutated(mutant: Mutant) -> FeedFactory:
    """Return the feed with this one line wrong. Raises `ValueError` where the line is gone."""
    built: dict[str, ModuleType] = {}

    def load(name: str) -> ModuleType:
        if name not in built:
            spec = importlib.util.find_spec(f"{_PACKAGE}.{name}")
            assert spec is not None
            assert spec.origin is not None
            module = built[name] = ModuleType(spec.name)
            text = Path(spec.origin).read_text(encoding="utf-8")
            if name == mutant.module:
                if text.count(mutant.line) != 1:
                    raise ValueError(f"{name}.py has {text.count(mutant.line)} x {mutant.line!r}")
                text = text.replace(mutant.line, mutant.instead)
            module.__dict__["__builtins__"] = vars(builtins) | {"__import__": bring}
            # Looked up by name, as dataclasses do, the real module serves as well.
            exec(compile(text, spec.origin, "exec"), module.__dict__)
        return built[name]

    def bring(
        name: str,
        globals: Mapping[str, Any] | None = None,
        locals: Mapping[str, Any] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        package, _, last = name.rpartition(".")
        if package == _PACKAGE and last in _MODULES:
            return load(last)
        return builtins.__import__(name, globals, locals, fromlist or (), level)

    factory: FeedFactory = load("feed").Feed
    return factory


def verdict(world: World, chaos: int = 200) -> str:
    """Run a schedule; return what the checker condemns, in words, or an empty string."""
    try:
        checker = world.run(chaos)
    except (AssertionError, LookupError, TypeError, AttributeError) as error:
        return f"crash: {type(error).__name__}"
    if checker.wrong:
        return f"wrong: {checker.wrong[0]}"
    return f"stuck: {checker.stuck[0]}" if checker.stuck else ""


def hunt(mutant: Mutant, faults: Faults, no_faults: Faults) -> tuple[str, str] | None:
    """Return the first schedule that condemns a mutant, and its verdict.

    The first schedules are without faults: there nothing may be doubted either.
    """
    factory = mutated(mutant)
    for seed in range(5):
        world = World(seed, no_faults, factory, numbers_acks=True)
        words = verdict(world)
        if not words and world.feed.counters.gaps > 2:
            words = f"doubt: {world.feed.counters.gaps} gaps seen where none was"
        if words:
            return f"{seed} (no faults)", words
    for seed in range(SCHEDULES):
        words = verdict(World(seed, faults, factory))
        if words:
            return str(seed), words
    return None

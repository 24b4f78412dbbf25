"""Every guard of the gate broken one at a time: the gate's own table has to notice each.

`python -m tests.core.test_gate_mutants` prints the list.
"""

from dataclasses import dataclass, replace
from types import ModuleType

import pytest

from kalshi_tui.core import risk
from kalshi_tui.core.environments import Mode
from kalshi_tui.core.events import BookStatus
from kalshi_tui.core.units import Price
from tests.support.facts import NOON_NS, terms
from tests.support.gate import CASES, LIMITS, mutated, now, verdict


@dataclass(frozen=True, slots=True)
class Mutant:
    """One line of the gate, and the wrong one."""

    module: str
    line: str
    instead: str
    name: str


def _gone() -> list[Mutant]:
    return [
        Mutant(
            "risk",
            f"    ({number}, {guard.__module__.rpartition('.')[2]}.{guard.__name__}),\n",
            "",
            f"{number:2} {guard.__name__} is not asked",
        )
        for number, guard in risk.GUARDS
    ]


def _edges() -> list[Mutant]:
    lines = [
        ("caps", "if terms.count > limits.order_count:", ">", ">=", " 7 size_cap one too early"),
        ("caps", "if cost > limits.order_cost:", ">", ">=", " 7 cost_cap one too early"),
        ("caps", "if beyond > width:", ">", ">=", " 8 collar one too early"),
        ("caps", "max(part, CENT)", "max(part, CENT)", "part", " 8 collar without its least"),
        ("caps", "min(limits.collar, max", "min(limits.collar, max", "max(0, max", " 8 no width"),
        ("caps", "max(known) if is_bid", "max", "min", " 8 collar by the nearer price"),
        ("caps", "(terms.price < own if is_bid", "<", "<=", " 9 self_cross at the touch"),
        ("caps", "own_ask if is_bid else", "own_ask if", "own_bid if", " 9 self_cross, own side"),
        ("caps", "if after > limits.position_count", ">", ">=", "10 position_cap too early"),
        ("caps", "Count(after + terms.count)", "after + terms.count", "after", "10 without itself"),
        ("caps", "at_risk > limits.event_risk", ">", ">=", "10 event_cap one too early"),
        ("caps", "at_risk > limits.total_risk", ">", ">=", "10 total_cap one too early"),
        ("caps", "after > before.at_risk and not reduces(terms, now)", "after", "True or after",
         "10 the caps refuse what adds no risk"),
        ("caps", "after + now.exposure.event_others", "event_others", "others", "10 event of all"),
        ("caps", "after + now.exposure.others", ".others", ".event_others", "10 total of an event"),
        ("caps", "if now.open_orders >= limits.open_orders", ">=", ">", "10 order_cap one more"),
        ("caps", "if now.day_loss >= limits.day_loss", ">=", ">", "11 day_loss one too late"),
        ("caps", "limits.day_loss and not reduces(terms, now)", " and not reduces(terms, now)", "",
         "11 day_loss stops what reduces"),
        ("caps", "second = _newer(now, SECOND)", "SECOND", "SECOND + 1", "12 rate, a second long"),
        ("caps", "second = _newer(now, SECOND)", "SECOND", "SECOND - 1", "12 rate, a short second"),
        ("caps", "if second >= limits.orders_per_second", ">=", ">", "12 rate, one a second more"),
        ("caps", "minute = _newer(now, MINUTE_NS)", "_NS", "_NS + 1", "12 rate, a minute long"),
        ("caps", "minute = _newer(now, MINUTE_NS)", "_NS", "_NS - 1", "12 rate, a short minute"),
        ("caps", "if minute >= limits.orders_per_minute", ">=", ">", "12 rate, one a minute more"),
        ("caps", ">= REPEAT_NS", ">=", ">", "12 repeat, too long"),
        ("caps", "each[1:] == key", "each[1:] == key", "each[1] == key[0]", "12 repeat, any price"),
        ("caps", "if cost > free and", ">", ">=", "14 funds one too early"),
        ("caps", "now.cash - now.exposure.in_flight", " - now.exposure.in_flight", "",
         "14 funds without what is in flight"),
        ("caps", "min(terms.count, now.exposure.market.closable(terms.side, now.position))",
         "now.exposure.market.closable(terms.side, now.position)", "abs(now.position)",
         "14 cash as if anything closed"),
        ("guards", "return terms.count <= now", "<=", "<", " 3 reduces one too few"),
        ("guards", "if not now.reducing or reduces(terms, now):", "or reduces(terms, now)", "or 0",
         " 3 reducing stops what reduces"),
        ("guards", "if left <= CLOSE_MARGIN_NS", "<=", "<", " 4 close margin too short"),
        ("guards", "CLOSE_MARGIN_NS = 2 *", "2", "0", " 4 no close margin"),
        ("guards", "if each.index == index:", "== index", ">= 0", " 4 any shard's status"),
        ("guards", "each.exchange_active, each.trading", "each.exchange", "now.exchange",
         " 4 a shard under maintenance"),
        ("guards", "each.exchange_active, each.trading_active", "each.trading", "now.trading",
         " 4 a shard that is paused"),
        ("guards", "now.market.close_ns - now.exchange_ns", "exchange_ns", "wall_ns",
         " 4 the close by our own clock"),
        ("guards", "* SECOND <= now.exchange_ns", "exchange_ns", "wall_ns",
         " 6 the expiry by our own clock"),
        ("guards", "if now.offset_ns is None:", "is None", "== 0", " 5 no clock is a clock"),
        ("guards", "if now.lagging_ns is not None:", "is not None", "== 0", " 5 lagging is fresh"),
        ("guards", "if now.book is not BookStatus.LIVE:", "not BookStatus.LIVE", "BookStatus.EMPTY",
         " 5 any book"),
        ("guards", "if terms.count <= 0:", "<=", "<", " 6 nothing is a size"),
        ("guards", "* SECOND <= now.exchange_ns", "<=", "<", " 6 expires now"),
        ("guards", "terms.price >= touch if", ">=", ">", " 6 post_only locks"),
        ("guards", "if terms.count > free:", ">", ">=", "16 reduce_only one too early"),
        ("guards", "now.wall_ns >= until_ns", ">=", ">", "17 tail too long"),
        ("guards", "return now.is_exit and terms", "now.is_exit and ", "", " 2 any exit leaves"),
        ("guards", "terms.reduce_only and terms.time_in_force is TimeInForce.IOC",
         "terms.reduce_only and ", "", " 2 an exit may open"),
        ("guards", " and terms.time_in_force is TimeInForce.IOC",
         " and terms.time_in_force is TimeInForce.IOC", "", " 2 an exit may rest"),
        ("guards", "Mode.VIEW and not leaves(terms, now)", " and not leaves(terms, now)", "",
         " 2 no way out in VIEW"),
        ("guards", "now.killed and not leaves(terms, now)", " and not leaves(terms, now)", "",
         " 3 no way out under KILL"),
        ("guards", "until_ns or leaves(terms, now)", " or leaves(terms, now)", "",
         "17 no way out in the tail"),
        ("risk", "limits.in_mode(now.mode)", "limits.in_mode(now.mode)", "limits", "full ONE-KEY"),
        ("risk", "if word is None:", "is None", "== 0", "every guard can be confirmed"),
        ("risk", "if name not in confirmed:", "name not in confirmed", "True", "none can be"),
        ("risk", '"in_doubt": "DOUBT"}', '"DOUBT"', '""', "a doubt needs no word"),
    ]  # fmt: skip
    return [
        Mutant(module, line, line.replace(old, new, 1), name)
        for module, line, old, new, name in lines
    ]


def _at_send() -> list[Mutant]:
    names = [line.strip().rstrip(",") for line in _AT_SEND]
    return [
        Mutant("risk", f"    {each},\n", "", f"at the wire {each.partition('.')[2]} is not asked")
        for each in names
    ]


_AT_SEND = (
    "guards.read_only",
    "guards.armed",
    "guards.killed",
    "guards.exchange",
    "guards.market",
    "guards.drifted",
    "guards.book_live",
    "guards.post_only",
    "caps.collar",
    "guards.purge",
)
_WAITED = {
    "read_only": now(read_only="No."),
    "armed": now(mode=Mode.VIEW),
    "killed": now(killed=True),
    "exchange": now(trading_active=False),
    "market": now(market=None),
    "drifted": now(drift="a field is gone"),
    "book_live": now(book=BookStatus.STALE),
    "post_only": now(best_ask=Price(3_600)),
    "collar": now(best_ask=Price(3_200)),
    "purge": now(purge_until_ns=NOON_NS + 1),
}

MUTANTS = (*_gone(), *_edges(), *_at_send())


def noticed(mutant: Mutant) -> str:
    """Return the first case that comes out otherwise with the wrong line, or an empty string."""
    module = mutated(mutant.module, mutant.line, mutant.instead)
    try:
        return _difference(module)
    except (AssertionError, AttributeError) as error:
        return f"crash: {type(error).__name__}"


def _difference(module: ModuleType) -> str:
    for number, one in enumerate(CASES):
        if verdict(one, module.check) != one.guard:
            return f"case {number}, {one.about or 'plain'} {one.order.side.value}"
        was = risk.check(one.order, one.situation, one.limits, one.confirmed)
        found = module.check(one.order, one.situation, one.limits, one.confirmed)
        if was is not None and found.word != was.word:
            return f"case {number}, the word of {one.guard}"
    every = frozenset(guard.__name__ for _, guard in risk.GUARDS)
    for number, one in enumerate(CASES):
        ours = verdict(replace(one, confirmed=every))
        if verdict(replace(one, confirmed=every), module.check) != ours:
            return f"case {number} with everything confirmed"
    for name, situation in _WAITED.items():
        order = terms(post_only=name == "post_only")
        found = module.recheck(order, situation, LIMITS)
        if found is None or found.guard != name:
            return f"re-check of {name}"
    return ""


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_broken_guard_is_noticed(mutant: Mutant) -> None:
    assert noticed(mutant), f"nothing notices that {mutant.name}"


def test_the_unbroken_gate_is_noticed_by_nothing() -> None:
    assert noticed(Mutant("risk", "GUARDS: tuple", "GUARDS: tuple", "nothing")) == ""


def test_every_guard_that_is_asked_at_the_wire_is_broken_once() -> None:
    asked = {f"{guard.__module__.rpartition('.')[2]}.{guard.__name__}" for guard in risk._AT_SEND}
    assert asked == set(_AT_SEND)


def main() -> None:
    """Print which case notices which broken guard."""
    for mutant in MUTANTS:
        print(f"{mutant.name:45} {noticed(mutant) or 'NOT NOTICED'}")  # noqa: T201


if __name__ == "__main__":
    main()

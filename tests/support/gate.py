"""The gate's table: each guard below, at and above its limit, and its mirror image on the NO side.

A case states only what differs from an order that every guard lets pass. `mutated` builds the gate
anew from its own source with one line changed, beside the real one; nothing is patched.
"""

import builtins
import importlib.util
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from kalshi_tui.core import risk
from kalshi_tui.core.environments import Mode
from kalshi_tui.core.events import BookStatus, ConnectionState, ShardStatus
from kalshi_tui.core.exposure import Exposure, MarketRisk, fee_bound
from kalshi_tui.core.fees import FeeSchedule
from kalshi_tui.core.market import PUBLISHED_GRIDS, MarketStatus
from kalshi_tui.core.orders import OrderTerms, SelfTradePrevention, TimeInForce
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Money, Price, complement
from tests.support.facts import NOON_NS, SECOND, TICKER, market, terms

LIMITS = risk.Limits(
    order_count=Count(1_000),
    order_cost=Money(3_600_000),
    open_orders=3,
    position_count=Count(2_000),
    event_risk=Money(40_000_000),
    total_risk=Money(60_000_000),
    day_loss=Money(50_000_000),
    orders_per_second=2,
    orders_per_minute=4,
)
MONO_NS = 1_000 * SECOND
COST = 3_600_000 + fee_bound(FeeSchedule(), Price(3_600), 1_000)
"""What the plain order, 10 at 36c, can cost at worst."""


def now(**changes: Any) -> risk.Situation:
    """Return a situation in which the plain order passes."""
    base = risk.Situation(
        mode=Mode.CONFIRM,
        read_only="",
        killed=False,
        connection=ConnectionState.OPEN,
        exchange_active=True,
        trading_active=True,
        market=market(),
        book=BookStatus.LIVE,
        book_reason="",
        best_bid=Price(3700),
        best_ask=Price(3800),
        position=Count(0),
        cash=Money(3_600_000),
        open_orders=2,
        wall_ns=NOON_NS,
        mono_ns=MONO_NS,
    )
    return replace(base, **changes)


@dataclass(frozen=True, slots=True)
class Case:
    """An order in a situation, and the guard that refuses it; empty where it passes."""

    guard: str
    order: OrderTerms
    situation: risk.Situation
    limits: risk.Limits = LIMITS
    confirmed: frozenset[str] = frozenset()
    words: str = ""
    about: str = ""
    """The guard that the case is about, where it passes."""


def case(
    guard: str,
    order: Mapping[str, Any] | None = None,
    situation: Mapping[str, Any] | None = None,
    limits: Mapping[str, Any] | None = None,
    *,
    confirmed: str = "",
    words: str = "",
    about: str = "",
) -> Case:
    """Return a case from what differs."""
    return Case(
        guard,
        terms(**(order or {})),
        now(**(situation or {})),
        replace(LIMITS, **(limits or {})),
        frozenset({confirmed} - {""}),
        words,
        about or guard,
    )


def held(position: int, bids: int = 0, asks: int = 0, **more: Any) -> dict[str, Any]:
    """Return the part of a situation that says what is held and live here."""
    found = MarketRisk(
        highest=Count(position + bids),
        lowest=Count(position - asks),
        bids=Count(bids),
        asks=Count(asks),
    )
    return {"position": Count(position), "exposure": Exposure(market=found, **more)}


def exposed(**changes: Any) -> dict[str, Any]:
    """Return a situation with another exposure."""
    return {"exposure": Exposure(**changes)}


def placed(*ages_ns: int, price: int = 9_900) -> dict[str, Any]:
    """Return what passed the gate so long ago."""
    found = [risk.Placed(MONO_NS - age, TICKER, BookSide.BID, Price(price)) for age in ages_ns]
    return {"placed": tuple(found)}


_FINE = {"market": market(grid=PUBLISHED_GRIDS["deci_cent"])}
_RICH = {"order_cost": Money(10**9), "position_count": Count(10**7)}
_IOC = {"reduce_only": True, "time_in_force": TimeInForce.IOC}


def _venue() -> Iterator[Case]:
    yield case("")
    yield case("read_only", {}, {"read_only": "The state directory cannot be written."})
    yield case("armed", {}, {"mode": Mode.VIEW}, words="press A")
    yield case("", {"count": Count(250)}, {"mode": Mode.ONE_KEY}, about="armed")
    yield case("size_cap", {"count": Count(251)}, {"mode": Mode.ONE_KEY}, words="cap of 2.50")
    yield case("killed", {}, {"killed": True}, words="minute")
    yield case("reducing", {}, {"reducing": "Stopped."}, words="Only what reduces")
    yield case("", {}, {"reducing": "Stopped.", **held(-1_000)}, about="reducing")
    yield case("reducing", {}, {"reducing": "Stopped.", **held(-999)}, words="9.99 here")
    yield case("reducing", {}, {"reducing": "Stopped.", **held(-1_000, bids=1)}, words="9.99")
    yield case("exchange", {}, {"exchange_active": False}, words="paused")
    yield case("exchange", {}, {"trading_active": False}, words="cancels work")
    yield case("market", {}, {"market": None}, words="not the market")
    yield case("market", {}, {"market": market(ticker="OTHER")}, words="not the market")
    yield case("market", {}, {"market": market(status=MarketStatus.CLOSED)}, words="closed")
    yield case("market", {}, {"market": market(grid=None)}, words="view-only")
    yield case("market", {}, {"market": market(close_ns=NOON_NS)}, words="has closed")
    late = NOON_NS + 2 * SECOND
    yield case("market", {}, {"market": market(close_ns=late)}, words="closes in 2.0 s")
    yield case("", {}, {"market": market(close_ns=late + 1)}, about="market")
    yield case("drifted", {}, {"drift": "a field is gone"}, words="a field is gone")
    yield case("book_live", {}, {"connection": ConnectionState.SILENT}, words="silent")
    stale = {"book": BookStatus.STALE, "book_reason": "a gap"}
    yield case("book_live", {}, stale, words="STALE (a gap)")
    yield case("book_live", {}, {"book": BookStatus.SYNCING}, words="SYNCING")
    yield case("book_live", {}, {"book": BookStatus.DEGRADED}, words="DEGRADED")
    yield case("book_live", {}, {"lagging_ns": 2_100_000_000}, words="2.1 s")
    yield case("in_doubt", {}, exposed(in_doubt=1), words="1 order")
    yield case("in_doubt", {}, exposed(in_doubt=2), words="2 orders")
    yield case("", {}, exposed(in_doubt=1), confirmed="in_doubt", about="in_doubt")
    yield case("ledger", {}, {"ledger_fault": "The disk is full."}, words="full")
    yield case("purge", {}, {"purge_until_ns": NOON_NS + SECOND}, words="1.0 s")
    yield case("purge", {}, {"purge_until_ns": NOON_NS + 1})
    yield case("", {}, {"purge_until_ns": NOON_NS}, about="purge")


def _exits() -> Iterator[Case]:
    """A flatten's own exit passes VIEW and KILL; nothing else that bears its name does."""
    leaving = {
        "mode": Mode.VIEW,
        "killed": True,
        "purge_until_ns": NOON_NS + SECOND,
        "is_exit": True,
        **held(-1_000),
    }
    way_out = {"time_in_force": TimeInForce.IOC, "reduce_only": True}
    yield case("", way_out, leaving, about="armed")
    yield case("armed", way_out, {**leaving, "is_exit": False})
    for lame in ({"reduce_only": True}, {"time_in_force": TimeInForce.IOC}):
        yield case("armed", lame, leaving)
        armed = {**leaving, "mode": Mode.CONFIRM}
        yield case("killed", lame, armed)
        guard = "reduce_only" if "reduce_only" in lame else "purge"
        yield case(guard, lame, {**armed, "killed": False})
    yield case("read_only", way_out, {**leaving, "read_only": "No."})
    yield case("book_live", way_out, {**leaving, "book": BookStatus.STALE})
    yield case("reduce_only", {**way_out, "count": Count(1_000)}, {**leaving, **held(-999)})


def _elsewhere() -> Iterator[Case]:
    for own, active, trades in ((1, False, True), (1, True, False)):
        other = ShardStatus(2, exchange_active=not active, trading_active=not trades)
        shards = (other, ShardStatus(own, exchange_active=active, trading_active=trades))
        elsewhere = {"market": market(exchange_index=1), "shard_states": shards}
        yield case("exchange", {}, elsewhere, words="on shard 1")
    running = ShardStatus(1, exchange_active=True, trading_active=True)
    halted = ShardStatus(0, exchange_active=True, trading_active=False)
    two = {"market": market(exchange_index=1), "shard_states": (halted, running)}
    yield case("", {}, two, about="exchange")
    # The top level speaks for shard 0 alone, where each shard is told of.
    yield case("", {}, {"trading_active": False, **two}, about="exchange")
    alone = {"trading_active": False, "shard_states": (running,)}
    yield case("exchange", {}, alone, words="cancels work")
    late = NOON_NS + 2 * SECOND
    ahead = {"market": market(close_ns=late + 1), "offset_ns": 1}
    yield case("market", {}, ahead, words="closes in 2.0 s")
    behind = {"market": market(close_ns=late), "offset_ns": -1}
    yield case("", {}, behind, about="market")
    yield case("clock", {}, {"offset_ns": None}, words="not been measured")
    yield case("", {}, {"offset_ns": 0}, about="clock")


def _words() -> Iterator[Case]:
    second = NOON_NS // SECOND
    ioc, fok = TimeInForce.IOC, TimeInForce.FOK
    yield case("grid", {"price": Price(3650)}, words="nearest")
    yield case("legal", {"count": Count(0)}, words="0.01")
    yield case("", {"count": Count(1)}, about="legal")
    yield case("legal", {"post_only": True, "time_in_force": ioc}, words="never does")
    yield case("legal", {"expires_s": second + 9, "time_in_force": fok}, words="expiry")
    yield case("legal", {"expires_s": second}, words="past")
    yield case("", {"expires_s": second + 1}, about="legal")
    yield case("legal", {"expires_s": second + 1}, {"offset_ns": SECOND}, words="past")
    rich = _RICH
    for price, guard in ((3700, ""), (3800, "post_only"), (3900, "post_only")):
        cash = {"cash": Money(10**9)}
        order = {"post_only": True, "price": Price(price)}
        yield case(guard, order, cash, rich, about="post_only")
    yield case("reduce_only", {"reduce_only": True}, held(-1_000), words="IOC")
    yield case("", _IOC, held(-1_000), about="reduce_only")
    yield case("reduce_only", _IOC, held(-999), words="9.99")
    yield case("reduce_only", _IOC, held(-1_000, bids=1), words="9.99")
    yield case("reduce_only", _IOC, held(1_000), {"position_count": Count(9_000)}, words=" 0 ")


def _caps() -> Iterator[Case]:
    yield case("", {"count": Count(999)}, about="size_cap")
    yield case("size_cap", {"count": Count(1_001)}, words="10.01 contracts is over your cap of 10")
    yield case("", {}, {}, {"order_cost": Money(3_600_001)}, about="cost_cap")
    yield case("cost_cap", {}, {}, {"order_cost": Money(3_599_999)}, words="$3.60")
    cheap = {"order_cost": Money(3_600)}
    yield case("", {}, held(-999), cheap, about="cost_cap")
    yield case("cost_cap", {}, held(-998), cheap, words="$0.0072")
    yield case("cost_cap", {}, held(-1_000, bids=2), cheap, words="$0.0072")
    yield case("", {}, held(0, bids=1_000), about="position_cap")
    yield case("position_cap", {}, held(0, bids=1_001), words="20.01")
    yield case("position_cap", {}, held(1_001), words="20.01")
    yield case("", {}, held(-3_000), about="position_cap")
    for cap, others in (("event_cap", "event_others"), ("total_cap", "others")):
        limit = {"event_cap": LIMITS.event_risk, "total_cap": LIMITS.total_risk}[cap]
        yield case("", {}, exposed(**{others: Money(limit - COST)}), about=cap)
        over = exposed(**{others: Money(limit - COST + 1)})
        yield case(cap, {}, over, words="at risk")
        # What reduces passes, and so does what adds to no worst case.
        closing = held(-1_000, **{others: Money(limit + 1)})
        yield case("", {}, closing, about=cap)
        won = MarketRisk(if_no=Money(-COST), if_yes=Money(1))
        yield case("", {}, exposed(market=won, **{others: limit}), about=cap)


def _counts() -> Iterator[Case]:
    yield case("order_cap", {}, {"open_orders": 3}, words="your cap is 3")
    yield case("order_cap", {}, {"open_orders": 4})
    yield case("", {}, {"day_loss": Money(LIMITS.day_loss - 1)}, about="day_loss")
    yield case("day_loss", {}, {"day_loss": LIMITS.day_loss}, words="$50.00")
    yield case("day_loss", {}, {"day_loss": Money(LIMITS.day_loss + 1)})
    yield case("", {}, {"day_loss": LIMITS.day_loss, **held(-1_000)}, about="day_loss")
    yield case("", {}, placed(1), about="rate")
    yield case("", {}, placed(SECOND, 1), about="rate")
    yield case("rate", {}, placed(SECOND - 1, 1), words="2 orders in a second")
    old = 30 * SECOND
    yield case("", {}, placed(60 * SECOND, old, old, old), about="rate")
    yield case("rate", {}, placed(60 * SECOND - 1, old, old, old), words="4 orders in a minute")
    same = placed(2 * SECOND - 1, price=3_600)
    yield case("repeat", {}, same, words="2 s")
    yield case("", {}, same, confirmed="repeat", about="repeat")
    yield case("", {}, placed(2 * SECOND, price=3_600), about="repeat")
    yield case("", {}, placed(1, price=3_500), about="repeat")
    yield case("funds", {}, {"cash": None}, words="not known")
    yield case("funds", {}, {"cash": Money(3_599_999)}, words="$3.60")
    yield case("funds", {}, exposed(in_flight=Money(1)), words="$3.599999")
    yield case("", {}, {"cash": Money(0), **held(-1_000)}, about="funds")


def _collar() -> Iterator[Case]:
    def at(price: int, guard: str, limits: Mapping[str, Any] | None = None, **more: Any) -> Case:
        situation = {**_FINE, "cash": Money(10**9), **more}
        confirmed = "empty_side" if more.get("best_ask", 1) is None else ""
        return case(
            guard,
            {"price": Price(price)},
            situation,
            {**_RICH, **(limits or {})},
            confirmed=confirmed,
            about="collar",
        )

    yield at(4170, "")
    yield at(4180, "")
    yield at(4190, "collar")
    yield at(4000, "", {"collar": Price(200)})
    yield at(4010, "collar", {"collar": Price(200)})
    yield at(400, "", best_ask=Price(300), best_bid=None)
    yield at(410, "collar", best_ask=Price(300), best_bid=None)
    yield at(9800, "", best_ask=Price(9700))
    yield at(9810, "collar", best_ask=Price(9700))
    yield at(4070, "", best_ask=None)
    yield at(4080, "collar", best_ask=None)
    yield at(4400, "", best_ask=None, last=Price(4000))
    yield at(4410, "collar", best_ask=None, last=Price(4000))
    yield at(9000, "", best_ask=None, best_bid=None)
    yield case("empty_side", {}, {"best_ask": None}, words="no")
    yield case("empty_side", {"post_only": True}, {"best_ask": None})
    yield case("", {}, {"best_ask": None}, confirmed="empty_side", about="empty_side")
    yield case("", {"price": Price(3600)}, exposed(own_ask=Price(3700)), about="self_cross")
    yield case("self_cross", {}, exposed(own_ask=Price(3600)), words="36c would meet")
    yield case("self_cross", {}, exposed(own_ask=Price(3500)))
    maker = {"self_trade_prevention": SelfTradePrevention.MAKER}
    yield case("", maker, exposed(own_ask=Price(3600)), about="self_cross")
    yield case("", {}, exposed(own_bid=Price(3600)), about="self_cross")


def mirrored(one: Case) -> Case:
    """Return the same case seen from the NO side of the book. The words may name other prices."""
    order, before = one.order, one.situation
    market_risk = before.exposure.market
    return replace(
        one,
        order=replace(order, side=order.side.other, price=complement(order.price)),
        situation=replace(
            before,
            best_bid=_other(before.best_ask),
            best_ask=_other(before.best_bid),
            last=_other(before.last),
            position=Count(-before.position),
            placed=tuple(
                each._replace(side=each.side.other, price=complement(each.price))
                for each in before.placed
            ),
            exposure=replace(
                before.exposure,
                own_bid=_other(before.exposure.own_ask),
                own_ask=_other(before.exposure.own_bid),
                market=MarketRisk(
                    if_yes=market_risk.if_no,
                    if_no=market_risk.if_yes,
                    highest=Count(-market_risk.lowest),
                    lowest=Count(-market_risk.highest),
                    bids=market_risk.asks,
                    asks=market_risk.bids,
                ),
            ),
        ),
        words="",
    )


def _other(price: Price | None) -> Price | None:
    return None if price is None else complement(price)


YES_CASES = (*_venue(), *_exits(), *_elsewhere(), *_words(), *_caps(), *_counts(), *_collar())
CASES = (*YES_CASES, *(mirrored(each) for each in YES_CASES))

Check = Callable[..., risk.Refusal | None]


def verdict(one: Case, check: Check = risk.check) -> str:
    """Return the name of the guard that refuses, or an empty string."""
    found = check(one.order, one.situation, one.limits, one.confirmed)
    return found.guard if found is not None else ""


_PACKAGE = "kalshi_tui.core"
_MODULES = frozenset({"risk", "guards", "caps"})


def mutated(module: str, line: str, instead: str) -> ModuleType:
    """Return `core.risk` with one line of the gate wrong. `ValueError` where it is not there."""
    built: dict[str, ModuleType] = {}

    def load(name: str) -> ModuleType:
        if name not in built:
            spec = importlib.util.find_spec(f"{_PACKAGE}.{name}")
            assert spec is not None
            assert spec.origin is not None
            made = built[name] = ModuleType(spec.name)
            text = Path(spec.origin).read_text(encoding="utf-8")
            if name == module:
                if text.count(line) != 1:
                    raise ValueError(f"{name}.py has {text.count(line)} x {line!r}")
                text = text.replace(line, instead)
            made.__dict__["__builtins__"] = vars(builtins) | {"__import__": bring}
            exec(compile(text, spec.origin, "exec"), made.__dict__)
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
        if name == _PACKAGE and fromlist and set(fromlist) & _MODULES:
            shown = ModuleType(_PACKAGE)
            for each in fromlist:
                shown.__dict__[each] = load(each)
            return shown
        return builtins.__import__(name, globals, locals, fromlist or (), level)

    return load("risk")

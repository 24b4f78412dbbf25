"""The limits panel as lines: the user's caps beside what is used of them, the exchange's budget,
and what holds orders back.

Each cap carries the name by which the settings know it. Pure; decides nothing: the gate does.
"""

from collections.abc import Callable, Iterator
from textwrap import wrap

from kalshi_tui.core.caps import MINUTE_NS
from kalshi_tui.core.environments import Mode
from kalshi_tui.core.guards import SECOND
from kalshi_tui.core.risk import Limits
from kalshi_tui.core.units import Count, Money, count_text, money_text, price_text
from kalshi_tui.core.views import LadderView, StatusView
from kalshi_tui.ui.paint.banner import alarms
from kalshi_tui.ui.paint.entry import MARGIN
from kalshi_tui.ui.paint.glyphs import Glyphs
from kalshi_tui.ui.paint.line import TEXT, Line, Piece, pack

_USED, _CAP = 34, 14
_INDENT = "   "


def limit_lines(
    limits: Limits,
    status: StatusView | None,
    ladder: LadderView | None,
    live: int,
    width: int,
    glyphs: Glyphs,
) -> list[Line]:
    """Return the whole panel; `live` is how many orders of ours may still trade."""
    mode = status.mode if status is not None else Mode.VIEW

    def line(*pieces: Piece, right: str = "") -> Line:
        return pack(pieces, [Piece(right, "dim", 1)], width, ellipsis=glyphs.ellipsis)

    def row(name: str, used: str, cap: str, setting: str, part: str = TEXT) -> Line:
        return line(
            Piece(f"{MARGIN}{name:<{_USED - 12}}{used:>12}", part),
            Piece(f"of {cap:<{_CAP}}", "strong", gap=1),
            right=setting,
        )

    def sentence(text: str) -> list[Line]:
        room = max(width - len(_INDENT), 20)
        return [line(Piece(f"{_INDENT}{part}", "dim")) for part in wrap(text, room)]

    lines = [line(Piece("LIMITS", "title"), Piece("there is no override key", "dim"))]
    lines += [row(*each) for each in _caps(limits.in_mode(mode), status, ladder, live)]
    lines += sentence(
        "They change only in [limits] of the settings file, under the names at the right."
        + (" ONE-KEY has a quarter of both caps of an order." if mode is Mode.ONE_KEY else "")
    )
    if status is not None:
        lines += sentence(status.day_note)
        lines.append(line(Piece("BUDGET", "title"), Piece("what the exchange lets through", "dim")))
        lines += [row(*each) for each in _budget(status)]
        lines.append(line(Piece("HELD BACK", "title")))
        for word, text, part in _held_back(status):
            lines.append(line(Piece(word, part)))
            lines += sentence(text)
    return lines


def _held_back(status: StatusView) -> Iterator[tuple[str, str, str]]:
    """Yield (badge, sentence, part) of what keeps orders back, then the dead-man's switch."""
    found = alarms(status, None)
    if not found:
        yield f"{MARGIN}nothing", "", "good"
    for alarm in found:
        yield f" {alarm.word} ", alarm.text, alarm.part
    on = "on: orders die 90 s after this program" if status.dead_man else "off (:deadman on)"
    yield f"{MARGIN}dead-man's switch {on}", "", TEXT


_Row = tuple[str, str, str, str, str]


def _caps(
    limits: Limits, status: StatusView | None, ladder: LadderView | None, live: int
) -> Iterator[_Row]:
    """Yield (name, used, cap, setting, part) of every cap."""
    placed = status.placed if status is not None else ()
    now = status.mono_ns if status is not None else 0
    a_second = sum(now - each.mono_ns < SECOND for each in placed)
    a_minute = sum(now - each.mono_ns < MINUTE_NS for each in placed)
    yield "contracts an order", "-", count_text(limits.order_count), "order_count", TEXT
    yield "cash an order", "-", _dollars(limits.order_cost), "order_cost", TEXT
    yield _row("orders live", live, limits.open_orders, str, "open_orders")
    held = at_event = Count(0)
    if ladder is not None:
        market = ladder.exposure.market
        held = Count(max(market.highest, -market.lowest, abs(ladder.position)))
        at_event = Count(market.at_risk + ladder.exposure.event_others)
    yield _row(
        "contracts in this market", held, limits.position_count, _contracts, "position_count"
    )
    yield _row("at risk in this event", at_event, limits.event_risk, _dollars, "event_risk")
    at_risk = status.at_risk if status is not None else Money(0)
    yield _row("at risk in all", at_risk, limits.total_risk, _dollars, "total_risk")
    lost = status.day_loss if status is not None else Money(0)
    yield _row("lost today", lost, limits.day_loss, _dollars, "day_loss")
    yield _row("orders this second", a_second, limits.orders_per_second, str, "orders_per_second")
    yield _row("orders this minute", a_minute, limits.orders_per_minute, str, "orders_per_minute")
    collar = f"{price_text(limits.collar)}c or {limits.collar_percent}%"
    yield "through the market", "-", collar, "collar, collar_percent", TEXT


def _row(name: str, used: int, cap: int, words: Callable[[int], str], setting: str) -> _Row:
    part = "error" if used >= cap else "warning" if used * 5 >= cap * 4 else TEXT
    return name, words(used), words(cap), setting, part


def _budget(status: StatusView) -> Iterator[_Row]:
    budget = status.budget
    if budget is None:
        yield "not read yet", "-", "-", "", "dim"
        return
    write = f"{budget.write_capacity} (+{budget.write_refill} a second)"
    read = f"{budget.read_capacity} (+{budget.read_refill} a second)"
    part = "error" if budget.throttled else TEXT
    yield "write tokens left", str(budget.write_left), write, "", part
    yield "of them for cancels alone", str(budget.reserve), write, "", TEXT
    yield "read tokens left", str(budget.read_left), read, "", part


def _dollars(money: int) -> str:
    return money_text(Money(money))


def _contracts(count: int) -> str:
    return count_text(Count(count))

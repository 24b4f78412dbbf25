"""Holds what we booked against what the exchange states, and asks for a second look.

Private channels carry no numbers, so a lost frame shows only here: the fills of an order add up to
its fill count, fills lead from each stated position to the next, what rests is listed. What does
not agree for a second is read again; what still does not agree is an item on the screen until it
does, and never a silent overwrite. Sends no order and cancels none.
Source: reliability TC18, FE01, FE04, FE07, FE13.
"""

from dataclasses import dataclass

from kalshi_tui.core import effects as fx
from kalshi_tui.core import events as e
from kalshi_tui.core.ledger import Order
from kalshi_tui.core.orders import OrderState
from kalshi_tui.core.reconciliation import Chain, Difference, DifferenceKind, Key
from kalshi_tui.core.state import State
from kalshi_tui.core.units import Count, count_text
from kalshi_tui.core.views import Pane

SECOND = 1_000_000_000
GRACE_NS = SECOND
"""The frames of one trade come apart by less: an order's, its fill's and its position's."""
AGAIN_NS = 5 * SECOND
LAST_AGAIN_NS = 60 * SECOND
"""Pauses between two looks at the same thing: they double from the first to the last."""
LOOK_EVERY_NS = SECOND // 10
_LAG_MS = 2_000
"""Reads lag behind the feed by a second or so (openapi.yaml, user_data_timestamp)."""

_SWEEPS_TO_ADJUST = 2
"""Complete reads that have to leave a position unexplained: the first may have begun before."""

_DIFFERENCES = (Pane.DIFFERENCES, "")
_STATUS = (Pane.STATUS, "")


@dataclass(slots=True)
class _Suspect:
    """Something that does not agree, until it does."""

    ticker: str
    since_ns: int
    again_ns: int
    pause_ns: int = AGAIN_NS
    sweeps: int = 0


class Checks:
    """Runs inside the engine: tell it what came in, then `tick`."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._suspects: dict[Key, _Suspect] = {}
        self._breaches: dict[str, OrderState] = {}
        """Orders that exist although they were proven not to: order id -> what was proven."""
        self._unlisted: set[str] = set()
        self._chains: dict[str, Chain] = {}
        self._next_ns = 0

    def reported(self, order: Order) -> None:
        """A report of this order was booked."""
        self._unlisted.discard(order.order_id)
        self._look_at_fills(order)

    def curtailed(self, order: Order) -> None:
        """A cancel took less off than there was: the rest was filled, or may have been."""
        self._look_at_fills(order)

    def breached(self, order: Order, was: OrderState) -> None:
        """The exchange has an order that provably was not there (TO19)."""
        self._breaches[order.order_id] = was
        self._suspect((DifferenceKind.ORDER, order.order_id), order.terms.ticker)

    def filled(self, fill: e.Filled) -> None:
        """A fill was booked that was not known."""
        chain = self._chains.setdefault(fill.ticker, Chain())
        chain.filled(fill)
        self._look_at_chain(fill.ticker, chain)
        order = self._state.ledger.by_order_id(fill.order_id)
        if order is not None:
            self._look_at_fills(order)

    def stated(self, report: e.PositionReported) -> None:
        """The exchange stated a position; one without a stamp proves nothing about the past."""
        if report.ts_ms:
            self._state_position(report.ticker, report.position, report.ts_ms)

    def swept(self, fact: e.Swept) -> list[fx.Effect]:
        """A complete read was booked: what it does not list is not there."""
        before_ms = fact.begun_wall_ns // 1_000_000 - _LAG_MS
        listed = {each.ticker for each in fact.positions}
        for ticker in self._chains.keys() - listed:
            self._state_position(ticker, Count(0), before_ms)
        resting = {each.order_id for each in fact.orders}
        for order in self._state.ledger.orders():
            if order.order_id in resting:
                self._unlisted.discard(order.order_id)
            elif order.state is OrderState.RESTING and order.created_wall_ns < fact.begun_wall_ns:
                self._unlisted.add(order.order_id)
                self._suspect((DifferenceKind.MISSING, order.order_id), order.terms.ticker)
            self._look_at_fills(order)
        self._state.touch(_DIFFERENCES)
        return self._adjust()

    def tick(self) -> list[fx.Effect]:
        """Look again at what did not agree; ask for reads; open and close items."""
        state = self._state
        if not self._suspects or state.mono_ns < self._next_ns:
            return []
        self._next_ns = state.mono_ns + LOOK_EVERY_NS
        if state.connection is not e.ConnectionState.OPEN:
            # The sweep after the next subscription reads everything anyway.
            return []
        found: list[fx.Effect] = []
        for key, suspect in list(self._suspects.items()):
            figures = self._figures(key)
            if figures is None:
                found += self._agree(key)
            elif state.mono_ns - suspect.since_ns >= GRACE_NS:
                found += self._differ(key, suspect, *figures)
        return found

    # What does not agree

    def _look_at_fills(self, order: Order) -> None:
        if order.order_id and not order.is_filled_as_stated:
            self._suspect((DifferenceKind.FILLS, order.order_id), order.terms.ticker)

    def _look_at_chain(self, ticker: str, chain: Chain) -> None:
        if chain.difference() is not None:
            self._suspect((DifferenceKind.POSITION, ticker), ticker)

    def _state_position(self, ticker: str, position: Count, ts_ms: int) -> None:
        chain = self._chains.setdefault(ticker, Chain())
        chain.stated(position, ts_ms)
        self._look_at_chain(ticker, chain)

    def _suspect(self, key: Key, ticker: str) -> None:
        now = self._state.mono_ns
        self._suspects.setdefault(key, _Suspect(ticker, now, now + GRACE_NS))

    def _figures(self, key: Key) -> tuple[str, str] | None:
        """Return (ours, theirs) where they differ now."""
        kind, subject = key
        if kind is DifferenceKind.POSITION:
            difference = self._chains[subject].difference()
            return difference and (count_text(difference[0]), count_text(difference[1]))
        order = self._state.ledger.by_order_id(subject)
        if order is None:
            return None
        match kind:
            case DifferenceKind.ORDER:
                # On the screen for as long as it can trade.
                was = self._breaches.get(subject)
                return (was.value, order.state.value) if was and order.is_live else None
            case DifferenceKind.FILLS:
                if order.is_filled_as_stated:
                    return None
                is_bound = order.fills_at_most > max(order.booked, order.reported_filled)
                theirs = order.fills_at_most if is_bound else order.reported_filled
                most = "at most " if is_bound else ""
                return count_text(order.booked), most + count_text(theirs)
            case DifferenceKind.MISSING:
                if subject not in self._unlisted or not order.is_live:
                    return None
                return order.state.value, "not listed"

    def _differ(self, key: Key, suspect: _Suspect, ours: str, theirs: str) -> list[fx.Effect]:
        state = self._state
        kind, subject = key
        order_id = "" if kind is DifferenceKind.POSITION else subject
        item = Difference(kind, suspect.ticker, order_id, ours, theirs, state.wall_ns)
        found: list[fx.Effect] = []
        if state.differences.differ(item):
            text = f"{suspect.ticker}: {kind.value}: we have {ours}, the exchange says {theirs}"
            found.append(state.notice(fx.NoticeLevel.WARNING, f"{text}; reading again"))
            state.touch(_DIFFERENCES, _STATUS)
        if state.mono_ns >= suspect.again_ns:
            suspect.again_ns = state.mono_ns + suspect.pause_ns
            suspect.pause_ns = min(suspect.pause_ns * 2, LAST_AGAIN_NS)
            found.append(fx.DrillDown(order_id) if order_id else fx.Fetch(fx.Read.SWEEP))
        return found

    def _agree(self, key: Key, note: str = "") -> list[fx.Effect]:
        state = self._state
        del self._suspects[key]
        closed = state.differences.agree(key, state.wall_ns, note)
        if closed is None:
            return []
        state.touch(_DIFFERENCES, _STATUS)
        text = f"{closed.ticker}: {closed.kind.value}: {note or 'both sides agree again'}"
        level = fx.NoticeLevel.WARNING if note else fx.NoticeLevel.GOOD
        return [state.notice(level, text)]

    def _adjust(self) -> list[fx.Effect]:
        """Take positions over that no read explains: settlement, transfer, netting (FE07)."""
        found: list[fx.Effect] = []
        for key, suspect in list(self._suspects.items()):
            if key[0] is not DifferenceKind.POSITION or key not in self._state.differences:
                continue
            suspect.sweeps += 1
            if suspect.sweeps >= _SWEEPS_TO_ADJUST and self._figures(key) is not None:
                self._chains[key[1]].adjust()
                found += self._agree(key, "no fill explains it, the exchange's figure is taken")
        return found

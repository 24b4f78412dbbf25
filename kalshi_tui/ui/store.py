"""The screen's read-only replica: the latest view of every key, and which market is watched.

Owns nothing that trades. Written only by the app when the desk delivers; everything else reads.
"""

from collections.abc import Mapping
from dataclasses import replace

from kalshi_tui.core import risk
from kalshi_tui.core.events import BookStatus
from kalshi_tui.core.orders import OrderTerms
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count
from kalshi_tui.core.views import (
    DifferencesView,
    FeedView,
    FillsView,
    LadderView,
    MarketsView,
    OrderRow,
    OrdersView,
    Pane,
    PositionsView,
    StatusView,
    TapeView,
    View,
    ViewKey,
)

SILENT_BEATS = 3
"""The session tells the time every second; after this many without it, nothing here is proven."""
_BEAT_NS = 1_000_000_000


class Store:
    """Latest values by key. Accessors return None until the first view has come."""

    def __init__(self) -> None:
        self._views: dict[ViewKey, View] = {}
        self.ticker = ""
        """The watched market; empty until one is known."""
        self._beats = 0

    def beat(self) -> bool:
        """Count a second of the screen's own. Returns True while the session has gone silent."""
        self._beats += 1
        return self._is_silent

    @property
    def _is_silent(self) -> bool:
        return self._beats >= SILENT_BEATS

    def apply(self, views: Mapping[ViewKey, View]) -> frozenset[ViewKey]:
        """Take new views; returns the keys whose view is another one than before."""
        if (Pane.STATUS, "") in views:
            self._beats = 0
        changed = frozenset(key for key, view in views.items() if self._views.get(key) is not view)
        self._views.update(views)
        return changed

    def get(self, pane: Pane, ticker: str = "") -> View | None:
        """Return the latest view of a key."""
        return self._views.get((pane, ticker))

    @property
    def is_listed(self) -> bool:
        """False once the exchange has listed its markets and the watched one is not among them."""
        rows = self.markets.rows if self.markets else ()
        return not rows or any(row.market.ticker == self.ticker for row in rows)

    def first_ladder(self) -> str:
        """Return the ticker of a book that has come unasked, or empty."""
        return next((ticker for pane, ticker in self._views if pane is Pane.LADDER), "")

    @property
    def status(self) -> StatusView | None:
        view = self.get(Pane.STATUS)
        return view if isinstance(view, StatusView) else None

    @property
    def ladder(self) -> LadderView | None:
        """The watched market's book; STALE where the session itself has gone silent."""
        view = self.get(Pane.LADDER, self.ticker)
        if not isinstance(view, LadderView):
            return None
        if self._is_silent and view.status is BookStatus.LIVE:
            return replace(
                view,
                status=BookStatus.STALE,
                reason="The session does not answer: leave with ctrl+q and start again.",
                since_mono_ns=self.mono_ns - self._beats * _BEAT_NS,
            )
        return view

    @property
    def tape(self) -> TapeView | None:
        """The watched market's trades."""
        view = self.get(Pane.TAPE, self.ticker)
        return view if isinstance(view, TapeView) else None

    @property
    def orders(self) -> OrdersView | None:
        view = self.get(Pane.ORDERS)
        return view if isinstance(view, OrdersView) else None

    @property
    def positions(self) -> PositionsView | None:
        view = self.get(Pane.POSITIONS)
        return view if isinstance(view, PositionsView) else None

    @property
    def fills(self) -> FillsView | None:
        view = self.get(Pane.FILLS)
        return view if isinstance(view, FillsView) else None

    @property
    def markets(self) -> MarketsView | None:
        view = self.get(Pane.MARKETS)
        return view if isinstance(view, MarketsView) else None

    @property
    def feed(self) -> FeedView | None:
        view = self.get(Pane.FEED)
        return view if isinstance(view, FeedView) else None

    @property
    def differences(self) -> DifferencesView | None:
        view = self.get(Pane.DIFFERENCES)
        return view if isinstance(view, DifferencesView) else None

    @property
    def has_traded(self) -> bool:
        """True once an order of ours is known, live or done."""
        return self.orders is not None and bool(self.orders.live or self.orders.done)

    @property
    def live_orders(self) -> tuple[OrderRow, ...]:
        """Our orders that may still trade, in every market."""
        return self.orders.live if self.orders else ()

    @property
    def mono_ns(self) -> int:
        """The present for ages, as the session last told it; 0 before that."""
        return self.status.mono_ns if self.status else 0

    @property
    def wall_ns(self) -> int:
        """The present for clocks, as the session last told it; 0 before that."""
        return self.status.wall_ns if self.status else 0

    def situation(self) -> risk.Situation | None:
        """Return what the gate would look at now, as far as the screen knows."""
        if self.status is None:
            return None
        return risk.situation(self.status, self.ladder, len(self.live_orders))

    def refusal(self, limits: risk.Limits) -> str:
        """Return why no order at all can be sent now, or empty."""
        now, ladder = self.situation(), self.ladder
        if now is None or ladder is None:
            return "There is no book yet: wait for the ladder to fill."
        grid = ladder.market.grid
        if grid is None:
            return ladder.market.trade_refusal() or ""
        smallest = OrderTerms(ladder.market.ticker, BookSide.BID, grid.prices[0], Count(1))
        found = risk.check(smallest, now, limits)
        return found.text if found else ""

"""The tape: public trades of the watched market, newest first."""

from collections.abc import Sequence

from kalshi_tui.core.events import Traded
from kalshi_tui.core.sides import Outcome
from kalshi_tui.core.views import TapeView
from kalshi_tui.ui.paint.line import Line
from kalshi_tui.ui.paint.tape import tape_decimals, tape_title, trade_line
from kalshi_tui.ui.widgets.pane import ListPane


class TapePane(ListPane):
    """Identity of a row: the trade id."""

    _rows: tuple[Traded, ...] = ()
    _decimals = 0
    _outcome = Outcome.YES

    def show(self, view: TapeView | None, outcome: Outcome = Outcome.YES) -> None:
        """Take the latest view, in prices of `outcome`."""
        self._rows = view.rows if view is not None else ()
        self._decimals = tape_decimals(view) if view is not None else 0
        self._outcome = outcome
        self.relayout()

    def heading(self, width: int) -> list[Line]:
        return [tape_title(self._outcome, self.hint, width, self.glyphs)]

    def identities(self, width: int) -> Sequence[str]:
        return [row.trade_id for row in self._rows]

    def line(self, at: int, width: int) -> Line:
        return trade_line(
            self._rows[at], self._outcome, self._decimals, width, self.glyphs, self.zone
        )

"""A widget of rows that repaints only the rows that changed.

Every fast pane is one of these. Owns the row diff, the palette and the cache of painted strips;
knows nothing of markets. Rows are frozen, hashable values; `paint` turns one into a line.
Why the Line API: a DataTable repaints every visible cell when one changes.
"""

from collections.abc import Hashable, Sequence
from typing import ClassVar, Generic, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual.cache import LRUCache
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from kalshi_tui.ui.paint.glyphs import UNICODE, Glyphs
from kalshi_tui.ui.paint.line import TEXT, Line

RowT = TypeVar("RowT", bound=Hashable)

PARTS = (
    "text", "dim", "rule", "title", "strong", "bid", "ask", "own", "last", "gain", "loss",
    "good", "warning", "error", "stale", "best", "cursor", "row", "selected",
    "practice", "demo", "prod", "armed", "doubt",
)  # fmt: skip
"""The words of the palette; each is the component class `linegrid--<word>`."""

_STRIPS = 2048


class LineGrid(Widget, Generic[RowT]):
    """Paints rows; after `apply` only the lines that differ are refreshed."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"linegrid--{part}" for part in PARTS}
    ALLOW_SELECT = False
    # Badges are drawn in reverse, so that they stay badges where NO_COLOR drops backgrounds.
    DEFAULT_CSS = """
    LineGrid {
        height: 1fr;
        color: $foreground;
        background: $background;
        & .linegrid--dim { color: $market-dim; }
        & .linegrid--rule { color: $market-rule; }
        & .linegrid--title { color: $market-title; text-style: bold; }
        & .linegrid--strong { text-style: bold; }
        & .linegrid--bid { color: $market-bid; }
        & .linegrid--ask { color: $market-ask; }
        & .linegrid--own { color: $market-own; text-style: bold; }
        & .linegrid--last { text-style: bold; }
        & .linegrid--gain { color: $market-gain; }
        & .linegrid--loss { color: $market-loss; }
        & .linegrid--good { color: $success; }
        & .linegrid--warning { color: $warning; text-style: bold; }
        & .linegrid--error { color: $error; text-style: bold; }
        & .linegrid--stale { color: $market-stale; }
        & .linegrid--best { text-style: bold; }
        & .linegrid--cursor { text-style: bold reverse; }
        & .linegrid--row { background: $market-cursor-row; }
        & .linegrid--selected { background: $market-cursor-row; text-style: bold; }
        & .linegrid--practice { color: $market-practice; background: $market-on-badge;
            text-style: bold reverse; }
        & .linegrid--demo { color: $market-demo; background: $market-on-badge;
            text-style: bold reverse; }
        & .linegrid--prod { color: $market-prod; background: $market-on-prod;
            text-style: bold reverse; }
        & .linegrid--armed { text-style: bold reverse; }
        & .linegrid--doubt { color: $market-prod; background: $market-on-prod;
            text-style: bold reverse; }
    }
    """

    def __init__(
        self, *, glyphs: Glyphs = UNICODE, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.auto_links = False
        self.glyphs = glyphs
        self.rows: tuple[RowT, ...] = ()
        self._palette: dict[str, Style] = {}
        self._strips: LRUCache[tuple[RowT, int], Strip] = LRUCache(_STRIPS)

    def paint(self, row: RowT, width: int) -> Line:
        """Return the line of one row in exactly `width` cells. Pure; results are cached."""
        raise NotImplementedError

    def relayout(self) -> None:
        """Rebuild the rows for the present size. Called after every resize."""

    def apply(self, rows: Sequence[RowT]) -> int:
        """Show `rows` from the top line on; returns how many lines were marked for repaint."""
        old, new = self.rows, tuple(rows)
        self.rows = new
        width, height = self.size
        shared = min(len(old), len(new), height)
        changed = [at for at in range(shared) if old[at] != new[at]]
        changed += range(shared, min(height, max(len(old), len(new))))
        if changed:
            self.refresh(*(Region(0, at, width, 1) for at in changed))
        return len(changed)

    def forget(self) -> None:
        """Drop every painted strip: what `paint` depends on besides the row has changed."""
        self._strips.clear()
        self.refresh()

    def style_of(self, part: str) -> Style:
        """Return the Rich style of a part; "bid+best" is both, the later one on top."""
        style = self._palette.get(part)
        if style is None:
            style = self.rich_style
            for word in part.split("+"):
                if word != TEXT:
                    style += self.get_component_rich_style(f"linegrid--{word}", partial=True)
            self._palette[part] = style
        return style

    def notify_style_update(self) -> None:
        """Take the new theme's colours: the palette and all strips are stale."""
        self._palette.clear()
        self._strips.clear()
        super().notify_style_update()

    def on_resize(self) -> None:
        self.relayout()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if y >= len(self.rows):
            return Strip.blank(width, self.style_of(TEXT))
        key = (self.rows[y], width)
        strip = self._strips.get(key)
        if strip is None:
            style_of = self.style_of
            line = self.paint(self.rows[y], width)
            strip = Strip([Segment(text, style_of(part)) for text, part in line], width)
            self._strips[key] = strip
        return strip

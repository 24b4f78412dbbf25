"""A widget of rows that repaints only the rows that changed.

Every fast pane is one of these. Owns the row diff, the palette and the cache of painted strips;
knows nothing of markets. Rows are frozen, hashable values; `paint` turns one into a line.
Why the Line API: a DataTable repaints every visible cell when one changes. Why past Textual's own
cache of styled lines: it walks every line of every widget in each frame, and a grid has no border.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.cache import LRUCache
from textual.color import Color
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from kalshi_tui.ui.paint.glyphs import UNICODE, Glyphs
from kalshi_tui.ui.paint.line import TEXT, Line

RowT = TypeVar("RowT", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Ink:
    """How a word of the palette looks: theme variables for its colours, and attributes."""

    color: str = ""
    back: str = ""
    bold: bool = False
    reverse: bool = False

    def style(self, variables: Mapping[str, str]) -> Style:
        """Return the Rich style under a theme's variables."""
        return Style(
            color=_rich_color(variables, self.color),
            bgcolor=_rich_color(variables, self.back),
            bold=self.bold or None,
            reverse=self.reverse or None,
        )


# Badges are drawn in reverse, so that they stay badges where NO_COLOR drops backgrounds.
_BADGE = "market-on-badge"
PARTS: dict[str, Ink] = {
    "dim": Ink("market-dim"),
    "rule": Ink("market-rule"),
    "strong": Ink(bold=True),
    "bid": Ink("market-bid"),
    "ask": Ink("market-ask"),
    "own": Ink("market-own", bold=True),
    "last": Ink(bold=True),
    "gain": Ink("market-gain"),
    "loss": Ink("market-loss"),
    "good": Ink("success"),
    "warning": Ink("warning", bold=True),
    "error": Ink("error", bold=True),
    "stale": Ink("market-stale"),
    "best": Ink(bold=True),
    "cursor": Ink(bold=True, reverse=True),
    "row": Ink(back="market-cursor-row"),
    "selected": Ink(back="market-cursor-row", bold=True),
    "practice": Ink("market-practice", _BADGE, bold=True, reverse=True),
    "demo": Ink("market-demo", _BADGE, bold=True, reverse=True),
    "prod": Ink("market-prod", "market-on-prod", bold=True, reverse=True),
    "armed": Ink(bold=True, reverse=True),
    "caution": Ink("warning", _BADGE, bold=True, reverse=True),
    "doubt": Ink("market-prod", "market-on-prod", bold=True, reverse=True),
}
"""The words of the palette, beside "text" (the widget's own style) and "title". Not component
classes: the stylesheet would resolve each of them for each widget before the first frame."""

TITLE = "title"
"""A component class, because it looks different in a pane that has the focus."""

_STRIPS = 2048


def _rich_color(variables: Mapping[str, str], name: str) -> RichColor | None:
    return Color.parse(variables[name]).rich_color if name else None


class LineGrid(Widget, Generic[RowT]):
    """Paints rows; after `apply` only the lines that differ are refreshed."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"linegrid--title"}
    ALLOW_SELECT = False
    DEFAULT_CSS = """
    LineGrid {
        height: 1fr;
        color: $foreground;
        background: $background;
        & .linegrid--title { color: $market-title; text-style: bold; }
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
        self._shown: dict[int, Strip] = {}
        """What stands on each line now; a line that is not here has to be painted."""
        self._shown_width = 0
        self._is_bare = False
        """True where nothing is painted around the content."""

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
        for at in changed:
            self._shown.pop(at, None)
        if changed:
            self.refresh(*(Region(0, at, width, 1) for at in changed))
        return len(changed)

    def forget(self) -> None:
        """Drop every painted strip: what `paint` depends on besides the row has changed."""
        self._strips.clear()
        self._shown.clear()
        self.refresh()

    def style_of(self, part: str) -> Style:
        """Return the Rich style of a part; "bid+best" is both, the later one on top."""
        style = self._palette.get(part)
        if style is None:
            style = self.rich_style
            for word in part.split("+"):
                if word == TITLE:
                    style += self.get_component_rich_style("linegrid--title", partial=True)
                elif word != TEXT:
                    style += PARTS[word].style(self.app.theme_variables)
            self._palette[part] = style
        return style

    def notify_style_update(self) -> None:
        """Take the new theme's colours: the palette and all strips are stale."""
        self._palette.clear()
        self._strips.clear()
        self._shown.clear()
        self._is_bare = not any(self.styles.gutter)
        super().notify_style_update()

    def on_resize(self) -> None:
        self._is_bare = not any(self.styles.gutter)
        self.relayout()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the painted lines; only those that changed since the last frame are made."""
        if not self._is_bare:
            return super().render_lines(crop)
        shown, width = self._shown, self.outer_size.width
        if width != self._shown_width:
            shown.clear()
            self._shown_width = width
        for y in crop.line_range:
            if y not in shown:
                shown[y] = self._filtered(self._strip_of(y, width))
        strips = [shown[y] for y in crop.line_range]
        if crop.column_span != (0, width):
            return [strip.crop(*crop.column_span) for strip in strips]
        return strips

    def _filtered(self, strip: Strip) -> Strip:
        """Apply what NO_COLOR and the terminal's own colours ask for."""
        for each in self.app.get_line_filters():
            strip = strip.apply_filter(each, self.background_colors[1])
        return strip

    def render_line(self, y: int) -> Strip:
        return self._strip_of(y, self.size.width)

    def _strip_of(self, y: int, width: int) -> Strip:
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

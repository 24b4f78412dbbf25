"""One ladder painted twice: by the program's own widget, and as a Textual DataTable.

`python -m tests.benchmarks.bench_table` prints both and their ratio; aim: six times less processor.
Both show the same 100 prices with the same 20 sizes changed a frame, 30 frames a second, in a
pseudo-terminal of 120x40 that is read as fast as it can be. The child measures its own process.
"""

import gc
import json
import random
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from textual.app import App, ComposeResult
from textual.coordinate import Coordinate
from textual.widgets import DataTable

from kalshi_tui.core.book import Level
from kalshi_tui.core.units import Count, Price
from kalshi_tui.core.views import LadderView
from kalshi_tui.ui import themes
from kalshi_tui.ui.paint.cells import count_cell, price_cell
from kalshi_tui.ui.widgets.ladder import Ladder
from tests.benchmarks.bench_paint import changed
from tests.support import sample
from tests.support.pty import Terminal

FRAMES, WARM_UP = 150, 20
PERIOD_S = 1 / 30
PRICES = range(99, 0, -1)


class Cost(NamedTuple):
    """What one frame cost."""

    cpu_ms: float
    painted: int


def book() -> LadderView:
    """Return a book with a level at each price."""
    return sample.ladder(
        bids=[Level(Price(at * 100), Count(at * 1_025)) for at in range(49, 0, -1)],
        asks=[Level(Price(at * 100), Count(at * 1_075)) for at in range(50, 100)],
        own_levels=(),
    )


class Bench(App[None]):
    """Shows one book, changed by a timer, and measures its process."""

    CSS = "Screen { background: $background; } Ladder { width: 69; } DataTable { width: 69; }"

    def __init__(self, report: Path) -> None:
        super().__init__()
        self.report = report
        self.view = book()
        self.chance = random.Random(7)
        self.shown = self.painted = 0
        self.began = 0.0
        for theme in themes.load([themes.shipped()])[0]:
            self.register_theme(theme)
        self.theme = "dark"

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return themes.defaults()

    def on_mount(self) -> None:
        self.first()
        gc.collect()
        gc.freeze()
        self.set_interval(PERIOD_S, self.frame)

    def first(self) -> None:
        """Show the book for the first time."""
        raise NotImplementedError

    def show(self, before: LadderView) -> None:
        """Show the present book instead of `before`."""
        raise NotImplementedError

    def frame(self) -> None:
        self.shown += 1
        if self.shown == WARM_UP:
            self.began, self.painted = time.process_time(), 0
        if self.shown == WARM_UP + FRAMES:
            cpu_ms = (time.process_time() - self.began) * 1000 / FRAMES
            self.report.write_text(json.dumps([cpu_ms, self.painted]))
            self.exit()
            return
        before, self.view = self.view, changed(self.view, self.chance)
        self.show(before)

    def _display(self, *args: object, **options: object) -> None:
        super()._display(*args, **options)  # type: ignore[arg-type]
        self.painted += 1


class LadderBench(Bench):
    """The ladder as it is."""

    def compose(self) -> ComposeResult:
        yield Ladder()

    def first(self) -> None:
        self.query_one(Ladder).show(self.view, sample.MONO_NS)

    def show(self, before: LadderView) -> None:
        self.query_one(Ladder).show(self.view, sample.MONO_NS)


class TableBench(Bench):
    """The same columns and rows in a DataTable, of which only changed cells are told."""

    def compose(self) -> ComposeResult:
        yield DataTable[str](zebra_stripes=False, cursor_type="row")

    def first(self) -> None:
        table = self.query_one(DataTable)
        for name, width in (("MY BIDS", 11), ("BID", 9), ("YES c", 7), ("ASK", 9), ("MY ASKS", 11)):
            table.add_column(name, width=width)
        bids, asks = dict(self.view.bids), dict(self.view.asks)
        for at in PRICES:
            price = Price(at * 100)
            table.add_row(
                "", self.cell(bids.get(price)), price_cell(price, 0), self.cell(asks.get(price)), ""
            )
        table.move_cursor(row=50)

    @staticmethod
    def cell(size: Count | None) -> str:
        return count_cell(size, 9) if size else ""

    def show(self, before: LadderView) -> None:
        table = self.query_one(DataTable)
        for column, old, new in (
            (1, before.bids, self.view.bids), (3, before.asks, self.view.asks)
        ):  # fmt: skip
            for was, level in zip(old, new, strict=True):
                if was != level:
                    place = Coordinate(99 - level.price // 100, column)
                    table.update_cell_at(place, self.cell(level.size))


def measure(kind: str) -> Cost:
    """Run one of "ladder" and "table" in a terminal of its own."""
    with TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command = [sys.executable, "-m", "tests.benchmarks.bench_table", kind, str(report)]
        with Terminal.run(command, columns=120, lines=40, env={}) as terminal:
            terminal.read(5.0)
            terminal.process.wait(10)
        if not report.exists():
            raise RuntimeError(bytes(terminal.output[-2_000:]).decode(errors="replace"))
        return Cost(*json.loads(report.read_text()))


def main() -> None:
    """Run one of the two as a child, or print both."""
    if len(sys.argv) > 1:
        kinds = {"ladder": LadderBench, "table": TableBench}
        kinds[sys.argv[1]](Path(sys.argv[2])).run()
        return
    ours, theirs = measure("ladder"), measure("table")
    print(
        f"processor for a frame: ladder {ours.cpu_ms:.2f} ms ({ours.painted} of {FRAMES} painted), "
        f"DataTable {theirs.cpu_ms:.2f} ms ({theirs.painted} painted): "
        f"{theirs.cpu_ms / ours.cpu_ms:.1f} times less, aim 6"
    )


if __name__ == "__main__":
    main()

"""Paint cost in a real pseudo-terminal: 200x60, every row in view, 20 cells changed a frame.

`python -m tests.benchmarks.bench_paint` prints one line; aims: p95 <= 8 ms and <= 10 kB a frame.
The parent reads the terminal as fast as it can; the child measures. A frame's time is the whole
of it: new views into the widgets, the idle refresh, the compositor and the bytes handed over.
"""

import gc
import json
import os
import random
import sys
import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from textual.timer import Timer

from kalshi_tui.core.book import Level
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Price
from kalshi_tui.core.views import LadderView
from kalshi_tui.ui.widgets.ladder import HEADER, Ladder
from tests.support import sample
from tests.support.gallery import Gallery
from tests.support.pty import Terminal

COLUMNS, LINES = 200, 60
FRAMES = 200
WARM_UP = 20
CHANGED = 20
PERIOD_S = 1 / 30
AIM_MS, AIM_BYTES = 8.0, 10_000


def full_book(rows: int) -> LadderView:
    """Return a book with a level at each price around 50c, so that every row shows a size."""
    low = 50 - rows // 2
    return sample.ladder(
        bids=[Level(Price(at * 100), Count(at * 1_025)) for at in range(49, max(low - 5, 0), -1)],
        asks=[
            Level(Price(at * 100), Count(at * 1_075)) for at in range(50, min(low + rows + 5, 100))
        ],
        own_levels=(
            sample.own(4700, BookSide.BID, 1_000, 30_000),
            sample.own(5300, BookSide.ASK, 1_000, 2_000),
        ),
    )


def changed(view: LadderView, chance: random.Random) -> LadderView:
    """Return the book with `CHANGED` sizes near the touch, spread over both sides, made new."""
    sides = {"bids": list(view.bids), "asks": list(view.asks)}
    for name in ("bids", "asks"):
        for at in chance.sample(range(min(27, len(sides[name]))), CHANGED // 2):
            price, size = sides[name][at]
            sides[name][at] = Level(price, Count(size + chance.randrange(1, 50_000)))
    return replace(
        view,
        bids=tuple(sides["bids"]),
        asks=tuple(sides["asks"]),
        revision=view.revision + 1,
    )


class Bench(Gallery):
    """The gallery, driven by a timer and measuring itself."""

    def __init__(self, report: Path) -> None:
        super().__init__(full_book(LINES))
        self.report = report
        self.chance = random.Random(7)
        self.times: list[int] = []
        self.cpu: list[int] = []
        self.bytes: list[int] = []
        self.cells = 0
        self._began = 0
        self._began_cpu = 0
        self._written = 0
        self._ticker: Timer | None = None

    def on_mount(self) -> None:
        super().on_mount()
        driver = self._driver
        assert driver is not None
        write = driver.write

        def counted(data: str) -> None:
            self._written += len(data.encode())
            write(data)

        driver.write = counted  # type: ignore[method-assign]
        self._ticker = self.set_interval(PERIOD_S, self.frame)
        # As the workstation does once it is ready: no full collection falls into a frame.
        gc.collect()
        gc.freeze()

    def frame(self) -> None:
        """Begin a frame: new sizes into every widget that shows them."""
        assert self.view is not None
        if len(self.times) >= FRAMES + WARM_UP:
            self.finish()
            return
        self._written = 0
        self._began = time.perf_counter_ns()
        self._began_cpu = time.thread_time_ns()
        before = self.query_one(Ladder).rows
        self.show(changed(self.view, self.chance))
        after = self.query_one(Ladder).rows
        self.cells += sum(a != b for a, b in zip(before[HEADER:], after[HEADER:], strict=False))

    def _display(self, *args: object, **options: object) -> None:
        super()._display(*args, **options)  # type: ignore[arg-type]
        if self._began:
            self.times.append(time.perf_counter_ns() - self._began)
            self.cpu.append(time.thread_time_ns() - self._began_cpu)
            self.bytes.append(self._written)
            self._began = 0

    def finish(self) -> None:
        times, sizes = sorted(self.times[WARM_UP:]), sorted(self.bytes[WARM_UP:])
        cpu = sorted(self.cpu[WARM_UP:])
        self.report.write_text(
            json.dumps(
                {
                    "frames": len(times),
                    "cells": round(self.cells / len(self.times), 1),
                    "p50_ms": times[len(times) // 2] / 1e6,
                    "p95_ms": times[len(times) * 95 // 100] / 1e6,
                    "cpu_p95_ms": cpu[len(cpu) * 95 // 100] / 1e6,
                    "bytes_mean": sum(sizes) // len(sizes),
                    "bytes_p95": sizes[len(sizes) * 95 // 100],
                }
            )
        )
        self.exit()


def measure() -> dict[str, float]:
    """Run the benchmark in a terminal of its own and return its figures."""
    with TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command = [sys.executable, "-m", "tests.benchmarks.bench_paint", str(report)]
        with Terminal.run(command, columns=COLUMNS, lines=LINES, env={}) as terminal:
            terminal.read(5.0)
            terminal.process.wait(10)
        if not report.exists():
            raise RuntimeError(bytes(terminal.output[-2_000:]).decode(errors="replace"))
        figures: dict[str, float] = json.loads(report.read_text())
        return figures


def main() -> None:
    if len(sys.argv) > 1:
        Bench(Path(sys.argv[1])).run()
        return
    figures = measure()
    good = figures["p95_ms"] <= AIM_MS and figures["bytes_p95"] <= AIM_BYTES
    print(
        f"paint {COLUMNS}x{LINES}, {figures['cells']:g} rows changed a frame, "
        f"{figures['frames']:g} frames: p50 {figures['p50_ms']:.2f} ms, "
        f"p95 {figures['p95_ms']:.2f} ms (aim {AIM_MS:g}), "
        f"p95 of the thread's own time {figures['cpu_p95_ms']:.2f} ms; "
        f"{figures['bytes_mean']:,} B mean, {figures['bytes_p95']:,} B p95 (aim {AIM_BYTES:,}) "
        f"on {os.cpu_count()} cores: {'met' if good else 'MISSED'}"
    )


if __name__ == "__main__":
    main()

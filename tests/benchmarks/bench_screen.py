"""The screen's speed in a real pseudo-terminal of 120x40, as one table beside its aims.

`python -m tests.benchmarks.bench_screen [PART…]` runs all parts or those named: `load` (processor,
bytes a frame, keys, panes, markets, sizes), `delta` (socket to terminal), `stall` (a terminal that
reads nothing for 3 s), `table` (the same ladder as a DataTable), `soak` (2.9 M frames).
Every load is a practice exchange in a process of its own. Figures depend on the machine.
"""

import json
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from urllib.request import urlopen

from tests.benchmarks import bench_latency, bench_soak, bench_table
from tests.benchmarks.bench_latency import PROGRAM, exchange
from tests.benchmarks.bench_start import cpu_seconds
from tests.support.pty import Terminal
from tests.support.tap import Tap
from tests.support.watcher import Watcher

MARKETS = 12
SETTLE_S = 3.0
WINDOW_S = 10.0
KEYS = 60
SWITCHES = 12
STALL_S = 3.0
F4, F5, UP, DOWN = "\x1bOS", "\x1b[15~", "\x1b[A", "\x1b[B"


class Row(NamedTuple):
    """One line of the table; a figure above its aim has missed it."""

    what: str
    figure: float
    aim: float
    unit: str

    @property
    def text(self) -> str:
        verdict = "met" if self.figure <= self.aim else "MISSED"
        return f"{self.what:<58}{self.figure:>9.1f}{self.aim:>9.1f} {self.unit:<6}{verdict}"


def share(found: Sequence[float], percent: int) -> float:
    """Return a percentile; 0 where there is nothing."""
    ordered = sorted(found)
    return ordered[min(len(ordered) * percent // 100, len(ordered) - 1)] if ordered else 0.0


def port_of(url: str) -> int:
    return urlsplit(url).port or 0


def tickers(ready: dict[str, Any]) -> list[str]:
    """Return the markets of an exchange."""
    with urlopen(f"{ready['control']}/truth", timeout=5) as answer:
        return list(json.load(answer)["markets"])


@contextmanager
def workstation(
    ready: dict[str, Any], home: Path, *, market: str = "", taps: tuple[Tap, Tap] | None = None
) -> Iterator[Watcher]:
    """Run the workstation at an exchange, through taps where there are any, until it is LIVE."""
    rest, socket = ready["rest"], ready["ws"]
    if taps is not None:
        rest = rest.replace(str(port_of(rest)), str(taps[0].port))
        socket = socket.replace(str(port_of(socket)), str(taps[1].port))
    account = ready["accounts"][2]
    command = [*PROGRAM, "--rest", rest, "--ws", socket, "--market", market]
    command += ["--key-id", account["key_id"], "--key-file", account["private_key_path"]]
    env = {"KALSHI_TUI_HOME": str(home)}
    with Terminal.run(command, columns=120, lines=40, env=env) as terminal:
        watcher = Watcher(terminal)
        watcher.seen(b"LIVE", 0)
        time.sleep(SETTLE_S)
        yield watcher


def processor(watcher: Watcher) -> tuple[float, float]:
    """Return percent of a core over a window, and when the window began."""
    pid = watcher.terminal.process.pid
    began, before = time.perf_counter(), cpu_seconds(pid)
    time.sleep(WINDOW_S)
    used = cpu_seconds(pid) - before
    return 100 * used / (time.perf_counter() - began), began


def delays_ms(
    act: Callable[[int], tuple[float, bytes]], watcher: Watcher, times: int
) -> list[float]:
    """Do something again and again; returns how long each took to be shown."""
    chance = random.Random(7)
    found = []
    for at in range(times):
        time.sleep(chance.uniform(0.05, 0.12))
        since, mark = act(at)
        found.append((watcher.seen(mark, since) - since) * 1000)
    return found


# The parts.


def quiet(rows: list[Row]) -> None:
    """Nothing happens: the processor's share, and what is sent all the same."""
    with at_load(None) as (watcher, _):
        cpu, began = processor(watcher)
        frames = watcher.since(began)
    rows.append(Row("processor, idle", cpu, 2, "%"))
    rows.append(Row("frames a second, idle (the clock)", len(frames) / WINDOW_S, 1.2, "/s"))
    rows.append(
        Row("bytes a second, idle", sum(len(f.data) for f in frames) / WINDOW_S, 1_000, "B")
    )


def slow(rows: list[Row]) -> None:
    with at_load(100) as (watcher, _):
        rows.append(Row("processor at 100 deltas/s", processor(watcher)[0], 8, "%"))


@contextmanager
def at_load(rate: float | None) -> Iterator[tuple[Watcher, dict[str, Any]]]:
    """Run the workstation over 12 markets at a rate; None is an exchange without a crowd."""
    with TemporaryDirectory() as folder:
        home = Path(folder)
        with (
            exchange(rate, home / "exchange", markets=MARKETS) as ready,
            workstation(ready, home) as watcher,
        ):
            yield watcher, ready


def load(rows: list[Row]) -> None:
    """Print the shares of the processor, and at 2,000 deltas/s how quickly keys are answered."""
    quiet(rows)
    slow(rows)
    with at_load(2_000) as (watcher, ready):
        cpu, began = processor(watcher)
        sizes = [float(len(frame.data)) for frame in watcher.since(began)]
        rows.append(Row("processor at 2,000 deltas/s over 12 markets", cpu, 35, "%"))
        rows.append(Row("bytes a frame, median", share(sizes, 50), 5_000, "B"))
        rows.append(Row("bytes a frame, p95", share(sizes, 95), 10_000, "B"))
        rows.append(Row("frames a second", len(sizes) / WINDOW_S, 60, "/s"))
        keyed = delays_ms(lambda at: typed(watcher, at), watcher, KEYS)
        rows.append(Row("key to painted, p95", share(keyed, 95), 20, "ms"))
        rows.append(Row("key to painted, p50", share(keyed, 50), 20, "ms"))
        panes = delays_ms(lambda at: pane(watcher, at), watcher, SWITCHES)
        rows.append(Row("pane switch, worst", max(panes), 100, "ms"))
        found = tickers(ready)
        switched = delays_ms(lambda at: market(watcher, found, at), watcher, SWITCHES)
        rows.append(Row("market switch, worst", max(switched), 100, "ms"))
        resized = delays_ms(lambda at: resize(watcher, at), watcher, SWITCHES)
        rows.append(Row("resize, worst", max(resized), 100, "ms"))


def typed(watcher: Watcher, at: int) -> tuple[float, bytes]:
    """Type a size, then take it back."""
    if at % 2 == 0:
        return watcher.send("7"), b"pending 7"
    return watcher.send("\x7f"), b"pending -"


def pane(watcher: Watcher, at: int) -> tuple[float, bytes]:
    keys, mark = ((F4, b"ORDERS"), (F5, b"POSITIONS"))[at % 2]
    return watcher.send(keys), mark


def market(watcher: Watcher, found: Sequence[str], at: int) -> tuple[float, bytes]:
    """Ask for another market on the command line; counted from its Enter."""
    ticker = found[at % len(found)]
    watcher.send(f":market {ticker}")
    time.sleep(0.3)
    return watcher.send("\r"), ticker[-8:].encode()


def resize(watcher: Watcher, at: int) -> tuple[float, bytes]:
    """Change the size; over when the last line of the new size has been painted."""
    columns, lines = ((200, 60), (120, 40))[at % 2]
    return watcher.resize(columns, lines), b"\x1b[%d;1H" % lines


def delta(rows: list[Row]) -> None:
    """From a delta on the socket to its figure on the terminal."""
    found = bench_latency.measure(2_000)
    rows.append(Row(f"delta to terminal at {found.rate:,.0f}/s of one market, p50",
                    share(found.delays, 50), 8, "ms"))  # fmt: skip
    rows.append(Row("delta to terminal, p95", share(found.delays, 95), 25, "ms"))


def stall(rows: list[Row]) -> None:
    """Stop reading the terminal while orders are under way and keys are typed."""
    with TemporaryDirectory() as folder, exchange(
        2_000, Path(folder) / "exchange", markets=MARKETS
    ) as ready, Tap(port_of(ready["rest"])) as rest, Tap(
        port_of(ready["ws"]), is_socket=True
    ) as socket, workstation(ready, Path(folder), taps=(rest, socket)) as watcher:  # fmt: skip
        usual = [order_ms(watcher, rest) for _ in range(20)]
        calm = time.perf_counter() - SETTLE_S
        before = [delay for at, delay in socket.pongs if at >= calm]
        watcher.send("1b")
        time.sleep(0.3)
        with watcher.stalled():
            began = time.perf_counter()
            posts = len(rest.posts)
            enter = watcher.send("\r")
            time.sleep(STALL_S / 2)
            handed = list(rest.posts[posts:])
            watcher.send("5b")
            time.sleep(0.4)
            watcher.send("\r")
            left = began + STALL_S - time.perf_counter()
            time.sleep(max(left, 0))
            during = [delay for at, delay in socket.pongs if at >= began]
            waiting = socket.unanswered(time.perf_counter())
        said = watcher.seen(b"dropped", began)
        time.sleep(1.0)
        late = len(rest.posts) - posts - len(handed)
    rows.append(Row("key to request on the wire, p50", share(usual, 50), 4, "ms"))
    rows.append(Row("key to request on the wire, p95", share(usual, 95), 10, "ms"))
    sent = (handed[0] - enter) * 1000 if handed else float("inf")
    rows.append(Row("stalled: an order handed over, key to wire", sent, 50, "ms"))
    rows.append(Row("before: heartbeat (ping to pong), worst", max(before) * 1000, 50, "ms"))
    worst = max([*during, waiting]) * 1000
    rows.append(Row("stalled: heartbeat and feed loop, worst", worst, 50, "ms"))
    rows.append(Row("stalled: orders from keys typed blind", late, 0, ""))
    rows.append(Row("stalled: said so, after it began", said - began, STALL_S + 1, "s"))


def order_ms(watcher: Watcher, rest: Tap) -> float:
    """Arm one order, send it, and return how long its Enter took to the wire."""
    watcher.send("1b")
    time.sleep(0.4)
    posts = len(rest.posts)
    since = watcher.send("\r")
    end = since + 5
    while len(rest.posts) == posts:
        if time.perf_counter() > end:
            raise TimeoutError("the order never left")
        time.sleep(0.001)
    return (rest.posts[posts] - since) * 1000


def table(rows: list[Row]) -> None:
    """The same ladder twice: as it is, and as a DataTable."""
    ours, theirs = bench_table.measure("ladder"), bench_table.measure("table")
    rows.append(Row("ladder: processor for a frame", ours.cpu_ms, theirs.cpu_ms / 6, "ms"))
    rows.append(Row("DataTable: processor for a frame", theirs.cpu_ms, float("inf"), "ms"))
    rows.append(Row("ladder over DataTable (1/6 = 0.17)", ours.cpu_ms / theirs.cpu_ms, 1 / 6, ""))


def soak(rows: list[Row]) -> None:
    """2.9 million frames, as fast as they go."""
    found = bench_soak.measure(bench_soak.FRAMES)
    rows.append(Row("soak: memory of the last tenth over the second", found.growth, 1.02, "x"))
    rows.append(Row("soak: time of the last tenth over the second", found.slowdown, 1.1, "x"))


PARTS = {"load": load, "delta": delta, "stall": stall, "table": table, "soak": soak}


def main() -> None:
    """Print a line as soon as its part is done."""
    wanted = sys.argv[1:] or list(PARTS)
    unknown = [each for each in wanted if each not in PARTS]
    if unknown:
        raise SystemExit(f"There is no part {unknown[0]!r}; there are {', '.join(PARTS)}.")
    print(f"{'':<58}{'figure':>9}{'aim':>9}")
    for name in wanted:
        rows: list[Row] = []
        try:
            PARTS[name](rows)
        finally:
            for row in rows:
                print(row.text, flush=True)


if __name__ == "__main__":
    main()

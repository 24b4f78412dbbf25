"""Hostile texts on every surface of a running workstation, in a real pseudo-terminal.

A sample by default; `pytest -m simulation -s tests/test_hostile.py` shows all 2,000 on all surfaces
and prints the table.
"""

import json
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.support.emulator import Emulator, cells_of
from tests.support.hostile_seat import SURFACES
from tests.support.pty import Terminal

COLUMNS, LINES = 200, 60


def show(count: int, directory: Path) -> tuple[dict[str, Counter[str]], list[str]]:
    """Run the malicious exchange; return what each surface showed, and stray controls."""
    report = directory / "report.jsonl"
    command = [sys.executable, "-m", "tests.support.hostile_seat", str(count), str(report)]
    env = {"PYTHONPATH": ":".join(path for path in sys.path if path), "TEXTUAL_FPS": "1000"}
    with Terminal.run(command, columns=COLUMNS, lines=LINES, env=env) as terminal:
        while terminal.read(20):
            pass
        assert terminal.process.wait(20) == 0, terminal.output[-2_000:].decode(errors="replace")
    text = terminal.output.decode("utf-8")
    told = {each["frame"]: each for each in map(json.loads, report.read_text().splitlines())}
    emulator = Emulator(COLUMNS, LINES)
    found = {name: Counter[str]() for name in SURFACES}
    strays: list[str] = []
    seen = -1
    for seen in emulator.feed(text):
        if seen == 0:
            # What came before is how a screen is begun, not what the exchange said.
            emulator.strays.clear()
        strays += emulator.strays
        emulator.strays.clear()
        _hold_against(emulator, told[seen], found)
    assert seen == max(told)
    return found, strays


def _hold_against(
    emulator: Emulator, told: dict[str, object], found: dict[str, Counter[str]]
) -> None:
    lines, regions, numbers = told["lines"], told["regions"], told["numbers"]
    assert isinstance(lines, list)
    assert isinstance(regions, dict)
    assert isinstance(numbers, list)
    for name, (left, top, width, height) in regions.items():
        count = found[name]
        shown = ""
        for at in range(top, min(top + height, LINES)):
            meant = cells_of(lines[at], COLUMNS)
            # To the right end of the screen: a slip inside the surface moves what stands beside it.
            count["misaligned"] += emulator.cells[at][left:] != meant[left:]
            count["lines"] += 1
            shown += "".join(meant[left : left + width]) + "\n"
        count["texts"] += sum(f"q{number}." in shown for number in numbers)


def table(found: dict[str, Counter[str]], strays: int) -> str:
    """Return the table of surfaces."""
    head = f"{'surface':<44}{'texts':>7}{'lines':>9}{'controls':>10}{'misaligned':>12}"
    rows = [
        f"{name:<44}{count['texts']:>7}{count['lines']:>9}{strays:>10}{count['misaligned']:>12}"
        for name, count in found.items()
    ]
    return "\n".join([head, *rows])


def _check(count: int, directory: Path) -> None:
    found, strays = show(count, directory)
    print(table(found, len(strays)))  # noqa: T201
    assert strays == []
    for name, counted in found.items():
        assert counted["misaligned"] == 0, name
        assert counted["texts"] >= count * 9 // 10, name


def test_FJ01_to_FJ11_hostile_texts_only_ever_show_as_text(tmp_path: Path) -> None:
    _check(120, tmp_path)


@pytest.mark.simulation
def test_FJ01_to_FJ11_two_thousand_hostile_texts_on_every_surface(tmp_path: Path) -> None:
    _check(2_000, tmp_path)

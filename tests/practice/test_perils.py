"""The table of faults is the reference's, name for name."""

import re
from pathlib import Path

import pytest

from kalshi_tui.practice.perils import FAULTS, SCOPES, FaultKind
from tests.benchmarks.soak import STREAM_FAULTS

REFERENCE = (
    Path(__file__).resolve().parents[2] / ".." / "shared" / "reference" / "practice-exchange.md"
)


def test_every_fault_of_the_reference_is_known_with_its_arguments() -> None:
    if not REFERENCE.exists():
        pytest.skip("practice-exchange.md is not here: it lies in ../shared/reference")
    text = REFERENCE.read_text(encoding="utf-8").partition("## 5. Faults by name")[2]
    table = "".join(line for line in text.splitlines() if line.startswith("|"))
    named = dict(re.findall(r"`(\w+)`(?:\(([^)]*)\))?", table))
    assert set(FAULTS) - {"second_sid"} == set(named)
    for name, args in named.items():
        words = set(
            re.findall(r"\b(ms|code|status|accepted|type|field|to|bytes|ticks|tail)\b", args)
        )
        assert words - {"ms"} <= set(FAULTS[name].args) or ":" in args, name


def test_the_soak_switches_every_fault_of_a_stream_on() -> None:
    streams = {FaultKind.FRAME, FaultKind.BATCH, FaultKind.SUBSCRIPTION, FaultKind.SOCKET}
    assert {name for name, spec in FAULTS.items() if spec.kind in streams} <= STREAM_FAULTS.keys()
    assert {"burst", "second_sid", "no_ping", "reject_handshake"} <= STREAM_FAULTS.keys()


def test_scopes_are_known_words() -> None:
    assert all(set(spec.scopes) <= set(SCOPES) for spec in FAULTS.values())

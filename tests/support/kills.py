"""Kills a trading workstation at random moments and holds its ledger against the exchange.

The exchange runs on through all of it. After the last kill the ledger is settled as `kalshi-tui
orders reconcile` does it; then every order is on both sides, once, and in the same state.
"""

import asyncio
import json
import os
import select
import signal
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from kalshi_tui.core.orders import OrderState
from kalshi_tui.core.units import Count, count_to_wire, price_to_wire
from kalshi_tui.practice.server import Ready
from kalshi_tui.session import history
from kalshi_tui.session.build import Loopback, recovery
from kalshi_tui.session.journal import account_of, ledger_path, reading
from kalshi_tui.session.recovery import Outcome

REPOSITORY = Path(__file__).resolve().parents[2]
EXCHANGE = (
    "import sys; from pathlib import Path; "
    "from kalshi_tui.practice.server import ServeConfig, main; "
    "sys.exit(main(ServeConfig(state=Path(sys.argv[1]), markets=2, preset='dead',"
    " tier='unlimited', parent_fd=0)))"
)
READY_S = 30.0
RESOLVE_S = 45.0
ENDED = {
    "resting": {OrderState.RESTING},
    "executed": {OrderState.EXECUTED},
    "canceled": {OrderState.CANCELED},
}
_NEVER = {OrderState.NOT_SENT, OrderState.REJECTED, OrderState.PROVEN_ABSENT}


@dataclass
class Verdict:
    """What the kills came to."""

    kills: int
    early: int = 0
    """Kills before the workstation could trade."""
    undecided: int = 0
    """Orders whose answer was still out when a kill came, over all kills."""
    orders: int = 0
    states: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    outcome: Outcome | None = None


@contextmanager
def exchange(directory: Path) -> Iterator[Ready]:
    """Run the practice exchange in a process of its own; it ends with this one."""
    process = subprocess.Popen(
        [sys.executable, "-c", EXCHANGE, str(directory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )
    assert process.stdout is not None
    try:
        yield msgspec.json.decode(process.stdout.readline(), type=Ready)
    finally:
        process.kill()
        process.communicate()


class Siege:
    """One exchange, one ledger, many short-lived workstations."""

    def __init__(self, directory: Path, ready: Ready, chance: Random) -> None:
        self._state = directory / "state"
        self._ready = ready
        self._chance = chance
        # The third account is the workstation's.
        account = ready.accounts[2]
        self._key_id = account.key_id
        self._key_file = Path(account.private_key_path)
        name = account_of(self._key_id)
        self._ledger = ledger_path(self._state / "practice", name)

    def run(self, kills: int, within_s: float) -> Verdict:
        """Kill so often, settle, and compare."""
        verdict = Verdict(kills)
        for _ in range(kills):
            self._one(verdict)
        verdict.outcome = self._settle(within_s)
        self._compare(verdict)
        return verdict

    def _one(self, verdict: Verdict) -> None:
        command = [sys.executable, "-m", "tests.support.burst", str(self._state)]
        command += [self._ready.rest, self._ready.ws, self._key_id, str(self._key_file)]
        process = subprocess.Popen(
            [*command, str(self._chance.random())],
            stdout=subprocess.PIPE,
            cwd=REPOSITORY,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        )
        assert process.stdout is not None
        is_early = self._chance.random() < 0.15
        wait_s = self._chance.uniform(0.2, 1.5) if is_early else READY_S
        if not select.select([process.stdout], [], [], wait_s)[0] and not is_early:
            process.kill()
            process.communicate()
            raise AssertionError(f"no workstation could trade within {READY_S} s")
        # Nothing more comes: this only waits.
        select.select([], [], [], self._chance.uniform(0.0, 0.6))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        verdict.early += is_early
        undecided = self._undecided()
        verdict.undecided += undecided
        verdict.faults += self._orphans()

    def _undecided(self) -> int:
        if not self._ledger.exists():
            return 0
        with reading(self._ledger) as database:
            (count,) = database.execute(
                "SELECT count(*) FROM heads WHERE state IN ('intent', 'sending', 'in doubt')"
            ).fetchone()
            if database.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                raise AssertionError("the ledger is damaged")
            return int(count)

    def _orphans(self) -> list[str]:
        """Return the orders of the exchange that the ledger does not know, or has twice."""
        if not self._ledger.exists():
            return []
        there = [each["client_order_id"] for each in self._truth()["orders"]]
        with reading(self._ledger) as database:
            known = {coid for (coid,) in database.execute("SELECT client_order_id FROM intents")}
        orphans = [f"orphan {coid}" for coid in there if coid not in known]
        twice = [f"double {coid}" for coid, times in Counter(there).items() if times > 1]
        return orphans + twice

    def _settle(self, within_s: float) -> Outcome:
        loopback = Loopback(self._ready.rest, self._ready.ws, self._key_id, self._key_file)
        work = recovery(state_dir=self._state, loopback=loopback)
        return asyncio.run(work.run(within_s))

    def _compare(self, verdict: Verdict) -> None:
        """Hold every order of the ledger against the exchange's truth, and the reverse."""
        truth = {each["client_order_id"]: each for each in self._truth()["orders"]}
        heads = history.page(self._ledger, limit=1_000_000).heads
        verdict.orders = len(heads)
        verdict.states = Counter(head.state.value for head in heads)
        verdict.faults += self._orphans()
        for head in heads:
            told = truth.pop(head.client_order_id, None)
            if head.external:
                verdict.faults.append(f"{head.client_order_id} was taken for another program's")
            if told is None:
                # What never came may be in doubt until its barrier, and nothing else.
                if head.state not in _NEVER | {OrderState.IN_DOUBT}:
                    verdict.faults.append(f"{head.client_order_id} is {head.state}, not there")
                continue
            if head.state not in ENDED[told["status"]]:
                words = f"{head.client_order_id} is {head.state}, there {told['status']}"
                verdict.faults.append(words)
            if count_to_wire(head.filled) != told["fill_count_fp"]:
                verdict.faults.append(f"{head.client_order_id} filled {head.filled}, there {told}")
            if told["status"] == "resting":
                here = (price_to_wire(head.price), count_to_wire(Count(head.count - head.filled)))
                if here != (told["yes_price_dollars"], told["remaining_count_fp"]):
                    verdict.faults.append(f"{head.client_order_id} rests as {here}, there {told}")
        verdict.faults += [f"{coid} is not in the ledger" for coid in truth]

    def _truth(self) -> Any:
        with urllib.request.urlopen(f"{self._ready.control}/truth", timeout=20) as answer:
            return json.loads(answer.read())["accounts"][self._key_id]


def besiege(directory: Path, kills: int, seed: int, within_s: float = RESOLVE_S) -> Verdict:
    """Run the whole thing in a directory; after the last kill it is settled for so long."""
    with exchange(directory / "exchange") as ready:
        return Siege(directory, ready, Random(seed)).run(kills, within_s)


def report(verdict: Verdict) -> str:
    """Return the figures in a few lines."""
    outcome = verdict.outcome
    assert outcome is not None
    states = ", ".join(f"{count:,} {state}" for state, count in sorted(verdict.states.items()))
    return (
        f"{verdict.kills} kills ({verdict.early} before it could trade), "
        f"{verdict.orders:,} orders: {states}\n"
        f"undecided at the moment of a kill: {verdict.undecided}; settled after the last in "
        f"{outcome.took_ns // 1_000_000:,} ms, {len(outcome.in_doubt)} left in doubt\n"
        f"faults: {len(verdict.faults)} {verdict.faults[:5]}"
    )

"""The client with one line wrong, to see that the checker of orders condemns it.

Each mutant names a line and what stands there instead. It runs in a process of its own, where that
one module is compiled from its source with the line changed as it is imported; nothing is patched.
By hand: `python -m tests.simulation.orders_mutants NUMBER SCHEDULES`.
"""

import importlib.abc
import importlib.machinery
import importlib.util
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, ModuleType

ROOT = Path(__file__).resolve().parents[2]
SCHEDULES = 200
"""A mutant has to be found within so many."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One line of the client, and the wrong one."""

    name: str
    module: str
    line: str
    instead: str


_AGAIN = """try:
                    answer = await self._exchange(self._writes, request, ERROR_CAP)
                except httpx.HTTPError:
                    answer = await self._exchange(self._writes, request, ERROR_CAP)"""
_ERRORS_FOUND_NOTHING = """try:
                page = await self._http.read(endpoint.path, query)
            except ReadFailedError:
                return []"""

MUTANTS = (
    Mutant(
        "a lost answer is followed by the same request again",
        "api.transport",
        "answer = await self._exchange(self._writes, request, ERROR_CAP)",
        _AGAIN,
    ),
    Mutant(
        "an order leaves before its record",
        "session.dispatch",
        "waiting = [*entries, *(entry for each in signed for entry in each.entries)]",
        "waiting = entries",
    ),
    Mutant(
        "a record that failed does not hold the order back",
        "session.dispatch",
        "if refused.isdisjoint(each.names):",
        "if True:",
    ),
    Mutant(
        "absence is concluded without a barrier",
        "core.absence",
        "return moment.as_of_ns >= barrier_ns and moment.now_ns >= barrier_ns",
        "return True",
    ),
    Mutant(
        "the barrier is 3 s", "core.absence", "WINDOW_NS = 30 * SECOND", "WINDOW_NS = 1 * SECOND"
    ),
    Mutant(
        "an error counts as not found",
        "api.rest",
        "page = await self._http.read(endpoint.path, query)",
        _ERRORS_FOUND_NOTHING,
    ),
    Mutant(
        "only the first page is read",
        "api.pager",
        "self.endpoint.cursor_key: cursor} if cursor else None",
        "self.endpoint.cursor_key: cursor} if False else None",
    ),
    Mutant(
        "the archive is not looked into",
        "core.absence",
        "return self.sign_ns < cutoff_ns",
        "return False",
    ),
    Mutant(
        "503 and 408 are taken for refusals",
        "api.errors",
        "frozenset({400, 401, 403, 404, 409, 410, 429})",
        "frozenset({400, 401, 403, 404, 408, 409, 410, 429, 503})",
    ),
    Mutant(
        "a lost answer is taken for not sent",
        "api.errors",
        'return UnknownOutcomeError(f"The answer was lost: {transport_words(error)}.")',
        'return NotSentError(f"The answer was lost: {transport_words(error)}.")',
    ),
    Mutant(
        "an id that exists there is taken for a refusal",
        "api.errors",
        "if refusal.code == ORDER_EXISTS:",
        "if False:",
    ),
    Mutant(
        "an unreadable answer is taken for a refusal",
        "api.writes",
        "raise UnknownOutcomeError(error.reason) from None",
        "raise NotSentError(error.reason) from None",
    ),
    Mutant(
        "after a restart what was being sent was not sent",
        "core.reports",
        'order, OrderEvent.LOST, "the program ended before the answer"',
        'order, OrderEvent.NOT_SENT, "the program ended before the answer"',
    ),
    Mutant(
        "a late resting brings an order back",
        "core.orders",
        "(_S.RESTING, _E.EXECUTES): _S.EXECUTED,\n    (_S.RESTING, _E.CANCELS): _S.CANCELED,",
        "(_S.RESTING, _E.EXECUTES): _S.RESTING,\n    (_S.RESTING, _E.CANCELS): _S.CANCELED,",
    ),
    Mutant(
        "a cancel that finds nothing is taken for done",
        "core.canceling",
        "self.mark([order], CancelEvent.GONE)",
        'self._steps.moved(order, OrderEvent.CANCELS, "")',
    ),
    Mutant(
        "a cancel without an answer is taken for done",
        "core.canceling",
        "self.mark([order], CancelEvent.LOST)",
        'self._steps.moved(order, OrderEvent.CANCELS, "")',
    ),
    Mutant(
        "what is in flight or in doubt is not at risk",
        "core.exposure",
        "if order.state is not _RESTING and not order.is_live:",
        "if order.state is not _RESTING:",
    ),
    Mutant(
        "a sale costs at most its price",
        "core.exposure",
        "each = (price if is_bid else ONE_DOLLAR - price) * size + fee_bound(fees, price, size)",
        "each = price * size",
    ),
    Mutant(
        "a change in doubt counts as it was",
        "core.exposure",
        "if order.change is None and order.dearest is None:",
        "if True:",
    ),
    Mutant(
        "KILL is clear whatever still rests",
        "core.killswitch",
        "        if fact.resting:",
        "        if False:",
    ),
    Mutant(
        "a fill that is told twice counts twice",
        "core.ledger",
        "if fill.trade_id in self._fills:",
        "if False:",
    ),
    Mutant(
        "a read is as new as its beginning",
        "session.reconcile",
        "self._absorb(e.Swept(orders, oldest_first, positions, current_ns))",
        "self._absorb(e.Swept(orders, oldest_first, positions, begun_ns))",
    ),
)


def changed(mutant: Mutant) -> tuple[str, Path]:
    """Return the source with this one line wrong. Raises `ValueError` where the line is gone."""
    path = ROOT.joinpath("kalshi_tui", *mutant.module.split(".")).with_suffix(".py")
    text = path.read_text(encoding="utf-8")
    if text.count(mutant.line) != 1:
        raise ValueError(f"{path.name} has {text.count(mutant.line)} x {mutant.line!r}")
    return text.replace(mutant.line, mutant.instead), path


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, name: str, text: str, path: Path) -> None:
        super().__init__(name, str(path))
        self._text = text

    def get_code(self, fullname: str) -> CodeType:
        code: CodeType = compile(self._text, self.path, "exec")
        return code


class Finder(importlib.abc.MetaPathFinder):
    """Stands in for one module. Put it first in `sys.meta_path` before anything is imported."""

    def __init__(self, mutant: Mutant) -> None:
        self._name = f"kalshi_tui.{mutant.module}"
        self._text, self._path = changed(mutant)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._name:
            return None
        loader = _Loader(fullname, self._text, self._path)
        return importlib.util.spec_from_file_location(fullname, self._path, loader=loader)


def hunt(mutant: Mutant, schedules: int = SCHEDULES) -> tuple[str, str] | None:
    """Return the first schedule that condemns a mutant, and its verdict; None where none does."""
    changed(mutant)
    number = str(MUTANTS.index(mutant))
    done = subprocess.run(
        [sys.executable, "-m", "tests.simulation.orders_mutants", number, str(schedules)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if done.returncode == 0:
        return None
    lines = done.stdout.strip().splitlines()
    if not lines:
        raise RuntimeError(done.stderr)
    seed, _, words = lines[-1].partition(" ")
    return seed, words


def _main(number: int, schedules: int) -> int:
    """Run one mutant in this process; print the schedule that condemns it."""
    sys.meta_path.insert(0, Finder(MUTANTS[number]))
    from tests.simulation.orders_campaign import run

    for seed in range(schedules):
        try:
            checker = run(seed)[0]
        except (AssertionError, LookupError, TypeError, AttributeError, ValueError) as error:
            sys.stdout.write(f"{seed} crash: {type(error).__name__}\n")
            return 1
        for words in (*checker.wrong, *checker.stuck):
            sys.stdout.write(f"{seed} {words}\n")
            return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(_main(int(sys.argv[1]), int(sys.argv[2])))

"""What is worked out step by step is what a count of everything gives, whatever happens.

The second half takes away, one at a time, each line by which the ledger and the board say that
something moved: the same sequences have to notice. `python -m tests.core.test_roster` prints it.
"""

import builtins
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kalshi_tui.core import board as board_module
from kalshi_tui.core import events as e
from kalshi_tui.core import ledger as ledger_module
from kalshi_tui.core.board import Board
from kalshi_tui.core.exposure import Exposures
from kalshi_tui.core.fees import FeeSchedule
from kalshi_tui.core.ledger import Ledger
from kalshi_tui.core.orders import (
    Change,
    IllegalTransitionError,
    OrderEvent,
    OrderState,
    RequestKind,
    RequestState,
)
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Money, Price
from tests.support.facts import NOON_NS, TICKER, fill, market, report, terms
from tests.support.recount import counting, exposure, total_at_risk

MS = NOON_NS // 1_000_000
TICKERS = (TICKER, "OTHER", "ELSEWHERE")
ORDERS = 4


class Happenings:
    """Everything that may change exposure, each told of the order of a number."""

    def __init__(self, ledger: Any, board: Any) -> None:
        self.ledger = ledger
        self.board = board
        self._told = 0

    def deeds(self) -> dict[str, Callable[[int], object]]:
        """Return what can happen, by name."""
        own = ("open", "send", "lose", "ack", "late_ack", "restore", "take_off", "bind")
        more = ("fill", "loose", "say", "over", "adopt", "change", "decrease", "done", "dropped")
        public = ("state", "flatten", "fees", "list", "settle")
        return {name: getattr(self, name) for name in (*own, *more, *public)}

    def _key(self, number: int) -> str:
        return f"mine-{number}"

    def open(self, number: int) -> None:
        if self._key(number) not in self.ledger:
            order = terms(
                ticker=TICKERS[number % 2],
                side=BookSide.ASK if number == 2 else BookSide.BID,
                price=Price(3_600 + 100 * number),
            )
            self.ledger.open(self._key(number), order, NOON_NS)

    def send(self, number: int) -> None:
        self.ledger.move(self._key(number), OrderEvent.SEND, NOON_NS)

    def lose(self, number: int) -> None:
        self.ledger.move(self._key(number), OrderEvent.LOST, NOON_NS)

    def ack(self, number: int) -> None:
        self.ledger.acked(self._key(number), f"order-{number}", Count(300), Count(700), NOON_NS)

    def late_ack(self, number: int) -> None:
        self.ledger.acked(self._key(number), f"order-{number}", Count(800), Count(0), NOON_NS)

    def restore(self, number: int) -> None:
        self.ledger.restore(self._key(number), OrderState.IN_DOUBT, NOON_NS)

    def take_off(self, number: int) -> None:
        order = self.ledger.order(self._key(number))
        if order.is_live:
            self.ledger.reduced(order, Count(200))

    def bind(self, number: int) -> None:
        self.ledger.bind(self._key(number), f"order-{number}")

    def fill(self, number: int, key: str = "") -> None:
        self._told += 1
        ticker = TICKERS[number % 2]
        told = fill(
            trade_id=f"t-{self._told}",
            order_id=f"order-{number}",
            client_order_id=key or self._key(number),
            ticker=ticker,
            count=Count(150),
            ts_ms=MS + self._told,
        )
        self.ledger.filled(told)

    def loose(self, number: int) -> None:
        # Before the order's id is known, and without ours: only later it is the order's.
        self.fill(number, key="-")

    def say(self, number: int, filled: int = 100, status: Any = e.ReportedStatus.RESTING) -> None:
        self._told += 1
        rests = status is e.ReportedStatus.RESTING
        told = report(
            order_id=f"order-{number}",
            client_order_id=self._key(number),
            ticker=TICKERS[number % 2],
            side=BookSide.ASK if number == 2 else BookSide.BID,
            price=Price(3_000),
            status=status,
            filled=Count(filled + self._told),
            remaining=Count(900 if rests else 0),
            updated_ms=MS + self._told,
        )
        self.ledger.reported(told, NOON_NS)

    def over(self, number: int) -> None:
        self.say(number, 600, e.ReportedStatus.CANCELED)

    def adopt(self, number: int) -> None:
        told = report(order_id=f"theirs-{number}", client_order_id="", ticker=TICKERS[number % 3])
        self.ledger.reported(told, NOON_NS)

    def _asked(self, kind: RequestKind, price: int, count: int) -> Change:
        state = RequestState.PENDING
        return Change("r", kind, state, Price(price), Count(count), None, NOON_NS)

    def change(self, number: int) -> None:
        order = self.ledger.order(self._key(number))
        self.ledger.change(order, self._asked(RequestKind.AMEND, 4_000, 1_900), NOON_NS)

    def decrease(self, number: int) -> None:
        order = self.ledger.order(self._key(number))
        asked = self._asked(RequestKind.DECREASE, 3_600, 500)
        self.ledger.amended(order, asked, Count(500), MS)

    def done(self, number: int) -> None:
        order = self.ledger.order(self._key(number))
        asked = self._asked(RequestKind.AMEND, 4_000 + 100 * number, 1_900)
        self.ledger.amended(order, asked, Count(1_000), MS)

    def dropped(self, number: int) -> None:
        self.ledger.change(self.ledger.order(self._key(number)), None, NOON_NS)

    def state(self, number: int) -> None:
        self._told += 1
        held = Count(50 * number - 60)
        told = e.PositionReported(
            TICKERS[number % 3], held, Money(900), Money(0), Money(0), MS + self._told
        )
        self.ledger.stated(told)

    def flatten(self, number: int) -> None:
        self.ledger.flatten_missing(TICKERS[:number], MS * 2)

    def fees(self, number: int) -> None:
        told = e.FeesRead((TICKERS[number % 2],), FeeSchedule(multiplier=number * 1_000_000))
        self.board.fees_read(told)

    def list(self, number: int) -> None:
        listed = market(
            ticker=TICKERS[number % 3], event_ticker=f"EVENT-{number // 2}", exchange_index=number
        )
        self.board.listed(e.MarketsListed((listed,)))

    def settle(self, number: int) -> None:
        self.ledger.move(self._key(number), OrderEvent.CANCELS, NOON_NS)


def begun(ledger: Any, board: Any) -> tuple[Happenings, Exposures]:
    """Return what can happen to an account, and its exposures."""
    board.listed(e.MarketsListed((market(), market(ticker="OTHER"))))
    return Happenings(ledger, board), Exposures(ledger, board)


def differences(ledger: Any, board: Any, known: Exposures, number: int) -> Iterable[str]:
    """Yield what was remembered wrongly."""
    if [each for each in ledger.orders() if each.is_live] != sorted(
        ledger.live(), key=[*ledger.orders()].index
    ):
        yield "the live orders"
    filed = [key for each in TICKERS for key in ledger.counting(each)]
    if sorted(filed) != sorted(each.client_order_id for each in counting(ledger)):
        yield "the orders that count"
    for ticker in TICKERS:
        if known.of(ticker) != exposure(ledger, board.markets, ticker):
            yield f"the exposure of {ticker}"
        key = f"mine-{number}"
        if key in ledger and ledger.order(key).terms.ticker == ticker:
            whole = exposure(ledger, board.markets, ticker, without=key)
            if known.of(ticker, without=key) != whole:
                yield f"the exposure of {ticker} without {key}"
    if known.total() != total_at_risk(ledger, board.markets):
        yield "the whole"


DEEDS = sorted(Happenings(None, None).deeds())
STEPS = st.lists(st.tuples(st.sampled_from(DEEDS), st.integers(0, ORDERS - 1)), max_size=30)


def run(steps: Iterable[tuple[str, int]], ledger: Any, board: Any) -> str:
    """Let things happen; return the first thing that is remembered wrongly, or nothing."""
    happenings, known = begun(ledger, board)
    deeds = happenings.deeds()
    for number in range(ORDERS):
        happenings.open(number)
        for wrong in differences(ledger, board, known, number):
            return f"open: {wrong}"
    for name, number in steps:
        with suppress(IllegalTransitionError):
            deeds[name](number)
        for wrong in differences(ledger, board, known, number):
            return f"{name}: {wrong}"
    return ""


@settings(deadline=None)
@given(STEPS)
def test_INV_8_what_is_worked_out_step_by_step_is_what_a_count_of_everything_gives(
    steps: list[tuple[str, int]],
) -> None:
    assert run(steps, Ledger(), Board(set())) == ""


def test_a_reader_that_begins_late_knows_what_one_from_the_start_knows() -> None:
    ledger, board = Ledger(), Board(set())
    happenings, early = begun(ledger, board)
    for number in range(ORDERS):
        happenings.open(number)
    happenings.state(2)
    late = Exposures(ledger, board)
    assert [late.of(each) for each in TICKERS] == [early.of(each) for each in TICKERS]
    happenings.fill(1)
    assert [late.of(each) for each in TICKERS] == [early.of(each) for each in TICKERS]


# Each line that says what moved is taken away once.

_TELLS = {
    "ledger": ("self._roster.weigh(", "self._roster.moved("),
    "board": ("self.revision += 1",),
}
_MODULES = {"ledger": ledger_module, "board": board_module}


def _lines() -> list[tuple[str, int]]:
    found = []
    for name, tells in _TELLS.items():
        text = Path(str(_MODULES[name].__file__)).read_text(encoding="utf-8")
        for number, line in enumerate(text.splitlines()):
            if any(each in line for each in tells):
                found.append((name, number))
    return found


def without_line(name: str, number: int) -> ModuleType:
    """Return the module built from its own source without what a line tells."""
    module = _MODULES[name]
    lines = Path(str(module.__file__)).read_text(encoding="utf-8").splitlines()
    line = lines[number]
    tell = next(each for each in _TELLS[name] if each in line)
    # What stands between the brackets is still done.
    lines[number] = line.replace(tell, "(" if tell.endswith("(") else "pass")
    made = ModuleType(module.__name__)
    made.__dict__["__builtins__"] = vars(builtins)
    exec(compile("\n".join(lines), str(module.__file__), "exec"), made.__dict__)
    return made


def noticed(name: str, number: int) -> str:
    """Return how some sequence notices that a line is gone, or an empty string."""
    made = without_line(name, number)
    for seed in range(400):
        chance = Random(seed)
        steps = [(chance.choice(DEEDS), chance.randrange(ORDERS)) for _ in range(30)]
        ledger: Any = made.Ledger() if name == "ledger" else Ledger()
        board: Any = made.Board(set()) if name == "board" else Board(set())
        wrong = run(steps, ledger, board)
        if wrong:
            return f"sequence {seed}, {wrong}"
    return ""


@pytest.mark.parametrize(("name", "number"), _lines())
def test_a_change_that_is_not_told_is_noticed(name: str, number: int) -> None:
    assert noticed(name, number)


def main() -> None:
    """Print which sequence notices which line."""
    for name, number in _lines():
        print(f"{name}.py:{number + 1:<4} {noticed(name, number) or 'NOT NOTICED'}")  # noqa: T201


if __name__ == "__main__":
    main()

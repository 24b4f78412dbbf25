"""Batches reach the engine in order, each item followed by its effects, then by the publisher."""

from collections.abc import Callable, Sequence

import pytest

from kalshi_tui.core import commands as c
from kalshi_tui.core.commands import CancelLast, Command, Place
from kalshi_tui.core.effects import Effect, Fetch, Notify, Read
from kalshi_tui.core.events import ExchangeStatusRead, Fact, RequestFailed, Tick
from kalshi_tui.core.orders import OrderTerms
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Price
from kalshi_tui.session.loop import Loop
from kalshi_tui.session.vigil import Vigil
from tests.session.manual import ManualClock

PLACE = Place("c1", OrderTerms("KX-A", BookSide.BID, Price(5600), Count(100)))
UP = ExchangeStatusRead(True, True)
FETCH = Fetch(Read.BALANCE)


class Stage:
    def __init__(self) -> None:
        self.log: list[object] = []
        self.answers: dict[type, Callable[[], list[Effect]]] = {}
        self.at_run: Callable[[], None] = lambda: None
        self.clock = ManualClock()
        self.loop = Loop(
            self,
            run=self.run,
            publish=lambda: self.log.append("publish"),
            notify=self.log.append,
            vigil=Vigil(self.clock),
            lapsed=self.log.append,
        )

    def handle(self, item: Fact | Command) -> list[Effect]:
        self.log.append(item)
        answer = self.answers.get(type(item))
        return answer() if answer else []

    def run(self, effects: Sequence[Effect]) -> None:
        self.log.append(tuple(effects))
        self.at_run()

    def tick(self) -> Tick:
        return Tick(self.clock.mono_ns(), self.clock.wall_ns())

    def notices(self) -> list[str]:
        return [each.text for each in self.log if isinstance(each, Notify)]


def test_the_time_comes_first_and_the_publisher_last() -> None:
    stage = Stage()
    stage.answers[Place] = lambda: [FETCH]
    stage.loop.absorb(PLACE, UP)
    assert stage.log == [stage.tick(), PLACE, (FETCH,), UP, "publish"]


def test_a_fact_that_comes_up_while_effects_run_follows_in_the_same_batch() -> None:
    stage = Stage()
    failed = RequestFailed("x", "y")
    stage.answers[Place] = lambda: [FETCH]
    stage.at_run = lambda: stage.loop.absorb(failed)
    stage.loop.absorb(PLACE, UP)
    assert stage.log == [stage.tick(), PLACE, (FETCH,), UP, failed, "publish"]


def test_without_items_only_the_time_is_told() -> None:
    stage = Stage()
    stage.loop.absorb()
    assert stage.log == [stage.tick(), "publish"]


def _fail() -> list[Effect]:
    raise ZeroDivisionError


def test_FH12_a_fault_in_the_engine_stops_order_entry_and_nothing_else() -> None:
    stage = Stage()
    stage.answers[ExchangeStatusRead] = _fail
    stage.loop.absorb(UP, CancelLast())
    assert CancelLast() in stage.log
    assert "ZeroDivisionError" in stage.notices()[0]
    stage.loop.absorb(PLACE)
    assert PLACE not in stage.log
    assert stage.notices()[-1].startswith("not sent: ")
    stage.loop.absorb(UP, CancelLast())
    assert stage.log.count(CancelLast()) == 2
    assert len(stage.notices()) == 2


@pytest.mark.parametrize(
    "command",
    [
        PLACE,
        c.PlaceBatch((PLACE,)),
        c.Amend("c1", Price(5_600), Count(100)),
        c.Resend("c1"),
        c.Flatten("KX-A", "c2"),
        c.Reverse("KX-A", "c2"),
    ],
)
def test_FH12_a_halted_loop_takes_no_command_that_ends_in_an_order(command: c.Command) -> None:
    stage = Stage()
    stage.loop.halt("Enough.")
    stage.loop.absorb(command)
    assert command not in stage.log
    assert stage.notices()[-1] == "not sent: Enough."


@pytest.mark.parametrize(
    "command", [c.Kill(), c.CancelEverything(), c.Cancel(("c1",)), c.Decrease("c1", Count(1))]
)
def test_FH12_a_halted_loop_takes_what_takes_risk_away(command: c.Command) -> None:
    stage = Stage()
    stage.loop.halt("Enough.")
    stage.loop.absorb(command)
    assert command in stage.log


def test_a_fault_while_effects_run_does_not_lose_the_rest_of_the_batch() -> None:
    stage = Stage()
    stage.answers[Place] = lambda: [FETCH]

    def fail() -> None:
        raise ZeroDivisionError

    stage.at_run = fail
    stage.loop.absorb(PLACE, UP)
    assert UP in stage.log
    assert stage.loop.halted

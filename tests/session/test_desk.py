"""The desk: a thread of its own, commands in order, and an end within its time."""

import asyncio
import threading
from collections.abc import Callable
from typing import get_args

from kalshi_tui.core import commands as c
from kalshi_tui.core import risk
from kalshi_tui.core.environments import Mode, loopback_environment
from kalshi_tui.core.orders import OrderTerms
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Price
from kalshi_tui.session.desk import Desk, DeskPort, Session
from kalshi_tui.session.mailbox import Mailbox
from tests.session.manual import ManualClock

TERMS = OrderTerms("KX-A", BookSide.BID, Price(5600), Count(100))
WAIT_S = 5


class Script:
    """A session that writes down its commands and, if told so, refuses to end."""

    def __init__(self) -> None:
        self.commands: list[c.Command] = []
        self.threads: set[int] = set()
        self.got = threading.Semaphore(0)
        self.stopped = asyncio.Event()
        self.ignores_stop = False
        self.error: Exception | None = None
        self.never = asyncio.Event()

    def take(self, command: c.Command) -> None:
        self.threads.add(threading.get_ident())
        self.commands.append(command)
        self.got.release()

    async def run(self) -> None:
        if self.error is not None:
            raise self.error
        await self.stopped.wait()
        if self.ignores_stop:
            await self.never.wait()

    def stop(self, within_s: float) -> None:
        self.stopped.set()


class Stage:
    def __init__(self, assemble: Callable[[Mailbox], Session] | None = None) -> None:
        self.script = Script()
        self.ended: list[str] = []
        self.woken = threading.Event()
        self.desk = Desk(
            loopback_environment("http://127.0.0.1", "ws://127.0.0.1"),
            risk.Limits(),
            Mailbox(),
            assemble or (lambda _mailbox: self.script),
            clock=ManualClock(),
            last_resort=lambda: self.ended.append("child"),
        )

    def start(self) -> None:
        self.desk.start(self.woken.set)


def test_every_method_becomes_its_command_in_order_on_the_session_thread() -> None:
    stage = Stage()
    port: DeskPort = stage.desk
    port.watch("KX-A")  # before the start: nothing is lost
    stage.start()
    odd = frozenset({"repeat"})
    order_id = port.place(TERMS, odd)
    first, second = port.place_batch([TERMS, TERMS])
    port.amend("a", Price(5_700), Count(200), 0, odd)
    port.decrease("a", Count(50))
    port.resend("a", odd)
    port.abandon("a")
    port.cancel(["a", "b"])
    port.cancel_market("KX-A", BookSide.ASK)
    port.cancel_everything()
    port.cancel_last()
    exit_id = port.flatten("KX-A")
    turn_id = port.reverse("KX-A", odd)
    port.kill()
    port.dead_man(True)
    port.arm(Mode.VIEW)
    port.arm(Mode.CONFIRM, "PROD")
    expected: list[c.Command] = [
        c.Watch("KX-A"),
        c.Place(order_id, TERMS, odd),
        c.PlaceBatch((c.Place(first, TERMS), c.Place(second, TERMS))),
        c.Amend("a", Price(5_700), Count(200), 0, odd),
        c.Decrease("a", Count(50)),
        c.Resend("a", odd),
        c.Abandon("a"),
        c.Cancel(("a", "b")),
        c.CancelMarket("KX-A", BookSide.ASK),
        c.CancelEverything(),
        c.CancelLast(),
        c.Flatten("KX-A", exit_id),
        c.Reverse("KX-A", turn_id, odd),
        c.Kill(),
        c.DeadMan(True),
        c.Arm(Mode.VIEW),
        c.Arm(Mode.CONFIRM, "PROD"),
    ]
    for _ in expected:
        assert stage.script.got.acquire(timeout=WAIT_S)
    port.close()
    assert stage.script.commands == expected
    assert {type(each) for each in expected} == set(get_args(c.Command))
    assert len({order_id, first, second, exit_id, turn_id}) == 5
    assert threading.get_ident() not in stage.script.threads


def test_each_order_gets_an_id_of_its_own() -> None:
    desk = Stage().desk
    assert len({desk.place(TERMS) for _ in range(100)}) == 100


def test_closing_ends_the_thread_and_may_be_repeated() -> None:
    stage = Stage()
    stage.start()
    stage.desk.close()
    stage.desk.close()
    assert not [each for each in threading.enumerate() if each.name == "session"]
    assert stage.ended
    stage.desk.place(TERMS)  # nobody is there any more, and nothing breaks


def test_closing_a_desk_that_never_started_ends_the_child() -> None:
    stage = Stage()
    stage.desk.close()
    assert stage.ended == ["child"]


def test_a_session_that_does_not_end_is_left_behind_within_the_time() -> None:
    stage = Stage()
    stage.script.ignores_stop = True
    stage.start()
    stage.desk.close(timeout=0.05)
    assert stage.ended == ["child"]
    loop = stage.desk._loop
    assert loop is not None
    loop.call_soon_threadsafe(stage.script.never.set)
    thread = stage.desk._thread
    assert thread is not None
    thread.join(WAIT_S)
    assert not thread.is_alive()


def test_a_session_that_fails_says_so_on_the_screen() -> None:
    stage = Stage()
    stage.script.error = ValueError("the reason")
    stage.start()
    assert stage.woken.wait(WAIT_S)
    stage.desk.close()
    (notice,) = stage.desk.take().notices
    assert "the reason" in notice.text


def test_a_session_that_cannot_be_built_says_so_on_the_screen() -> None:
    def fail(_mailbox: Mailbox) -> Session:
        raise ValueError("the reason")

    stage = Stage(fail)
    stage.start()
    assert stage.woken.wait(WAIT_S)
    stage.desk.close()
    (notice,) = stage.desk.take().notices
    assert "the reason" in notice.text

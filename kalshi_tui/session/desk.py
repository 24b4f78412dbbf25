"""The desk: the one object through which the screen trades.

Thread-safe and free of any screen library. Every method returns at once: commands are handed to the
session thread, and what comes of them arrives in the mailbox. Owns the session thread's life, and
mints order ids. Decides nothing about orders.
"""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol
from uuid import uuid4

from kalshi_tui.core import commands as c
from kalshi_tui.core import risk
from kalshi_tui.core.effects import NoticeLevel, Notify
from kalshi_tui.core.environments import Environment, Mode
from kalshi_tui.core.orders import OrderTerms
from kalshi_tui.core.redaction import redact
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.text import clean_title
from kalshi_tui.core.units import Count, Price
from kalshi_tui.session.clock import Clock
from kalshi_tui.session.mailbox import Delivery, Mailbox

__all__ = ["Delivery", "Desk", "DeskPort", "Session"]

CLOSE_S = 3.0
"""How long closing may take; answers to orders under way are awaited within it."""

_log = logging.getLogger(__name__)


UNCONFIRMED: frozenset[str] = frozenset()
"""No guard was confirmed explicitly."""


class DeskPort(Protocol):
    """What the screen knows of a session. Tests stand a scripted one in."""

    @property
    def environment(self) -> Environment: ...

    @property
    def limits(self) -> risk.Limits: ...

    def start(self, wake: Callable[[], None]) -> None: ...

    def take(self) -> Delivery: ...

    def watch(self, ticker: str) -> None: ...

    def place(self, terms: OrderTerms, confirmed: frozenset[str] = UNCONFIRMED) -> str: ...

    def place_batch(self, orders: Sequence[OrderTerms]) -> tuple[str, ...]: ...

    def amend(
        self,
        client_order_id: str,
        price: Price,
        count: Count,
        expires_s: int | None = None,
        confirmed: frozenset[str] = UNCONFIRMED,
    ) -> None: ...

    def decrease(self, client_order_id: str, remaining: Count) -> None: ...

    def resend(self, client_order_id: str, confirmed: frozenset[str] = UNCONFIRMED) -> None: ...

    def abandon(self, client_order_id: str) -> None: ...

    def cancel(self, client_order_ids: Sequence[str]) -> None: ...

    def cancel_market(self, ticker: str, side: BookSide | None = None) -> None: ...

    def cancel_everything(self) -> None: ...

    def cancel_last(self) -> None: ...

    def flatten(self, ticker: str) -> str: ...

    def reverse(self, ticker: str, confirmed: frozenset[str] = UNCONFIRMED) -> str: ...

    def kill(self) -> None: ...

    def dead_man(self, on: bool) -> None: ...

    def arm(self, mode: Mode, word: str = "") -> None: ...

    def close(self, timeout: float = CLOSE_S) -> None: ...


class Session(Protocol):
    """What runs on the session thread: built there, because its imports are slow."""

    def take(self, command: c.Command) -> None:
        """Take a command of the user; called on the session's loop."""
        ...

    async def run(self) -> None:
        """Run until `stop`; on return everything is closed."""
        ...

    def stop(self, within_s: float) -> None:
        """Begin the end; called on the session's loop."""
        ...


Assemble = Callable[[Mailbox], Session]
"""Builds the session on its own thread. Raises an exception with one sentence where it cannot."""


class Desk:
    """A session that runs in a thread of its own from `start` to `close`."""

    def __init__(
        self,
        environment: Environment,
        limits: risk.Limits,
        mailbox: Mailbox,
        assemble: Assemble,
        *,
        clock: Clock,
        last_resort: Callable[[], None] | None = None,
    ) -> None:
        self.environment = environment
        self.limits = limits
        self._mailbox = mailbox
        self._assemble = assemble
        self._clock = clock
        self._last_resort = last_resort
        self._inbox: deque[c.Command] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._session: Session | None = None

    def start(self, wake: Callable[[], None]) -> None:
        """Start the session. `wake` is called from its thread, once per undelivered batch."""
        if self._thread is not None:
            raise RuntimeError("the desk was started already")
        self._mailbox.connect(wake)
        self._loop = asyncio.new_event_loop()
        # A daemon, so that a session that cannot end never keeps the terminal.
        self._thread = threading.Thread(target=self._main, name="session", daemon=True)
        self._thread.start()

    def take(self) -> Delivery:
        """Take everything that changed since the last call."""
        return self._mailbox.take()

    def watch(self, ticker: str) -> None:
        """Make this market the one whose book is kept."""
        self._give(c.Watch(ticker))

    # What may add risk

    def place(self, terms: OrderTerms, confirmed: frozenset[str] = UNCONFIRMED) -> str:
        """Hand one order to the gate and return the client order id that it is known by.

        `confirmed` names the guards that the user has overruled in so many words.
        """
        client_order_id = _new_id()
        self._give(c.Place(client_order_id, terms, confirmed))
        return client_order_id

    def place_batch(self, orders: Sequence[OrderTerms]) -> tuple[str, ...]:
        """Hand several orders to the gate, to go in one request; return their ids in order."""
        placed = tuple(c.Place(_new_id(), terms) for terms in orders)
        self._give(c.PlaceBatch(placed))
        return tuple(each.client_order_id for each in placed)

    def amend(
        self,
        client_order_id: str,
        price: Price,
        count: Count,
        expires_s: int | None = None,
        confirmed: frozenset[str] = UNCONFIRMED,
    ) -> None:
        """Change a resting order; `count` is its total, what is filled included.

        `expires_s` None keeps the expiry, 0 removes it.
        """
        self._give(c.Amend(client_order_id, price, count, expires_s, confirmed))

    def resend(self, client_order_id: str, confirmed: frozenset[str] = UNCONFIRMED) -> None:
        """Send an order again, unchanged, that provably never arrived."""
        self._give(c.Resend(client_order_id, confirmed))

    def reverse(self, ticker: str, confirmed: frozenset[str] = UNCONFIRMED) -> str:
        """Flatten a market and take the same size on the other side; return the exit's id."""
        client_order_id = _new_id()
        self._give(c.Reverse(ticker, client_order_id, confirmed))
        return client_order_id

    # What takes risk away

    def decrease(self, client_order_id: str, remaining: Count) -> None:
        """Leave fewer contracts of an order resting; it keeps its place in the queue."""
        self._give(c.Decrease(client_order_id, remaining))

    def cancel(self, client_order_ids: Sequence[str]) -> None:
        """Cancel orders by client order id."""
        self._give(c.Cancel(tuple(client_order_ids)))

    def cancel_market(self, ticker: str, side: BookSide | None = None) -> None:
        """Cancel all live orders of a market, or those of one side of its book."""
        self._give(c.CancelMarket(ticker, side))

    def cancel_everything(self) -> None:
        """Cancel every live order of the account; the keyboard stays as it is."""
        self._give(c.CancelEverything())

    def cancel_last(self) -> None:
        """Cancel what was placed last and may still be live."""
        self._give(c.CancelLast())

    def flatten(self, ticker: str) -> str:
        """Cancel what rests in a market and close the position; return the exit order's id."""
        client_order_id = _new_id()
        self._give(c.Flatten(ticker, client_order_id))
        return client_order_id

    def abandon(self, client_order_id: str) -> None:
        """Stop waiting for an order in doubt; it still counts, and is known when it appears."""
        self._give(c.Abandon(client_order_id))

    def kill(self) -> None:
        """Stop sending, drop to VIEW and cancel everything."""
        self._give(c.Kill())

    def dead_man(self, on: bool) -> None:
        """Let new orders expire soon after this program ends, or no longer."""
        self._give(c.DeadMan(on))

    def arm(self, mode: Mode, word: str = "") -> None:
        """Change how much the keyboard may do; `word` is what was typed to confirm it."""
        self._give(c.Arm(mode, word))

    def close(self, timeout: float = CLOSE_S) -> None:
        """End the session and wait for it, at most `timeout` seconds. May be called twice."""
        thread, loop = self._thread, self._loop
        if thread is None or loop is None:
            self._end_child()
            return
        self._call(lambda: self._stop(timeout))
        thread.join(timeout)
        self._mailbox.connect(None)
        if thread.is_alive():
            _log.error("the session did not end in %.0f s", timeout)
            self._end_child()

    def _give(self, command: c.Command) -> None:
        self._inbox.append(command)
        self._call(self._drain)

    def _call(self, function: Callable[[], None]) -> None:
        loop = self._loop
        if loop is None:
            return
        try:
            loop.call_soon_threadsafe(function)
        except RuntimeError:
            # The loop is closed: the session has ended, and there is nobody to tell.
            _log.debug("a command came after the end of the session")

    def _end_child(self) -> None:
        if self._last_resort is not None:
            self._last_resort()

    # On the session thread

    def _main(self) -> None:
        assert self._loop is not None
        loop = self._loop
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.get_loop()
            try:
                session = self._session = self._assemble(self._mailbox)
                loop.call_soon(self._drain)
                runner.run(session.run())
            except Exception as error:
                # The last of three loop tops: nothing above it could say what happened.
                _log.exception("the session ended unexpectedly")
                self._say(f"The session ended: {clean_title(redact(str(error)))}")
            finally:
                self._end_child()

    def _drain(self) -> None:
        session = self._session
        while session is not None and self._inbox:
            session.take(self._inbox.popleft())

    def _stop(self, timeout: float) -> None:
        if self._session is not None:
            self._session.stop(timeout)

    def _say(self, text: str) -> None:
        self._mailbox.put({}, [Notify(NoticeLevel.ERROR, text, self._clock.wall_ns())])


def _new_id() -> str:
    return str(uuid4())

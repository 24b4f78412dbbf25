"""A whole session below the screen, against a practice exchange in a child process."""

import json
import threading
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from kalshi_tui.core.effects import Notify
from kalshi_tui.core.events import BookStatus
from kalshi_tui.core.views import (
    FillRow,
    FillsView,
    LadderView,
    OrderRow,
    OrdersView,
    Pane,
    PositionRow,
    PositionsView,
    StatusView,
    View,
    ViewKey,
)
from kalshi_tui.session.build import build, practice_child
from kalshi_tui.session.child import PracticeChild, practice_command
from kalshi_tui.session.clock import SystemClock

WAIT_S = 10.0
WAIT_NS = 10_000_000_000
_T = TypeVar("_T")


class Bench:
    """Use it as a context: on leaving, desk and exchange are gone."""

    def __init__(self, state_dir: Path, *, preset: str = "dead") -> None:
        self.state_dir = state_dir
        directory = practice_child(state_dir).state_dir
        self.child = PracticeChild(directory, [*practice_command(directory), "--preset", preset])
        self.child.spawn()
        self.desk = build(state_dir=state_dir, child=self.child)
        self.views: dict[ViewKey, View] = {}
        self.notices: list[Notify] = []
        self._woken = threading.Event()
        self._clock = SystemClock()

    def __enter__(self) -> Self:
        self.desk.start(self._woken.set)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.desk.close()

    def until(self, condition: Callable[[], _T | None]) -> _T:
        """Take deliveries until the condition gives something true; fails after 10 s."""
        deadline_ns = self._clock.mono_ns() + WAIT_NS
        while self._clock.mono_ns() < deadline_ns:
            self._woken.clear()
            delivery = self.desk.take()
            self.views.update(delivery.views)
            self.notices += delivery.notices
            found = condition()
            if found:
                return found
            self._woken.wait(1)
        texts = [each.text for each in self.notices]
        raise AssertionError(f"nothing came of it; notices: {texts}")

    def _view(self, kind: type[_T], pane: Pane) -> _T | None:
        view = self.views.get((pane, ""))
        return view if isinstance(view, kind) else None

    def status(self) -> StatusView | None:
        return self._view(StatusView, Pane.STATUS)

    def fills(self) -> tuple[FillRow, ...]:
        view = self._view(FillsView, Pane.FILLS)
        return view.rows if view else ()

    def positions(self) -> tuple[PositionRow, ...]:
        view = self._view(PositionsView, Pane.POSITIONS)
        return view.rows if view else ()

    def read_only(self) -> StatusView | None:
        status = self.status()
        return status if status is not None and status.read_only else None

    def ladder(self) -> LadderView | None:
        """Return the ladder whose book is kept, whatever its state."""
        ladders = [each for each in self.views.values() if isinstance(each, LadderView)]
        kept = [each for each in ladders if each.status is not BookStatus.EMPTY]
        return kept[-1] if kept else None

    def live_ladder(self) -> LadderView | None:
        ladder = self.ladder()
        return ladder if ladder is not None and ladder.status is BookStatus.LIVE else None

    def row(self, client_order_id: str) -> OrderRow | None:
        orders = self._view(OrdersView, Pane.ORDERS)
        rows = (*orders.live, *orders.done) if orders else ()
        return next((row for row in rows if row.client_order_id == client_order_id), None)

    def live_rows(self) -> tuple[OrderRow, ...]:
        orders = self._view(OrdersView, Pane.ORDERS)
        return orders.live if orders else ()

    def said(self, words: str) -> bool:
        return any(words in each.text for each in self.notices)

    # The exchange's own side

    def control(self, method: str, path: str, body: object = None) -> Any:
        """Call the practice exchange's control."""
        ready = self.child.last_ready
        assert ready is not None
        request = urllib.request.Request(
            ready.rest_url.replace("/trade-api/v2", f"/practice{path}"),
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=WAIT_S) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def truth(self) -> Any:
        """Return the exchange's truth about the workstation's account (the third)."""
        return list(self.control("GET", "/truth")["accounts"].values())[2]

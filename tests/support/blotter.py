"""An engine with the moves that tests of orders make again and again."""

from typing import Any

from kalshi_tui.core import commands as c
from kalshi_tui.core import effects as fx
from kalshi_tui.core import events as e
from kalshi_tui.core.engine import Engine
from kalshi_tui.core.environments import Mode
from kalshi_tui.core.orders import OrderState
from kalshi_tui.core.risk import Limits
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Price
from kalshi_tui.core.views import OrderRow, OrdersView, Pane, StatusView
from tests.support.facts import NOON_NS, SECOND, notices, ready_engine, report, terms

ROUND_TRIP_NS = 38_000_000


class Blotter:
    """Speaks to one engine and keeps what it asked for."""

    def __init__(self, *, limits: Limits | None = None, mode: Mode = Mode.CONFIRM) -> None:
        self.engine: Engine = ready_engine(mode=mode, limits=limits or free_limits())
        self.mono_ns = SECOND
        self.wall_ns = NOON_NS
        self.effects: list[fx.Effect] = []
        self.price = 3600

    def tell(self, item: e.Fact | c.Command) -> list[fx.Effect]:
        """Give one fact or command and return what comes of it."""
        found = self.engine.handle(item)
        self.effects += found
        return found

    def wait(self, nanoseconds: int, step_ns: int = SECOND) -> list[fx.Effect]:
        """Let time pass in steps, as the shell tells it."""
        found: list[fx.Effect] = []
        until_ns = self.mono_ns + nanoseconds
        while self.mono_ns < until_ns:
            step = min(step_ns, until_ns - self.mono_ns)
            self.mono_ns += step
            self.wall_ns += step
            found += self.tell(e.Tick(self.mono_ns, self.wall_ns))
        return found

    def place(self, key: str = "mine-1", **changes: Any) -> list[fx.Effect]:
        """Put an order to the engine; nothing is answered yet."""
        return self.tell(c.Place(key, terms(**changes)))

    def send(self, key: str = "mine-1", **changes: Any) -> None:
        """Place an order whose bytes have left."""
        self.place(key, **changes)
        self.tell(e.Sending(key, self.wall_ns))

    def rest(self, key: str = "mine-1", order_id: str = "order-1", **changes: Any) -> None:
        """Place an order that the exchange lets rest."""
        self.send(key, **changes)
        count = changes.get("count", Count(1000))
        self.tell(e.Acked(key, order_id, Count(0), count, None, self.now_ms, ROUND_TRIP_NS))

    def doubt(self, key: str = "mine-1", **changes: Any) -> None:
        """Place an order whose answer is lost."""
        self.send(key, **changes)
        self.tell(e.OutcomeUnknown(key, "read timeout"))

    def report(self, **changes: Any) -> list[fx.Effect]:
        """Let the exchange say something of an order, now."""
        return self.tell(report(**{"updated_ms": self.now_ms, **changes}))

    def gone(self, order_id: str, **changes: Any) -> list[fx.Effect]:
        """Let the exchange report an order as canceled."""
        return self.report(
            order_id=order_id,
            client_order_id=changes.pop("client_order_id", ""),
            status=e.ReportedStatus.CANCELED,
            remaining=Count(0),
            **changes,
        )

    @property
    def now_ms(self) -> int:
        return self.wall_ns // 1_000_000

    def rows(self) -> dict[str, OrderRow]:
        """Return all orders that the screen shows, by client order id."""
        view = self.engine.view((Pane.ORDERS, ""))
        assert isinstance(view, OrdersView)
        return {row.client_order_id: row for row in view.live + view.done}

    def row(self, key: str = "mine-1") -> OrderRow:
        return self.rows()[key]

    def state(self, key: str = "mine-1") -> OrderState:
        return self.row(key).state

    def status(self) -> StatusView:
        view = self.engine.view((Pane.STATUS, ""))
        assert isinstance(view, StatusView)
        return view

    def said(self) -> list[str]:
        """Return every notice so far."""
        return notices(self.effects)


def free_limits() -> Limits:
    """Return limits that stand in no test's way."""
    return Limits(orders_per_second=1_000, orders_per_minute=10_000)


def sent(effects: list[fx.Effect]) -> list[fx.Effect]:
    """Return what would leave for the exchange."""
    kinds = (
        fx.Submit,
        fx.SubmitBatch,
        fx.SendAmend,
        fx.SendDecrease,
        fx.SendCancel,
        fx.SendCancelBatch,
        fx.SendCancelAll,
        fx.MakeGroup,
        fx.TriggerGroup,
        fx.ResetGroup,
    )
    return [each for each in effects if isinstance(each, kinds)]


def ask_terms(**changes: Any) -> dict[str, Any]:
    """Return changes that make an ask well above the book."""
    return {"side": BookSide.ASK, "price": Price(4100), **changes}

"""One order over the trade screen: everything known of it, and what can be done. It follows it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from kalshi_tui.core.orders import CancelState, OrderState
from kalshi_tui.core.views import OrderRow, Pane, ViewKey
from kalshi_tui.ui.messages import toolkit_ns
from kalshi_tui.ui.paint.glyphs import Glyphs
from kalshi_tui.ui.paint.story import story
from kalshi_tui.ui.screens.modal import Prompt
from kalshi_tui.ui.store import Store

ABSENT = frozenset({OrderState.NOT_SENT, OrderState.PROVEN_ABSENT})
"""States that prove the exchange not to have the order: only these are sent again."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to do with an order."""

    name: str
    key: str
    words: str


LADDER = Choice("ladder", "l", "Show it on the ladder")
CANCEL = Choice("cancel", "x", "Cancel it")
EDIT = Choice("edit", "e", "Change it")
RESEND = Choice("resend", "s", "Send it again, same id, unchanged")
ABANDON = Choice("abandon", "b", "Stop waiting for it; it still counts")


def choices(row: OrderRow) -> list[Choice]:
    """Return what can be done with an order as it stands. The first one risks nothing."""
    found = [LADDER]
    if row.state in ABSENT and not row.external:
        found.append(RESEND)
    if row.state is OrderState.IN_DOUBT and not row.abandoned:
        found.append(ABANDON)
    if row.state is OrderState.RESTING and row.change is None and row.cancel is CancelState.NONE:
        found.append(EDIT)
    if row.state in (OrderState.RESTING, OrderState.IN_DOUBT, OrderState.SENDING):
        found.append(CANCEL)
    return found


class OrderPrompt(Prompt[str]):
    """Dismisses with the name of what is to be done, on Esc with None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,left,shift+tab", "move(-1)", show=False),
        Binding("down,right,tab", "move(1)", show=False),
        Binding("enter", "choose", show=False),
        *(
            Binding(each.key, f"pick('{each.name}')", show=False)
            for each in (LADDER, CANCEL, EDIT, RESEND, ABANDON)
        ),
    ]

    def __init__(
        self,
        row: OrderRow,
        store: Store,
        glyphs: Glyphs,
        zone: tzinfo | None,
        *,
        clock: Callable[[], int] = toolkit_ns,
    ) -> None:
        super().__init__(clock)
        self.row = row
        self.store = store
        self.zone = zone
        self.at = 0

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static("One order", classes="dialog-title", markup=False)
            yield Static(id="order-story", markup=False)
            yield Static(id="order-choices", markup=False)
            yield Static("Enter chooses, Esc leaves it.", classes="dialog-hint", markup=False)

    def on_mount(self) -> None:
        self._show()

    def follow(self, changed: frozenset[ViewKey]) -> None:
        if not changed & {(Pane.ORDERS, ""), (Pane.STATUS, "")}:
            return
        view = self.store.orders
        rows = (*view.live, *view.done) if view is not None else ()
        key = self.row.client_order_id
        chosen = choices(self.row)[self.at]
        self.row = next((row for row in rows if row.client_order_id == key), self.row)
        found = choices(self.row)
        # Another choice under the same Enter would not be the one that was read.
        self.at = found.index(chosen) if chosen in found else 0
        self._show()

    def _show(self) -> None:
        told = story(self.row, self.store.wall_ns, self.zone)
        self.query_one("#order-story", Static).update("\n".join(told))
        lines = [
            f"{'>' if at == self.at else ' '} {choice.key}  {choice.words}"
            for at, choice in enumerate(choices(self.row))
        ]
        self.query_one("#order-choices", Static).update("\n".join(lines))

    def action_move(self, step: int) -> None:
        self.at = (self.at + step) % len(choices(self.row))
        self._show()

    def action_pick(self, name: str) -> None:
        names = [each.name for each in choices(self.row)]
        if name in names:
            self.at = names.index(name)
            self._show()

    def action_choose(self) -> None:
        if self.is_answered():
            self.dismiss(choices(self.row)[self.at].name)

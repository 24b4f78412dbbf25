"""The prompt before leaving while orders are working. The default is to stay."""

from collections.abc import Callable
from enum import Enum
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from kalshi_tui.core.views import Pane, ViewKey
from kalshi_tui.ui.messages import toolkit_ns
from kalshi_tui.ui.screens.modal import Prompt
from kalshi_tui.ui.store import Store


class Leave(Enum):
    """How to leave."""

    STAY = "Stay"
    KEEP = "Keep them and quit"
    CANCEL = "Cancel them all, then quit"


_CHOICES = tuple(Leave)


class QuitPrompt(Prompt[bool]):
    """Dismisses with True to quit. Canceling first waits until nothing is working."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,left,shift+tab", "move(-1)", show=False),
        Binding("down,right,tab", "move(1)", show=False),
        Binding("enter", "choose", show=False),
        Binding("k", "pick(1)", show=False),
        Binding("c", "pick(2)", show=False),
        Binding("s", "pick(0)", show=False),
    ]

    def __init__(
        self,
        store: Store,
        cancel_all: Callable[[], None],
        *,
        clock: Callable[[], int] = toolkit_ns,
    ) -> None:
        super().__init__(clock)
        self.store = store
        self.at = 0
        self.is_canceling = False
        self._cancel_all = cancel_all

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(id="quit-title", classes="dialog-title", markup=False)
            yield Static(
                "Quitting cancels nothing: what works now keeps working at the exchange.",
                markup=False,
            )
            yield Static(id="quit-choices", markup=False)
            yield Static("Enter chooses, Esc stays.", classes="dialog-hint", markup=False)

    def on_mount(self) -> None:
        self._show()

    def follow(self, changed: frozenset[ViewKey]) -> None:
        if (Pane.ORDERS, "") not in changed:
            return
        self._show()
        if self.is_canceling and not self.store.live_orders:
            self.dismiss(True)

    def _show(self) -> None:
        count = len(self.store.live_orders)
        orders = f"{count} order{'' if count == 1 else 's'}"
        title = f"Canceling {orders} ..." if self.is_canceling else f"{orders} working"
        self.query_one("#quit-title", Static).update(title)
        lines = [
            f"{'>' if at == self.at else ' '} {choice.value[0].lower()}  {choice.value}"
            for at, choice in enumerate(_CHOICES)
        ]
        self.query_one("#quit-choices", Static).update("\n".join(lines))

    def action_move(self, step: int) -> None:
        self.at = (self.at + step) % len(_CHOICES)
        self._show()

    def action_pick(self, at: int) -> None:
        self.at = at
        self._show()

    def action_choose(self) -> None:
        if not self.is_answered():
            return
        choice = _CHOICES[self.at]
        if choice is Leave.STAY:
            self.dismiss(None)
        elif choice is Leave.KEEP or not self.store.live_orders:
            self.dismiss(True)
        elif not self.is_canceling:
            self.is_canceling = True
            self._cancel_all()
            self._show()

"""The help: every key that works, made from the action table, with why some do nothing now."""

from collections.abc import Callable, Iterator
from textwrap import wrap
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from kalshi_tui.ui.actions import ACTIONS, RISK_WORDS, Action, Scope
from kalshi_tui.ui.keymap import Keymap
from kalshi_tui.ui.screens.modal import Prompt
from kalshi_tui.ui.widgets.field import TextField

_WIDEST, _NARROWEST = 200, 20
WhyNot = Callable[[str], str]
_OWN_KEYS = Keymap()

_SECTIONS = {
    Scope.TRADE: "Trade screen",
    Scope.APP: "Everywhere",
    Scope.TICKET: "In the order ticket",
}


def matches(action: Action, query: str, keymap: Keymap = _OWN_KEYS) -> bool:
    """True when every word of the query is in the action's keys, title or help."""
    text = f"{keymap.text(action)} {action.title} {action.help}".lower()
    return all(word in text for word in query.lower().split())


def help_lines(
    query: str, why_not: WhyNot, width: int = _WIDEST, keymap: Keymap = _OWN_KEYS
) -> Iterator[Content]:
    """Yield the help as lines: keys, risk letter, title, and what it does or why it does not.

    Long sentences go on below their own beginning.
    """
    for scope, title in _SECTIONS.items():
        in_scope = [each for each in ACTIONS if each.scope is scope]
        found = [each for each in in_scope if matches(each, query, keymap)]
        if not found:
            continue
        yield Content.styled(title, "bold")
        for action in found:
            reason = why_not(action.id)
            keys = f"{keymap.text(action):<14} {action.risk.value} "
            words = f"NOT NOW: {reason}" if reason else action.help
            first, *more = wrap(f"{action.title}. {words}", max(width - len(keys), _NARROWEST))
            style = "dim" if reason else ""
            yield Content.assemble((keys, "bold"), (first, style))
            for line in more:
                yield Content.assemble((" " * len(keys) + line, style))


class HelpScreen(Prompt[None]):
    """Typing filters, Esc leaves."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll(-1)", show=False),
        Binding("down", "scroll(1)", show=False),
        Binding("pageup", "scroll(-15)", show=False),
        Binding("pagedown", "scroll(15)", show=False),
        Binding("f1,enter", "leave", show=False),
    ]

    def __init__(self, why_not: WhyNot, keymap: Keymap = _OWN_KEYS) -> None:
        super().__init__()
        self._why_not = why_not
        self._keymap = keymap

    def compose(self) -> ComposeResult:
        legend = "  ".join(f"{risk.value} {words}" for risk, words in RISK_WORDS.items())
        with Vertical(classes="dialog", id="help"):
            yield TextField("type to filter")
            yield Static(legend, classes="dialog-hint", id="help-legend", markup=False)
            with VerticalScroll(id="help-scroll", can_focus=False):
                yield Static(id="help-text", markup=False)
            yield Static("Up Down scroll, Esc leaves.", classes="dialog-hint", markup=False)

    def on_mount(self) -> None:
        self.set_focus(self.query_one(TextField))
        self._show()

    def on_input_changed(self) -> None:
        self._show()

    def on_resize(self) -> None:
        self.call_after_refresh(self._show)

    def _show(self) -> None:
        width = self.query_one("#help-scroll").scrollable_content_region.width
        query = self.query_one(TextField).value
        lines = list(help_lines(query, self._why_not, width or _WIDEST, self._keymap))
        text = Content("\n").join(lines) if lines else Content("No key does that.")
        self.query_one("#help-text", Static).update(text)
        self.query_one("#help-scroll").scroll_home(animate=False)

    def action_scroll(self, lines: int) -> None:
        self.query_one("#help-scroll").scroll_relative(y=lines, animate=False)

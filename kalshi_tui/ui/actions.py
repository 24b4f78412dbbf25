"""The one table of everything a key can do: id, keys, scope, risk, title and help.

Bindings, the help screen, the key hints and the command palette are made from it. Owns no
behaviour: the action named here is a method of the app, a screen or a widget.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from textual.binding import Binding


class Scope(Enum):
    """Where a key works."""

    APP = "everywhere"
    TRADE = "trade screen"
    TICKET = "order ticket"
    ORDERS = "orders pane"


class Risk(Enum):
    """What a key can do to the account; the letter stands in the help."""

    VIEW = "V"
    STATE = "S"
    REDUCE = "X"
    OPEN = "O"
    TAKE = "T"
    KILL = "K"


RISK_WORDS = {
    Risk.VIEW: "looks only",
    Risk.STATE: "changes a setting",
    Risk.REDUCE: "reduces risk, never asks",
    Risk.OPEN: "opens risk",
    Risk.TAKE: "takes liquidity",
    Risk.KILL: "stops everything",
}


@dataclass(frozen=True, slots=True)
class Action:
    """One thing the user can do."""

    id: str
    """Stable name, `area.verb`; what a keymap of the settings refers to."""
    keys: tuple[str, ...]
    """Default keys in Textual's spelling, or as the character itself; none where it is only said
    on the command line."""
    scope: Scope
    risk: Risk
    title: str
    help: str
    call: str
    """The Textual action; `{key}` stands for the key that was pressed."""
    priority: bool = False
    """Works in inputs and modal screens too."""
    is_listed: bool = True
    """Offered by the command palette."""
    shown: str = ""
    """The keys as the help writes them, where that is not the keys themselves."""


def _app(id_: str, keys: str, title: str, help_: str, call: str, **more: object) -> Action:
    return _make(Scope.APP, id_, keys, title, help_, call, **more)


def _trade(id_: str, keys: str, title: str, help_: str, call: str, **more: object) -> Action:
    return _make(Scope.TRADE, id_, keys, title, help_, call, **more)


def _ticket(id_: str, keys: str, title: str, help_: str, call: str, **more: object) -> Action:
    return _make(Scope.TICKET, id_, keys, title, help_, call, is_listed=False, **more)


def _make(
    scope: Scope, id_: str, keys: str, title: str, help_: str, call: str, **more: object
) -> Action:
    risk = more.pop("risk", Risk.VIEW)
    assert isinstance(risk, Risk)
    return Action(id_, tuple(keys.split()), scope, risk, title, help_, call, **more)  # type: ignore[arg-type]


_DIGITS = "0 1 2 3 4 5 6 7 8 9 ."

# fmt: off
ACTIONS: tuple[Action, ...] = (
    # Everywhere.
    _app("app.kill", "f9", "KILL", "Stop sending, drop to VIEW, cancel every order. Never asks.",
         "kill", risk=Risk.KILL, priority=True),
    _app("app.quit", "ctrl+q", "Quit", "Leave; asks first while orders are working.", "quit_ask",
         risk=Risk.STATE, priority=True),
    _app("app.how_to_quit", "ctrl+c", "How to quit", "Copies a selection; never quits.",
         "how_to_quit", is_listed=False),
    _app("app.palette", "ctrl+p", "Command palette", "Every action with its key.",
         "command_palette", priority=True, is_listed=False),
    _app("app.theme", "ctrl+t", "Next theme", "Seven are shipped, more may be yours.",
         "next_theme", risk=Risk.STATE),
    # Orders at the cursor and at the touch.
    _trade("order.buy", "b", "Buy at the cursor",
         "BUY the pending size at the cursor row, or at @price.", "verb('b')", risk=Risk.OPEN),
    _trade("order.sell", "s", "Sell at the cursor",
         "SELL the pending size at the cursor row, or at @price.", "verb('s')", risk=Risk.OPEN),
    _trade("order.join_bid", "B", "Join the best bid",
         "BUY at the best bid, post-only. Never reads the cursor.", "verb('B')", risk=Risk.OPEN),
    _trade("order.join_ask", "S", "Join the best ask",
         "SELL at the best ask, post-only. Never reads the cursor.", "verb('S')", risk=Risk.OPEN),
    _trade("order.lift", "L", "Lift the best ask", "BUY now at the best ask, IOC, never beyond it.",
         "verb('L')", risk=Risk.TAKE),
    _trade("order.hit", "H", "Hit the best bid", "SELL now at the best bid, IOC, never beyond it.",
         "verb('H')", risk=Risk.TAKE),
    _trade("order.send", "enter", "Send what the strip says",
         "Sends once. Does nothing while the strip is empty.", "enter", risk=Risk.OPEN,
         is_listed=False),
    _trade("order.escape", "escape", "Back",
         "Clears the pending size, then the strip, then leaves the pane. Never trades or cancels.",
         "escape", is_listed=False),
    _trade("order.flatten", "F", "Flatten this market",
         "Cancel all here, wait for the answers, close the position with one reduce-only IOC within"
         " the collar. Strip and Enter; in VIEW and after KILL too.", "flatten", risk=Risk.TAKE),
    _trade("order.reverse", "R", "Reverse this position",
         "Flatten, then the same size on the other side. Strip and Enter.", "reverse",
         risk=Risk.TAKE),
    _trade("order.edit", "e", "Edit my order",
         "Digits say what should remain, arrows or @ the price; the strip says whether the queue is"
         " kept.", "revise('EDIT')", risk=Risk.OPEN),
    _trade("order.move", "m", "Move my order",
         "Pick it up, carry it with the arrows, Enter drops it, Esc returns.", "revise('MOVE')",
         risk=Risk.OPEN),
    _trade("order.menu", "", "Order menu",
         "Everything known of the order at the cursor; Enter on an order IN DOUBT opens it too:"
         " send again, stop waiting, cancel.", "order_menu", shown=":order"),
    _trade("order.ticket", "t f3", "Order ticket",
         "Edit outcome, side, price, size, time in force and post-only.", "ticket"),
    # Cancels: always work, never ask.
    _trade("cancel.cursor", "x", "Cancel at the cursor", "Cancel my orders at the cursor row.",
         "cancel_cursor", risk=Risk.REDUCE),
    _trade("cancel.last", "u", "Cancel the last order", "Cancel what I placed last.", "cancel_last",
         risk=Risk.REDUCE),
    _trade("cancel.market", "X", "Cancel all here", "Cancel all my orders in this market.",
         "cancel_market", risk=Risk.REDUCE),
    _trade("cancel.bids", "<", "Cancel my left column", "Cancel all my bids here.",
         "cancel_side('left')", risk=Risk.REDUCE),
    _trade("cancel.asks", ">", "Cancel my right column", "Cancel all my asks here.",
         "cancel_side('right')", risk=Risk.REDUCE),
    # Size, price and order defaults.
    _trade("size.type", f"{_DIGITS} $ % @", "Size and price",
         "Type before a verb: 10, 2.5, $50, 50%, 25@34. Forgotten after 3 s.", "type({key})",
         risk=Risk.STATE, is_listed=False, shown="0-9 . $ % @"),
    _trade("size.erase", "backspace", "Erase", "Take back the last key of the size.", "erase",
         risk=Risk.STATE, is_listed=False),
    _trade("size.smaller", "-", "Smaller preset", "Previous size preset.", "preset(-1)",
         risk=Risk.STATE),
    _trade("size.larger", "=", "Larger preset", "Next size preset.", "preset(1)", risk=Risk.STATE),
    _trade("order.post_only", "p", "Post-only, next order",
         "Flip post-only for the next order, or on the strip.", "post_only", risk=Risk.STATE),
    _trade("order.post_only_sticky", "P", "Post-only, every order",
         "Flip post-only until you flip it back.", "post_only_sticky", risk=Risk.STATE),
    _trade("arm.up", "A", "Arm", "One level up, with a prompt: VIEW, CONFIRM, ONE-KEY.", "arm_up",
         risk=Risk.STATE),
    _trade("arm.down", "a", "Disarm", "Drop to VIEW at once.", "arm_down", risk=Risk.STATE),
    _trade("deadman.on", "", "Dead-man's switch on",
         "Orders that rest die 90 s after this program does, and keep their place until then.",
         "dead_man('on')", risk=Risk.STATE, shown=":deadman on"),
    _trade("deadman.off", "", "Dead-man's switch off", "Takes those expiries away again.",
         "dead_man('off')", risk=Risk.STATE, shown=":deadman off"),
    # Cursor.
    _trade("cursor.up", "up k", "Up one tick", "Cursor up one tick.", "cursor(1)", is_listed=False),
    _trade("cursor.down", "down j", "Down one tick", "Cursor down one tick.", "cursor(-1)",
         is_listed=False),
    _trade("cursor.up_ten", "shift+up K", "Up ten ticks", "Cursor up ten ticks.", "cursor(10)",
         is_listed=False),
    _trade("cursor.down_ten", "shift+down J", "Down ten ticks", "Cursor down ten ticks.",
         "cursor(-10)", is_listed=False),
    _trade("cursor.page_up", "pageup", "Page up", "Cursor up one page.", "cursor_page(1)",
         is_listed=False),
    _trade("cursor.page_down", "pagedown", "Page down", "Cursor down one page.", "cursor_page(-1)",
         is_listed=False),
    _trade("cursor.bid", "left", "Cursor to the left column's best", "Cursor to the best bid.",
         "cursor_touch('left')"),
    _trade("cursor.ask", "right", "Cursor to the right column's best", "Cursor to the best ask.",
         "cursor_touch('right')"),
    _trade("cursor.go", "g", "Go to a price",
         "37g puts the cursor on 37c; g alone on the last traded price.", "go"),
    _trade("cursor.center", "space", "Centre the ladder",
         "Centre on the middle; the cursor keeps its price.", "center"),
    _trade("cursor.next_own", "o", "Next own order", "Works off screen too.", "own(1)"),
    _trade("cursor.previous_own", "O", "Previous own order", "Works off screen too.", "own(-1)"),
    # View.
    _trade("view.outcome", "v", "YES or NO view", "Prices complement and the columns swap.",
         "flip"),
    _trade("view.find", "/", "Find a market", "By ticker or title, with live prices.", "find"),
    _trade("view.command", ":", "Command line", "The same verbs in words: buy 10 yes 36.",
         "command"),
    _trade("view.feed", "", "Feed panel",
         "Sequence numbers, gaps, repairs, message age, audits, differences.", "feed",
         shown=":feed"),
    _trade("view.environment", "", "Another exchange",
         "practice, demo or prod: opens its key, closes this session, and says where you are.",
         "environment", shown=":env demo"),
    _trade("view.keys", "", "Keys", "Choose or add the key of an environment.", "keys",
         shown=":keys demo"),
    _trade("view.limits", "", "Limits",
         "Your caps and what is used of them, the exchange's budget, and what holds orders back.",
         "limits", shown=":limits"),
    _trade("view.help", "? f1", "Help", "Every key that works now; type to filter.", "help"),
    _trade("pane.ladder", "f2", "Ladder", "Focus the ladder.", "pane('ladder')"),
    _trade("pane.orders", "f4", "Orders", "Focus my orders.", "pane('orders')"),
    _trade("pane.positions", "f5", "Positions", "Focus my positions.", "pane('positions')"),
    _trade("pane.tape", "f6", "Fills and tape", "Focus my fills, then the tape.", "pane('tape')"),
    _trade("pane.board", "f7", "Markets", "Focus the board, or find a market where it has no room.",
         "pane('board')"),
    _trade("pane.log", "f8", "Log", "Read what happened, newest first.", "log"),
    # The ticket's own keys, while it has the focus.
    _ticket("ticket.next", "tab", "Next field", "Next field of the ticket.", "field(1)"),
    _ticket("ticket.previous", "shift+tab", "Previous field", "Previous field of the ticket.",
         "field(-1)"),
    _ticket("ticket.more", "up right", "More",
         "One tick or one contract up; the other choice of a switch.", "adjust(1)",
         risk=Risk.STATE),
    _ticket("ticket.less", "down left", "Less",
         "One tick or one contract down; the other choice of a switch.", "adjust(-1)",
         risk=Risk.STATE),
    _ticket("ticket.more_ten", "shift+up", "Ten more", "Ten ticks or contracts up.", "adjust(10)",
         risk=Risk.STATE),
    _ticket("ticket.less_ten", "shift+down", "Ten less", "Ten ticks or contracts down.",
         "adjust(-10)", risk=Risk.STATE),
    _ticket("ticket.type", f"{_DIGITS} $ %", "Type a number",
         "Into the price or size field; elsewhere digits go to the size.", "type({key})",
         risk=Risk.STATE, shown="0-9 . $ %"),
    _ticket("ticket.erase", "backspace", "Erase", "Take back the last key.", "erase",
         risk=Risk.STATE),
    _ticket("ticket.outcome", "v", "YES or NO",
         "Flip the outcome; the price keeps its row of the book.", "flip", risk=Risk.STATE),
    _ticket("ticket.buy", "b", "Buy", "Make it a BUY.", "side('buy')", risk=Risk.STATE),
    _ticket("ticket.sell", "s", "Sell", "Make it a SELL.", "side('sell')", risk=Risk.STATE),
    _ticket("ticket.post_only", "p", "Post-only", "Flip post-only.", "post_only", risk=Risk.STATE),
    _ticket("ticket.smaller", "-", "Smaller preset", "Previous size preset.", "preset(-1)",
         risk=Risk.STATE),
    _ticket("ticket.larger", "=", "Larger preset", "Next size preset.", "preset(1)",
         risk=Risk.STATE),
)
# fmt: on

_NAMES = {
    "question_mark": "?",
    "full_stop": ".",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "escape": "Esc",
    "enter": "Enter",
    "space": "Space",
    "backspace": "Backspace",
    "up": "Up",
    "down": "Down",
    "left": "Left",
    "right": "Right",
    "tab": "Tab",
}


def key_text(key: str) -> str:
    """Return one key as the help and the hints write it."""
    if key in _NAMES:
        return _NAMES[key]
    head, plus, tail = key.rpartition("+")
    if plus:
        return f"{head.capitalize()}+{_NAMES.get(tail, tail)}"
    return key.upper() if len(key) > 1 and key[0] == "f" and key[1:].isdigit() else key


def keys_text(action: Action) -> str:
    """Return an action's keys as the help writes them."""
    return action.shown or " ".join(key_text(key) for key in action.keys)


def in_scope(scope: Scope) -> Iterator[Action]:
    """Yield the actions of one scope in the table's order."""
    return (action for action in ACTIONS if action.scope is scope)


def bindings(scope: Scope) -> list[Binding]:
    """Return the Textual bindings of one scope; each carries the action's id."""
    return [binding for action in in_scope(scope) for binding in _bindings_of(action)]


def _bindings_of(action: Action) -> Iterator[Binding]:
    if action.keys and "{key}" not in action.call:
        yield Binding(
            ",".join(action.keys),
            action.call,
            action.title,
            show=False,
            priority=action.priority,
            id=action.id,
        )
        return
    for key in action.keys:
        yield Binding(
            key, action.call.replace("{key}", repr(key)), action.title, show=False, id=action.id
        )


def handler_name(action: Action) -> str:
    """Return the method that has to exist for an action: `action_<name>`."""
    return f"action_{action.call.partition('(')[0].rpartition('.')[2]}"

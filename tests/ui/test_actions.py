"""The action table: one meaning for a key in a scope, a handler for every action."""

from collections import Counter

import pytest

from kalshi_tui.ui.actions import (
    ACTIONS,
    Action,
    Risk,
    Scope,
    bindings,
    handler_name,
    in_scope,
    key_text,
    keys_text,
)
from kalshi_tui.ui.app import Workstation
from kalshi_tui.ui.screens.trade import TradeScreen
from kalshi_tui.ui.widgets.ticket import Ticket

HANDLERS = {Scope.APP: Workstation, Scope.TRADE: TradeScreen, Scope.TICKET: Ticket}
FREE_ON_PURPOSE = "dfhlqr"


@pytest.mark.parametrize("scope", [scope for scope in Scope if any(in_scope(scope))])
def test_no_key_means_two_things_in_one_scope(scope: Scope) -> None:
    keys = Counter(key for action in in_scope(scope) for key in action.keys)
    assert [key for key, uses in keys.items() if uses > 1] == []


def test_a_priority_key_means_nothing_else_anywhere() -> None:
    priority = {key for action in ACTIONS if action.priority for key in action.keys}
    others = {key for action in ACTIONS if not action.priority for key in action.keys}
    assert priority & others == set()


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_every_action_has_a_handler(action: Action) -> None:
    assert callable(getattr(HANDLERS[action.scope], handler_name(action), None))


def test_ids_are_unique_and_every_binding_carries_one() -> None:
    ids = [action.id for action in ACTIONS]
    assert len(ids) == len(set(ids))
    assert all(binding.id in ids for scope in Scope for binding in bindings(scope))


def test_KILL_has_priority_and_nothing_else_kills() -> None:
    (kill,) = [action for action in ACTIONS if action.risk is Risk.KILL]
    assert kill.keys == ("f9",)
    assert kill.priority


def test_a_slipped_shift_never_turns_a_view_key_into_a_trade() -> None:
    trade = {key: action for action in in_scope(Scope.TRADE) for key in action.keys}
    for key, action in trade.items():
        if len(key) == 1 and key.isupper() and action.risk in (Risk.OPEN, Risk.TAKE):
            twin = trade.get(key.lower())
            assert twin is None or twin.risk is Risk.OPEN


def test_keys_left_free_on_purpose_stay_free() -> None:
    used = {key for action in in_scope(Scope.TRADE) for key in action.keys}
    assert used.isdisjoint(FREE_ON_PURPOSE)


def test_no_trade_key_needs_alt_and_no_ctrl_letter_trades() -> None:
    for action in ACTIONS:
        assert not any("alt+" in key for key in action.keys)
        if action.risk in (Risk.OPEN, Risk.TAKE):
            assert not any("ctrl+" in key for key in action.keys)


@pytest.mark.parametrize(
    ("key", "text"),
    [("f9", "F9"), ("shift+up", "Shift+Up"), ("ctrl+q", "Ctrl+q"), ("B", "B"), ("escape", "Esc")],
)
def test_keys_are_written_as_on_the_keyboard(key: str, text: str) -> None:
    assert key_text(key) == text


def test_the_digits_are_written_as_a_range() -> None:
    (typing,) = [action for action in ACTIONS if action.id == "size.type"]
    assert keys_text(typing) == "0-9 . $ % @"

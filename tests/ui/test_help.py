"""The help: every key of the table, filterable, with why a key does nothing now."""

import pytest
from textual.widgets import Input

from kalshi_tui.core.environments import Mode
from kalshi_tui.core.views import Pane
from kalshi_tui.ui.actions import ACTIONS, keys_text
from kalshi_tui.ui.screens.help import HelpScreen, help_lines, matches
from tests.support.desk import ScriptedDesk, scene, status
from tests.support.workstation import seated


def text(query: str = "", reason: str = "") -> str:
    return "\n".join(line.plain for line in help_lines(query, lambda _: reason))


def test_every_action_is_in_the_help_with_its_keys() -> None:
    shown = text()
    for action in ACTIONS:
        assert f"{keys_text(action):<14} {action.risk.value} {action.title}." in shown


@pytest.mark.parametrize(
    ("query", "keys"),
    [("cancel all", "X"), ("kill", "F9"), ("disarm", "a"), ("yes or no", "v")],
)
def test_a_new_user_finds_the_key_by_typing_a_word(query: str, keys: str) -> None:
    found = [keys_text(action) for action in ACTIONS if matches(action, query)]
    assert keys in found
    assert len(found) <= 4


def test_what_does_nothing_now_says_why() -> None:
    assert "NOT NOW: The book is STALE." in text("lift", "The book is STALE.")


async def test_typing_filters_and_esc_leaves() -> None:
    async with seated() as seat:
        await seat.press("question_mark", *"kill")
        assert seat.app.screen.query_one(Input).value == "kill"
        assert isinstance(seat.app.screen, HelpScreen)
        await seat.press("escape")
        assert len(seat.app.screen_stack) == 1
        assert seat.desk.asked == []


async def test_in_VIEW_the_order_keys_give_the_reason() -> None:
    views = {**scene(), (Pane.STATUS, ""): status(mode=Mode.VIEW)}
    async with seated(ScriptedDesk(views)) as seat:
        assert "press A" in seat.app.trade.why_not("order.buy")
        assert seat.app.trade.why_not("cancel.market") == ""
        assert seat.app.trade.why_not("order.send") == "Nothing is armed."

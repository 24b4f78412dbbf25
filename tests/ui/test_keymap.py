"""Keys of the user's own: what can be chosen, what collides, and that the safe keys stay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.ui.actions import ACTIONS, Risk
from kalshi_tui.ui.keymap import FIXED, Keymap, read
from tests.support.workstation import seated

BY_ID = {action.id: action for action in ACTIONS}
IDS = sorted(BY_ID)
KEYS = [
    *"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0129.?/,;",
    "f3",
    "f9",
    "f12",
    "ctrl+f",
]


def chosen(*choices: tuple[str, str]) -> tuple[Keymap, tuple[str, ...]]:
    return read([(id_, tuple(keys.split())) for id_, keys in choices])


def test_without_choices_the_table_holds() -> None:
    keymap, said = read(())
    assert said == ()
    assert keymap.for_textual() == {}
    assert all(keymap.keys(action) == action.keys for action in ACTIONS)


def test_a_choice_is_bound_and_written() -> None:
    keymap, said = chosen(("view.find", "w f12"), ("cursor.center", ","))
    assert said == ()
    assert keymap.text(BY_ID["view.find"]) == "w F12"
    assert keymap.first("view.find") == "w"
    assert keymap.for_textual() == {"view.find": "w,f12", "cursor.center": "comma"}


def test_two_actions_may_swap_their_keys() -> None:
    keymap, said = chosen(("order.buy", "s"), ("order.sell", "b"))
    assert said == ()
    assert keymap.keys(BY_ID["order.buy"]) == ("s",)


def test_every_fixed_action_exists() -> None:
    assert set(IDS) >= FIXED


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ((("view.fnd", "w"),), "did you mean view.find?"),
        ((("nonsense", "w"),), "settings keys"),
        ((("app.kill", "f10"),), "cannot be changed (F9)"),
        ((("order.send", "y"),), "cannot be changed (Enter)"),
        ((("view.feed", "w"),), "said on the command line (:feed)"),
        ((("view.find", "foo"),), "is no key"),
        ((("view.find", "hyper+f"),), "is no key"),
        ((("view.find", ""),), "at least one key"),
        ((("view.find", "a,b"),), "is no key"),
        ((("view.find", "ctrl+m"),), "another key in a terminal"),
        ((("app.quit", "z"),), "typed in text fields"),
        ((("order.buy", "f12"),), "no key to trade with"),
        ((("order.lift", "ctrl+l"),), "no key to trade with"),
        ((("view.find", "x"),), "x is claimed by cancel.cursor and by view.find"),
        ((("view.find", "f9"),), "F9 is claimed by app.kill and by view.find"),
        ((("ticket.next", "enter"),), "Enter is claimed by order.send and by ticket.next"),
        ((("view.find", "d"), ("cursor.go", "d")), "d is claimed by cursor.go and by view.find"),
        ((("order.hit", "V"),), "a slipped Shift turns v of view.outcome into V of order.hit"),
        ((("view.find", "l"),), "a slipped Shift turns l of view.find into L of order.lift"),
    ],
)
def test_a_choice_that_cannot_be_used_is_named_and_the_others_apply(
    choices: tuple[tuple[str, str], ...], words: str
) -> None:
    keymap, said = chosen(("cursor.next_own", "n"), *((id_, keys) for id_, keys in choices))
    assert keymap.for_textual() == {"cursor.next_own": "n"}
    assert len(said) == 1
    assert words in said[0]
    assert "\n" not in said[0]


@given(
    st.dictionaries(
        st.sampled_from(IDS), st.lists(st.sampled_from(KEYS), min_size=1, max_size=2), max_size=6
    )
)
def test_no_choice_makes_a_key_mean_two_things_or_takes_a_safe_one(
    choices: dict[str, list[str]],
) -> None:
    keymap, said = read([(id_, tuple(keys)) for id_, keys in choices.items()])
    keys = {action.id: set(keymap.keys(action)) for action in ACTIONS}
    assert all(keys[id_] == set(BY_ID[id_].keys) for id_ in FIXED)
    for action in ACTIONS:
        for other in ACTIONS:
            if action.id < other.id and action.scope is other.scope:
                assert not keys[action.id] & keys[other.id]
        if action.risk in (Risk.OPEN, Risk.TAKE) and action.id not in FIXED:
            assert all(len(key) == 1 for key in keys[action.id])
    assert not any("f9" in keys[id_] for id_ in IDS if id_ != "app.kill")
    assert len(keymap.chosen) == len(choices) or said


async def test_a_chosen_key_works_and_the_old_one_does_not() -> None:
    async with seated(keys=(("order.buy", ("n",)), ("view.outcome", ("w", "d")))) as seat:
        await seat.slowly("1", "n")
        assert "BUY 1 " in seat.strip
        await seat.press("escape")
        outcome = seat.app.trade.trader.outcome
        await seat.press("w")
        assert seat.app.trade.trader.outcome is not outcome
        await seat.press("d")
        assert seat.app.trade.trader.outcome is outcome
        await seat.press("v", "b")
        assert seat.app.trade.trader.outcome is outcome
        assert seat.desk.placed == []


async def test_a_chosen_key_is_typed_into_text_fields_all_the_same() -> None:
    async with seated(keys=(("pane.orders", ("n",)),)) as seat:
        await seat.press("slash", "n", "o")
        from textual.widgets import Input

        assert seat.app.screen.query_one(Input).value == "no"


async def test_hints_help_and_palette_write_the_chosen_keys() -> None:
    async with seated(keys=(("order.buy", ("n",)), ("view.help", ("f12",)))) as seat:
        assert seat.line("hints").startswith("n s B S L H order")
        assert "F12 help" in seat.line("hints")
        titles = {each.title for each in seat.app.get_system_commands(seat.app.screen)}
        assert "Buy at the cursor (n)" in titles
        await seat.press("f12")
        from textual.widgets import Static

        shown = str(seat.app.screen.query_one("#help-text", Static).content)
        assert "n              O Buy at the cursor" in shown


async def test_what_is_wrong_with_the_keys_is_told_at_the_start() -> None:
    async with seated(keys=(("order.buy", ("x",)),)) as seat:
        assert "x is claimed by order.buy and by cancel.cursor" in seat.log

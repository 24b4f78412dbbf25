"""The mode goes up only by hand and one level at a time, and down by itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.core.arming import IDLE_NS, Arming, Fall
from kalshi_tui.core.environments import Mode

VIEW, CONFIRM, ONE_KEY = Mode.VIEW, Mode.CONFIRM, Mode.ONE_KEY
RANK = {VIEW: 0, CONFIRM: 1, ONE_KEY: 2}


def at(mode: Mode, *, word: str = "", now_ns: int = 0) -> Arming:
    arming = Arming(VIEW if word else CONFIRM, word)
    for each in (CONFIRM, ONE_KEY)[: RANK[mode]]:
        assert not arming.ask(each, word, now_ns).refusal
    arming.mode = mode
    return arming


def test_FK17_with_a_word_every_session_begins_in_view() -> None:
    assert Arming(CONFIRM, "PROD").mode is VIEW
    assert Arming(ONE_KEY, "PROD").mode is VIEW
    assert Arming(CONFIRM).mode is CONFIRM


@pytest.mark.parametrize("typed", ["", "prod", "PRODD", "PRO", "DEMO", "P R O D"])
def test_only_the_word_itself_leaves_view(typed: str) -> None:
    arming = Arming(VIEW, "PROD")
    assert "Type PROD" in arming.ask(CONFIRM, typed, 0).refusal
    assert arming.mode is VIEW
    assert arming.ask(CONFIRM, " PROD ", 0).mode is CONFIRM


def test_without_a_word_view_is_left_by_asking() -> None:
    arming = Arming(VIEW)
    assert arming.ask(CONFIRM, "", 0).mode is CONFIRM


@pytest.mark.parametrize("word", ["", "PROD"])
def test_one_key_is_armed_from_confirm_alone(word: str) -> None:
    arming = Arming(VIEW, word)
    assert "from CONFIRM" in arming.ask(ONE_KEY, word, 0).refusal
    assert arming.mode is VIEW
    arming.ask(CONFIRM, word, 0)
    assert arming.ask(ONE_KEY, "", 0).mode is ONE_KEY


def test_going_down_is_never_refused() -> None:
    for mode in (CONFIRM, VIEW):
        arming = at(ONE_KEY, word="PROD")
        assert arming.ask(mode, "", 0).refusal == ""
        assert arming.mode is mode


def test_one_key_falls_back_after_five_minutes_without_a_command() -> None:
    arming = at(ONE_KEY, now_ns=7)
    assert not arming.idle(7 + IDLE_NS - 1)
    assert arming.idle(7 + IDLE_NS)
    assert arming.idle_left_ns(7 + IDLE_NS - 1) == 1
    assert arming.idle_left_ns(7 + 2 * IDLE_NS) == 0
    arming.acted(8)
    assert not arming.idle(7 + IDLE_NS)
    assert arming.fall(Fall.IDLE)
    assert arming.mode is CONFIRM
    assert not arming.idle(10 * IDLE_NS)
    assert arming.idle_left_ns(9) is None


@pytest.mark.parametrize("why", list(Fall))
def test_what_takes_the_mode_back_and_how_far(why: Fall) -> None:
    to_view = why in (Fall.KILLED, Fall.DAY_STOP, Fall.ACCOUNT)
    arming = at(ONE_KEY)
    assert arming.fall(why)
    assert arming.mode is (VIEW if to_view else CONFIRM)
    assert at(CONFIRM).fall(why) is to_view
    assert not at(VIEW).fall(why)


def test_TC10_asleep_production_falls_to_view() -> None:
    arming = at(CONFIRM, word="PROD")
    assert arming.fall(Fall.SLEPT)
    assert arming.mode is VIEW


@given(st.sampled_from(["", "PROD"]), st.lists(st.sampled_from(list(Fall)), max_size=6))
def test_nothing_but_asking_ever_raises_a_mode(word: str, falls: list[Fall]) -> None:
    arming = at(ONE_KEY, word=word)
    for why in falls:
        before = arming.mode
        changed = arming.fall(why)
        assert RANK[arming.mode] <= RANK[before]
        assert changed is (arming.mode is not before)

"""The order's life-cycle table."""

import pytest

from kalshi_tui.core.orders import (
    BREACHED,
    CANCELS,
    LIVE,
    REQUESTS,
    TERMINAL,
    TRANSITIONS,
    CancelEvent,
    CancelState,
    IllegalTransitionError,
    OrderEvent,
    OrderState,
    RequestEvent,
    RequestState,
    advance,
)

S, E = OrderState, OrderEvent


def test_every_pair_either_stands_in_the_table_or_raises() -> None:
    for state in S:
        for event in E:
            if (state, event) in TRANSITIONS:
                assert advance(state, event) is TRANSITIONS[state, event]
            else:
                with pytest.raises(IllegalTransitionError):
                    advance(state, event)


def test_states_are_live_or_terminal_and_never_both() -> None:
    assert set(S) == LIVE | TERMINAL
    assert not LIVE & TERMINAL


@pytest.mark.parametrize("event", [E.NOT_SENT, E.LOST, E.REFUSED, E.EXISTS])
def test_TO14_a_late_error_overrides_nothing_the_feed_has_said(event: OrderEvent) -> None:
    for state in (S.RESTING, S.EXECUTED, S.CANCELED):
        assert advance(state, event) is state


@pytest.mark.parametrize("state", [S.EXECUTED, S.CANCELED])
@pytest.mark.parametrize("event", [E.RESTS, E.EXECUTES, E.CANCELS])
def test_FC04_a_terminal_state_is_never_left(state: OrderState, event: OrderEvent) -> None:
    assert advance(state, event) is state


def test_TO08_a_lost_answer_is_in_doubt_and_not_failed() -> None:
    assert advance(S.SENDING, E.LOST) is S.IN_DOUBT
    assert S.IN_DOUBT in LIVE


def test_in_doubt_ends_only_by_proof() -> None:
    ends = {after for (state, _), after in TRANSITIONS.items() if state is S.IN_DOUBT}
    assert ends == {S.IN_DOUBT, S.RESTING, S.EXECUTED, S.CANCELED, S.PROVEN_ABSENT}


def test_TO13_an_order_that_exists_cannot_be_proven_absent_at_once() -> None:
    assert advance(S.SENDING, E.EXISTS) is S.IN_DOUBT


def test_what_was_proven_false_is_a_breach_and_still_booked() -> None:
    for state in BREACHED:
        assert advance(state, E.RESTS) is S.RESTING
    assert {S.PROVEN_ABSENT, S.NOT_SENT, S.REJECTED, S.INTENT} == BREACHED


def test_an_order_is_sent_once_for_each_intent() -> None:
    assert {state for (state, event) in TRANSITIONS if event is E.SEND} == {S.INTENT}


def test_only_what_provably_never_arrived_can_become_an_intent_again() -> None:
    again = {state for (state, event) in TRANSITIONS if event is E.RESEND}
    assert again == {S.NOT_SENT, S.PROVEN_ABSENT}


def test_TO26_a_cancel_ends_only_with_the_order_or_a_denial() -> None:
    assert {state for state, _ in CANCELS} == set(CancelState)
    assert {event for _, event in CANCELS} == set(CancelEvent)
    ends = {event for (_, event), after in CANCELS.items() if after is CancelState.NONE}
    assert ends == {CancelEvent.DENIED}


def test_TO28_a_lost_amend_ends_only_by_what_is_seen() -> None:
    doubt = RequestState.IN_DOUBT
    ways = {event: after for (state, event), after in REQUESTS.items() if state is doubt}
    assert ways == {
        RequestEvent.ACKED: RequestState.DONE,
        RequestEvent.LOST: RequestState.IN_DOUBT,
        RequestEvent.SEEN: RequestState.DONE,
        RequestEvent.UNCHANGED: RequestState.REFUSED,
        RequestEvent.ENDED: RequestState.DONE,
    }

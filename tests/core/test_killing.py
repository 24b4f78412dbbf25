"""The phases of a KILL."""

import pytest

from kalshi_tui.core.killing import FORBIDS, TRANSITIONS, KillEvent, KillPhase, advance

P, E = KillPhase, KillEvent


@pytest.mark.parametrize(
    ("phase", "event", "after"),
    [
        (P.CANCELING, E.ANSWERED, P.VERIFYING),
        (P.CANCELING, E.FAILED, P.VERIFYING),
        (P.VERIFYING, E.CLEAR, P.TAIL),
        (P.VERIFYING, E.LEFT, P.VERIFYING),
        (P.TAIL, E.TAIL_OVER, P.RECHECKING),
        (P.RECHECKING, E.CLEAR, P.DOUBT),
        (P.RECHECKING, E.LEFT, P.RECHECKING),
        (P.DOUBT, E.SETTLED, P.DONE),
        *((phase, E.ASKED, P.CANCELING) for phase in P),
    ],
)
def test_each_row_of_the_table(phase: KillPhase, event: KillEvent, after: KillPhase) -> None:
    assert advance(phase, event) is after


def test_the_table_has_no_other_rows_and_what_it_does_not_list_changes_nothing() -> None:
    assert len(TRANSITIONS) == 8 + len(P)
    for phase in P:
        for event in E:
            if (phase, event) not in TRANSITIONS:
                assert advance(phase, event) is phase


def test_FK09_done_is_reached_only_through_two_clear_reads() -> None:
    """Take away one clear read, and DONE cannot be reached."""

    def reachable(without: tuple[KillPhase, KillEvent] | None) -> set[KillPhase]:
        found = {P.CANCELING}
        while True:
            more = {
                after
                for (phase, event), after in TRANSITIONS.items()
                if phase in found and (phase, event) != without
            }
            if more <= found:
                return found
            found |= more

    assert P.DONE in reachable(None)
    for row in ((P.VERIFYING, E.CLEAR), (P.TAIL, E.TAIL_OVER), (P.RECHECKING, E.CLEAR)):
        assert P.DONE not in reachable(row)


def test_no_order_may_be_placed_until_the_second_clear_read() -> None:
    assert set(P) - FORBIDS == {P.DOUBT, P.DONE}

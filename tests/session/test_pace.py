"""The age of a message is judged only while the exchange's time runs as ours does."""

from kalshi_tui.session.pace import SECOND, Pace


def test_a_clock_that_runs_as_ours_gives_its_offset_from_the_second_look_on() -> None:
    pace = Pace()
    assert pace.measured(-5 * SECOND) is None
    assert pace.measured(-5 * SECOND + 7) == -5 * SECOND + 7


def test_a_clock_that_is_paused_stepped_or_faster_gives_none_until_it_runs_again() -> None:
    pace = Pace()
    pace.measured(0)
    paused = [pace.measured(-10 * SECOND * number) for number in range(1, 4)]
    assert paused == [None, None, None]
    assert pace.measured(-30 * SECOND) == -30 * SECOND

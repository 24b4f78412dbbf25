"""Three limits of silence and the round trip of our pings."""

from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.api.liveness import SECOND_NS, Liveness, Verdict

START = 5 * SECOND_NS


def test_silence_is_judged_by_its_length() -> None:
    pulse = Liveness(START)
    table = {0: "ALIVE", 2_999: "ALIVE", 3_000: "SILENT", 10_999: "SILENT", 11_000: "DEAD"}
    judged = {ms: pulse.verdict(START + ms * 1_000_000).name for ms in table}
    assert judged == table


def test_a_ping_is_asked_for_at_once_then_after_a_second_of_silence() -> None:
    pulse = Liveness(START)
    assert pulse.wants_ping(START)
    pulse.pinged(START)
    assert not pulse.wants_ping(START + 5 * SECOND_NS), "one ping at a time"
    assert pulse.ponged(START + 40) == 40
    assert pulse.ponged(START + 50) is None, "an answer nobody waits for"
    assert not pulse.wants_ping(START + SECOND_NS)
    assert pulse.wants_ping(START + 50 + SECOND_NS)


def test_a_busy_socket_is_measured_every_ten_seconds() -> None:
    pulse = Liveness(START)
    pulse.pinged(START)
    pulse.ponged(START)
    pulse.heard_ns = START + 10 * SECOND_NS - 1
    assert not pulse.wants_ping(START + 10 * SECOND_NS - 1)
    assert pulse.wants_ping(START + 10 * SECOND_NS)


def test_a_lost_pong_on_a_living_socket_does_not_end_the_pings() -> None:
    pulse = Liveness(START)
    pulse.pinged(START)
    pulse.heard_ns = START + 10 * SECOND_NS
    assert pulse.wants_ping(START + 10 * SECOND_NS)
    assert pulse.verdict(START + 10 * SECOND_NS) is Verdict.ALIVE


@given(
    st.lists(
        st.tuples(st.sampled_from(["hear", "ping", "pong"]), st.integers(0, 4_000)), max_size=8
    ),
    st.integers(0, 15_000),
)
def test_nothing_changes_before_the_next_change(
    script: list[tuple[str, int]], later_ms: int
) -> None:
    now = START
    pulse = Liveness(now)
    for act, milliseconds in script:
        now += milliseconds * 1_000_000
        match act:
            case "hear":
                pulse.heard_ns = now
            case "ping" if pulse.wants_ping(now):
                pulse.pinged(now)
            case "pong":
                pulse.ponged(now)
            case _:
                pass
    change = pulse.next_change(now)
    moment = min(now + later_ms * 1_000_000, change - 1)
    if moment >= now:
        assert pulse.verdict(moment) is pulse.verdict(now)
        assert pulse.wants_ping(moment) == pulse.wants_ping(now)

"""Delays between attempts: full jitter, doubling caps, no end."""

from collections import Counter
from itertools import islice
from random import Random

import pytest

from kalshi_tui.api.backoff import (
    delays,
    fault_delays,
    is_protocol_fault,
    maintenance_delays,
)


def test_TC04_the_caps_double_from_a_quarter_second_to_thirty() -> None:
    caps = list(islice(delays(lambda: 1.0), 10))
    assert caps == [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]


def test_the_whole_stretch_below_the_cap_is_used() -> None:
    assert list(islice(delays(lambda: 0.0), 3)) == [0.0, 0.0, 0.0]
    assert list(islice(delays(lambda: 0.5), 3)) == [0.125, 0.25, 0.5]


def test_FD35_many_clients_do_not_come_back_together() -> None:
    rng = Random(1)
    returns = Counter(int(next(islice(delays(rng.random), 8, None))) for _ in range(500))
    assert max(returns.values()) <= 0.2 * 500


@pytest.mark.parametrize("code", [0, 1000, 1001, 1006, 1011, 1012, 1013])
def test_TC11_these_closes_are_of_the_line_or_the_server(code: int) -> None:
    assert not is_protocol_fault(code)


@pytest.mark.parametrize("code", [1002, 1003, 1007, 1008, 1009, 1010, 4000, 4999])
def test_TC12_these_closes_are_faults_of_protocol(code: int) -> None:
    assert is_protocol_fault(code)


def test_TC12_after_a_fault_of_protocol_the_pause_is_half_a_minute_at_least() -> None:
    assert list(islice(fault_delays(lambda: 0.0), 3)) == [30.0] * 3
    assert next(fault_delays(lambda: 0.5)) == 45.0


def test_TC15_in_maintenance_an_attempt_comes_every_five_to_fifteen_seconds() -> None:
    assert next(maintenance_delays(lambda: 0.0)) == 5.0
    assert next(maintenance_delays(lambda: 0.5)) == 10.0
    assert max(islice(maintenance_delays(Random(1).random), 100)) < 15.0

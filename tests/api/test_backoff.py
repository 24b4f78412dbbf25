"""Delays between attempts: full jitter, doubling caps, no end."""

from collections import Counter
from itertools import islice
from random import Random

from kalshi_tui.api.backoff import delays


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

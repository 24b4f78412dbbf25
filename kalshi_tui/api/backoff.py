"""How long to wait before the next attempt to connect.

Full jitter, so that many clients that were cut off together do not come back together. Owns no
timer and no random source: it yields delays from the generator that it is given.
Source: reliability anchors TC04, FD35 (0.25 s doubling to 30 s, for ever).
"""

from collections.abc import Callable, Iterator

FIRST_CAP = 0.25
"""Seconds: the widest first delay."""

LAST_CAP = 30.0
"""Seconds: no delay is longer."""


def delays(
    draw: Callable[[], float], first: float = FIRST_CAP, last: float = LAST_CAP
) -> Iterator[float]:
    """Yield seconds to wait, for ever: uniform between 0 and a cap that doubles up to `last`.

    `draw` returns numbers in [0, 1). Start a new iterator after a connection that held.
    """
    cap = first
    while True:
        yield draw() * cap
        cap = min(cap * 2, last)

"""How long to wait before the next attempt to connect.

Full jitter, so that many clients that were cut off together do not come back together. Owns no
timer and no random source: it yields delays from the generator that it is given.
Source: reliability anchors TC04, FD35 (0.25 s doubling to 30 s, for ever), TC12, TC15.
"""

from collections.abc import Callable, Iterator

FIRST_CAP = 0.25
"""Seconds: the widest first delay."""

LAST_CAP = 30.0
"""Seconds: no delay is longer."""

FAULT_FLOOR = 30.0
"""Seconds: the shortest pause after a fault of protocol, which soon would only be repeated."""

MAINTENANCE_FLOOR = 5.0
MAINTENANCE_CAP = 15.0
"""Seconds between two attempts while the exchange says that it is closed."""

_FAULT_CODES = frozenset({1002, 1003, 1007, 1008, 1009, 1010})
_PRIVATE_CODES = range(4_000, 5_000)


def is_protocol_fault(close_code: int) -> bool:
    """True where a close code says that one side broke the protocol, not that the line did."""
    return close_code in _FAULT_CODES or close_code in _PRIVATE_CODES


def fault_delays(draw: Callable[[], float]) -> Iterator[float]:
    """Yield seconds to wait after a fault of protocol, for ever: 30 to 60."""
    while True:
        yield FAULT_FLOOR * (1 + draw())


def maintenance_delays(draw: Callable[[], float]) -> Iterator[float]:
    """Yield seconds to wait while the exchange is closed, for ever: 5 to 15."""
    while True:
        yield MAINTENANCE_FLOOR + draw() * (MAINTENANCE_CAP - MAINTENANCE_FLOOR)


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

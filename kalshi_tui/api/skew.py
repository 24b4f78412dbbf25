"""How far this computer's clock is from the exchange's, from the `Date` of its answers.

Each answer bounds the offset from both sides; the bounds of the last answers are intersected, which
is finer than any single one although `Date` has whole seconds only. Pure: times are arguments.
"""

from collections import deque
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

SECOND_NS = 1_000_000_000
_SAMPLES = 5
_MAX_ROUND_TRIP_NS = 10 * SECOND_NS
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ClockOffset:
    """The estimate. Positive where the exchange's clock is ahead of ours."""

    def __init__(self) -> None:
        self._bounds: deque[tuple[int, int]] = deque(maxlen=_SAMPLES)

    def observe(self, date: str | None, sent_wall_ns: int, received_wall_ns: int) -> None:
        """Take the `Date` header of an answer; one that cannot be read is passed over."""
        second = _date_ns(date)
        round_trip = received_wall_ns - sent_wall_ns
        if second is None or not 0 <= round_trip <= _MAX_ROUND_TRIP_NS:
            return
        # The header was written at some moment of [second, second + 1 s) between the two.
        bounds = (second - received_wall_ns, second + SECOND_NS - sent_wall_ns)
        low, high = self._intersection()
        if self._bounds and (bounds[0] > high or bounds[1] < low):
            # One of the clocks was set: what was known is void.
            self._bounds.clear()
        self._bounds.append(bounds)

    @property
    def is_known(self) -> bool:
        """True once an answer was seen."""
        return bool(self._bounds)

    @property
    def offset_ns(self) -> int:
        """What to add to our wall clock; 0 as long as the answers agree with it."""
        low, high = self._intersection()
        return 0 if low <= 0 <= high else (low + high) // 2

    @property
    def uncertainty_ns(self) -> int | None:
        """How far the true offset may lie from `offset_ns`; None before the first answer."""
        if not self._bounds:
            return None
        low, high = self._intersection()
        return max(high - self.offset_ns, self.offset_ns - low)

    def _intersection(self) -> tuple[int, int]:
        if not self._bounds:
            return 0, 0
        low = max(bounds[0] for bounds in self._bounds)
        high = min(bounds[1] for bounds in self._bounds)
        # Slow drift can turn the ends around by a hair.
        return min(low, high), max(low, high)


def _date_ns(date: str | None) -> int | None:
    try:
        moment = parsedate_to_datetime(date or "")
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return (aware - _EPOCH) // timedelta(seconds=1) * SECOND_NS

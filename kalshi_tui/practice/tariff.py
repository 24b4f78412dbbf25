"""What the practice exchange charges: the fees of each series, and the overrides of events.

Owns the schedules, the announced changes and the rule that an event's override beats its series.
Must not know markets, orders or time of its own.
Source: trading API reference, fee model; openapi.yaml `SeriesFeeChange`, `EventFeeChange`.
"""

from typing import NamedTuple

from kalshi_tui.core.fees import FeeSchedule


class FeeChange(NamedTuple):
    """One announced change of a series' fees or of an event's override."""

    change_id: str
    ticker: str
    """Of the series or of the event."""
    schedule: FeeSchedule | None
    """None clears the override of an event."""
    at_ns: int
    """When it takes effect."""
    created_ns: int


class Tariff:
    """Every schedule in force. A series that was never changed charges what its listing says."""

    def __init__(self) -> None:
        self._series: dict[str, FeeSchedule] = {}
        self._events: dict[str, FeeSchedule] = {}
        self.series_changes: list[FeeChange] = []
        """Oldest first, also those that are still to come."""
        self.event_changes: list[FeeChange] = []

    def schedule_of(self, series: str, event: str, listed: FeeSchedule) -> FeeSchedule:
        """Return what a market charges now."""
        return self._events.get(event) or self._series.get(series, listed)

    def override_of(self, event: str) -> FeeSchedule | None:
        """Return an event's override, or None."""
        return self._events.get(event)

    def series_schedule(self, series: str, listed: FeeSchedule) -> FeeSchedule:
        """Return what a series charges where no event overrides it."""
        return self._series.get(series, listed)

    def change_series(self, series: str, schedule: FeeSchedule) -> None:
        """Put a series on another schedule."""
        self._series[series] = schedule

    def change_event(self, event: str, schedule: FeeSchedule | None) -> None:
        """Set or clear an event's override."""
        if schedule is None:
            self._events.pop(event, None)
        else:
            self._events[event] = schedule

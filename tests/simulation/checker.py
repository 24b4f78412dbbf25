"""Judges what a client shows against what the venue knows. Shares no code with the client.

Two questions. At every frame: is each book that is called LIVE exactly the true book as of the
newest frame that reached the client, so neither wrong nor behind? Offline no book may be called
LIVE. At the end, after the calm: is every wanted book LIVE, and equal to the truth of that moment?
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

Levels = Mapping[str, int]
"""`"yes 5600"` (side of the YES book, YES price) -> hundredths of contracts."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One market as the client's screen has it."""

    status: str
    levels: Levels


@dataclass(slots=True)
class Checker:
    """The verdicts of one schedule."""

    checks: int = 0
    wrong: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    _truth: Mapping[str, Levels] | None = None
    _newest: int = 0

    def connected(self) -> None:
        """A connection began: nothing was delivered on it."""
        self._truth = None

    def delivered(self, number: int, truth: Mapping[str, Levels] | None) -> None:
        """A frame reached the client; `truth` is the venue's books when it left."""
        if truth is not None and number > self._newest:
            self._newest, self._truth = number, truth

    def look(self, screen: Mapping[str, Shown], moment: int) -> None:
        """Judge the screen at this moment of a connection."""
        for ticker, shown in screen.items():
            if shown.status == "LIVE":
                self.checks += 1
                if self._truth is None:
                    self.wrong.append(f"{ticker} is LIVE before any frame at {moment}")
                elif shown.levels != self._truth[ticker]:
                    self.wrong.append(f"{ticker} is LIVE and wrong or behind at {moment}")

    def offline(self, screen: Mapping[str, Shown], moment: int) -> None:
        """Judge the screen while there is no connection."""
        for ticker, shown in screen.items():
            self.checks += 1
            if shown.status == "LIVE":
                self.wrong.append(f"{ticker} is LIVE without a connection at {moment}")

    def end(self, screen: Mapping[str, Shown], truth: Mapping[str, Levels]) -> None:
        """Judge the screen after the calm, with nothing on its way."""
        for ticker, shown in screen.items():
            self.checks += 1
            if shown.status != "LIVE":
                self.stuck.append(f"{ticker} is {shown.status} after the calm")
            elif shown.levels != truth[ticker]:
                self.stuck.append(f"{ticker} is LIVE and no longer moves")

    def alarmed(self, alarms: Iterable[str]) -> None:
        """The client found a LIVE book of its own different from the venue's."""
        self.wrong += [f"a LIVE book differed: {alarm}" for alarm in alarms]

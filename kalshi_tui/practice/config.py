"""What a practice exchange is started with. Plain data; the command line fills it in."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kalshi_tui.practice.gateway import PING_S
from kalshi_tui.practice.subscriptions import BUFFER_FRAMES


class StartError(Exception):
    """The exchange cannot start. The message is one sentence with the cure."""


@dataclass(frozen=True, slots=True)
class ServeConfig:
    """What the command line says. `port` and `ws_port` 0 mean any free one."""

    port: int = 0
    ws_port: int = 0
    seed: int = 0
    markets: int | None = None
    rate: float | None = None
    rates: Mapping[str, float] | None = None
    """Wanted deltas a second of single markets; the others keep theirs."""
    preset: str | None = None
    scenario: str | None = None
    """One of `scenarios.SCENARIOS`: its markets and its programme instead of the written ones."""
    replay: Path | None = None
    """A recording to play back as further markets."""
    state: Path | None = None
    ready_file: Path | None = None
    parent_fd: int | None = None
    """A pipe whose other end the parent holds: the exchange ends when it is closed."""
    with_crowd: bool = True
    """False leaves the books empty, for tests that need to know every order."""
    buffer_frames: int = BUFFER_FRAMES
    ping_s: float = PING_S
    tier: str = "basic"
    """The rate-limit tier of every account (`limits.TIERS`), enforced as at Kalshi, so that a
    program that works here works there; a client that keeps to `/account/limits` never meets it.
    `unlimited` enforces none."""
    rate_limit_body: str = "string"
    """Which body a 429 carries (`policy.BODIES`)."""
    read_lag_ms: tuple[int, int] = (0, 0)
    """After how long a write shows in reads: least and most. Kalshi: 300 to 1,000."""

"""The only factory of sessions: from a choice of environment to a desk that can be started.

Light on imports and quick: the practice exchange is spawned here, before the screen is loaded; the
client is imported on the session's thread. The environment records are an argument, so that tests
can stand a loopback exchange in for them; no setting, variable or option reaches it.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from kalshi_tui.core import risk
from kalshi_tui.core.environments import (
    KALSHI,
    PRACTICE,
    Environment,
    EnvironmentRefusedError,
    choose,
    loopback_environment,
)
from kalshi_tui.session.child import ChildError, PracticeChild
from kalshi_tui.session.clock import Clock, SystemClock
from kalshi_tui.session.desk import Desk, Session
from kalshi_tui.session.mailbox import Mailbox

if TYPE_CHECKING:
    from kalshi_tui.session.custody import Credential
    from kalshi_tui.session.recovery import Recovery
    from kalshi_tui.session.venue import OpenKey, Venue

SWITCH_INTERVAL_S = 0.0005
"""How long a thread may keep the interpreter: with the default of 5 ms the session thread waits
that long for each of its hand-overs while the screen paints."""

FPS = 60
CHECKSUM_EVERY = 1_000


@dataclass(frozen=True, slots=True)
class Loopback:
    """An exchange that somebody else runs on this machine, and a key to it."""

    rest_url: str
    socket_url: str
    key_id: str
    key_file: Path


def build(
    choice: str = PRACTICE,
    *,
    state_dir: Path,
    limits: risk.Limits | None = None,
    fps: int = FPS,
    market: str = "",
    checksum_every: int = CHECKSUM_EVERY,
    loopback: Loopback | None = None,
    open_key: "OpenKey | None" = None,
    environments: Mapping[str, Environment] = KALSHI,
    child: PracticeChild | None = None,
    clock: Clock | None = None,
) -> Desk:
    """Return a desk for `practice`, for a loopback exchange, or for an environment of Kalshi.

    `open_key` opens the user's key of an environment of Kalshi's; `child` is a practice exchange
    that was spawned already. Raises `EnvironmentRefusedError` or `ChildError`; the message is one
    sentence with the cure. A key that cannot be had is told by the session, on the status line.
    """
    time, limits = clock or SystemClock(), limits or risk.Limits()
    end: Callable[[], None] | None = None
    if choice != PRACTICE:
        environment = choose(choice, environments)
        make_venue = _kalshi(environment, loopback, open_key or _no_key)
    elif loopback is not None:
        environment = loopback_environment(loopback.rest_url, loopback.socket_url)
        make_venue = _fixed(environment, loopback)
    else:
        environment = _unopened()
        make_venue, end = _practice(state_dir, child)

    def assemble(box: Mailbox) -> Session:
        # Imported here, on the session's thread, while the screen is being loaded on its own.
        from kalshi_tui.session.trading import Setting
        from kalshi_tui.session.workstation import Workstation

        setting = Setting(limits, fps, market, box, time, checksum_every)
        place = state_dir / environment.name
        return Workstation(
            environment=environment, venue=make_venue(), state_dir=place, setting=setting
        )

    sys.setswitchinterval(SWITCH_INTERVAL_S)
    return Desk(environment, limits, Mailbox(), assemble, clock=time, last_resort=end)


def recovery(
    choice: str = PRACTICE,
    *,
    state_dir: Path,
    loopback: Loopback | None = None,
    open_key: "OpenKey | None" = None,
    environments: Mapping[str, Environment] = KALSHI,
    clock: Clock | None = None,
) -> "Recovery":
    """Return what settles an environment's ledger with its exchange, without a screen.

    Raises as `build` does.
    """
    from kalshi_tui.session.recovery import Recovery

    if choice != PRACTICE:
        environment = choose(choice, environments)
        venue = _kalshi(environment, loopback, open_key or _no_key)()
    elif loopback is not None:
        environment = loopback_environment(loopback.rest_url, loopback.socket_url)
        venue = _fixed(environment, loopback)()
    else:
        environment, child = _unopened(), practice_child(state_dir)
        child.spawn()
        venue = _practice(state_dir, child)[0]()
    return Recovery(
        environment=environment,
        venue=venue,
        state_dir=state_dir / environment.name,
        clock=clock or SystemClock(),
    )


def practice_child(state_dir: Path) -> PracticeChild:
    """Return the practice exchange of this state directory, not yet spawned."""
    return PracticeChild(state_dir / PRACTICE / "exchange")


def _no_key(environment: Environment) -> "Credential":
    from kalshi_tui.session.keys import NoKeyError

    raise NoKeyError(
        f"No key is set up for {environment.word}; run: kalshi-tui keys add --env "
        f"{environment.name}"
    )


def _unopened() -> Environment:
    """Return the practice environment before the exchange has said where it is."""
    return loopback_environment("http://127.0.0.1", "ws://127.0.0.1")


def _kalshi(
    environment: Environment, loopback: Loopback | None, open_key: "OpenKey"
) -> "Callable[[], Venue]":
    if loopback is not None:
        raise EnvironmentRefusedError(
            "--rest and --ws are for practice exchanges; leave them out with "
            f"--env {environment.name}."
        )

    def make() -> "Venue":
        from kalshi_tui.session.venue import KalshiVenue

        return KalshiVenue(environment, open_key)

    return make


def _fixed(environment: Environment, loopback: Loopback) -> "Callable[[], Venue]":
    def make() -> "Venue":
        from kalshi_tui.session.venue import FixedVenue

        return FixedVenue(environment, loopback.key_id, loopback.key_file)

    return make


def _practice(
    state_dir: Path, child: PracticeChild | None
) -> "tuple[Callable[[], Venue], Callable[[], None]]":
    spare: TemporaryDirectory[str] | None = None
    if child is None:
        child = practice_child(state_dir)
        try:
            child.spawn()
        except ChildError:
            # Nothing can be kept, the ledger included: the session will be in VIEW and say why.
            spare = TemporaryDirectory(prefix="kalshi-tui-")
            child = PracticeChild(Path(spare.name) / "exchange")
            child.spawn()

    def make() -> "Venue":
        from kalshi_tui.session.venue import PracticeVenue

        return PracticeVenue(child)

    def end() -> None:
        child.kill()
        if spare is not None:
            spare.cleanup()

    return make, end

"""A session begins only where everything that it is made of belongs together."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kalshi_tui.api.auth import Signer
from kalshi_tui.core.environments import KALSHI, Environment, loopback_environment
from kalshi_tui.core.events import ConnectionState
from kalshi_tui.core.risk import Limits
from kalshi_tui.core.views import Pane, StatusView
from kalshi_tui.session.clock import SystemClock
from kalshi_tui.session.custody import Credential
from kalshi_tui.session.mailbox import Mailbox
from kalshi_tui.session.trading import Setting
from kalshi_tui.session.venue import Access
from kalshi_tui.session.workstation import Workstation

PRACTICE = loopback_environment("http://127.0.0.1:1/trade-api/v2", "ws://127.0.0.1:1/x")


def made_in(directory: Path) -> list[Path]:
    return list(directory.iterdir())


class OtherVenue:
    """An exchange that is not quite what was chosen."""

    opening = ""

    def __init__(self, access: Access) -> None:
        self._access = access

    async def open(self, told: Callable[[str], None]) -> Access:
        return self._access

    async def keep(self, told: Callable[[str], None], back: Callable[[], None]) -> None:
        return None

    async def close(self, within_s: float) -> None:
        return None


@pytest.mark.parametrize(
    ("opened", "key", "words"),
    [
        (KALSHI["prod"], "practice", "the exchange opened is PROD"),
        (PRACTICE, "prod", "The key belongs to PROD"),
    ],
)
async def test_FK01_a_session_of_two_environments_does_not_begin(
    opened: Environment, key: str, words: str, tmp_path: Path
) -> None:
    box, woken = Mailbox(), asyncio.Event()
    box.connect(woken.set)
    setting = Setting(Limits(), 60, "", box, SystemClock())
    credential = Credential(key, Signer("id", Ed25519PrivateKey.generate()), "a test")
    access = Access(opened, credential)
    session = Workstation(
        environment=PRACTICE, venue=OtherVenue(access), state_dir=tmp_path, setting=setting
    )
    running = asyncio.create_task(session.run())
    status: StatusView | None = None
    while status is None or status.connection is not ConnectionState.REFUSED:
        await asyncio.wait_for(woken.wait(), 5)
        woken.clear()
        view = box.take().views.get((Pane.STATUS, ""))
        status = view if isinstance(view, StatusView) else status
    assert words in status.connection_reason
    # Not even a ledger was made.
    assert made_in(tmp_path) == []
    session.stop(0.0)
    await running

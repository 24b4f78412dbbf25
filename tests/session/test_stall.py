"""A socket that answers pings and holds everything else back, on the real practice exchange."""

import asyncio
import random
from pathlib import Path

from kalshi_tui.core import events as e
from kalshi_tui.session.child import PracticeChild, practice_command
from tests.benchmarks.soak import Soak

SECOND = 1_000_000_000
WAIT_S = 20.0


class Watch(Soak):
    """Notes what the books are said to be."""

    fallen: asyncio.Event
    told = ""

    def _absorb(self, *facts: e.Fact) -> None:
        super()._absorb(*facts)
        for fact in facts:
            if isinstance(fact, e.BookStatusChanged) and fact.status is e.BookStatus.STALE:
                self.told = fact.reason
                self.fallen.set()


async def test_TB13_a_stalled_stream_is_found_by_the_audit_and_left_for_a_new_socket(
    tmp_path: Path,
) -> None:
    child = PracticeChild(tmp_path, [*practice_command(tmp_path), "--preset", "quiet"])
    child.spawn()
    try:
        watch = Watch(await child.ready(), random.Random(1), audit_every_ns=SECOND)
        watch.fallen = asyncio.Event()
        carrying = asyncio.create_task(watch.connection.run())
        watch.connection.want(await watch.markets())
        assert await watch.calm() == ""
        watch.fallen.clear()
        await watch._control("POST", "/faults", {"fault": "stall", "count": 1, "ms": 600_000})
        async with asyncio.timeout(WAIT_S):
            await watch.fallen.wait()
        assert "not even what was asked for" in watch.told
        assert await watch.calm() == "", "a new socket is not held back"
        assert watch.connection.report().reconnects == 1
        carrying.cancel()
        await asyncio.wait({carrying})
    finally:
        child.kill()

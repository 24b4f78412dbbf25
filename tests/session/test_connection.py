"""The connection around the feed: subscribes, hands over in batches, and comes back for ever."""

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest

from kalshi_tui.api.errors import STAMP_EXPIRED
from kalshi_tui.api.feed import Feed
from kalshi_tui.api.socket import SocketError
from kalshi_tui.core.events import (
    BookSnapshot,
    BookStatus,
    BookStatusChanged,
    ConnectionChanged,
    ConnectionState,
    Fact,
    Lagging,
    LatencyMeasured,
)
from kalshi_tui.session.connection import Connection
from tests.session.manual import ManualClock


class Channel:
    """A scripted socket: the test feeds frames in and sees what was sent."""

    def __init__(self) -> None:
        self.incoming: asyncio.Queue[list[bytes] | SocketError] = asyncio.Queue()
        self.sent: list[dict[str, object]] = []
        self.pings = 0
        self.pong = asyncio.Event()
        self.is_closed = False

    async def receive(self) -> list[bytes]:
        found = await self.incoming.get()
        if isinstance(found, SocketError):
            raise found
        return found

    async def send(self, text: str) -> None:
        self.sent.append(json.loads(text))

    async def ping(self) -> None:
        self.pings += 1
        await self.pong.wait()

    async def close(self) -> None:
        self.is_closed = True


class Stage:
    def __init__(self) -> None:
        self.clock = ManualClock()
        self.facts: list[Fact] = []
        self.sweeps = 0
        self.dates: list[tuple[str | None, bool]] = []
        self.dials: list[Channel | SocketError] = []
        self.dialled = 0
        self.on_life: Callable[[], None] | None = None
        self.draws = 0.0
        self.connection = Connection(
            Feed(jitter=lambda: 0.0),
            self.dial,
            absorb=lambda *facts: self.facts.extend(facts),
            sweep=self.sweep,
            clock=self.clock,
            draw=lambda: self.draws,
            dated=lambda date, sent, received: self.dates.append((date, sent <= received)),
        )
        self.task: asyncio.Task[None] | None = None

    def sweep(self) -> None:
        self.sweeps += 1

    def dial(self, on_life: Callable[[], None]) -> Awaitable[Channel]:
        return self._dial(on_life)

    async def _dial(self, on_life: Callable[[], None]) -> Channel:
        self.dialled += 1
        self.on_life = on_life
        if not self.dials:
            await asyncio.Event().wait()
        found = self.dials.pop(0)
        if isinstance(found, SocketError):
            raise found
        return found

    async def start(self) -> None:
        self.task = asyncio.create_task(self.connection.run())
        await settle()

    async def stop(self) -> None:
        assert self.task is not None
        self.task.cancel()
        await asyncio.wait({self.task})

    def states(self) -> list[ConnectionState]:
        return [each.state for each in self.facts if isinstance(each, ConnectionChanged)]


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def frame(kind: str, body: dict[str, object], **outer: object) -> bytes:
    return json.dumps({"type": kind, **outer, "msg": body}).encode()


async def subscribed(stage: Stage, channel: Channel) -> None:
    """Answer every subscription of the feed, and give the book of KX-A."""
    for sid, command in enumerate(list(channel.sent), start=1):
        params = command["params"]
        assert isinstance(params, dict)
        body = {"channel": params["channels"][0], "sid": sid}
        channel.incoming.put_nowait([frame("subscribed", body, id=command["id"])])
        if body["channel"] == "orderbook_delta":
            levels: dict[str, object] = {"market_ticker": "KX-A", "yes_dollars_fp": [["0.1", "5"]]}
            channel.incoming.put_nowait([frame("orderbook_snapshot", levels, sid=sid, seq=1)])
    await settle()


async def test_it_connects_subscribes_and_reports_the_book() -> None:
    stage, channel = Stage(), Channel()
    stage.dials.append(channel)
    stage.connection.want(["KX-A"])
    await stage.start()
    assert stage.states() == [ConnectionState.CONNECTING, ConnectionState.OPEN]
    assert {command["cmd"] for command in channel.sent} == {"subscribe"}
    await subscribed(stage, channel)
    assert any(isinstance(each, BookSnapshot) for each in stage.facts)
    assert stage.sweeps == 1
    await stage.stop()
    assert channel.is_closed


async def test_the_end_of_a_socket_makes_its_books_stale_and_a_new_one_is_dialled() -> None:
    stage, first, second = Stage(), Channel(), Channel()
    stage.dials += [first, second]
    stage.connection.want(["KX-A"])
    await stage.start()
    await subscribed(stage, first)
    first.incoming.put_nowait(SocketError("The exchange closed the connection (1001)."))
    await settle()
    assert first.is_closed
    changes = [each for each in stage.facts if isinstance(each, BookStatusChanged)]
    (stale,) = [each for each in changes if each.status is BookStatus.STALE]
    assert "1001" in stale.reason
    assert stage.states()[-3:] == [
        ConnectionState.IDLE,
        ConnectionState.CONNECTING,
        ConnectionState.OPEN,
    ]
    await subscribed(stage, second)
    assert stage.sweeps == 2
    await stage.stop()


async def test_TC04_attempts_that_fail_are_repeated_for_ever() -> None:
    stage = Stage()
    stage.dials += [SocketError("It refuses connections.")] * 50
    await stage.start()
    for _ in range(20):
        await settle()
    assert stage.dialled == 51
    await stage.stop()


async def test_TC02_a_refused_key_is_not_hammered_and_a_hurry_tries_again() -> None:
    stage, channel = Stage(), Channel()
    stage.dials += [SocketError("Refused (401).", refused=True, status=401), channel]
    await stage.start()
    assert stage.states()[-1] is ConnectionState.REFUSED
    assert stage.dialled == 1
    stage.connection.hurry()
    await settle()
    assert stage.states()[-1] is ConnectionState.OPEN
    await stage.stop()


async def test_TC02_an_expired_stamp_measures_the_clock_and_one_attempt_follows_at_once() -> None:
    stage = Stage()
    stage.draws = 0.999
    dates = ["Mon, 23 Nov 2026 12:00:00 GMT", "Mon, 23 Nov 2026 12:00:01 GMT"]
    stage.dials += [
        SocketError("Refused (401).", status=401, code=STAMP_EXPIRED, date=date) for date in dates
    ]
    await stage.start()
    assert stage.dates == [(date, True) for date in dates]
    assert stage.dialled == 2, "the exchange is not hammered where measuring did not help"
    await stage.stop()


async def test_a_hurry_ends_the_pause_before_the_next_attempt() -> None:
    stage, channel = Stage(), Channel()
    stage.draws = 0.999
    stage.dials += [SocketError("It refuses connections."), channel]
    await stage.start()
    assert stage.dialled == 1
    stage.connection.hurry()
    await settle()
    assert stage.dialled == 2
    await stage.stop()


async def test_the_round_trip_of_our_own_ping_is_the_latency() -> None:
    stage, channel = Stage(), Channel()
    stage.dials.append(channel)
    await stage.start()
    await settle()
    assert channel.pings == 1
    stage.clock.advance(7_000_000)
    channel.pong.set()
    await settle()
    assert LatencyMeasured(7_000_000) in stage.facts
    await stage.stop()


@pytest.mark.parametrize("step_s", [1, 2])
async def test_TC08_silence_beyond_the_limit_abandons_the_socket(step_s: int) -> None:
    stage, channel = Stage(), Channel()
    stage.dials.append(channel)
    stage.connection.want(["KX-A"])
    await stage.start()
    await subscribed(stage, channel)
    for _ in range(12 // step_s):
        stage.clock.advance(step_s * 1_000_000_000)
        stage.connection._on_alarm()
        await settle()
    assert ConnectionState.SILENT in stage.states()
    assert channel.is_closed
    assert stage.dialled == 2
    await stage.stop()


async def test_life_without_a_frame_keeps_the_connection() -> None:
    stage, channel = Stage(), Channel()
    stage.dials.append(channel)
    await stage.start()
    await subscribed(stage, channel)
    for _ in range(12):
        stage.clock.advance(1_000_000_000)
        assert stage.on_life is not None
        stage.on_life()
        stage.connection._on_alarm()
        await settle()
    assert stage.states()[-1] is ConnectionState.OPEN
    assert not channel.is_closed
    await stage.stop()


async def test_TC12_after_a_fault_of_protocol_the_pause_is_long_and_an_answer_does_not_end_it() -> (
    None
):
    stage, first, second = Stage(), Channel(), Channel()
    stage.dials += [first, second]
    await stage.start()
    first.incoming.put_nowait(SocketError("The exchange closed (1008).", close_code=1008))
    await settle()
    assert first.is_closed
    assert 30 <= stage.connection._next_pause() <= 60
    stage.connection.retry()
    await settle()
    assert stage.dialled == 1
    stage.connection.hurry()
    await settle()
    assert stage.dialled == 2
    await stage.stop()


@pytest.mark.parametrize("code", [1000, 1001, 1006, 1011, 1012, 1013])
async def test_TC11_an_ordinary_end_is_followed_by_an_attempt_at_once(code: int) -> None:
    stage, first, second = Stage(), Channel(), Channel()
    stage.dials += [first, second]
    await stage.start()
    first.incoming.put_nowait(SocketError("The exchange closed.", close_code=code))
    await settle()
    assert stage.dialled == 2
    await stage.stop()


async def test_TC05_each_reason_why_no_socket_opens_has_its_words_and_is_tried_again() -> None:
    stage = Stage()
    reasons = ["The name x cannot be found.", "x did not answer within 10 s.", "No encryption."]
    stage.dials += [SocketError(reason) for reason in reasons]
    await stage.start()
    said = [each.reason for each in stage.facts if isinstance(each, ConnectionChanged)]
    assert [reason for reason in said if reason] == reasons
    await stage.stop()


@pytest.mark.parametrize("draw", [0.0, 0.5, 0.999])
async def test_TC15_while_the_exchange_is_paused_attempts_are_5_to_15_s_apart(draw: float) -> None:
    stage = Stage()
    stage.draws = draw
    stage.connection.maintenance(True)
    assert all(5 <= stage.connection._next_pause() <= 15 for _ in range(9))
    stage.connection.maintenance(False)
    assert stage.connection._next_pause() < 0.25


async def test_TC13_a_drop_abandons_the_socket_at_once_and_dials_anew() -> None:
    stage, first, second = Stage(), Channel(), Channel()
    stage.draws = 0.999
    stage.dials += [first, second]
    stage.connection.want(["KX-A"])
    await stage.start()
    await subscribed(stage, first)
    stage.connection.drop("This computer was asleep for 42 s.")
    await settle()
    assert first.is_closed
    changes = [each for each in stage.facts if isinstance(each, BookStatusChanged)]
    assert any(each.status is BookStatus.STALE and "42 s" in each.reason for each in changes)
    assert stage.dialled == 2
    await stage.stop()


async def test_TC10_a_program_that_was_held_up_says_so() -> None:
    stage, channel = Stage(), Channel()
    stage.dials.append(channel)
    await stage.start()
    stage.connection.lag("This program was held up for 900 ms.")
    assert any(isinstance(each, Lagging) and each.reason for each in stage.facts)
    await stage.stop()


async def test_frames_of_a_batch_are_handed_over_together_and_the_report_counts_them() -> None:
    stage, channel = Stage(), Channel()
    stage.dials.append(channel)
    stage.connection.want(["KX-A"])
    await stage.start()
    await subscribed(stage, channel)
    before = stage.connection.report().frames
    channel.incoming.put_nowait([b"{}"] * 7)
    await settle()
    assert stage.connection.report().frames == before + 7
    await stage.stop()

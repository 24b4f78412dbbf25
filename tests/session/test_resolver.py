"""An order in doubt is found where it is there, and only called absent where that is proven."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from kalshi_tui.api.decode import Cutoff
from kalshi_tui.api.errors import ApiError, DeniedError, ReadFailedError
from kalshi_tui.core import events as e
from kalshi_tui.core.effects import StateEntry
from kalshi_tui.core.orders import SAID_TO_EXIST, OrderState
from kalshi_tui.core.units import Count, Money
from kalshi_tui.session.reconcile import Reconciler
from tests.session.test_reconcile import Exchange, Stage, fill, report

SECOND = 10**9
WINDOW_S = 30


@dataclass
class Late(Exchange):
    """An exchange whose reads are current to `lag_ns` ago, and that may fail at will."""

    lag_ns: int = SECOND
    now_ns: Callable[[], int] = lambda: 0
    errors_at: set[int] = field(default_factory=set)
    """Numbers of the order scans that fail, counted from 1."""
    error: ApiError = field(default_factory=lambda: ReadFailedError("No answer."))
    scans: int = 0

    async def user_data_timestamp(self) -> int:
        self.asked.append("as of")
        return self.now_ns() - self.lag_ns

    async def orders(
        self, *, status: str = "", ticker: str = "", min_ts_s: int | None = None
    ) -> tuple[e.OrderReported, ...]:
        if ticker:
            self.scans += 1
            if self.scans in self.errors_at:
                raise self.error
        return await super().orders(status=status, ticker=ticker, min_ts_s=min_ts_s)


class Doubt:
    """One order in doubt, signed at 0 s; time passes only while the resolver waits."""

    def __init__(self, exchange: Late, state: OrderState = OrderState.IN_DOUBT) -> None:
        self.exchange = exchange
        self.stage = Stage(exchange)
        self.begun_ns = self.stage.clock.wall_ns()
        exchange.now_ns = self.stage.clock.wall_ns
        self.stage.restore(state)
        self.stage.sign_times["c1"] = (self.begun_ns,)
        self.at: dict[int, Callable[[], None]] = {}
        self.stage.reconciler = self._reconciler()

    def _reconciler(self) -> Reconciler:
        stage = self.stage

        async def sleep(seconds: float) -> None:
            stage.slept.append(seconds)
            stage.clock.advance(round(seconds * SECOND))
            stage.absorb(e.Tick(stage.clock.mono_ns(), stage.clock.wall_ns()))
            for second in [each for each in self.at if each <= self.seconds]:
                self.at.pop(second)()
            await asyncio.sleep(0)

        stage.sleep = sleep  # type: ignore[method-assign]
        return stage.make(newest_fill_ms=0)

    @property
    def seconds(self) -> float:
        return (self.stage.clock.wall_ns() - self.begun_ns) / SECOND

    async def until_settled(self, most_s: float = 100.0) -> float:
        """Run until the order is not in doubt any more; return after how many seconds."""
        task = asyncio.create_task(self.stage.reconciler.resolve())
        self.stage.reconciler.doubt()
        for _ in range(10_000):
            if self.stage.state() is not OrderState.IN_DOUBT or self.seconds >= most_s:
                break
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait({task})
        return self.seconds


async def test_TO16_an_order_that_never_arrived_is_proven_absent_within_40_s() -> None:
    doubt = Doubt(Late())
    seconds = await doubt.until_settled()
    assert doubt.stage.state() is OrderState.PROVEN_ABSENT
    assert WINDOW_S + 2 < seconds < 40


async def test_TO16_two_complete_scans_begin_after_the_barrier() -> None:
    doubt = Doubt(Late())
    begun: list[float] = []
    scan = doubt.exchange.orders

    async def watched(
        *, status: str = "", ticker: str = "", min_ts_s: int | None = None
    ) -> tuple[e.OrderReported, ...]:
        if ticker:
            begun.append(doubt.seconds)
        return await scan(status=status, ticker=ticker, min_ts_s=min_ts_s)

    doubt.exchange.orders = watched  # type: ignore[method-assign]
    await doubt.until_settled()
    barrier_s = WINDOW_S + 2 + doubt.exchange.lag_ns / SECOND
    assert len([each for each in begun if each >= barrier_s]) == 2


@pytest.mark.parametrize("arrives_s", range(1, 31))
async def test_FA04_an_order_that_is_carried_out_late_is_found_and_never_called_absent(
    arrives_s: int,
) -> None:
    doubt = Doubt(Late())
    late = report("o1", "c1", e.ReportedStatus.RESTING)
    doubt.at[arrives_s] = lambda: doubt.exchange.book.update(o1=late)
    await doubt.until_settled()
    assert doubt.stage.state() is OrderState.RESTING
    assert not any(isinstance(each, e.ProvenAbsent) for each in doubt.stage.facts)


@pytest.mark.parametrize(
    "error", [ReadFailedError("No answer."), DeniedError(401, "x"), DeniedError(404, "x")]
)
async def test_TO17_as_long_as_scans_fail_the_order_stays_in_doubt(error: ApiError) -> None:
    doubt = Doubt(Late(errors_at=set(range(1, 10_000)), error=error))
    await doubt.until_settled()
    assert doubt.stage.state() is OrderState.IN_DOUBT


async def test_FC16_an_error_between_the_two_scans_begins_the_proof_anew() -> None:
    calm = Doubt(Late())
    undisturbed_s = await calm.until_settled()
    last = calm.exchange.scans
    doubt = Doubt(Late(errors_at={last}))
    assert await doubt.until_settled() > undisturbed_s
    assert doubt.exchange.scans == last + 2


async def test_TO17_reads_that_stay_behind_prove_nothing() -> None:
    doubt = Doubt(Late(lag_ns=200 * SECOND))
    await doubt.until_settled()
    assert doubt.stage.state() is OrderState.IN_DOUBT
    told = [each for each in doubt.stage.facts if isinstance(each, e.RequestFailed)]
    assert [each.reason.partition(" (")[0] for each in told] == [
        "the exchange's clock is 200 s behind"
    ], "said once"


async def test_TO17_while_the_exchanges_clock_is_not_known_nothing_is_proven() -> None:
    doubt = Doubt(Late(clock_uncertainty_ns=None))
    await doubt.until_settled()
    assert doubt.stage.state() is OrderState.IN_DOUBT


async def test_FB02_the_barrier_counts_from_the_stamp_that_was_signed() -> None:
    doubt = Doubt(Late())
    doubt.stage.sign_times["c1"] = (doubt.begun_ns - 5 * SECOND, doubt.begun_ns + 20 * SECOND)
    assert 20 + WINDOW_S + 2 < await doubt.until_settled() < 60
    assert doubt.stage.state() is OrderState.PROVEN_ABSENT


async def test_TO16_a_later_signature_moves_the_barrier_of_a_proof_under_way() -> None:
    doubt = Doubt(Late())
    later = (doubt.begun_ns, doubt.begun_ns + 20 * SECOND)
    doubt.at[20] = lambda: doubt.stage.sign_times.update(c1=later)
    assert 20 + WINDOW_S + 2 < await doubt.until_settled() < 60


async def test_an_order_of_which_no_signature_is_known_is_never_called_absent() -> None:
    doubt = Doubt(Late())
    doubt.stage.sign_times.clear()
    await doubt.until_settled()
    assert doubt.stage.state() is OrderState.IN_DOUBT


async def test_TO15_an_order_among_the_historical_ones_is_found_there() -> None:
    gone = report("o1", "c1", e.ReportedStatus.EXECUTED, filled=100)
    exchange = Late(archive=(gone,), fill_list=(fill(1), fill(2)))
    doubt = Doubt(exchange)
    exchange.cutoff_ns = doubt.begun_ns + 1
    await doubt.until_settled()
    assert doubt.stage.state() is OrderState.EXECUTED


async def test_the_archive_is_left_alone_where_the_order_is_newer_than_its_cutoff() -> None:
    doubt = Doubt(Late())
    doubt.exchange.cutoff_ns = doubt.begun_ns
    await doubt.until_settled()
    assert doubt.stage.state() is OrderState.PROVEN_ABSENT
    assert not any(each[0] == "archived orders" for each in doubt.exchange.asked if each)  # type: ignore[index]


async def test_a_position_that_only_this_order_can_explain_holds_the_proof_up() -> None:
    doubt = Doubt(Late())
    doubt.stage.absorb(
        e.ConnectionChanged(e.ConnectionState.OPEN),
        e.PositionReported("KX-A", Count(0), Money(0), Money(0), Money(0), 1),
    )
    newer_ms = doubt.begun_ns // 10**6 + 1
    doubt.exchange.position_list = (
        e.PositionReported("KX-A", Count(100), Money(1), Money(0), Money(0), newer_ms),
    )
    # Two sweeps that leave it unexplained have the exchange's figure taken over (FE07).
    await doubt.until_settled(most_s=38.0)
    assert doubt.stage.state() is OrderState.IN_DOUBT


async def test_TO14_what_the_private_feed_says_during_the_proof_decides() -> None:
    doubt = Doubt(Late())
    told = report("o1", "c1", e.ReportedStatus.RESTING)
    doubt.at[33] = lambda: doubt.stage.absorb(told)
    await doubt.until_settled()
    assert doubt.stage.state() is OrderState.RESTING
    assert not any(isinstance(each, e.ProvenAbsent) for each in doubt.stage.facts)


async def test_TO14_what_it_says_during_the_last_read_decides_too() -> None:
    class Quick(Late):
        async def cutoff(self) -> Cutoff:
            doubt.stage.absorb(report("o1", "c1", e.ReportedStatus.RESTING))
            return await super().cutoff()

    doubt = Doubt(Quick())
    await doubt.until_settled()
    assert doubt.stage.state() is OrderState.RESTING
    assert not any(isinstance(each, e.ProvenAbsent) for each in doubt.stage.facts)


@pytest.mark.parametrize("is_restarted", [False, True])
async def test_TO13_an_order_that_is_said_to_exist_is_never_called_absent(
    is_restarted: bool,
) -> None:
    doubt = Doubt(Late(), OrderState.SENDING)
    stage = doubt.stage
    if is_restarted:
        at_ns = stage.clock.wall_ns()
        entry = StateEntry("c1", OrderState.IN_DOUBT, at_ns, "", SAID_TO_EXIST)
        stage.engine.restore([entry])
    else:
        stage.absorb(e.OutcomeUnknown("c1", "409", exists=True))
    await doubt.until_settled()
    assert any(isinstance(each, e.ProvenAbsent) for each in stage.facts)
    assert stage.state() is OrderState.IN_DOUBT


async def test_TO35_an_order_that_was_being_sent_when_the_program_ended_is_settled_too() -> None:
    doubt = Doubt(Late(), OrderState.SENDING)
    await doubt.until_settled()
    assert doubt.stage.state() is OrderState.PROVEN_ABSENT


async def test_FA02_looking_begins_at_once() -> None:
    doubt = Doubt(Late(book={"o1": report("o1", "c1", e.ReportedStatus.RESTING)}))
    assert await doubt.until_settled() <= 0.1

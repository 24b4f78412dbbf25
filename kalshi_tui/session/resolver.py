"""Looks for orders in doubt until each is found or provably absent.

Presence is looked for at once and as often as is decent; absence is only ever concluded by
`core.absence`, and an error counts for nothing. Reads only, and calls no order failed.
Source: reliability catalogue 3.3, TO15, TO16, TO17, TO24, TO28, TO35.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from kalshi_tui.api.decode import Cutoff
from kalshi_tui.api.errors import ApiError
from kalshi_tui.core import events as e
from kalshi_tui.core.absence import REACH_BACK_NS, Moment, Proof
from kalshi_tui.core.orders import CancelState, OrderState, RequestState
from kalshi_tui.core.reconciliation import DifferenceKind
from kalshi_tui.core.views import DifferencesView, OrderRow, OrdersView, Pane, View, ViewKey

SECOND = 1_000_000_000
LOOK_UP_S = (0.1, 0.4, 1.0, 2.0, 4.0)
"""Pauses before each look-up of orders in doubt; the last repeats for ever."""

PROVING_S = 1.5
"""The pause between the reads of a proof: by then the position that a sweep told is judged."""

LAGGING_S = 10.0
"""How long after the barrier the exchange's reads are expected to become current."""


class DoubtReader(Protocol):
    """The reads of a look-up."""

    @property
    def clock_offset_ns(self) -> int: ...

    @property
    def clock_uncertainty_ns(self) -> int | None: ...

    async def user_data_timestamp(self) -> int: ...

    async def cutoff(self) -> Cutoff: ...

    async def orders(
        self, *, status: str = "", ticker: str = "", min_ts_s: int | None = None
    ) -> tuple[e.OrderReported, ...]: ...

    async def archived_orders(
        self, *, ticker: str = "", min_ts_s: int | None = None
    ) -> tuple[e.OrderReported, ...]: ...

    async def fills(
        self, *, order_id: str = "", min_ts_s: int | None = None
    ) -> tuple[e.Filled, ...]: ...


class Resolver:
    """Runs on the session thread. `doubt` wakes it; `resolve` never ends."""

    def __init__(
        self,
        rest: DoubtReader,
        *,
        view: Callable[[ViewKey], View | None],
        absorb: Callable[..., None],
        read_order: Callable[[str], Awaitable[None]],
        sweep: Callable[[], Awaitable[None]],
        sign_times: Callable[[str], tuple[int, ...]],
        wall_ns: Callable[[], int],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        """`wall_ns` is the exchange's time by our clock."""
        self._rest = rest
        self._view = view
        self._absorb = absorb
        self._read_order = read_order
        self._sweep = sweep
        self._sign_times = sign_times
        self._wall_ns = wall_ns
        self._sleep = sleep
        self._doubt = asyncio.Event()
        self._proofs: dict[str, Proof] = {}
        self._is_lag_told = False

    def doubt(self) -> None:
        """Something has become doubtful: start looking."""
        self._doubt.set()

    async def resolve(self) -> None:
        """Look as long as anything is in doubt, for ever."""
        while True:
            await self._doubt.wait()
            self._doubt.clear()
            tries = 0
            while self._rows():
                await self._pause(tries)
                tries += 1
                await self._look_up(self._rows())
            self._proofs.clear()
            self._is_lag_told = False

    async def _pause(self, tries: int) -> None:
        """Wait before the next look-up; something newly doubtful is looked for at once."""
        if self._doubt.is_set():
            self._doubt.clear()
            await self._sleep(LOOK_UP_S[0])
            return
        longest_s = LOOK_UP_S[min(tries, len(LOOK_UP_S) - 1)]
        await self._sleep(min([longest_s, *map(self._due_s, self._proofs.values())]))

    def _due_s(self, proof: Proof) -> float:
        """Return the seconds until the next read of a proof may count."""
        left_ns = proof.barrier_ns(self._rest.clock_uncertainty_ns or 0) - self._wall_ns()
        if left_ns > 0:
            return max(left_ns / SECOND, LOOK_UP_S[0])
        is_soon = left_ns > -LAGGING_S * SECOND
        return PROVING_S if is_soon or proof.scans else LOOK_UP_S[-1]

    # One round

    async def _look_up(self, rows: list[OrderRow]) -> None:
        for row in rows:
            if row.order_id:
                await self._look_at(row.order_id)
        sought: dict[str, list[OrderRow]] = {}
        for row in rows:
            if not row.order_id:
                sought.setdefault(row.ticker, []).append(row)
        for ticker in sorted(sought):
            await self._search(ticker, sought[ticker])

    async def _look_at(self, order_id: str) -> None:
        try:
            await self._read_order(order_id)
        except ApiError:
            # Stays in doubt; the screen says so, and the next round tries again.
            return

    async def _search(self, ticker: str, rows: list[OrderRow]) -> None:
        """Read all orders of a market since the oldest of these was signed."""
        proofs = [self._proof(row) for row in rows]
        try:
            begun = await self._moment()
            from_s = self._from_s(rows, begun)
            found = await self._rest.orders(ticker=ticker, min_ts_s=from_s)
            missing = await self._take(found, rows)
            if not missing:
                return
            for row in missing:
                if (proof := self._proof(row)) is not None:
                    proof.scanned(begun)
                    self._tell_lag(proof, begun)
            await self._conclude(ticker, missing, from_s)
        except ApiError:
            # An incomplete read proves nothing, and breaks what was proven so far.
            for broken in proofs:
                if broken is not None:
                    broken.interrupted()

    def _tell_lag(self, proof: Proof, begun: Moment) -> None:
        """Say once why a proof does not come: reads that stay behind, as with a paused clock."""
        if self._is_lag_told or begun.as_of_ns is None:
            return
        barrier_ns = proof.barrier_ns(begun.uncertainty_ns or 0)
        if begun.as_of_ns < barrier_ns <= begun.now_ns - LAGGING_S * SECOND:
            self._is_lag_told = True
            behind_s = (begun.now_ns - begun.as_of_ns) // SECOND
            reason = (
                f"the exchange's clock is {behind_s:,} s behind (paused or slow), so they stay IN "
                "DOUBT and count until it moves on"
            )
            self._absorb(e.RequestFailed("what became of orders in doubt", reason))

    async def _conclude(self, ticker: str, rows: list[OrderRow], from_s: int) -> None:
        """Go through the last steps of the proofs that the scans have got far enough."""
        proofs = {row.client_order_id: self._proof(row) for row in rows}
        near = {coid: proof for coid, proof in proofs.items() if proof is not None and proof.scans}
        if not near:
            return
        if not all(proof.is_scanned for proof in near.values()):
            # Fills and positions to judge by, before the last scan: a market is compared with them
            # about a second later.
            await self._sweep()
            return
        cutoff_ns = (await self._rest.cutoff()).orders_updated_ns
        is_read = any(proof.may_be_archived(cutoff_ns) for proof in near.values())
        if is_read:
            older = await self._rest.archived_orders(ticker=ticker, min_ts_s=from_s)
            rows = await self._take(older, rows)
        agree = not self._differs(ticker)
        for row in rows:
            proof = near.get(row.client_order_id)
            if proof is None:
                continue
            proof.searched_archive(cutoff_ns, is_read=is_read)
            proof.agreed(agree)
            if proof.as_of_ns is not None and self._is_in_doubt(row.client_order_id):
                del self._proofs[row.client_order_id]
                self._absorb(e.ProvenAbsent(row.client_order_id, proof.as_of_ns))

    async def _take(
        self, reports: tuple[e.OrderReported, ...], rows: list[OrderRow]
    ) -> list[OrderRow]:
        """Book the orders that are there and return those that are not among them."""
        sought = {row.client_order_id for row in rows}
        found = set()
        for report in reports:
            if report.client_order_id in sought:
                found.add(report.client_order_id)
                self._proofs.pop(report.client_order_id, None)
                self._absorb(report)
                self._absorb(*await self._rest.fills(order_id=report.order_id))
        return [row for row in rows if row.client_order_id not in found]

    # What is known

    async def _moment(self) -> Moment:
        """Return the exchange's time; what cannot be asked leaves a look-up, and no proof."""
        try:
            as_of_ns: int | None = await self._rest.user_data_timestamp()
        except ApiError:
            as_of_ns = None
        return Moment(as_of_ns, self._wall_ns(), self._rest.clock_uncertainty_ns)

    def _from_s(self, rows: list[OrderRow], begun: Moment) -> int:
        """Return from when on orders are read: behind every signature of these."""
        signed = [at for row in rows for at in self._sign_times(row.client_order_id)[:1]]
        opened = [row.created_wall_ns + self._rest.clock_offset_ns for row in rows]
        oldest_ns = min([*signed, *opened])
        if begun.as_of_ns is not None:
            # An exchange whose clock can be set may stamp orders earlier than they were signed.
            oldest_ns = min(oldest_ns, begun.as_of_ns - (begun.now_ns - oldest_ns))
        return (oldest_ns - REACH_BACK_NS) // SECOND

    def _proof(self, row: OrderRow) -> Proof | None:
        """Return the proof for an order's last signature; None where there can be none."""
        times = self._sign_times(row.client_order_id)
        if row.state is not OrderState.IN_DOUBT or row.external or not times:
            return None
        proof = self._proofs.get(row.client_order_id)
        if proof is None or proof.sign_ns != max(times):
            proof = self._proofs[row.client_order_id] = Proof(max(times))
        return proof

    def _is_in_doubt(self, client_order_id: str) -> bool:
        """Return whether nothing was heard of it while we read: the private feed may be first."""
        return any(
            row.client_order_id == client_order_id and not row.order_id and _is_lost(row)
            for row in self._rows()
        )

    def _differs(self, ticker: str) -> bool:
        view = self._view((Pane.DIFFERENCES, ""))
        rows = view.rows if isinstance(view, DifferencesView) else ()
        return any(
            row.kind is DifferenceKind.POSITION
            and row.ticker == ticker
            and row.resolved_wall_ns is None
            for row in rows
        )

    def _rows(self) -> list[OrderRow]:
        view = self._view((Pane.ORDERS, ""))
        live = view.live if isinstance(view, OrdersView) else ()
        return [row for row in live if is_doubtful(row)]


def _is_lost(row: OrderRow) -> bool:
    return row.state is OrderState.IN_DOUBT


def is_doubtful(row: OrderRow) -> bool:
    """Return whether its outcome, its cancel or its change is in doubt."""
    is_changing = row.change is not None and row.change.state is RequestState.IN_DOUBT
    return _is_lost(row) or row.cancel is CancelState.IN_DOUBT or is_changing

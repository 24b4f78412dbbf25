"""Brings the history store up to the exchange: page by page, resumable, never in the way.

Drives `api.history` with a function that reads and a store that keeps. The store's work runs off
the session's loop, so that an order never waits for a page. Owns what a failed request means for a
reading; knows no HTTP and computes no money.
Source: reliability catalogue FE06, FE08.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from kalshi_tui.api import accounts
from kalshi_tui.api.errors import BodyError, DeniedError, ReadFailedError
from kalshi_tui.api.history import HistoryScan
from kalshi_tui.api.pager import OLD_MARKETS, Pager
from kalshi_tui.core.completeness import RecordKind, Statement
from kalshi_tui.core.profit import event_of
from kalshi_tui.core.records import FillRecord, SettlementRecord
from kalshi_tui.core.settlements import rebuilt
from kalshi_tui.session.chronicle import Absorbed, History, Reading

Fetch = Callable[[str, dict[str, str]], Awaitable[bytes]]
"""GET of (path, query): the body. Raises `DeniedError` or `ReadFailedError`."""

TICKERS_A_QUERY = 100

BODY_ATTEMPTS = 3
"""How often an answer that is none is asked for again."""

ORDER_OF_KINDS = (
    RecordKind.ORDERS,
    RecordKind.FILLS,
    RecordKind.SETTLEMENTS,
    RecordKind.POSITIONS,
    RecordKind.DEPOSITS,
    RecordKind.WITHDRAWALS,
)
"""Orders before fills, so that an order never says more than the fills that are read after it."""


@dataclass(frozen=True, slots=True)
class Synced:
    """How far one reading has come, or how it ended."""

    statement: Statement
    reached_s: int
    """Everything from before this Unix second is covered, where the statement is complete."""
    added: int = 0
    changed: int = 0
    unread: int = 0
    odd: int = 0

    def plus(self, statement: Statement, absorbed: Absorbed) -> "Synced":
        """Return the sums after one more page."""
        return Synced(
            statement,
            self.reached_s,
            self.added + absorbed.added,
            self.changed + absorbed.changed,
            self.unread + absorbed.unread,
            self.odd + absorbed.odd,
        )


class Sync:
    """Reads an account's history into its store. One call at a time."""

    def __init__(
        self,
        history: History,
        fetch: Fetch,
        now_s: Callable[[], int],
        *,
        on_progress: Callable[[Synced], None] = lambda _: None,
    ) -> None:
        """`now_s` gives the exchange's wall clock in Unix seconds."""
        self._history = history
        self._fetch = fetch
        self._now_s = now_s
        self._on_progress = on_progress

    async def run(
        self,
        kinds: Iterable[RecordKind] = ORDER_OF_KINDS,
        *,
        subaccount: int = 0,
        anew: bool = False,
    ) -> list[Synced]:
        """Read each kind, from where the last reading of it ended or was interrupted.

        One that was interrupted covers what there was when it began (`Synced.reached_s`); call
        again for what is newer.

        Raises `ReadFailedError` where the exchange gives no answer: what came is stored, and the
        next call goes on there. Raises `HistoryError` where the store cannot be written.
        """
        return [await self._read(await self._begin(each, subaccount, anew)) for each in kinds]

    async def rebuild(self, subaccount: int = 0) -> int:
        """Rebuild the settlements that no endpoint gives any more; return how many were new.

        Of markets that have fills here and no settlement, and that are in the archive with their
        result. Raises as `run` does.
        """
        store = self._history
        tickers = await asyncio.to_thread(store.unsettled, subaccount)
        made: list[SettlementRecord] = []
        for at in range(0, len(tickers), TICKERS_A_QUERY):
            scan = Pager(OLD_MARKETS, {"tickers": ",".join(tickers[at : at + TICKERS_A_QUERY])})
            while (query := scan.query) is not None:
                try:
                    for item in scan.receive(await self._fetch(OLD_MARKETS.path, query)):
                        if (end := accounts.ended(item)) is not None:
                            made += self._rebuilt(end, subaccount)
                except BodyError as error:
                    raise ReadFailedError(error.reason) from None
        return await asyncio.to_thread(store.add_rebuilt, made)

    def _rebuilt(self, end: accounts.Ended, subaccount: int) -> list[SettlementRecord]:
        fills = [
            each
            for each in self._history.records(RecordKind.FILLS, ticker=end.ticker)
            if isinstance(each, FillRecord) and each.subaccount == subaccount
        ]
        event = end.event_ticker or event_of(end.ticker)
        try:
            return [rebuilt(end.ticker, fills, end.result, end.value, end.settled_ns, event)]
        except ValueError:
            # A scalar whose value is nowhere: it stays open, and the settlement's gap is said.
            return []

    async def _begin(self, kind: RecordKind, subaccount: int, anew: bool) -> Reading:
        return await asyncio.to_thread(
            self._history.begin, kind, subaccount, self._now_s(), anew=anew
        )

    async def _read(self, reading: Reading) -> Synced:
        store = self._history
        scan = HistoryScan(
            reading.kind,
            subaccount=reading.subaccount,
            since_s=reading.since_s,
            progress=reading.progress,
        )
        synced = Synced(scan.statement, reading.begun_s)
        failures = 0
        while (ask := scan.ask) is not None:
            try:
                page = scan.receive(await self._fetch(ask.path, ask.params))
            except BodyError as error:
                failures += 1
                if failures >= BODY_ATTEMPTS:
                    raise ReadFailedError(error.reason) from None
                continue
            except DeniedError as error:
                self._refused(scan, error)
                continue
            failures = 0
            absorbed = await asyncio.to_thread(store.absorb, reading, page, scan.progress)
            synced = synced.plus(scan.statement, absorbed)
            self._on_progress(synced)
        return await self._end(reading, synced.plus(scan.statement, Absorbed(0, 0, 0, 0, 0)))

    async def _end(self, reading: Reading, synced: Synced) -> Synced:
        await asyncio.to_thread(self._history.finish, reading, synced.statement)
        self._on_progress(synced)
        return synced

    def _refused(self, scan: HistoryScan, error: DeniedError) -> None:
        """Begin a listing anew whose cursor is refused, leave one that is not given at all.

        A refused key or an exhausted budget says nothing about the listing and ends the call.
        """
        if error.status in (401, 429):
            raise error
        if scan.progress.cursor and error.status == 400:
            scan.restart()
        else:
            scan.skip(error.reason)

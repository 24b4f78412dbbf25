"""One kind of the account's records read whole, from both tiers, whatever moves meanwhile.

Sans-IO: says what to ask next, takes the body. Live is read before the archive, both over the same
range: a record that is handed over during the reading was seen live, or is in the archive by the
time that is read. The cut-off is read before and after; where it has moved, the archive is read
once more across it. Owns that order, resumption and the completeness statement; sends nothing,
stores nothing.
Source: openapi.yaml tag historical; reliability catalogue FE08, FC16.
"""

from dataclasses import replace
from typing import NamedTuple

import msgspec

from kalshi_tui.api import accounts, pager
from kalshi_tui.api.decode import SECOND_NS
from kalshi_tui.api.errors import ScanError
from kalshi_tui.api.pager import ListEndpoint, Pager
from kalshi_tui.core.completeness import Cutoff, RecordKind, Section, Statement, Tier

CUTOFF_PATH = "/historical/cutoff"

OVERLAP_S = 86_400
"""How far a reading across a cut-off, or after an earlier one, reaches back."""

PAGE_CAP = 100_000
"""Pages after which a listing is given up: a hundred million records."""

RESTARTS = 2
"""How often a listing that goes round in circles is begun anew: the cut-off may pass its cursor."""


class Listing(NamedTuple):
    """One endpoint that gives a kind of record."""

    tier: Tier
    endpoint: ListEndpoint
    is_timed: bool = True
    """True where it takes `min_ts` and `max_ts`."""
    has_subaccount: bool = True
    more: tuple[tuple[str, str], ...] = ()


_LIVE, _ARCHIVE = Tier.LIVE, Tier.ARCHIVE

LISTINGS: dict[RecordKind, tuple[Listing, ...]] = {
    RecordKind.FILLS: (Listing(_LIVE, pager.FILLS), Listing(_ARCHIVE, pager.OLD_FILLS)),
    RecordKind.ORDERS: (Listing(_LIVE, pager.ORDERS), Listing(_ARCHIVE, pager.OLD_ORDERS)),
    RecordKind.SETTLEMENTS: (Listing(_LIVE, pager.SETTLEMENTS),),
    RecordKind.POSITIONS: (
        Listing(_LIVE, pager.POSITIONS, is_timed=False, more=(("settlement_status", "all"),)),
        Listing(_ARCHIVE, pager.OLD_POSITIONS, is_timed=False),
    ),
    RecordKind.DEPOSITS: (Listing(_LIVE, pager.DEPOSITS, is_timed=False, has_subaccount=False),),
    RecordKind.WITHDRAWALS: (
        Listing(_LIVE, pager.WITHDRAWALS, is_timed=False, has_subaccount=False),
    ),
}
"""Where each kind is read, live first."""

_ARCHIVED = frozenset(LISTINGS) - {RecordKind.DEPOSITS, RecordKind.WITHDRAWALS}


class Ask(NamedTuple):
    """A GET that is due: path below the base, and query."""

    path: str
    params: dict[str, str]


class Page(NamedTuple):
    """What one answer held, undecoded."""

    tier: Tier
    items: tuple[msgspec.Raw, ...]


class Progress(msgspec.Struct, frozen=True):
    """Where a reading stands: enough to go on with it in another process."""

    step: int = 0
    """The listing that is due: 0 is the first."""
    cursor: str = ""
    done: tuple[tuple[str, int, int, bool], ...] = ()
    """Tier, pages, items and end of each listing so far, the one in hand included."""
    before: tuple[int | None, ...] | None = None
    """The cut-off at the beginning."""
    after: tuple[int | None, ...] | None = None
    """The cut-off at the end, where it has moved and the archive is read across it."""
    gaps: tuple[str, ...] = ()


class HistoryScan:
    """One reading. Send `ask`, give the body to `receive`, until `ask` is None.

    Where a request fails for good, `skip` leaves the listing with a gap; where its cursor is not
    taken any more, `restart` begins the listing anew. Reading twice is harmless: records have ids.
    """

    def __init__(
        self,
        kind: RecordKind,
        *,
        subaccount: int = 0,
        since_s: int | None = None,
        until_s: int | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.kind = kind
        self._subaccount, self._since_s, self._until_s = subaccount, since_s, until_s
        self._listings = list(LISTINGS[kind])
        at = progress or Progress()
        self._step = at.step
        self._before = None if at.before is None else Cutoff(*at.before)
        self._after = None if at.after is None else Cutoff(*at.after)
        if self._after is not None:
            self._listings.append(self._listings[-1])
        self._gaps = list(at.gaps)
        self._sections = [
            Section(Tier(tier), self._path(number), pages, items, ended)
            for number, (tier, pages, items, ended) in enumerate(at.done)
        ]
        self._waits_for = ""
        """`before` or `after` while that cut-off is due."""
        self._base = (0, 0)
        self._restarts = 0
        self._pager: Pager | None = None
        self._is_over = False
        if self._has_cutoff and self._before is None:
            self._waits_for = "before"
        else:
            self._begin(at.cursor)

    # What is due

    @property
    def ask(self) -> Ask | None:
        """The request that is due, or None when the reading is over."""
        if self._is_over:
            return None
        if self._waits_for:
            return Ask(CUTOFF_PATH, {})
        assert self._pager is not None
        query = self._pager.query
        assert query is not None
        return Ask(self._pager.endpoint.path, query)

    @property
    def progress(self) -> Progress:
        """Where the reading stands."""
        before, after = self._before, self._after
        return Progress(
            step=self._step,
            cursor=self._pager.cursor if self._pager else "",
            done=tuple((s.tier.value, s.pages, s.items, s.is_finished) for s in self._sections),
            before=None if before is None else _stamps(before),
            after=None if after is None else _stamps(after),
            gaps=tuple(self._gaps),
        )

    @property
    def statement(self) -> Statement:
        """What was covered so far; final when `ask` is None."""
        return Statement(
            self.kind,
            self._since_s,
            self._until_s,
            tuple(self._sections),
            self._before,
            self._after,
            tuple(self._gaps),
        )

    # What has come

    def receive(self, body: bytes) -> Page | None:
        """Take an answer; return its records, None for a cut-off or a listing begun anew.

        Raises `BodyError` for an answer that is none; the reading stays where it was.
        """
        if self._waits_for:
            self._take_cutoff(accounts.cutoff(body))
            return None
        assert self._pager is not None
        tier = self._listings[self._step].tier
        try:
            items = self._pager.receive(body)
        except ScanError as error:
            self._again(error.reason)
            return None
        finished = self._pager.query is None
        self._note(finished)
        if finished:
            self._next()
        return Page(tier, items)

    def restart(self) -> None:
        """Begin the listing in hand anew: its cursor is refused."""
        self._again("its cursor was refused.")

    def skip(self, reason: str) -> None:
        """Leave what is due, with a gap that says why."""
        path = self.ask.path if self.ask else ""
        self._gaps.append(f"{path} was not read to its end: {reason}")
        if self._waits_for == "before":
            self._before = Cutoff()
            self._begin("")
        elif self._waits_for:
            self._finish()
        else:
            self._next()

    def _take_cutoff(self, cutoff: Cutoff) -> None:
        if self._waits_for == "before":
            self._before = cutoff
            self._begin("")
            return
        self._after = cutoff
        old, new = self._cut(self._before), cutoff.of(self.kind)
        archive = self._listings[-1]
        if archive.tier is _ARCHIVE and old is not None and new is not None and new > old:
            # What was handed over meanwhile lies between; the live listing may have lost it.
            self._listings.append(archive)
            self._begin("")
            return
        self._finish()

    # Between the listings

    @property
    def _has_cutoff(self) -> bool:
        return self.kind in _ARCHIVED

    def _cut(self, cutoff: Cutoff | None) -> int | None:
        return None if cutoff is None else cutoff.of(self.kind)

    def _path(self, number: int) -> str:
        listings = LISTINGS[self.kind]
        return listings[min(number, len(listings) - 1)].endpoint.path

    def _begin(self, cursor: str) -> None:
        self._waits_for = ""
        if self._step >= len(self._listings):
            # Taken up again after the last listing.
            self._end()
            return
        listing = self._listings[self._step]
        self._pager = Pager(listing.endpoint, self._params(listing), PAGE_CAP, cursor)
        if len(self._sections) <= self._step:
            section = Section(listing.tier, listing.endpoint.path, 0, 0, is_finished=False)
            self._sections.append(section)
        known = self._sections[self._step]
        self._base = (known.pages, known.items)

    def _params(self, listing: Listing) -> dict[str, str]:
        params = dict(listing.more)
        if listing.has_subaccount:
            params["subaccount"] = str(self._subaccount)
        since, until = self._since_s, self._until_s
        if self._after is not None:
            since, until = self._across()
        if listing.is_timed:
            # Whether a bound belongs to its range is not said: ask for a second more.
            if since is not None:
                params["min_ts"] = str(max(since - 1, 0))
            if until is not None:
                params["max_ts"] = str(until + 1)
        return params

    def _across(self) -> tuple[int | None, int | None]:
        """Return the range between the two cut-offs, with an overlap at both ends."""
        if self.kind is RecordKind.ORDERS:
            # Orders leave by their last change and are listed by their creation.
            return self._since_s, self._until_s
        old, new = self._cut(self._before) or 0, self._cut(self._after) or 0
        return max(old // SECOND_NS - OVERLAP_S, 0), new // SECOND_NS + OVERLAP_S

    def _note(self, finished: bool) -> None:
        assert self._pager is not None
        pages, items = self._base
        self._sections[self._step] = replace(
            self._sections[self._step],
            pages=pages + self._pager.pages,
            items=items + self._pager.items,
            is_finished=finished,
        )

    def _again(self, reason: str) -> None:
        if self._restarts >= RESTARTS:
            self.skip(reason)
            return
        self._note(finished=False)
        self._restarts += 1
        self._begin("")

    def _next(self) -> None:
        self._step += 1
        self._restarts = 0
        self._pager = None
        if self._step < len(self._listings):
            self._begin("")
        else:
            self._end()

    def _end(self) -> None:
        self._pager = None
        if self._has_cutoff and self._after is None:
            self._waits_for = "after"
        else:
            self._finish()

    def _finish(self) -> None:
        self._waits_for = ""
        self._is_over = True
        if not self._has_cutoff:
            return
        cut = self._cut(self._before)
        if cut is None:
            self._gaps.append(f"The exchange did not say its cut-off for {self.kind.value}.")
        elif self.kind is RecordKind.SETTLEMENTS and (self._since_s or 0) * SECOND_NS < cut:
            self._gaps.append(
                "Settlements from before the cut-off are given by no endpoint;"
                " they are rebuilt from fills and results."
            )


def _stamps(cutoff: Cutoff) -> tuple[int | None, ...]:
    return (
        cutoff.market_settled_ns,
        cutoff.trades_created_ns,
        cutoff.orders_updated_ns,
        cutoff.positions_updated_ns,
    )

"""What was read of an account's history, from where to where, and what is missing.

Owns the words of a completeness statement: range, tiers, pages, cut-off, gaps. A reading without
a gap is complete; a gap is always a sentence and never a silence. Reads nothing itself.
Source: openapi.yaml `GetHistoricalCutoffResponse`; reliability catalogue FE08.
"""

from dataclasses import dataclass
from enum import Enum


class RecordKind(Enum):
    """What an account's history is made of."""

    FILLS = "fills"
    ORDERS = "orders"
    SETTLEMENTS = "settlements"
    POSITIONS = "positions"
    DEPOSITS = "deposits"
    WITHDRAWALS = "withdrawals"


class Tier(Enum):
    """Which half of the exchange a record was read from."""

    LIVE = "live"
    ARCHIVE = "archive"


@dataclass(frozen=True, slots=True)
class Cutoff:
    """The moments before which records are in the archive, in wall nanoseconds; None if unsaid."""

    market_settled_ns: int | None = None
    trades_created_ns: int | None = None
    orders_updated_ns: int | None = None
    positions_updated_ns: int | None = None

    def of(self, kind: RecordKind) -> int | None:
        """Return the cut-off that one kind of record is split at; None where there is none.

        Settlements leave with the positions; an exchange that does not say when leaves the time of
        the market's settlement.
        """
        match kind:
            case RecordKind.FILLS:
                return self.trades_created_ns
            case RecordKind.ORDERS:
                return self.orders_updated_ns
            case RecordKind.POSITIONS:
                return self.positions_updated_ns
            case RecordKind.SETTLEMENTS:
                stated = self.positions_updated_ns
                return self.market_settled_ns if stated is None else stated
            case RecordKind.DEPOSITS | RecordKind.WITHDRAWALS:
                return None


@dataclass(frozen=True, slots=True)
class Section:
    """One listing that was read: where, how many pages, how many items, to its end or not."""

    tier: Tier
    path: str
    pages: int
    items: int
    is_finished: bool


@dataclass(frozen=True, slots=True)
class Statement:
    """What one reading of one kind of record covers."""

    kind: RecordKind
    since_s: int | None
    """Unix seconds; None is the beginning of the account."""
    until_s: int | None
    """None is the time of the reading."""
    sections: tuple[Section, ...]
    before: Cutoff | None
    """The cut-off when the reading began, None for what is never archived."""
    after: Cutoff | None
    gaps: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        """True where every listing was read to its end and nothing is known to be missing."""
        return not self.gaps and all(each.is_finished for each in self.sections)

    @property
    def pages(self) -> int:
        """Pages read, over all listings."""
        return sum(each.pages for each in self.sections)

    def sentence(self) -> str:
        """Say it in one line."""
        read = ", ".join(
            f"{each.tier.value} {each.items:,} in {each.pages:,} "
            f"{'page' if each.pages == 1 else 'pages'}"
            for each in self.sections
        )
        words = f"{self.kind.value}: {read or 'nothing read'}"
        return f"{words}; gaps: {' '.join(self.gaps) or 'none'}"

"""The proof that the exchange never had an order whose answer was lost.

A request that was delayed on its way can still be carried out for as long as its signature is
fresh, and reads lag behind: so an order is absent only where the exchange's reads are current to
after that barrier and two complete reads, both begun after it, do not list it. Whatever goes wrong
in between begins the proof anew. Pure: times are arguments, reads are told by the caller.
Source: reliability catalogue 3.3, TO16, TO17; finding 2 (188 of 15,000 orders doubled at a barrier
of 3 s, none at more than the window).
"""

from dataclasses import dataclass

SECOND = 1_000_000_000
WINDOW_NS = 30 * SECOND
"""How long a signature is taken for fresh: -10 s was accepted, -30 s refused (recorded)."""

MARGIN_NS = 2 * SECOND
SCANS = 2
REACH_BACK_NS = 60 * SECOND
"""How far behind the signature a scan begins."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What is known of the exchange's time just before a read begins."""

    as_of_ns: int | None
    """To when its reads are current, on its clock; None where it could not be asked."""
    now_ns: int
    """Its time by our clock."""
    uncertainty_ns: int | None
    """How far off `now_ns` may be; None where that is not known."""


class Proof:
    """The proof for one order and one signature. Told of every read, in order."""

    def __init__(self, sign_ns: int) -> None:
        """`sign_ns` is the stamp in the signature that was sent last."""
        self.sign_ns = sign_ns
        self._scans = 0
        self._as_of_ns = 0
        self._archive_searched = False
        self._positions_agree = False

    def barrier_ns(self, uncertainty_ns: int) -> int:
        """Return the exchange's time from which on the request can do nothing any more."""
        return self.sign_ns + WINDOW_NS + MARGIN_NS + uncertainty_ns

    def is_past(self, moment: Moment) -> bool:
        """Return whether a read that begins now counts.

        The exchange's own word decides; our clock has to agree, for the stamps of an exchange
        whose clock can be set run apart from the one that it checks signatures by.
        """
        if moment.as_of_ns is None or moment.uncertainty_ns is None:
            return False
        barrier_ns = self.barrier_ns(moment.uncertainty_ns)
        return moment.as_of_ns >= barrier_ns and moment.now_ns >= barrier_ns

    def scanned(self, begun: Moment) -> None:
        """A complete read of all statuses and pages, begun at that moment, did not list it."""
        if self.is_past(begun) and begun.as_of_ns is not None:
            self._scans += 1
            self._as_of_ns = begun.as_of_ns

    def searched_archive(self, cutoff_ns: int, *, is_read: bool) -> None:
        """Tell from when on orders are live, asked after the scans, and whether the older ones
        were read as well, without finding it."""
        self._archive_searched = is_read or not self.may_be_archived(cutoff_ns)

    def may_be_archived(self, cutoff_ns: int) -> bool:
        """Return whether the order could be among those that the live reads no longer list."""
        return self.sign_ns < cutoff_ns

    def agreed(self, positions_agree: bool) -> None:
        """Tell whether the position of the market is explained without this order (INV-4)."""
        self._positions_agree = positions_agree

    def interrupted(self) -> None:
        """A read failed or could not be understood: nothing counts that was before it."""
        self._scans = 0
        self._archive_searched = self._positions_agree = False

    @property
    def scans(self) -> int:
        """How many reads count so far."""
        return self._scans

    @property
    def is_scanned(self) -> bool:
        """True once enough live reads count; then the archive and the positions decide."""
        return self._scans >= SCANS

    @property
    def as_of_ns(self) -> int | None:
        """To when the exchange is known not to have it; None while that is not proven."""
        is_proven = self.is_scanned and self._archive_searched and self._positions_agree
        return self._as_of_ns if is_proven else None

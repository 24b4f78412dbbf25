"""What the feed has seen that it did not expect, in numbers.

Owns the counts for the feed panel and for bug reports; decides nothing. Names that come from the
wire are kept bounded.
"""

from dataclasses import dataclass, field

_MAX_NAMES = 32


@dataclass(slots=True)
class FeedCounters:
    """Counts since the program started, over all connections."""

    frames: int = 0
    gaps: int = 0
    """Numbers that were skipped: at least one frame lost each."""
    repeats: int = 0
    """Exact repeats of the frame before, dropped."""
    backwards: int = 0
    """Numbers lower than expected: the subscription was opened anew."""
    unplaced: int = 0
    """Frames of a subscription that is not, or no longer, ours; dropped."""
    late: int = 0
    """Frames handed in while no connection was open; dropped."""
    disbelieved: int = 0
    """Snapshots that may be older than a loss; dropped."""
    garbled: int = 0
    """Frames of which not even the envelope could be read."""
    orphans: int = 0
    """Subscriptions granted that nobody waits for; ended at once."""
    repairs: int = 0
    """Snapshots asked for."""
    subscriptions_lost: int = 0
    connections: int = 0
    """Connections that were opened."""
    reconnects_asked: int = 0
    """Connections given up because the stream was not to be trusted."""
    audits: int = 0
    """LIVE books of which a second copy was compared."""
    audit_differences: int = 0
    quarantines: int = 0
    unknown: dict[str, int] = field(default_factory=dict)
    """Frame types, fields and words that the specification does not have."""
    malformed: dict[str, int] = field(default_factory=dict)
    """Frames of known types that are not as specified, by reason."""

    def note_unknown(self, name: str) -> None:
        """Count a type, field or word."""
        _count(self.unknown, name)

    def note_malformed(self, reason: str) -> None:
        """Count a reason."""
        _count(self.malformed, reason)


def _count(names: dict[str, int], name: str) -> None:
    if name not in names and len(names) >= _MAX_NAMES:
        name = "other"
    names[name] = names.get(name, 0) + 1

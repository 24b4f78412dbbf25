"""How the practice exchange treats its customers: what may be switched, and what it stands at.

Owns the switches that a rehearsal may turn while the exchange runs; each says its default and why.
Knows nothing of what obeys them.
Source: trading API reference (rate-limit tiers, both 429 bodies, read-after-write lag).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from kalshi_tui.practice.limits import TIERS, UNLIMITED

BODIES = ("string", "object")
"""The two bodies that a 429 was seen with."""

_LONGEST_LAG_MS = 60_000


class PolicyError(ValueError):
    """A switch set to something that makes no sense. The message is one sentence."""


@dataclass(slots=True)
class Policy:
    """The switches of one exchange."""

    tier: str = UNLIMITED
    """The rate-limit tier of every account; `unlimited` enforces none, and tells the
    highest figures, Prestige's."""
    rate_limit_body: str = "string"
    """`string` is the documented body; `object` the nested one that some answers carry."""
    read_lag_ms: tuple[int, int] = (0, 0)
    """Least and most time after which a write shows in reads. Kalshi: 300 to 1,000. Off here, so
    that a trader sees what was done; a bot author switches it on."""

    def __post_init__(self) -> None:
        """Refuse values that make no sense. Raises `PolicyError`."""
        self._check()

    def change(self, wanted: Mapping[str, object]) -> None:
        """Set the switches that `wanted` names; other names are left alone. Raises `PolicyError`.

        Nothing changes when one of them makes no sense.
        """
        found = {name: wanted[name] for name in _NAMES if wanted.get(name) is not None}
        before = {name: getattr(self, name) for name in _NAMES}
        for name, value in found.items():
            setattr(self, name, tuple(value) if isinstance(value, list) else value)
        try:
            self._check()
        except PolicyError:
            for name, value in before.items():
                setattr(self, name, value)
            raise

    def shown(self) -> dict[str, object]:
        """Return the switches as JSON-able values."""
        return {name: getattr(self, name) for name in _NAMES}

    def _check(self) -> None:
        if not isinstance(self.tier, str) or self.tier not in (*TIERS, UNLIMITED):
            raise PolicyError(f"tier must be one of {', '.join((*TIERS, UNLIMITED))}.")
        if self.rate_limit_body not in BODIES:
            raise PolicyError(f"rate_limit_body must be one of {', '.join(BODIES)}.")
        if not _is_range(self.read_lag_ms):
            raise PolicyError(
                f"read_lag_ms must be two whole numbers, least and most, up to {_LONGEST_LAG_MS}."
            )


_NAMES = ("tier", "rate_limit_body", "read_lag_ms")


def _is_range(value: object) -> bool:
    if not isinstance(value, tuple) or len(value) != 2:
        return False
    least, most = value
    if type(least) is not int or type(most) is not int:
        return False
    return 0 <= least <= most <= _LONGEST_LAG_MS

"""Where the program's files live: configuration, state, cache and themes.

Owns locations only. Must not read or write a file; directories are made by whoever writes to them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

_NAME = "kalshi-tui"


@dataclass(frozen=True, slots=True)
class Paths:
    """The directories of one user."""

    config: Path
    """`settings.toml` and the user's own `themes/`."""
    state: Path
    """Ledgers, the practice exchange's state and logs. Losing it loses records."""
    cache: Path
    """May be deleted at any time."""

    @property
    def settings_file(self) -> Path:
        return self.config / "settings.toml"

    @property
    def theme_directory(self) -> Path:
        return self.config / "themes"

    @property
    def practice_state(self) -> Path:
        """The practice exchange's accounts, orders and keys."""
        return self.state / "practice"

    @property
    def log_directory(self) -> Path:
        """The log and the reports of crashes."""
        return self.state / "logs"

    @property
    def key_directory(self) -> Path:
        """The encrypted private keys for Kalshi. The practice exchange keeps its own."""
        return self.state / "keys"


def user_paths(environ: Mapping[str, str]) -> Paths:
    """Return the platform's own places, or those below `KALSHI_TUI_HOME` where it is set."""
    home = environ.get("KALSHI_TUI_HOME", "")
    if home:
        root = Path(home).expanduser()
        return Paths(config=root / "config", state=root / "state", cache=root / "cache")
    return Paths(
        config=Path(platformdirs.user_config_dir(_NAME)),
        state=Path(platformdirs.user_state_dir(_NAME)),
        cache=Path(platformdirs.user_cache_dir(_NAME)),
    )

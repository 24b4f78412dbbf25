"""Themes from TOML files: a typed loader whose one bad file cannot stop the program.

Stub of the public face; the behaviour follows.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources.abc import Traversable

from textual.theme import Theme


@dataclass(frozen=True, slots=True)
class Problem:
    """A theme file that was left out, with one sentence that says why and what to do."""

    source: str
    message: str


def defaults() -> dict[str, str]:
    """Return a value for every `$market-…` variable, for `App.get_theme_variable_defaults`."""
    return {}


def shipped() -> Traversable:
    """Return the directory of the themes that come with the program (wheel or checkout)."""
    raise NotImplementedError


def load(directories: Iterable[Traversable]) -> tuple[list[Theme], list[Problem]]:
    """Read every `*.toml` of the directories; a later theme replaces an earlier one by name."""
    return [], []

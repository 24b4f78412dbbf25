"""Themes from TOML files: a typed loader whose one bad file cannot stop the program.

A theme is one file; its name is the file's. Owns the format: `dark`, `ansi`, the `[colors]` that
Textual knows and the `[market]` colours that become `$market-…` variables. With `ansi = true` every
colour is one of the terminal's own sixteen or its default. Reads files, writes none.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from textual.color import Color, ColorParseError
from textual.theme import Theme

COLORS = (
    "primary", "secondary", "accent", "foreground", "background", "surface", "panel",
    "success", "warning", "error",
)  # fmt: skip
"""Keys of `[colors]`; all of them are required."""

FALLBACK: dict[str, str] = {
    "bid": "#56B4E9",
    "ask": "#E69F00",
    "own": "#F0E442",
    "gain": "#2FC397",
    "loss": "#F2784B",
    "stale": "#8A939C",
    "dim": "#8A939C",
    "rule": "#6A747E",
    "title": "#AEB8C2",
    "cursor-row": "#1C262E",
    "practice": "#2FC397",
    "demo": "#E69F00",
    "on-badge": "#101418",
    "prod": "#B00020",
    "on-prod": "#FFFFFF",
}
"""Keys of `[market]`, all required, with the colours that stand in under a theme without them."""

MONO = "mono"
"""The theme without a colour: what NO_COLOR asks for (https://no-color.org)."""

_SUFFIX = ".toml"
_MOST_BYTES = 64 * 1024


class ThemeError(ValueError):
    """A theme file that cannot be used. The message is one sentence with the cure."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A theme file that was left out, with one sentence that says why and what to do."""

    source: str
    message: str


def defaults() -> dict[str, str]:
    """Return a value for every `$market-…` variable, for `App.get_theme_variable_defaults`."""
    return {f"market-{key}": value for key, value in FALLBACK.items()}


def shipped() -> Traversable:
    """Return the directory of the themes that come with the program.

    In an installed wheel they lie inside the package, in a source checkout beside it.
    """
    inside = resources.files("kalshi_tui").joinpath("themes")
    return inside if inside.is_dir() else Path(__file__).resolve().parents[2] / "themes"


def load(directories: Iterable[Traversable]) -> tuple[list[Theme], list[Problem]]:
    """Read every `*.toml` of the directories; a later theme replaces an earlier one by name.

    A directory that does not exist is an empty one. Never raises for what a file holds.
    """
    themes: dict[str, Theme] = {}
    problems: list[Problem] = []
    for directory in directories:
        for file in _files(directory, problems):
            try:
                theme = read(file.name.removesuffix(_SUFFIX), _text(file))
            except ThemeError as error:
                problems.append(Problem(str(file), str(error)))
            else:
                themes[theme.name] = theme
    return list(themes.values()), problems


def read(name: str, text: str) -> Theme:
    """Return the theme written in `text`. Raises `ThemeError`."""
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ThemeError(f"The theme {name!r} is not valid TOML: {error}.") from None
    unknown = sorted(document.keys() - {"dark", "ansi", "colors", "market"})
    if unknown:
        raise ThemeError(f"The theme {name!r} has an unknown key {unknown[0]!r}; remove it.")
    is_dark = document.get("dark")
    if not isinstance(is_dark, bool):
        raise ThemeError(f"The theme {name!r} has to say dark = true or dark = false.")
    is_ansi = document.get("ansi", False)
    if not isinstance(is_ansi, bool):
        raise ThemeError(f"The theme {name!r} has to say ansi = true or ansi = false.")
    colors = _table(name, document, "colors", COLORS, ansi=is_ansi)
    market = _table(name, document, "market", FALLBACK, ansi=is_ansi)
    variables = {f"market-{key}": value for key, value in market.items()}
    variables |= _quiet(market, colors["background"])
    if is_ansi:
        variables |= _plain(colors, market)
    return Theme(
        name=name,
        dark=is_dark,
        ansi=is_ansi,
        primary=colors["primary"],
        secondary=colors["secondary"],
        accent=colors["accent"],
        foreground=colors["foreground"],
        background=colors["background"],
        surface=colors["surface"],
        panel=colors["panel"],
        success=colors["success"],
        warning=colors["warning"],
        error=colors["error"],
        variables=variables,
    )


def _quiet(market: Mapping[str, str], ground: str) -> dict[str, str]:
    """Return Textual's names for what stands back: its own mixtures are too faint to be read."""
    muted = ("text-muted", "text-disabled", "foreground-muted", "foreground-disabled")
    bars = ("scrollbar", "scrollbar-hover", "scrollbar-active")
    tracks = ("scrollbar-background", "scrollbar-background-hover", "scrollbar-background-active",
              "scrollbar-corner-color")  # fmt: skip
    return {
        **dict.fromkeys(muted, market["dim"]),
        **dict.fromkeys(bars, market["rule"]),
        **dict.fromkeys(tracks, ground),
    }


def _plain(colors: Mapping[str, str], market: Mapping[str, str]) -> dict[str, str]:
    """Return what Textual derives by mixing colours, which the terminal's own cannot be."""
    text, ground = colors["foreground"], colors["background"]
    fronts = ("ansi-foreground", "text", "block-cursor-blurred-foreground",
              "input-cursor-foreground", "input-selection-foreground",
              "block-cursor-background")  # fmt: skip
    backs = ("ansi-background", "surface-active", "block-cursor-blurred-background",
             "input-cursor-background", "input-selection-background",
             "block-cursor-foreground")  # fmt: skip
    return {
        **dict.fromkeys(fronts, text),
        **dict.fromkeys(backs, ground),
        "border": colors["primary"],
        "border-blurred": market["rule"],
        "block-cursor-text-style": "bold" if text != ground else "bold reverse",
        "input-cursor-text-style": "reverse",
    }


def _files(directory: Traversable, problems: list[Problem]) -> list[Traversable]:
    try:
        if not directory.is_dir():
            return []
        found = [file for file in directory.iterdir() if file.name.endswith(_SUFFIX)]
    except OSError as error:
        problems.append(Problem(str(directory), f"The theme folder cannot be read: {error}."))
        return []
    return sorted(found, key=lambda file: file.name)


def _text(file: Traversable) -> str:
    try:
        with file.open("rb") as stream:
            data = stream.read(_MOST_BYTES + 1)
        if len(data) > _MOST_BYTES:
            raise ThemeError("The file is larger than 64 kB, which no theme is; remove it.")
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise ThemeError("The file is not UTF-8 text; save it as UTF-8.") from None
    except OSError as error:
        raise ThemeError(f"The file cannot be read: {error}.") from None


def _table(
    name: str, document: Mapping[str, object], title: str, keys: Iterable[str], *, ansi: bool
) -> dict[str, str]:
    """Return one table with every key present and every value a colour."""
    table = document.get(title)
    if not isinstance(table, dict):
        raise ThemeError(f"The theme {name!r} has no table [{title}]; add it.")
    wanted = tuple(keys)
    unknown = sorted(table.keys() - set(wanted))
    if unknown:
        raise ThemeError(
            f"The theme {name!r} has an unknown colour {unknown[0]!r} in [{title}]; "
            f"known are {', '.join(wanted)}."
        )
    return {key: _color(name, f"{title}.{key}", table.get(key), ansi=ansi) for key in wanted}


def _color(name: str, key: str, value: object, *, ansi: bool) -> str:
    if value is None:
        raise ThemeError(f'The theme {name!r} lacks {key}; add a colour such as "#56B4E9".')
    if not isinstance(value, str):
        raise ThemeError(f"The theme {name!r} has a {key} that is not a text in quotes.")
    try:
        color = Color.parse(value)
    except ColorParseError:
        raise ThemeError(
            f"The theme {name!r} has {key} = {value!r}, which is not a colour; "
            'write one such as "#56B4E9".'
        ) from None
    if color.a != 1:
        raise ThemeError(f"The theme {name!r} has a see-through {key}; use a solid colour.")
    if ansi and color.ansi is None:
        raise ThemeError(
            f"The theme {name!r} says ansi = true and has {key} = {value!r}; "
            'write one of the terminal\'s own colours such as "ansi_blue", or "ansi_default".'
        )
    if not ansi and color.ansi is not None:
        raise ThemeError(
            f"The theme {name!r} has {key} = {value!r}, a colour of the terminal; "
            'write one such as "#56B4E9", or ansi = true above the tables.'
        )
    return value

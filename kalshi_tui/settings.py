"""The user's settings: typed, documented on the field, read from TOML and the environment.

Owns names, types, defaults and ranges. A value that is not understood is a problem of one sentence
that names the file, its line, the key and what would be accepted; a setting is never ignored in
silence. The rest still applies, except where a limit is not understood: then nothing may trade.
Nothing here chooses a host: environments are fixed in `core.environments`.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from kalshi_tui.core.risk import Limits
from kalshi_tui.core.units import ONE_DOLLAR, UnitError, parse_count, parse_money

_ENVIRONMENT_PREFIX = "KALSHI_TUI_"


class SettingsError(ValueError):
    """Settings that cannot be used. The message is one sentence with the cure."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a user may choose."""

    theme: str = "dark"
    """Name of a theme: `dark`, `light`, or a file of your own in `themes/`."""
    fps: int = 60
    """Most repaints a second, 1 to 60. Lower it over a slow ssh line."""
    ascii: bool = False
    """Only ASCII characters on the screen."""
    presets: tuple[str, ...] = ("1", "5", "10", "25", "100")
    """Sizes that `-` and `=` step through: contracts, such as "10" or "2.5"."""
    size: str = "10"
    """The preset that is chosen at start."""
    checksum_every: int = 1_000
    """Changes of a book between two checksums in its trail (`kalshi-tui doctor --book`)."""
    keys: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Keys of your own by action (`kalshi-tui settings keys`), such as "view.find" = "w"."""
    limits: Limits = Limits()
    """Hard caps of every order. There is no override key."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A setting that was left out."""

    text: str
    """One sentence: where, which, and what would be accepted."""
    stops: bool = False
    """True where going on without it could lift a limit."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the file and the variables say."""

    settings: Settings
    problems: tuple[Problem, ...] = ()
    sources: tuple[tuple[str, str], ...] = ()
    """Where each value that is no default was read: a line of the file, or a variable."""


def load(path: Path, environ: Mapping[str, str]) -> Settings:
    """Read the file (if there is one), then `KALSHI_TUI_…` variables.

    Raises `SettingsError` at the first thing that is not understood.
    """
    reading = read(path, environ)
    for problem in reading.problems:
        raise SettingsError(problem.text)
    return reading.settings


def read(path: Path, environ: Mapping[str, str]) -> Reading:
    """Read the file (if there is one), then `KALSHI_TUI_…` variables. Never raises for either.

    Every problem is named; what is understood applies.
    """
    try:
        text, document = _document(path)
    except SettingsError as error:
        return Reading(Settings(), (Problem(str(error), stops=True),))
    settings, problems, sources = Settings(), [], []
    for key, value, source in [*_in_file(path, text, document), *_in_variables(environ)]:
        try:
            settings = _with(settings, key, value, source)
        except SettingsError as error:
            problems.append(Problem(str(error), stops=_may_lift_a_limit(key, value)))
        else:
            names = value if isinstance(value, dict) else ()
            sources += [(f"{key}.{name}", source) for name in names] or [(key, source)]
    if settings.size not in settings.presets:
        told = f"size {settings.size!r} is not one of the presets {', '.join(settings.presets)}."
        problems.append(Problem(f"{dict(sources).get('size', path)}: {told}"))
        settings = replace(settings, size=settings.presets[0])
    return Reading(settings, tuple(problems), tuple(sources))


def _document(path: Path) -> tuple[str, dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return "", {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read ({error}): fix or remove it.") from error
    try:
        return text, tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"{path} is not valid TOML: {error}. Fix or remove it.") from error


def _in_file(
    path: Path, text: str, document: Mapping[str, object]
) -> Iterator[tuple[str, object, str]]:
    """Yield key, value and place; each line of a table by itself, so that one can be wrong."""
    for key, value in document.items():
        if key in _TABLES and isinstance(value, dict):
            for name, each in value.items():
                yield key, {name: each}, f"{path}, line {_line(text, name, key)}"
        else:
            yield key, value, f"{path}, line {_line(text, key)}"


def _in_variables(environ: Mapping[str, str]) -> Iterator[tuple[str, object, str]]:
    for name, text in sorted(environ.items()):
        key = name.removeprefix(_ENVIRONMENT_PREFIX).lower()
        if name.startswith(_ENVIRONMENT_PREFIX) and key in _FROM_TEXT:
            yield key, _FROM_TEXT[key](text), name


def _may_lift_a_limit(key: str, value: object) -> bool:
    """True for a limit, and for what may have been meant as one: a table, or its name alone."""
    is_unknown = key not in _READERS
    return key == "limits" or (is_unknown and (isinstance(value, dict) or key in _LIMIT_READERS))


def _line(text: str, key: str, table: str = "") -> int:
    """Return the number of the line that sets `key`, at least of its table."""
    here, found = "", 1
    for number, line in enumerate(text.splitlines(), 1):
        words = line.strip()
        if words.startswith("["):
            here = words.strip("[] ").partition("]")[0].strip("\"'")
            name = ""
        else:
            name = words.partition("=")[0].replace('"', "").replace("'", "").replace(" ", "")
        full = f"{here}.{name}".strip(".")
        wanted = f"{table}.{key}".strip(".")
        if full == wanted or full.startswith(f"{wanted}."):
            return number
        if table and full.partition(".")[0] == table and found == 1:
            found = number
    return found


def _with(settings: Settings, key: str, value: object, source: str) -> Settings:
    reader = _READERS.get(key)
    if reader is None:
        known = ", ".join(sorted(_READERS))
        raise SettingsError(f"{source}: there is no setting {key!r}; there are {known}.")
    try:
        found = reader(value)
    except (ValueError, UnitError) as error:
        raise SettingsError(f"{source}: {key}: {error}") from error
    if isinstance(found, Limits) and isinstance(value, dict):
        found = replace(settings.limits, **{name: getattr(found, name) for name in value})
    elif key == "keys":
        found = (*settings.keys, *found)
    return replace(settings, **{key: found})


def _word(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("a word in quotes is needed.")
    return value.strip()


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false is needed.")
    return value


def _rate(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 60:
        raise ValueError("a whole number from 1 to 60 is needed.")
    return value


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError('contracts are needed, such as 10 or "2.5".')
    count = parse_count(str(value))
    if count == 0:
        raise ValueError("it must be more than 0.")
    return count


def _sizes(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise ValueError('a list of sizes is needed, such as ["1", "10"].')
    for each in value:
        _count(each)
    return tuple(str(each) for each in value)


def _size(value: object) -> str:
    _count(value)
    return str(value)


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError("a whole number from 1 is needed.")
    return value


def _dollars(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError('dollars are needed, such as 250 or "99.50".')
    money = parse_money(str(value))
    if money <= 0:
        raise ValueError("it must be more than 0.")
    return money


def _cents(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError('cents are needed, such as 5 or "2.5".')
    # A hundredth of a cent is a unit of price, as a hundredth of a contract is one of count.
    cents = parse_count(str(value))
    if not 0 < cents < ONE_DOLLAR:
        raise ValueError("cents from 0.01 to 99.99 are needed.")
    return cents


def _percent(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 100:
        raise ValueError("a whole number from 1 to 100 is needed.")
    return value


def _minutes(value: object) -> int:
    match = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)", value) if isinstance(value, str) else None
    if match is None:
        raise ValueError('a time of day in New York is needed, such as "00:00" or "17:30".')
    return int(match[1]) * 60 + int(match[2])


_LIMIT_READERS: dict[str, Callable[[object], int]] = {
    "order_count": _count,
    "order_cost": _dollars,
    "open_orders": _whole,
    "position_count": _count,
    "event_risk": _dollars,
    "total_risk": _dollars,
    "day_loss": _dollars,
    "day_start": _minutes,
    "collar": _cents,
    "collar_percent": _percent,
    "orders_per_second": _whole,
    "orders_per_minute": _whole,
}


def _limits(value: object) -> Limits:
    if not isinstance(value, dict):
        raise ValueError("a table [limits] is needed.")
    found: dict[str, Any] = {}
    for key, each in value.items():
        reader = _LIMIT_READERS.get(key)
        if reader is None:
            known = ", ".join(field.name for field in fields(Limits))
            raise ValueError(f"there is no limit {key!r}; there are {known}.")
        try:
            found[key] = reader(each)
        except ValueError as error:
            raise ValueError(f"{key}: {error}") from error
    return Limits(**found)


def _keys(value: object) -> tuple[tuple[str, tuple[str, ...]], ...]:
    if not isinstance(value, dict):
        raise ValueError("a table [keys] is needed.")
    found: list[tuple[str, tuple[str, ...]]] = []
    for name, each in value.items():
        if isinstance(each, dict):
            # An action's name without quotes: TOML reads its dot as a table.
            found += [(f"{name}.{below}", keys) for below, keys in _keys(each)]
            continue
        keys = [each] if isinstance(each, str) else each
        if not isinstance(keys, list) or not keys or not all(isinstance(k, str) for k in keys):
            raise ValueError(f'{name}: a key is needed, such as "w", or a list of them.')
        found.append((name, tuple(keys)))
    return tuple(found)


_TABLES = frozenset({"keys", "limits"})

_READERS: dict[str, Callable[[object], Any]] = {
    "theme": _word,
    "fps": _rate,
    "ascii": _flag,
    "presets": _sizes,
    "size": _size,
    "checksum_every": _whole,
    "keys": _keys,
    "limits": _limits,
}


def _text_flag(text: str) -> object:
    return {"1": True, "true": True, "0": False, "false": False, "": False}.get(text.lower(), text)


def _text_number(text: str) -> object:
    return int(text) if text.isascii() and text.isdigit() else text


_FROM_TEXT: dict[str, Callable[[str], object]] = {
    "theme": str,
    "fps": _text_number,
    "ascii": _text_flag,
}

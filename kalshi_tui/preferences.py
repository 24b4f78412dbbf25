"""`kalshi-tui settings`: show, find, edit and check the settings, and list what keys can do.

Owns the words of these commands and how a value is written. What a setting means is in
`kalshi_tui.settings`, what a key may be in `kalshi_tui.ui.keymap`. Imported when it is called.
"""

import ast
import inspect
import json
import os
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields

import click

from kalshi_tui.core.risk import Limits
from kalshi_tui.core.units import Count, Money, count_to_wire, money_to_wire
from kalshi_tui.paths import Paths, user_paths
from kalshi_tui.settings import _LIMIT_READERS, Reading, Settings, read

_WIDTH = 96
_LIMIT_WORDS: dict[str, Callable[[int], str]] = {
    "_dollars": lambda value: _number(money_to_wire(Money(value))),
    "_count": lambda value: _number(count_to_wire(Count(value))),
    # A hundredth of a cent is a unit of price, as a hundredth of a contract is one of count.
    "_cents": lambda value: _number(count_to_wire(Count(value))),
    "_minutes": lambda value: f'"{value // 60:02d}:{value % 60:02d}"',
}
"""How a limit is written, by the reader that takes it."""


@click.group(short_help="Show, edit and check the settings.")
def settings() -> None:
    """Show, edit and check the settings: a text file in TOML.

    Themes and keys are taken up while the workstation runs, the rest at its next start.
    """


@settings.command()
def path() -> None:
    """Print where the settings lie."""
    click.echo(user_paths(os.environ).settings_file)


@settings.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for scripts.")
def show(as_json: bool) -> None:
    """Print every setting: what it is, its value, and where that was read.

    The output is itself a file of settings.
    """
    reading = _reading(user_paths(os.environ))
    if as_json:
        click.echo(json.dumps(_facts(reading)))
    else:
        click.echo(written(reading))
    for problem in reading.problems:
        click.echo(problem.text, err=True)


@settings.command()
@click.pass_context
def edit(context: click.Context) -> None:
    """Open the settings in your editor ($VISUAL or $EDITOR), then check them.

    A file that does not exist is begun with every setting and its default, each commented out.
    """
    file = user_paths(os.environ).settings_file
    try:
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(begun(), encoding="utf-8")
        click.edit(filename=str(file))
    except OSError as error:
        click.echo(f"{file} cannot be written ({error.strerror}): make it yourself.", err=True)
        sys.exit(1)
    except click.ClickException as error:
        click.echo(f"{error.message.rstrip('.')}: set EDITOR, or open {file} yourself.", err=True)
        sys.exit(1)
    context.invoke(check)


@settings.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for scripts.")
def check(as_json: bool = False) -> None:
    """Look at settings, themes and keys, and name everything that is wrong.

    Ends with 1 where anything is.
    """
    found = list(problems(user_paths(os.environ), os.environ))
    if as_json:
        click.echo(json.dumps({"passed": not found, "problems": found}))
    elif found:
        for problem in found:
            click.echo(problem)
    else:
        click.echo("The settings, themes and keys are fine.")
    sys.exit(1 if found else 0)


@settings.command()
def keys() -> None:
    """List every action that keys can be given to, with its keys now."""
    from kalshi_tui.ui import keymap
    from kalshi_tui.ui.actions import ACTIONS

    in_force, said = keymap.read(_reading(user_paths(os.environ)).settings.keys)
    for action in ACTIONS:
        fixed = "  (fixed)" if action.id in keymap.FIXED or not action.keys else ""
        click.echo(f"{action.id:<24} {in_force.text(action):<16} {action.title}{fixed}")
    for problem in said:
        click.echo(problem, err=True)


def problems(paths: Paths, environ: Mapping[str, str]) -> Iterator[str]:
    """Yield one sentence for everything in the user's files that cannot be used."""
    from kalshi_tui.ui import keymap, themes

    reading = read(paths.settings_file, environ)
    yield from (problem.text for problem in reading.problems)
    places = [themes.shipped(), paths.theme_directory]
    found, bad = themes.load(places)
    yield from (f"{problem.source}: {problem.message}" for problem in bad)
    wanted = reading.settings.theme
    names = [theme.name for theme in found]
    if wanted not in names:
        yield f"{paths.settings_file}: there is no theme {wanted!r}; there are {', '.join(names)}."
    yield from (f"{paths.settings_file}: {each}" for each in keymap.read(reading.settings.keys)[1])


def written(reading: Reading) -> str:
    """Return settings as a file: each with what it is and where its value came from."""
    sources = dict(reading.sources)
    lines: list[str] = []
    for name, value, text in _rows(reading.settings):
        if value is None:
            lines += ["", *_comment(text), f"[{name}]"]
            continue
        at = name.rpartition(".")[2]
        place = sources.get(name) or sources.get(name.rpartition(".")[0], "default")
        lines += ["", *_comment(f"{text} ({place})"), f"{at} = {value}"]
    for action, chosen in reading.settings.keys:
        lines.append(f"{json.dumps(action)} = {json.dumps(list(chosen), ensure_ascii=False)}")
    return "\n".join(lines).strip()


def begun() -> str:
    """Return a file with every setting and its default, each commented out."""
    lines = ["# Settings of kalshi-tui; take the # off a line to change it.", ""]
    for name, value, text in _rows(Settings()):
        if value is None:
            lines += [*_comment(text), f"[{name}]", ""]
        else:
            lines += [*_comment(text), f"# {name.rpartition('.')[2]} = {value}", ""]
    return "\n".join(lines)


def _rows(found: Settings) -> Iterator[tuple[str, str | None, str]]:
    """Yield name, value and meaning of each setting; a table has no value. Tables come last."""
    told = documentation(Settings)
    for field in fields(Settings):
        if field.name not in ("limits", "keys"):
            yield field.name, _toml(getattr(found, field.name)), told[field.name]
    yield "limits", None, told["limits"]
    told_limits = documentation(Limits)
    for each in fields(Limits):
        yield f"limits.{each.name}", _limit(found.limits, each.name), told_limits[each.name]
    yield "keys", None, told["keys"]


def documentation(record: type) -> dict[str, str]:
    """Return what stands below each field of a dataclass: the one place that says what it means."""
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(record))).body
    assert isinstance(definition, ast.ClassDef)
    found: dict[str, str] = {}
    for field, below in zip(definition.body, definition.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            text = below.value if isinstance(below, ast.Expr) else None
            words = text.value if isinstance(text, ast.Constant) else ""
            found[field.target.id] = " ".join(str(words).split())
    return found


def _limit(limits: Limits, name: str) -> str:
    """Return a limit in the words that the settings take for it."""
    return _LIMIT_WORDS.get(_LIMIT_READERS[name].__name__, str)(getattr(limits, name))


def _number(text: str) -> str:
    """Return a decimal as TOML: whole ones bare, others in quotes, which keep them exact."""
    short = text.rstrip("0").rstrip(".")
    return short if short.isdigit() else f'"{short}"'


def _toml(value: object) -> str:
    """Return a word, number, flag or list as TOML, which writes these as JSON does."""
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)


def _comment(text: str) -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent="# ",
        subsequent_indent="# ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _facts(reading: Reading) -> dict[str, object]:
    found = reading.settings
    plain = [each.name for each in fields(Settings) if each.name not in ("limits", "keys")]
    return {
        **{name: getattr(found, name) for name in plain},
        "limits": {
            each.name: _limit(found.limits, each.name).strip('"') for each in fields(Limits)
        },
        "keys": {action: list(chosen) for action, chosen in found.keys},
        "problems": [problem.text for problem in reading.problems],
    }


def _reading(paths: Paths) -> Reading:
    return read(paths.settings_file, os.environ)

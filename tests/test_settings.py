"""Settings: typed, or one sentence with the cure."""

import json
import textwrap
import tomllib
from dataclasses import fields
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.core.risk import Limits
from kalshi_tui.core.units import Count, Money, Price
from kalshi_tui.settings import _LIMIT_READERS, Settings, SettingsError, _limits, load, read


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "settings.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    assert load(tmp_path / "none.toml", {}) == Settings()


def test_every_setting_can_be_set(tmp_path: Path) -> None:
    text = """
        theme = "light"
        fps = 20
        ascii = true
        presets = ["0.5", "7"]
        size = "7"
        [limits]
        order_count = "12.5"
        order_cost = 99
        open_orders = 4
        position_count = 70
        event_risk = "12.50"
        total_risk = 800
        day_loss = 60
        day_start = "17:30"
        collar = "2.5"
        collar_percent = 20
        orders_per_second = 3
        orders_per_minute = 9
    """
    assert load(written(tmp_path, text), {}) == Settings(
        theme="light",
        fps=20,
        ascii=True,
        presets=("0.5", "7"),
        size="7",
        limits=Limits(
            order_count=Count(1250),
            order_cost=Money(99_000_000),
            open_orders=4,
            position_count=Count(7_000),
            event_risk=Money(12_500_000),
            total_risk=Money(800_000_000),
            day_loss=Money(60_000_000),
            day_start=17 * 60 + 30,
            collar=Price(250),
            collar_percent=20,
            orders_per_second=3,
            orders_per_minute=9,
        ),
    )


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, 'theme = "light"\nfps = 20')
    environ = {"KALSHI_TUI_FPS": "30", "KALSHI_TUI_ASCII": "1", "OTHER": "x"}
    found = load(path, environ)
    assert (found.theme, found.fps, found.ascii) == ("light", 30, True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("fps =", "not valid TOML"),
        ("fpz = 3", "no setting 'fpz'"),
        ("fps = 0", "from 1 to 60"),
        ("fps = true", "from 1 to 60"),
        ('fps = "fast"', "from 1 to 60"),
        ("ascii = 1", "true or false"),
        ("theme = 3", "word in quotes"),
        ('theme = ""', "word in quotes"),
        ("presets = []", "list of sizes"),
        ('presets = ["1.234"]', "at most 2 decimals"),
        ("presets = [1.5]", "contracts are needed"),
        ('size = "11"', "not one of the presets"),
        ("limits = 3", "table [limits]"),
        ("[limits]\norder_count = 0", "more than 0"),
        ("[limits]\norder_count = true", "contracts are needed"),
        ("[limits]\norder_cost = -1", "more than 0"),
        ("[limits]\norder_cost = 1.5", "dollars are needed"),
        ("[limits]\nopen_orders = 0", "from 1"),
        ("[limits]\nnone = 1", "no limit 'none'"),
        ("[limits]\nday_loss = 0", "more than 0"),
        ("[limits]\nday_start = 17", "time of day"),
        ('[limits]\nday_start = "24:00"', "time of day"),
        ("[limits]\ncollar = 100", "from 0.01 to 99.99"),
        ("[limits]\ncollar = 0", "from 0.01 to 99.99"),
        ("[limits]\ncollar = 2.5", "cents are needed"),
        ("[limits]\ncollar_percent = 0", "from 1 to 100"),
        ("[limits]\ncollar_percent = 101", "from 1 to 100"),
        ("[limits]\norders_per_second = 0", "from 1"),
        ("[limits]\norders_per_minute = true", "from 1"),
    ],
)
def test_FK06_a_setting_that_is_not_understood_is_named(
    tmp_path: Path, text: str, words: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        load(written(tmp_path, text), {})
    message = str(refused.value)
    assert words in message
    assert "settings.toml" in message
    assert "\n" not in message


def test_a_variable_that_is_not_understood_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="KALSHI_TUI_FPS: fps: a whole number"):
        load(tmp_path / "none.toml", {"KALSHI_TUI_FPS": "many"})


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        load(tmp_path, {})
    path = tmp_path / "settings.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="cannot be read"):
        load(path, {})


def test_every_limit_can_be_set_and_no_default_is_unlimited() -> None:
    named = {field.name for field in fields(Limits)}
    assert set(_LIMIT_READERS) == named
    assert all(getattr(Limits(), name) > 0 for name in named - {"day_start"})


def test_the_readme_names_every_limit_with_its_default() -> None:
    text = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")
    block = textwrap.dedent("    [limits]" + text.split("    [limits]", 1)[1].split("\n\n", 1)[0])
    stated = _limits(tomllib.loads(block)["limits"])
    assert stated == Limits()
    assert set(tomllib.loads(block)["limits"]) == set(_LIMIT_READERS)


def test_every_problem_is_named_with_its_line_and_the_rest_applies(tmp_path: Path) -> None:
    text = """
theme = "light"
fpz = 3
fps = "fast"   # a comment

[keys]
"view.find" = "w"
view.help = ["h", "f1"]
"cursor.go" = 3

[limits]
order_cost = 99
open_orders = 0
"""
    path = written(tmp_path, text)
    reading = read(path, {"KALSHI_TUI_ASCII": "yes"})
    told = [
        problem.text.removeprefix(f"{path}, ").partition(": ")[0] for problem in reading.problems
    ]
    assert told == ["line 3", "line 4", "line 9", "line 13", "KALSHI_TUI_ASCII"]
    assert [problem.stops for problem in reading.problems] == [False, False, False, True, False]
    assert reading.settings == Settings(
        theme="light",
        keys=(("view.find", ("w",)), ("view.help", ("h", "f1"))),
        limits=Limits(order_cost=99_000_000),  # type: ignore[arg-type]
    )
    assert dict(reading.sources)["limits.order_cost"] == f"{path}, line 12"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("\n[limits]\n# open_orders = 3\n open_orders=0", 4),
        ("limits.open_orders = 0", 1),
        ("\nlimits = { open_orders = 0 }", 2),
        ('\n["limits"]\n"open_orders" = 0', 3),
        ("open_orders = 1\n[limits]\nopen_orders = 0", 3),
    ],
)
def test_the_line_is_found_however_a_limit_is_written(tmp_path: Path, text: str, line: int) -> None:
    problem = read(written(tmp_path, text), {}).problems[-1]
    assert f"line {line}: limits: open_orders" in problem.text
    assert problem.stops


@pytest.mark.parametrize(
    ("text", "stops"),
    [
        ("[limts]\norder_count = 5", True),
        ("order_count = 5", True),
        ("fpz = 5", False),
        ("fps = ", True),
    ],
)
def test_FK06_what_may_have_been_meant_as_a_limit_stops(
    tmp_path: Path, text: str, stops: bool
) -> None:
    reading = read(written(tmp_path, text), {})
    assert [problem.stops for problem in reading.problems] == [stops]
    assert reading.settings == Settings()


def test_a_size_that_is_no_preset_gives_way_to_the_first(tmp_path: Path) -> None:
    reading = read(written(tmp_path, 'presets = ["2", "3"]'), {})
    assert reading.settings.size == "2"
    assert "not one of the presets 2, 3" in reading.problems[0].text


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)
_NAMES = st.sampled_from(["theme", "fps", "ascii", "presets", "size", "keys", "limits", "other"])


@given(st.dictionaries(_NAMES, _VALUES, max_size=4))
def test_whatever_stands_in_the_file_is_settings_or_a_problem_of_one_line(
    document: dict[str, object],
) -> None:
    # Inline values of TOML are nearly JSON's: tables need another sign between name and value.
    lines = [f"{name} = {_inline(value)}" for name, value in document.items() if value is not None]
    with TemporaryDirectory() as directory:
        path = Path(directory) / "settings.toml"
        path.write_text("\n".join(lines), encoding="utf-8")
        reading = read(path, {})
    assert isinstance(reading.settings, Settings)
    assert reading.settings.size in reading.settings.presets
    assert all("settings.toml" in problem.text for problem in reading.problems)


def _inline(value: object) -> str:
    if isinstance(value, dict):
        pairs = (f"{json.dumps(key)} = {_inline(each)}" for key, each in value.items())
        return f"{{ {', '.join(pairs)} }}"
    if isinstance(value, list):
        return f"[{', '.join(_inline(each) for each in value)}]"
    return json.dumps("" if value is None else value)


@pytest.mark.parametrize(
    "text",
    ["fps = " + "9" * 5_000, "keys = " + "[" * 5_000, "fps = 0x", "size = '\\u0000'", "a.b.c = 1"],
)
def test_a_file_that_breaks_the_parser_is_a_problem_too(tmp_path: Path, text: str) -> None:
    reading = read(written(tmp_path, text), {})
    assert len(reading.problems) == 1
    assert "settings.toml" in reading.problems[0].text

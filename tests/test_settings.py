"""Settings: typed, or one sentence with the cure."""

import textwrap
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from kalshi_tui.core.risk import Limits
from kalshi_tui.core.units import Count, Money, Price
from kalshi_tui.settings import _LIMIT_READERS, Settings, SettingsError, _limits, load


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

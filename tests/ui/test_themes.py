"""Themes: shipped ones are readable, a bad file is told about and left out."""

from pathlib import Path

import pytest
from textual.color import Color

from kalshi_tui.ui import themes

DARK = (Path(__file__).resolve().parents[2] / "themes" / "dark.toml").read_text()

TEXTS = ("bid", "ask", "own", "gain", "loss", "stale", "dim", "title")


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio."""

    def luminance(value: str) -> float:
        channels = [each / 255 for each in Color.parse(value).rgb]
        red, green, blue = (
            each / 12.92 if each <= 0.03928 else ((each + 0.055) / 1.055) ** 2.4
            for each in channels
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


SHIPPED = {
    "dark": True, "light": False, "high-contrast": True, "deuteranopia": True,
    "ansi-dark": True, "ansi-light": False, "mono": True,
}  # fmt: skip


def test_every_family_is_shipped_without_a_problem() -> None:
    found, problems = themes.load([themes.shipped()])
    assert problems == []
    assert {theme.name: theme.dark for theme in found} == SHIPPED
    assert {theme.name for theme in found if theme.ansi} == {"ansi-dark", "ansi-light", "mono"}


def test_a_theme_of_sixteen_colours_names_every_variable_that_the_dark_one_has() -> None:
    names = {
        theme.name: set(theme.to_color_system().generate())
        for theme in themes.load([themes.shipped()])[0]
    }
    for name in SHIPPED:
        assert names["dark"] <= names[name], name


@pytest.mark.parametrize("name", ["dark", "light"])
def test_every_text_of_a_shipped_theme_can_be_read(name: str) -> None:
    theme = next(each for each in themes.load([themes.shipped()])[0] if each.name == name)
    ground = theme.background or ""
    market = {key.removeprefix("market-"): value for key, value in theme.variables.items()}
    for key in TEXTS:
        assert contrast(market[key], ground) >= 4.5, key
        assert contrast(market[key], market["cursor-row"]) >= 3.5, key
    for color in (theme.foreground, theme.success, theme.warning, theme.error):
        assert contrast(color or "", ground) >= 4.5
    assert contrast(market["on-prod"], market["prod"]) >= 7
    assert contrast(market["on-badge"], market["practice"]) >= 4.5
    assert contrast(market["on-badge"], market["demo"]) >= 4.5


def test_the_colours_that_stand_in_are_those_of_the_dark_theme() -> None:
    dark = next(each for each in themes.load([themes.shipped()])[0] if each.name == "dark")
    assert themes.defaults().items() <= dark.variables.items()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("dark = ", "not valid TOML"),
        ("dark = " + "9" * 5_000, "not valid TOML"),
        ("", "dark = true or dark = false"),
        (DARK.replace("dark = true", 'dark = "yes"'), "dark = true or dark = false"),
        (DARK.replace("[market]", "[colours]"), "unknown key 'colours'"),
        ("dark = true\n", "no table [colors]"),
        (DARK.replace('own = "#F0E442"', ""), "lacks market.own"),
        (DARK.replace('own = "#F0E442"', "own = 7"), "not a text in quotes"),
        (DARK.replace('own = "#F0E442"', 'own = "yelow-ish"'), "not a colour"),
        (DARK.replace('own = "#F0E442"', 'own = "#F0E44200"'), "see-through"),
        (DARK.replace("own =", "owm ="), "unknown colour 'owm'"),
        (DARK.replace('own = "#F0E442"', 'own = "ansi_blue"'), "a colour of the terminal"),
        (DARK.replace("dark = true", "dark = true\nansi = true"), "the terminal's own colours"),
        (DARK.replace("dark = true", "dark = true\nansi = 1"), "ansi = true or ansi = false"),
    ],
)
def test_a_bad_theme_is_left_out_with_a_sentence(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "mine.toml").write_text(text)
    found, problems = themes.load([themes.shipped(), tmp_path])
    assert {theme.name for theme in found} == set(SHIPPED)
    assert len(problems) == 1
    assert problems[0].source.endswith("mine.toml")
    assert words in problems[0].message
    assert "\n" not in problems[0].message


def test_a_file_that_is_no_text_or_too_large_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes(b"\xff\xfe")
    (tmp_path / "b.toml").write_text("#" * 70_000)
    (tmp_path / "c.toml").mkdir()
    found, problems = themes.load([tmp_path])
    assert found == []
    assert len(problems) == 3


def test_a_folder_that_does_not_exist_holds_no_themes(tmp_path: Path) -> None:
    assert themes.load([tmp_path / "none"]) == ([], [])


def test_a_theme_of_the_user_replaces_a_shipped_one_of_its_name(tmp_path: Path) -> None:
    (tmp_path / "dark.toml").write_text(DARK.replace("#101418", "#000000"))
    found, problems = themes.load([themes.shipped(), tmp_path])
    assert problems == []
    dark = next(theme for theme in found if theme.name == "dark")
    assert dark.background == "#000000"
    assert len(found) == len(SHIPPED)

"""Where files live."""

from pathlib import Path

from kalshi_tui.paths import user_paths


def test_one_variable_moves_everything() -> None:
    found = user_paths({"KALSHI_TUI_HOME": "/somewhere"})
    assert found.settings_file == Path("/somewhere/config/settings.toml")
    assert found.theme_directory == Path("/somewhere/config/themes")
    assert found.practice_state == Path("/somewhere/state/practice")
    assert found.cache == Path("/somewhere/cache")


def test_the_platforms_own_places_carry_the_programs_name() -> None:
    found = user_paths({})
    assert all("kalshi-tui" in str(each) for each in (found.config, found.state, found.cache))

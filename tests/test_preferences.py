"""`kalshi-tui settings` and `completion`: what is shown is true, and can be put back."""

import json
import os
import shlex
import sys
import textwrap
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kalshi_tui.cli import cli
from kalshi_tui.core.risk import Limits
from kalshi_tui.preferences import begun, documentation, written
from kalshi_tui.settings import Settings, read
from kalshi_tui.ui import themes
from kalshi_tui.ui.actions import ACTIONS

OWN = """
theme = "light"
presets = ["0.5", "7"]
size = "7"
[limits]
order_cost = "99.50"
order_count = 12
[keys]
"view.find" = "w"
"""


def run(home: Path, *arguments: str, **environ: str) -> Result:
    variables = {"KALSHI_TUI_HOME": str(home), **environ}
    return CliRunner().invoke(cli, list(arguments), env=variables)


def settings_of(home: Path, text: str) -> Path:
    (home / "config").mkdir()
    file = home / "config" / "settings.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_every_setting_and_limit_says_what_it_means() -> None:
    for record in (Settings, Limits):
        told = documentation(record)
        assert set(told) == {field.name for field in fields(record)}
        assert all(text.endswith(".") for text in told.values())


def test_path_is_where_the_settings_are_read(tmp_path: Path) -> None:
    assert run(tmp_path, "settings", "path").stdout.strip() == str(
        tmp_path / "config" / "settings.toml"
    )


@pytest.mark.parametrize("text", ["", OWN])
def test_what_is_shown_is_itself_a_file_of_the_same_settings(tmp_path: Path, text: str) -> None:
    file = settings_of(tmp_path, text)
    before = read(file, {}).settings
    shown = run(tmp_path, "settings", "show").stdout
    file.write_text(shown, encoding="utf-8")
    reading = read(file, {})
    assert reading.problems == ()
    assert reading.settings == before
    assert set(tomllib.loads(shown)) == {field.name for field in fields(Settings)}


def test_what_is_shown_says_where_it_was_read(tmp_path: Path) -> None:
    file = settings_of(tmp_path, OWN)
    shown = run(tmp_path, "settings", "show", KALSHI_TUI_FPS="20").stdout
    unwrapped = shown.replace("\n# ", " ")
    assert f"({file}, line 2)\ntheme = " in unwrapped
    assert "(KALSHI_TUI_FPS)\nfps = 20" in unwrapped
    assert f'({file}, line 6)\norder_cost = "99.5"' in unwrapped
    assert "(default)\nascii = false" in unwrapped


def test_show_for_scripts_is_one_stable_object(tmp_path: Path) -> None:
    settings_of(tmp_path, OWN + "\n[other]\nx = 1")
    found = json.loads(run(tmp_path, "settings", "show", "--json").stdout)
    assert set(found) == {field.name for field in fields(Settings)} | {"problems"}
    assert found["limits"]["order_cost"] == "99.5"
    assert found["keys"] == {"view.find": ["w"]}
    assert "no setting 'other'" in found["problems"][0]


def test_check_names_everything_that_is_wrong_and_ends_with_one(tmp_path: Path) -> None:
    settings_of(
        tmp_path, 'theme = "mine"\nfpz = 3\n[keys]\n"view.find" = "x"\n[limits]\nopen_orders = 0'
    )
    (tmp_path / "config" / "themes").mkdir()
    (tmp_path / "config" / "themes" / "mine.toml").write_text("dark = 3")
    result = run(tmp_path, "settings", "check")
    assert result.exit_code == 1
    for words in (
        "line 2: there is no setting 'fpz'",
        "line 6: limits: open_orders: a whole number from 1",
        "mine.toml: The theme 'mine' has to say dark",
        "there is no theme 'mine'; there are ansi-dark, ansi-light, dark,",
        "x is claimed by cancel.cursor and by view.find",
    ):
        assert words in result.stdout
    assert len(result.stdout.splitlines()) == 5
    found = json.loads(run(tmp_path, "settings", "check", "--json").stdout)
    assert (found["passed"], len(found["problems"])) == (False, 5)


def test_check_passes_without_a_file_and_with_a_good_one(tmp_path: Path) -> None:
    assert run(tmp_path, "settings", "check").exit_code == 0
    settings_of(tmp_path, OWN)
    (tmp_path / "config" / "themes").mkdir()
    (tmp_path / "config" / "themes" / "mine.toml").write_text(
        (themes.shipped() / "dark.toml").read_text()
    )
    assert run(tmp_path, "settings", "check").exit_code == 0


def test_the_file_that_edit_begins_changes_nothing_until_a_line_is_uncommented(
    tmp_path: Path,
) -> None:
    file = settings_of(tmp_path, begun())
    assert read(file, {}).settings == Settings()
    bare = "\n".join(
        line.removeprefix("# ") if " = " in line and "`" not in line else line
        for line in begun().splitlines()
    )
    file.write_text(bare, encoding="utf-8")
    assert [problem.text for problem in read(file, {}).problems] == []
    assert read(file, {}).settings == Settings()


def test_edit_begins_the_file_opens_it_and_checks_what_was_written(tmp_path: Path) -> None:
    editor = tmp_path / "editor.py"
    editor.write_text("import sys, pathlib; pathlib.Path(sys.argv[1]).write_text('fps = 99')")
    command = f"{shlex.quote(sys.executable)} {shlex.quote(str(editor))}"
    result = run(tmp_path, "settings", "edit", VISUAL=command, PATH=os.environ["PATH"])
    assert result.exit_code == 1
    assert "line 1: fps: a whole number from 1 to 60" in result.stdout
    assert (tmp_path / "config" / "settings.toml").read_text() == "fps = 99"


def test_edit_says_what_to_do_where_no_editor_starts(tmp_path: Path) -> None:
    result = run(tmp_path, "settings", "edit", VISUAL="no-such-editor-anywhere")
    assert result.exit_code == 1
    assert "set EDITOR" in result.stderr
    assert "\n" not in result.stderr.strip().splitlines()[-1]


def test_keys_lists_every_action_with_its_keys_in_force(tmp_path: Path) -> None:
    settings_of(tmp_path, OWN)
    lines = run(tmp_path, "settings", "keys").stdout.splitlines()
    assert [line.split()[0] for line in lines] == [action.id for action in ACTIONS]
    (find,) = [line for line in lines if line.startswith("view.find ")]
    assert find.split()[1] == "w"
    assert any(line.startswith("app.kill ") and line.endswith("(fixed)") for line in lines)


def test_a_setting_of_ones_own_is_written_as_toml() -> None:
    assert '"view.find" = ["ü"]' in written(
        read(Path("nowhere"), {}).__class__(Settings(keys=(("view.find", ("ü",)),)))
    )


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_the_script_of_the_shell(tmp_path: Path, shell: str) -> None:
    shown = run(tmp_path, "completion", shell).stdout
    assert "_KALSHI_TUI_COMPLETE" in shown
    assert "kalshi-tui" in shown


def test_completion_answers_with_commands_and_options(tmp_path: Path) -> None:
    asked = {"_KALSHI_TUI_COMPLETE": "bash_complete", "COMP_CWORD": "2"}
    result = CliRunner().invoke(
        cli,
        [],
        env={"KALSHI_TUI_HOME": str(tmp_path), **asked, "COMP_WORDS": "kalshi-tui settings c"},
        prog_name="kalshi-tui",
    )
    assert "plain,check" in result.stdout


def test_the_readme_names_every_setting_with_its_default() -> None:
    text = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")
    block = "    theme = " + text.split("    theme = ", 1)[1].split("\n\n    [limits]", 1)[0]
    stated = tomllib.loads(textwrap.dedent(block))
    own = Settings()
    assert set(stated) | {"limits", "keys"} == {field.name for field in fields(Settings)}
    for name, value in stated.items():
        assert value == (list(own.presets) if name == "presets" else getattr(own, name))

"""The command line's contract: words, options, exit codes, one sentence for an error."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kalshi_tui import __version__
from kalshi_tui.cli import cli
from kalshi_tui.core.effects import TrailKind, WriteTrail
from kalshi_tui.session.trail import Trail


def run(*arguments: str, home: Path) -> Result:
    environ = {"KALSHI_TUI_HOME": str(home), "TERM": "xterm-256color"}
    return CliRunner().invoke(cli, list(arguments), env=environ)


def refused(result: Result, code: int) -> str:
    assert result.exit_code == code
    return result.stderr.strip()


def test_each_command_is_told_in_one_whole_line_on_80_columns() -> None:
    shown = CliRunner().invoke(cli, ["--help"], terminal_width=80).stdout
    listed = shown.partition("Commands:")[2]
    assert all(name in listed for name in ("completion", "doctor", "exchange", "keys", "settings"))
    assert "..." not in listed


def test_version_and_help(tmp_path: Path) -> None:
    assert run("--version", home=tmp_path).stdout == f"kalshi-tui {__version__}\n"
    shown = run("--help", home=tmp_path).stdout
    assert "exchange" in shown
    assert "--env" in shown


@pytest.mark.parametrize("environment", ["demo", "prod"])
def test_FJ17_kalshi_itself_needs_a_terminal_too(tmp_path: Path, environment: str) -> None:
    sentence = refused(run("--env", environment, home=tmp_path), 1)
    assert "needs a terminal" in sentence
    assert "\n" not in sentence


def test_FJ17_without_a_terminal_it_says_so(tmp_path: Path) -> None:
    sentence = refused(run(home=tmp_path), 1)
    assert "needs a terminal" in sentence
    assert "\n" not in sentence
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[limits]\norder_count = 'few'", "settings.toml, line 2: limits: order_count"),
        ("[limts]\norder_count = 5", "line 1: there is no setting 'limts'"),
        ("order_cost = 5", "line 1: there is no setting 'order_cost'"),
        ("fps = ", "not valid TOML"),
    ],
)
def test_FK06_a_limit_that_is_not_understood_ends_the_start(
    tmp_path: Path, text: str, words: str
) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "settings.toml").write_text(text)
    sentence = refused(run(home=tmp_path), 1)
    assert words in sentence
    assert "\n" not in sentence


def test_another_setting_that_is_not_understood_lets_the_rest_apply(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "settings.toml").write_text("fps = 'fast'")
    assert "needs a terminal" in refused(run(home=tmp_path), 1)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--env", "live"],
        ["--no-such-flag"],
        ["--fps", "0"],
        ["exchange", "--port", "70000"],
        ["exchange", "--preset", "wild"],
        ["nonsense"],
        ["--rest", "http://127.0.0.1:1/x"],
        ["--session-key", "3"],
        ["--env", "demo", "--session-key", "-1"],
    ],
)
def test_wrong_usage_exits_with_two(tmp_path: Path, arguments: list[str]) -> None:
    assert run(*arguments, home=tmp_path).exit_code == 2


def test_a_loopback_exchange_is_given_whole_or_not_at_all(tmp_path: Path) -> None:
    result = run("--rest", "http://127.0.0.1:1/x", "--key-id", "k", home=tmp_path)
    assert "--ws, --key-file" in refused(result, 2)


def test_the_doctor_passes_on_a_new_home_and_its_json_is_one_stable_object(tmp_path: Path) -> None:
    shown = run("doctor", "--json", home=tmp_path)
    assert shown.exit_code == 0
    found = json.loads(shown.stdout)
    assert sorted(found) == ["checks", "environment", "passed", "trail"]
    assert (found["environment"], found["passed"], found["trail"]) == ("practice", True, [])
    assert {each["name"] for each in found["checks"]} == {
        "terminal",
        "state directory",
        "order ledger",
    }
    fields = ["cure", "detail", "name", "passed", "verdict"]
    assert all(sorted(each) == fields for each in found["checks"])


def test_the_doctor_shows_the_trail_of_a_book_and_fails_without_one(tmp_path: Path) -> None:
    shown = run("doctor", "--book", "KX-A", home=tmp_path)
    assert shown.exit_code == 1
    assert "FAIL  book KX-A: no trail is kept of it" in shown.stdout
    trail = Trail(tmp_path / "state" / "practice" / "books")
    trail.write(WriteTrail("KX-A", TrailKind.COUNT, 1_800_000_000_000_000_000, 255, 3, 7, 9, 1_000))
    trail.close(5)
    shown = run("doctor", "--book", "KX-A", home=tmp_path)
    assert shown.exit_code == 0
    line = shown.stdout.splitlines()[0]
    assert line == ("2027-01-15 08:00:00Z  count  000000ff  clock 9  1,000 changes  sid 3 seq 7")
    assert "pass  book KX-A: 1 entries, 0 doubts, 0 audits that differed" in shown.stdout
    found = json.loads(run("doctor", "--book", "KX-A", "--json", home=tmp_path).stdout)
    assert found["trail"][0]["checksum"] == 255

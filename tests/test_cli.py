"""The command line's contract: words, options, exit codes, one sentence for an error."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kalshi_tui import __version__
from kalshi_tui.cli import cli


def run(*arguments: str, home: Path) -> Result:
    environ = {"KALSHI_TUI_HOME": str(home), "TERM": "xterm-256color"}
    return CliRunner().invoke(cli, list(arguments), env=environ)


def refused(result: Result, code: int) -> str:
    assert result.exit_code == code
    return result.stderr.strip()


def test_version_and_help(tmp_path: Path) -> None:
    assert run("--version", home=tmp_path).stdout == f"kalshi-tui {__version__}\n"
    shown = run("--help", home=tmp_path).stdout
    assert "exchange" in shown
    assert "--env" in shown


@pytest.mark.parametrize("environment", ["demo", "prod"])
def test_kalshi_needs_keys_that_this_version_cannot_store(tmp_path: Path, environment: str) -> None:
    sentence = refused(run("--env", environment, home=tmp_path), 1)
    assert environment.upper() in sentence
    assert "\n" not in sentence


def test_FJ17_without_a_terminal_it_says_so(tmp_path: Path) -> None:
    sentence = refused(run(home=tmp_path), 1)
    assert "needs a terminal" in sentence
    assert "\n" not in sentence
    assert list(tmp_path.iterdir()) == []


def test_a_broken_settings_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "settings.toml").write_text("fps = 'fast'")
    sentence = refused(run(home=tmp_path), 1)
    assert "settings.toml: fps: a whole number from 1 to 60" in sentence
    assert "\n" not in sentence


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
    ],
)
def test_wrong_usage_exits_with_two(tmp_path: Path, arguments: list[str]) -> None:
    assert run(*arguments, home=tmp_path).exit_code == 2


def test_a_loopback_exchange_is_given_whole_or_not_at_all(tmp_path: Path) -> None:
    result = run("--rest", "http://127.0.0.1:1/x", "--key-id", "k", home=tmp_path)
    assert "--ws, --key-file" in refused(result, 2)

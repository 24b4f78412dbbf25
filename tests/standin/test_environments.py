"""Demo and prod played by a practice exchange: what a session binds together, and what nothing can
redirect.
"""

import ast
import dataclasses
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

import kalshi_tui
from kalshi_tui.api.auth import Signer, load_private_key
from kalshi_tui.cli import cli
from kalshi_tui.core.environments import DEMO, KALSHI, PROD, Mode
from kalshi_tui.session.build import build
from kalshi_tui.session.custody import Credential
from kalshi_tui.settings import Settings, load
from tests.standin import key_from, records
from tests.standin.watcher import account, watched
from tests.support.practice_live import live

PACKAGE = Path(kalshi_tui.__file__).parent


@pytest.mark.parametrize(("name", "mode"), [("demo", Mode.CONFIRM), ("prod", Mode.VIEW)])
async def test_a_session_is_of_one_environment_from_the_host_to_the_ledger(
    tmp_path: Path, name: str, mode: Mode
) -> None:
    async with live(tmp_path / "exchange") as exchange:
        desk = build(
            name,
            state_dir=tmp_path / "state",
            environments=records(exchange.ready),
            open_key=key_from(name, *account(exchange, name)),
        )
        async with watched(desk) as watcher:
            await watcher.until(lambda: watcher.is_live)
            assert watcher.status is not None
            assert watcher.status.mode is mode
            assert desk.environment.word == KALSHI[name].word
        kept = [path.relative_to(tmp_path / "state").parts[0] for path in files(tmp_path / "state")]
        assert set(kept) == {name}
        assert any("orders-" in path.name for path in files(tmp_path / "state"))


@pytest.mark.parametrize("is_plain", [False, True])
async def test_the_status_says_for_the_whole_session_whether_the_key_lies_open(
    tmp_path: Path, is_plain: bool
) -> None:
    async with live(tmp_path / "exchange") as exchange:
        key_id, path = account(exchange, "demo")
        signer = Signer(key_id, load_private_key(path.read_bytes()))
        desk = build(
            "demo",
            state_dir=tmp_path / "state",
            environments=records(exchange.ready),
            open_key=lambda _: Credential("demo", signer, "a test", is_plaintext=is_plain),
        )
        async with watched(desk) as watcher:
            await watcher.until(lambda: watcher.is_live)
            assert watcher.status is not None
            assert watcher.status.open_key is is_plain


def files(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file()]


class Untouchable(Signer):
    """A key whose use fails the test."""

    signed: list[str]

    def headers(self, method: str, path: str, wall_ms: int) -> dict[str, str]:
        self.signed.append(f"{method} {path}")
        return super().headers(method, path, wall_ms)


@pytest.mark.parametrize(
    ("wanted", "owner"), [("demo", "prod"), ("prod", "demo"), ("prod", "practice")]
)
async def test_a_key_of_another_environment_is_refused_before_anything_is_signed(
    tmp_path: Path, wanted: str, owner: str
) -> None:
    async with live(tmp_path / "exchange") as exchange:
        key_id, path = account(exchange, wanted)
        signer = Untouchable(key_id, load_private_key(path.read_bytes()))
        signer.signed = []
        desk = build(
            wanted,
            state_dir=tmp_path / "state",
            environments=records(exchange.ready),
            open_key=lambda _: Credential(owner, signer, "a test"),
        )
        async with watched(desk) as watcher:
            await watcher.until(lambda: watcher.is_refused)
            assert watcher.status is not None
            assert f"belongs to {owner.upper()}" in watcher.status.connection_reason
        assert signer.signed == []
        assert files(tmp_path / "state") == []


async def test_without_a_key_the_session_says_how_to_add_one_and_signs_nothing(
    tmp_path: Path,
) -> None:
    async with watched(build("demo", state_dir=tmp_path)) as watcher:
        await watcher.until(lambda: watcher.is_refused)
        assert watcher.status is not None
        assert "keys add --env demo" in watcher.status.connection_reason
    assert files(tmp_path) == []


# What could be thought to redirect an environment, and does not.

_HOSTILE = "http://127.0.0.1:9/trade-api/v2"
_VARIABLES = [
    f"{prefix}{name}"
    for prefix in ("KALSHI_", "KALSHI_TUI_", "KALSHI_DEMO_", "KALSHI_PROD_")
    for name in ("REST", "REST_URL", "WS", "WS_URL", "HOST", "BASE_URL", "API_BASE", "ENV", "PROXY")
] + ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"]


@pytest.mark.parametrize("name", sorted(KALSHI))
def test_no_variable_redirects_an_environment(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in _VARIABLES:
        monkeypatch.setenv(variable, _HOSTILE)
    load(tmp_path / "settings.toml", os.environ)
    assert build(name, state_dir=tmp_path).environment is {"demo": DEMO, "prod": PROD}[name]


def test_no_setting_names_an_address() -> None:
    for field in dataclasses.fields(Settings):
        assert not any(word in field.name for word in ("url", "host", "rest", "ws", "address"))


@pytest.mark.parametrize("key", ["rest", "rest_url", "ws", "host", "environments", "demo", "prod"])
def test_a_setting_that_would_name_an_address_is_refused(key: str, tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(f"{key} = '{_HOSTILE}'")
    assert not hasattr(Settings(), key)
    assert build("demo", state_dir=tmp_path).environment is DEMO


@pytest.mark.parametrize("name", sorted(KALSHI))
def test_no_option_redirects_an_environment(name: str, tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text("none")
    options = ["--rest", _HOSTILE, "--ws", "ws://127.0.0.1:9/x", "--key-id", "k"]
    result = CliRunner().invoke(
        cli,
        ["--env", name, *options, "--key-file", str(tmp_path / "key.pem")],
        env={"KALSHI_TUI_HOME": str(tmp_path / "home")},
    )
    assert result.exit_code == 2
    assert "practice" in result.stderr
    assert not (tmp_path / "home").exists()


def test_the_options_that_take_an_address_are_those_of_a_loopback_exchange() -> None:
    taking = {
        option
        for command in (cli, *cli.commands.values())
        for parameter in command.params
        if parameter.human_readable_name.upper() == "URL" or "URL" in str(parameter.make_metavar)
        for option in parameter.opts
    }
    named = {
        option
        for parameter in cli.params
        for option in parameter.opts
        if any(word in option for word in ("rest", "ws", "url", "host")) and "reset" not in option
    }
    assert taking | named == {"--rest", "--ws"}


def _calls(path: Path) -> list[ast.Call]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def test_only_the_argument_of_the_factory_stands_an_exchange_in() -> None:
    given, made = [], []
    for path in sorted(PACKAGE.rglob("*.py")):
        for call in _calls(path):
            named = {keyword.arg for keyword in call.keywords}
            if "environments" in named:
                given.append(path.name)
            if ast.unparse(call.func) == "Environment" or named & {"rest_url", "socket_url"}:
                made.append(path.relative_to(PACKAGE).as_posix())
    assert given == []
    assert set(made) == {"core/environments.py", "session/child.py"}


def test_the_records_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        KALSHI["demo"] = PROD  # type: ignore[index]
    with pytest.raises(dataclasses.FrozenInstanceError):
        PROD.rest_url = _HOSTILE  # type: ignore[misc]

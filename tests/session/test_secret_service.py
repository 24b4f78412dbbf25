"""A real keyring from end to end: gnome-keyring over a D-Bus session that the test starts itself.

And the same without any keyring, as over ssh or in a container.
"""

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kalshi_tui.keychain import Surroundings, keys
from kalshi_tui.session.build import build
from kalshi_tui.session.keyring import SystemKeyring
from kalshi_tui.session.keys import KeyringError
from kalshi_tui.session.vault import service_name
from tests.standin import records
from tests.standin.watcher import account, watched
from tests.support import secret_service
from tests.support.practice_live import live

pytestmark = pytest.mark.skipif(
    bool(secret_service.missing()),
    reason=f"not installed here: {', '.join(secret_service.missing())} "
    "(Debian packages dbus and gnome-keyring)",
)
PASSWORD = "the login password"


@pytest.fixture
def desktop(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Return the variables of a D-Bus session on which nothing runs yet."""
    home = tmp_path / "home"
    home.mkdir(0o700)
    with secret_service.bus(home) as variables:
        yield variables


def ring(variables: dict[str, str], limit_s: float = 20) -> SystemKeyring:
    return SystemKeyring(environ=variables, limit_s=limit_s)


async def invoke(here: Surroundings, *arguments: str, typed: str = "") -> Result:
    runner = CliRunner()
    return await asyncio.to_thread(runner.invoke, keys, list(arguments), input=typed, obj=here)


async def test_a_key_is_added_restarted_connected_and_removed_with_a_real_keyring(
    tmp_path: Path, desktop: dict[str, str]
) -> None:
    async with live(tmp_path / "exchange") as exchange:
        key_id, path = account(exchange, "demo")
        here = Surroundings(
            directory=tmp_path / "state" / "keys",
            practice=tmp_path / "state" / "practice",
            environ={},
            asks=False,
            keyring=ring(desktop),
            environments=records(exchange.ready),
        )
        where = ("--env", "demo")
        with secret_service.gnome_keyring(desktop, password=PASSWORD):
            added = await invoke(here, "add", *where, "--key-id", key_id, "--key-file", str(path))
            assert added.exit_code == 0, added.output
            assert "scopes   read, write" in added.stdout
            assert "the keyring SecretService.Keyring opens it" in added.stdout

        with secret_service.gnome_keyring(desktop, password=PASSWORD):
            tested = await invoke(here, "test", *where)
            assert tested.exit_code == 0, tested.output
            assert f"accepts key {key_id}" in tested.stdout
            desk = build(
                "demo",
                state_dir=tmp_path / "state",
                environments=here.environments,
                open_key=lambda environment: here.custody().signer(environment.name),
            )
            async with watched(desk) as watcher:
                await watcher.until(lambda: watcher.is_live)
            removed = await invoke(here, "remove", *where, "--yes")
            assert removed.exit_code == 0, removed.output
            assert ring(desktop).get(service_name("demo", key_id))[1] is None
            assert (await invoke(here, "test", *where)).exit_code == 1
        assert list(here.directory.iterdir()) == []
        assert path.exists(), "the file it was added from is the user's own"


def test_FI03_a_locked_collection_is_told_and_one_that_hangs_is_given_up(
    desktop: dict[str, str],
) -> None:
    with secret_service.gnome_keyring(desktop, password=PASSWORD) as daemon:
        assert ring(desktop).probe() == "SecretService.Keyring"
        os.kill(daemon, signal.SIGSTOP)
        with pytest.raises(KeyringError, match="did not answer within 1 s"):
            ring(desktop, limit_s=1).probe()
    with (
        secret_service.gnome_keyring(desktop, password=None),
        pytest.raises(KeyringError, match="is locked"),
    ):
        ring(desktop).probe()


@pytest.mark.parametrize("has_bus", [True, False])
async def test_FI01_FI04_without_a_keyring_a_passphrase_is_offered_and_nothing_is_taken(
    tmp_path: Path, desktop: dict[str, str], has_bus: bool
) -> None:
    variables = desktop if has_bus else {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    async with live(tmp_path / "exchange") as exchange:
        key_id, path = account(exchange, "demo")

        def here(*, asks: bool) -> Surroundings:
            return Surroundings(
                directory=tmp_path / "keys",
                practice=tmp_path / "practice",
                environ={},
                asks=asks,
                keyring=ring(variables),
                environments=records(exchange.ready),
            )

        add = ("add", "--env", "demo", "--key-id", key_id, "--key-file", str(path))
        alone = await invoke(here(asks=False), *add)
        assert alone.exit_code == 1
        assert alone.stderr.startswith("Nothing was stored: This system has no keyring")
        assert "--protect passphrase" in alone.stderr
        assert alone.stderr.count("\n") == 1
        declined = await invoke(here(asks=True), *add, typed="n\n")
        assert declined.exit_code == 1
        assert not (tmp_path / "keys").exists() or not list((tmp_path / "keys").iterdir())

        phrase = "a long passphrase"
        taken = await invoke(here(asks=True), *add, typed=f"y\n{phrase}\n{phrase}\n")
        assert taken.exit_code == 0, taken.output
        assert "your passphrase opens it" in taken.stdout
        assert phrase not in taken.output
        opened = await invoke(here(asks=True), "test", "--env", "demo", typed=f"wrong\n{phrase}\n")
        assert opened.exit_code == 0, opened.output
        assert "The passphrase is wrong" in opened.stderr

"""A key that can be recognised goes through a whole day; afterwards every channel is searched.

The same day with one line added to the program that gives something away has to be caught.
"""

import asyncio
import base64
import contextlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

import kalshi_tui
from kalshi_tui.session.child import PracticeChild, practice_command
from tests.support.pty import Terminal

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = Path(kalshi_tui.__file__).parent
PHRASE = "a yellow canary sings at dawn"
WINDOW = 20


@dataclass(frozen=True)
class Day:
    """What a day left behind."""

    channels: dict[str, bytes]
    secrets: dict[str, list[bytes]]

    def hits(self) -> dict[str, list[str]]:
        """Return what was found, by channel."""
        return {
            channel: found
            for channel, content in self.channels.items()
            if (
                found := [
                    name
                    for name, parts in self.secrets.items()
                    if any(part in content for part in parts)
                ]
            )
        }


def _secrets(pem: bytes, key_id: str, signatures: list[bytes]) -> dict[str, list[bytes]]:
    key = serialization.load_pem_private_key(pem, None)
    assert isinstance(key, RSAPrivateKey)
    der = key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    # Not the head: its bytes are the same in every key.
    lines = pem.splitlines()[2:-1]
    numbers = key.private_numbers()
    return {
        "private key, PEM": [line[at : at + WINDOW] for line in lines for at in (0, 20, 40)][:-2],
        "private key, DER": [der[at : at + WINDOW] for at in range(400, len(der) - WINDOW, WINDOW)],
        "private key, base64 of DER": [base64.b64encode(der)[200:240]],
        "private key, numbers": [
            str(each).encode()[:WINDOW] for each in (numbers.p, numbers.q, numbers.d)
        ],
        "private key, hexadecimal": [der[400:420].hex().encode()],
        "passphrase": [PHRASE.encode(), base64.b64encode(PHRASE.encode())[:24]],
        "signature": [part for each in signatures for part in (each[:WINDOW], each[-WINDOW:])],
        "key id": [key_id.encode()],
    }


def _variables(home: Path, package: Path) -> dict[str, str]:
    found = [str(package.parent), str(ROOT), *(path for path in sys.path if path)]
    return {
        "PYTHONPATH": os.pathsep.join(found),
        "KALSHI_TUI_HOME": str(home),
        "TMPDIR": str(home.parent / "tmp"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "COLUMNS": "200",
    }


def _until(terminal: Terminal, mark: bytes) -> None:
    while mark not in terminal.output:
        assert terminal.read(0.2) or terminal.process.poll() is None, bytes(terminal.output)


def _add_key(home: Path, package: Path, key_file: Path, key_id: str) -> dict[str, bytes]:
    """Store the key by the command, as a user would; return what the terminal and /proc showed."""
    command = [
        sys.executable, "-P", "-m", "kalshi_tui", "keys", "add", "--env", "demo",
        "--key-id", key_id, "--key-file", str(key_file), "--protect", "passphrase", "--no-test",
    ]  # fmt: skip
    with Terminal.run(command, columns=200, lines=40, env=_variables(home, package)) as terminal:
        _until(terminal, b"passphrase")
        proc = Path(f"/proc/{terminal.process.pid}")
        found = {
            f"{name} of keys add": _readable(proc / name) for name in ("cmdline", "environ", "maps")
        }
        terminal.send(f"{PHRASE}\n")
        _until(terminal, b"Repeat")
        terminal.send(f"{PHRASE}\n")
        while terminal.read(5):
            pass
        assert terminal.process.wait(20) == 0, bytes(terminal.output)
        return {**found, "terminal of keys add": bytes(terminal.output)}


def _readable(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        # A process that cannot be dumped is closed to other users' eyes: nothing to be found.
        return b""


def _commands(home: Path, package: Path, key_file: Path) -> Iterator[tuple[str, bytes]]:
    bad = key_file.with_name("bad.pem")
    bad.touch(0o600)
    bad.write_bytes(key_file.read_bytes().replace(b"\n", b"\\n"))
    for words in (
        "keys list", "keys list --json", "keys audit", "keys audit --json", "keys list --env prod",
        f"keys add --env prod --key-id other --key-file {bad} --no-test",
        f"keys add --env prod --key-id other --key-file {key_file} --protect keyring --no-test",
        "doctor --json", "settings show", "--help", "orders list --env demo --json",
        "keys remove --env demo --yes",
    ):  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-P", "-m", "kalshi_tui", *words.split()],
            env={**os.environ, **_variables(home, package)},
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=60,
        )
        name = re.sub(r"--key-file \S+ ", "", words)
        yield f"output of {name}", done.stdout + done.stderr


def _files(home: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(home.rglob("*")):
        if path.is_file():
            yield f"file {path.relative_to(home)}", path.read_bytes()


def spend(directory: Path, package: Path, *, with_commands: bool = True) -> Day:
    """Spend a day with `package`; return its channels and the secrets to look for in them."""
    home, out, place = directory / "home", directory / "out", directory / "exchange"
    for each in (home, out / "shown", directory / "tmp"):
        each.mkdir(parents=True)
    child = PracticeChild(place, [*practice_command(place), "--preset", "quiet"])
    child.spawn()
    try:
        asyncio.run(child.ready())
        ready = json.loads((place / "ready.json").read_text())
        account = ready["accounts"][0]
        pem = Path(account["private_key_path"]).read_bytes()
        key_file = out / "key.pem"
        key_file.touch(0o600)
        key_file.write_bytes(pem)
        (out / "phrase").write_text(PHRASE)
        channels = _add_key(home, package, key_file, account["key_id"])
        command = [
            sys.executable, "-P", "-m", "tests.support.canary_day", str(home), str(out),
            ready["rest"], ready["ws"],
        ]  # fmt: skip
        with Terminal.run(
            command, columns=120, lines=40, env=_variables(home, package)
        ) as terminal:
            while terminal.read(30):
                pass
            terminal.process.wait(20)
        screen = bytes(terminal.output)
    finally:
        child.kill()
    channels |= _split(screen)
    channels |= {f"shown {name[5:]}": content for name, content in _files(out / "shown")}
    channels |= dict(_files(home))
    channels |= {f"temporary {name}": content for name, content in _files(directory / "tmp")}
    if with_commands:
        channels |= dict(_commands(home, package, key_file))
    signatures = (out / "truth").read_bytes().split()
    assert len(signatures) > 3
    return Day(channels, _secrets(pem, account["key_id"], signatures))


def _split(screen: bytes) -> dict[str, bytes]:
    """Return what a terminal got, by where it goes."""
    left = screen.rpartition(b"\x1b[?1049l")[2]
    strings = re.findall(rb"\x1b[\]P_^X].*?(?:\x07|\x1b\\)", screen, re.DOTALL)
    return {
        "screen": screen,
        "left on the terminal after the crash": left,
        "clipboard": b"".join(each for each in strings if each.startswith(b"\x1b]52")),
        "window title": b"".join(each for each in strings if re.match(rb"\x1b\][012];", each)),
    }


MAY_NAME_THE_KEY = (
    "keys",
    "file state/keys/",
    "doctor",
    "cmdline",
    "maps",
    "screen",
    "shown views",
)
"""Channels where the id of a key, which is no secret, is what the user asked for."""


def judged(day: Day) -> dict[str, list[str]]:
    """Return the hits that are leaks."""
    leaks: dict[str, list[str]] = {}
    for channel, found in day.hits().items():
        if any(word in channel for word in MAY_NAME_THE_KEY):
            found = [name for name in found if name != "key id"]
        if found:
            leaks[channel] = found
    return leaks


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_FH12_the_order_of_a_day_that_crashed_is_in_a_whole_ledger(
    day: Day, tmp_path: Path
) -> None:
    (content,) = [text for name, text in day.channels.items() if name.endswith(".sqlite3")]
    copy = tmp_path / "ledger.sqlite3"
    copy.write_bytes(content)
    with contextlib.closing(sqlite3.connect(copy)) as ledger:
        assert ledger.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert ledger.execute("SELECT count(*) FROM intents").fetchone() == (1,)


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    return spend(tmp_path_factory.mktemp("canary"), PACKAGE)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_FI15_no_secret_is_in_any_of_the_channels(day: Day) -> None:
    print(f"{len(day.channels)} channels, {sum(map(len, day.channels.values())):,} bytes")  # noqa: T201
    for name in sorted(day.channels):
        print(f"  {len(day.channels[name]):>9,}  {name}")  # noqa: T201
    assert judged(day) == {}
    assert len(day.channels) >= 25


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_FI15_the_channels_are_not_empty_where_something_was_to_be_found(day: Day) -> None:
    channels = day.channels
    assert b"internal error (RuntimeError)" in channels["left on the terminal after the crash"]
    assert b"orders stay" in channels["left on the terminal after the crash"]
    (report, *_) = [
        text for name, text in channels.items() if "crash-" in name and b"_fail" in text
    ]
    assert b"RuntimeError" in report
    for restored in (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1000l"):
        assert restored in channels["screen"]
    assert channels["file state/logs/kalshi-tui.log"]
    assert b"SQLite" in next(text for name, text in channels.items() if name.endswith(".sqlite3"))
    assert b"KeyRefusedError" in channels["shown errors.txt"]
    assert channels["shown limits.txt"] == b"dumpable False"
    assert any(name.startswith("shown screenshot") for name in channels)
    assert channels["clipboard"] == channels["window title"] == b""


LEAKS = {
    "a log line with the passphrase": (
        "session/custody.py",
        "        path = self.named_file(environment)\n        if path is not None and",
        '        __import__("logging").getLogger("kalshi_tui").error("opens %s", passphrase)\n',
    ),
    "a file with the signature": (
        "api/auth.py",
        "        return {\n            KEY_HEADER: self._key_id,\n",
        '        open(__import__("os").environ["TMPDIR"] + "/trace", "a").write(signature)\n',
    ),
}
"""One line each, put before a place in a copy of the program."""


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("leak", LEAKS)
def test_FI15_a_leak_of_one_line_is_caught(tmp_path: Path, leak: str) -> None:
    module, place, line = LEAKS[leak]
    package = tmp_path / "planted" / "kalshi_tui"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "themes", package / "themes", dirs_exist_ok=True)
    source = (package / module).read_text()
    assert source.count(place) == 1
    (package / module).write_text(source.replace(place, line + place))
    found = judged(spend(tmp_path / "day", package, with_commands=False))
    print(leak, found)  # noqa: T201
    assert found

"""A real Secret Service: gnome-keyring on a D-Bus session of its own, both started by a test.

Everything it keeps lies below one directory; the machine's own session and keyrings are not
touched. Needs the Debian packages `dbus` and `gnome-keyring`.
"""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRAMS = ("dbus-daemon", "gnome-keyring-daemon")
_START_S = 10


def missing() -> tuple[str, ...]:
    """Return the programs that are not installed here."""
    return tuple(name for name in PROGRAMS if shutil.which(name) is None)


@contextmanager
def bus(directory: Path) -> Iterator[dict[str, str]]:
    """Run a D-Bus session without a Secret Service; give the variables of a program inside it."""
    variables = _variables(directory)
    # Nothing may be started by name: a service file of the machine would bring its own keyring.
    config = directory / "bus.conf"
    config.write_text(_BUS_CONFIG.format(socket=directory / "bus"))
    daemon = subprocess.Popen(
        ["dbus-daemon", f"--config-file={config}", "--nofork", "--print-address"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=variables,
        text=True,
    )
    try:
        assert daemon.stdout is not None
        variables["DBUS_SESSION_BUS_ADDRESS"] = daemon.stdout.readline().strip()
        yield variables
    finally:
        _stop(daemon)


@contextmanager
def gnome_keyring(variables: dict[str, str], *, password: str | None) -> Iterator[int]:
    """Run gnome-keyring on the bus of `variables`; unlocked by `password`, locked without one.

    Gives its process id.
    """
    command = ["gnome-keyring-daemon", "--foreground", "--components=secrets"]
    daemon = subprocess.Popen(
        [*command, "--unlock"] if password is not None else command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=variables,
    )
    try:
        assert daemon.stdin is not None
        daemon.stdin.write((password or "").encode())
        daemon.stdin.close()
        subprocess.run(
            [sys.executable, "-c", _WAIT, "org.freedesktop.secrets"],
            env=variables,
            timeout=_START_S,
            check=True,
        )
        yield daemon.pid
    finally:
        _stop(daemon)


def _variables(directory: Path) -> dict[str, str]:
    """Return variables with every directory of the desktop below `directory`."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    for name in ("runtime", "data", "config", "cache"):
        (directory / name).mkdir(mode=0o700)
    return kept | {
        "HOME": str(directory),
        "XDG_RUNTIME_DIR": str(directory / "runtime"),
        "XDG_DATA_HOME": str(directory / "data"),
        "XDG_CONFIG_HOME": str(directory / "config"),
        "XDG_CACHE_HOME": str(directory / "cache"),
        "KALSHI_TUI_HOME": str(directory / "program"),
    }


def _stop(daemon: subprocess.Popen[bytes] | subprocess.Popen[str]) -> None:
    daemon.send_signal(signal.SIGCONT)
    daemon.terminate()
    try:
        daemon.wait(5)
    except subprocess.TimeoutExpired:
        daemon.kill()
        daemon.wait()
    if daemon.stdout is not None:
        daemon.stdout.close()


_BUS_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""

_WAIT = """
import sys
from jeepney import MatchRule, message_bus
from jeepney.io.blocking import Proxy, open_dbus_connection

connection = open_dbus_connection(bus="SESSION")
calls = Proxy(message_bus, connection)
rule = MatchRule(type="signal", interface="org.freedesktop.DBus", member="NameOwnerChanged")
rule.add_arg_condition(0, sys.argv[1])
with connection.filter(rule) as owned:
    calls.AddMatch(rule)
    if not calls.NameHasOwner(sys.argv[1])[0]:
        connection.recv_until_filtered(owned)
connection.close()
"""

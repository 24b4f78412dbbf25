"""Runs the program against practice exchanges that stand in for demo and prod, to try it out.

    python -m tests.standin HOME [--fault JSON …] [--no-feed] doctor|keys|trade …

`--no-feed` gives the feed's address a port at which nobody listens. Everything lies below HOME;
the exchange and its ready line, with the key to use, in HOME/standin.
"""

import asyncio
import json
import logging
import os
import socket
import sys
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from kalshi_tui.checkup import Subject, doctor
from kalshi_tui.core.environments import Environment
from kalshi_tui.keychain import Surroundings, keys
from kalshi_tui.session.build import build
from kalshi_tui.session.child import PracticeChild, practice_command
from kalshi_tui.session.desk import DeskPort
from kalshi_tui.session.entrance import Entrance
from kalshi_tui.session.venue import OpenKey
from kalshi_tui.ui.app import run
from tests.standin import records


class _Ready:
    def __init__(self, fields: Mapping[str, str]) -> None:
        self.rest, self.ws = fields["rest"], fields["ws"]


def _subject(home: Path, environments: Mapping[str, Environment]) -> Subject:
    here = Surroundings(
        home / "keys", home / "state" / "practice", os.environ, sys.stdin.isatty(),
        environments=environments,
    )  # fmt: skip
    return Subject(home / "state", here)


def _trade(subject: Subject, name: str) -> None:
    def open_desk(where: str, open_key: OpenKey) -> DeskPort:
        return build(
            where,
            state_dir=subject.state,
            open_key=open_key,
            environments=subject.here.environments,
        )

    is_first = not (subject.state / "practice").exists()
    entrance = Entrance(subject.here.custody, open_desk, records=subject.here.environments)
    logging.getLogger("kalshi_tui").addHandler(logging.NullHandler())
    run(open_desk(name, entrance.key), entrance=entrance, welcomes=is_first)


def _closed_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def main(arguments: list[str]) -> None:
    """Start the exchange, run one command, end the exchange."""
    home, rest = Path(arguments[0]), arguments[1:]
    place = home / "standin"
    child = PracticeChild(place, [*practice_command(place), "--preset", "quiet"])
    child.spawn()
    try:
        asyncio.run(child.ready())
        ready = json.loads((place / "ready.json").read_text())
        while rest[0] == "--fault":
            request = urllib.request.Request(f"{ready['control']}/faults", rest[1].encode())
            request.add_header("Content-Type", "application/json")
            urllib.request.urlopen(request, timeout=5).close()
            rest = rest[2:]
        if rest[0] == "--no-feed":
            ready["ws"], rest = f"ws://127.0.0.1:{_closed_port()}/trade-api/ws/v2", rest[1:]
        subject = _subject(home, records(_Ready(ready)))
        if rest[0] == "doctor":
            doctor.main(rest[1:], obj=subject)
        elif rest[0] == "keys":
            keys.main(rest[1:], obj=subject.here)
        else:
            _trade(subject, rest[1] if len(rest) > 1 else "practice")
    finally:
        child.kill()


if __name__ == "__main__":
    main(sys.argv[1:])

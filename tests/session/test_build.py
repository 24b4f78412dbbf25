"""The factory: what it refuses and what it starts."""

import sys
import threading
from pathlib import Path

import pytest

from kalshi_tui.core.environments import EnvironmentRefusedError, Mode
from kalshi_tui.core.events import ConnectionState
from kalshi_tui.core.views import Pane, StatusView
from kalshi_tui.session.build import SWITCH_INTERVAL_S, Loopback, build
from kalshi_tui.session.child import PracticeChild
from tests.session.bench import Bench


def test_an_environment_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentRefusedError, match="practice, demo, prod"):
        build("paper", state_dir=tmp_path)


@pytest.mark.parametrize(
    ("rest", "socket"),
    [
        ("https://external-api.kalshi.com/trade-api/v2", "ws://127.0.0.1:1/x"),
        ("http://127.0.0.1:1/trade-api/v2", "wss://external-api-ws.kalshi.com/trade-api/ws/v2"),
        ("http://192.168.0.1/trade-api/v2", "ws://127.0.0.1:1/x"),
    ],
)
def test_practice_rules_never_reach_another_machine(rest: str, socket: str, tmp_path: Path) -> None:
    with pytest.raises(EnvironmentRefusedError, match="not a loopback address"):
        build(state_dir=tmp_path, loopback=Loopback(rest, socket, "id", tmp_path / "key"))


def test_the_interpreter_is_handed_over_quickly(tmp_path: Path) -> None:
    child = PracticeChild(tmp_path, [sys.executable, "-c", ""])
    build(state_dir=tmp_path, child=child).close()
    assert sys.getswitchinterval() == pytest.approx(SWITCH_INTERVAL_S)


def test_a_loopback_exchange_without_a_usable_key_says_so_on_the_status_line(
    tmp_path: Path,
) -> None:
    loopback = Loopback(
        "http://127.0.0.1:1/trade-api/v2", "ws://127.0.0.1:1/x", "id", tmp_path / "no.pem"
    )
    desk, woken = build(state_dir=tmp_path, loopback=loopback), threading.Event()
    desk.start(woken.set)
    status: StatusView | None = None
    while status is None or status.connection is not ConnectionState.REFUSED:
        assert woken.wait(10)
        woken.clear()
        view = desk.take().views.get((Pane.STATUS, ""))
        status = view if isinstance(view, StatusView) else status
    assert "no.pem" in status.connection_reason
    desk.close()


def test_a_workstation_on_a_loopback_exchange_trades_there(tmp_path: Path) -> None:
    with Bench(tmp_path / "host") as host:
        host.until(host.live_ladder)
        ready = host.child.last_ready
        assert ready is not None
        loopback = Loopback(ready.rest_url, ready.socket_url, ready.key_id, ready.key_path)
        desk, woken = build(state_dir=tmp_path / "guest", loopback=loopback), threading.Event()
        desk.start(woken.set)
        panes: set[Pane] = set()
        while Pane.LADDER not in panes:
            assert woken.wait(10)
            woken.clear()
            panes |= {pane for pane, _ in desk.take().views}
        desk.close()
        assert desk.environment.rest_url == ready.rest_url


def test_FH10_without_a_writable_state_directory_the_session_is_in_view_and_says_why(
    tmp_path: Path,
) -> None:
    (tmp_path / "state").write_text("in the way")
    desk, woken = build(state_dir=tmp_path / "state"), threading.Event()
    desk.start(woken.set)
    status: StatusView | None = None
    while status is None or not status.read_only:
        assert woken.wait(10)
        woken.clear()
        view = desk.take().views.get((Pane.STATUS, ""))
        status = view if isinstance(view, StatusView) else status
    assert status.mode is Mode.VIEW
    assert "cannot be written" in status.read_only
    desk.close()

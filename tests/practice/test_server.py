"""The exchange as a program: its ready line, its end, and what it remembers."""

import asyncio
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import httpx
import msgspec
import pytest

from kalshi_tui.practice.server import HOST, Ready, ServeConfig, StartError, main, running
from tests.support.practice_bench import FED, ROOT, Signer, terms
from tests.support.practice_live import Live, hear, hear_until, live, say, signers, wall_ms

REPOSITORY = Path(__file__).resolve().parents[2]
WAIT_S = 20
ORDERS = "/portfolio/events/orders"

PROGRAM = (
    "import sys; from pathlib import Path; "
    "from kalshi_tui.practice.server import ServeConfig, main; "
    "sys.exit(main(ServeConfig({})))"
)


class Child:
    """The exchange in a process of its own."""

    def __init__(self, arguments: str) -> None:
        environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM.format(arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
        )

    @property
    def out(self) -> IO[bytes]:
        assert self.process.stdout is not None
        return self.process.stdout

    def ready(self) -> Ready:
        """Wait for the ready line."""
        return msgspec.json.decode(self.out.readline(), type=Ready)

    def end(self, number: int | None = signal.SIGTERM) -> tuple[int, bytes]:
        """End it by a signal (or by closing its stdin); return exit code and error output."""
        if number is None:
            assert self.process.stdin is not None
            self.process.stdin.close()
            self.process.stdin = None
        else:
            self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=WAIT_S)
        return self.process.returncode, errors


@pytest.fixture
def children() -> Iterator[list[Child]]:
    """Children to be started; none outlives its test."""
    started: list[Child] = []
    yield started
    for child in started:
        if child.process.poll() is None:
            child.process.kill()
        child.process.communicate()


def start(children: list[Child], arguments: str = "") -> Child:
    children.append(Child(arguments))
    return children[-1]


def error_of(response: httpx.Response) -> Any:
    assert response.status_code == 401
    error = response.json()["error"]
    return error.get("details", error["code"])


async def test_a_client_that_knows_only_the_ready_file_can_trade(
    tmp_path: Path, children: list[Child]
) -> None:
    """Sign in, subscribe, rest a fraction at a sub-cent price, see the own delta, cancel."""
    file = tmp_path / "ready.json"
    line = start(children, f"ready_file=Path({str(file)!r})").out.readline()
    assert file.read_bytes() == line
    ready = msgspec.json.decode(file.read_bytes(), type=Ready)
    async with asyncio.timeout(WAIT_S), httpx.AsyncClient(trust_env=False) as http:
        exchange = Live(ready, http, signers(ready))
        me = exchange.accounts[2]
        markets = (await exchange.call("GET", "/markets?status=open")).json()["markets"]
        assert len(markets) >= 12
        assert len({each["event_ticker"] for each in markets}) >= 4
        ticker = next(
            each["ticker"] for each in markets if each["price_ranges"][0]["step"] == "0.0010"
        )
        async with exchange.connect(me) as feed:
            await say(feed, "subscribe", channels=["orderbook_delta"], market_ticker=ticker)
            await hear_until(feed, "orderbook_snapshot")
            order = terms(ticker=ticker, price="0.0110", count="1.55", client_order_id="mine")
            placed = (await exchange.call("POST", ORDERS, me, order)).json()
            assert placed["remaining_count"] == "1.55"
            while True:
                delta = (await hear_until(feed, "orderbook_delta"))["msg"]
                if delta.get("client_order_id") == "mine":
                    break
            assert (delta["price_dollars"], delta["delta_fp"]) == ("0.0110", "1.55")
            path = f"{ORDERS}/{placed['order_id']}?market_ticker={ticker}"
            assert (await exchange.call("DELETE", path, me)).json()["reduced_by"] == "1.55"
            assert (await exchange.call("DELETE", path, me)).status_code == 404

        async def balance(signer: Signer, path: str, at_ms: int) -> httpx.Response:
            headers = signer.headers("GET", path, at_ms)
            return await http.get(f"{ready.rest}/portfolio/balance", headers=headers)

        good = f"{ROOT}/portfolio/balance"
        now = wall_ms()
        assert (await balance(me, good, now)).status_code == 200
        assert error_of(await balance(me, "/elsewhere", now)) == "INCORRECT_API_KEY_SIGNATURE"
        assert error_of(await balance(me, good, now - 60_000)) == "header_timestamp_expired"
        assert error_of(await balance(Signer("nobody", me.key), good, now)) == "NOT_FOUND"


def test_the_ready_line_is_one_object_with_three_accounts(children: list[Child]) -> None:
    child = start(children)
    found = msgspec.json.decode(child.out.readline())
    assert set(found) == {"rest", "ws", "control", "accounts", "pid"}
    assert found["pid"] == child.process.pid
    assert found["rest"].startswith("http://127.0.0.1:")
    assert found["rest"].endswith("/trade-api/v2")
    assert found["ws"].endswith("/trade-api/ws/v2")
    assert found["control"].endswith("/practice")
    assert [set(each) for each in found["accounts"]] == [{"key_id", "private_key_path"}] * 3


@pytest.mark.skipif(os.name != "posix", reason="signals and permission bits are POSIX")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_and_leaves_nothing(
    children: list[Child], number: signal.Signals
) -> None:
    child = start(children)
    ready = child.ready()
    key = Path(ready.accounts[0].private_key_path)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(key.parent.stat().st_mode) == 0o700
    assert child.end(number) == (0, b"")
    assert not key.parent.parent.exists(), "without --state nothing stays behind"


def test_the_end_of_the_parent_ends_it(children: list[Child]) -> None:
    child = start(children, "parent_fd=0")
    child.ready()
    assert child.end(None) == (0, b"")


def test_a_port_in_use_is_one_sentence_and_exit_code_1(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        for config in (ServeConfig(port=port), ServeConfig(ws_port=port)):
            assert main(config) == 1
            said = capsys.readouterr()
            assert said.out == ""
            assert said.err.startswith(f"Port {port} cannot be used")
            assert said.err.endswith("or 0 for any free one.\n")
            assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        (ServeConfig(port=70_000), "Port 70000 cannot be used"),
        (ServeConfig(preset="lunch"), "'lunch' is not a preset"),
        (ServeConfig(markets=0), "at least one market"),
        (ServeConfig(tier="gold"), "tier must be one of basic"),
    ],
)
def test_nonsense_is_one_sentence_and_exit_code_1(
    capsys: pytest.CaptureFixture[str], config: ServeConfig, sentence: str
) -> None:
    assert main(config) == 1
    said = capsys.readouterr().err
    assert sentence in said
    assert said.count("\n") == 1


def test_a_state_folder_that_cannot_be_used_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    assert main(ServeConfig(state=tmp_path / "file")) == 1
    assert "cannot be used" in capsys.readouterr().err
    damaged = tmp_path / "state"
    damaged.mkdir()
    (damaged / "journal.log").write_text('{"schema": 99}\n')
    assert main(ServeConfig(state=damaged)) == 1
    assert "--reset-practice" in capsys.readouterr().err


async def test_accounts_orders_and_used_ids_outlive_a_restart(tmp_path: Path) -> None:
    async with asyncio.timeout(WAIT_S):
        async with live(tmp_path) as exchange:
            ann, bob = exchange.accounts[:2]
            await exchange.call("POST", ORDERS, bob, terms(side="ask", count="3.00"))
            await exchange.call("POST", ORDERS, ann, terms(client_order_id="a-1", count="5.00"))
            before = await exchange.control("truth")
        async with live(tmp_path) as exchange:
            after = await exchange.control("truth")
            assert after["accounts"] == before["accounts"]
            assert after["markets"][FED]["yes"] == [["0.4000", "2.00"]]
            again = await exchange.call("POST", ORDERS, ann, terms(client_order_id="a-1"))
            assert again.status_code == 409
            (mine,) = after["accounts"][ann.key_id]["orders"]
            gone = await exchange.call("DELETE", f"{ORDERS}/{mine['order_id']}", ann)
            assert gone.json()["reduced_by"] == "2.00"


async def test_a_kill_keeps_what_was_answered_and_frees_the_folder(
    tmp_path: Path, children: list[Child]
) -> None:
    state = f"state=Path({str(tmp_path)!r}), with_crowd=False"
    child = start(children, state)
    ready = child.ready()
    async with asyncio.timeout(WAIT_S), httpx.AsyncClient(trust_env=False) as http:
        exchange = Live(ready, http, signers(ready))
        ann = exchange.accounts[0]
        placed = await exchange.call("POST", ORDERS, ann, terms(client_order_id="a-1"))
        assert placed.status_code == 201
    child.end(signal.SIGKILL)
    second = start(children, state)
    again = second.ready()
    assert [each.key_id for each in again.accounts] == [each.key_id for each in ready.accounts]
    async with asyncio.timeout(WAIT_S), httpx.AsyncClient(trust_env=False) as http:
        exchange = Live(again, http, signers(again))
        refused = await exchange.call("POST", ORDERS, ann, terms(client_order_id="a-1"))
        assert refused.status_code == 409
    third = start(children, state)
    _, errors = third.process.communicate(timeout=WAIT_S)
    assert third.process.returncode == 1
    assert b"Another practice exchange" in errors


async def test_a_restart_may_use_the_same_ports_at_once(tmp_path: Path) -> None:
    async with asyncio.timeout(WAIT_S):
        ports: dict[str, int] = {}
        for _ in range(2):
            async with live(tmp_path, **ports) as exchange:
                rest, ws = exchange.ready.rest, exchange.ready.ws
                ports = {
                    "port": int(rest.split(":")[2].split("/")[0]),
                    "ws_port": int(ws.split(":")[2].split("/")[0]),
                }
                async with exchange.connect(exchange.accounts[0]) as feed:
                    await say(feed, "list_subscriptions")
                    assert (await hear(feed))["type"] == "ok"
                    assert (await exchange.call("GET", "/exchange/status")).status_code == 200


async def test_an_open_connection_does_not_hold_up_the_end(tmp_path: Path) -> None:
    async with asyncio.timeout(WAIT_S):
        async with live(tmp_path, with_crowd=True) as exchange:
            feed = await exchange.connect(exchange.accounts[0])
            await say(feed, "subscribe", channels=["ticker"])
            await hear(feed)
        await feed.wait_closed()


async def test_a_fresh_exchange_has_a_tape_and_two_sided_books(tmp_path: Path) -> None:
    async with asyncio.timeout(WAIT_S), live(tmp_path, with_crowd=True) as exchange:
        trades = (await exchange.call("GET", "/markets/trades")).json()["trades"]
        assert trades
        book = (await exchange.call("GET", f"/markets/{FED}/orderbook")).json()["orderbook_fp"]
        assert len(book["yes_dollars"]) > 5
        assert len(book["no_dollars"]) > 5


async def test_running_in_a_loop_raises_instead_of_exiting(tmp_path: Path) -> None:
    with pytest.raises(StartError):
        async with running(ServeConfig(state=tmp_path, preset="lunch")):
            raise AssertionError("started")

"""The practice exchange's process: ready, dead, restarted, stopped, and never left behind."""

import asyncio
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kalshi_tui.session.child import ChildError, PracticeChild
from kalshi_tui.session.journal import Journal

FAKE = """
import json, os, sys
arguments = dict(zip(sys.argv[1::2], sys.argv[2::2]))
port, ws = arguments.get("--port", "4001"), arguments.get("--ws-port", "4002")
accounts = [{"key_id": f"key{n}", "private_key_path": f"/keys/{n}.pem"} for n in range(3)]
print("started", arguments, file=sys.stderr, flush=True)
print(json.dumps({
    "rest": f"http://127.0.0.1:{port}/trade-api/v2",
    "ws": f"ws://127.0.0.1:{ws}/trade-api/ws/v2",
    "control": "", "accounts": accounts, "pid": os.getpid(),
}), flush=True)
sys.stdin.read()
"""

LOOKING = """
for number in range(256):
    try:
        found = os.fstat(number)
    except OSError:
        continue
    print("open", found.st_dev, found.st_ino, file=sys.stderr)
"""


def child(tmp_path: Path, script: str = FAKE) -> PracticeChild:
    return PracticeChild(tmp_path / "state", [sys.executable, "-c", script])


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_the_ready_line_names_addresses_and_the_workstations_own_key(tmp_path: Path) -> None:
    process = child(tmp_path)
    process.spawn()
    ready = await process.ready()
    assert ready.rest_url == "http://127.0.0.1:4001/trade-api/v2"
    assert ready.socket_url == "ws://127.0.0.1:4002/trade-api/ws/v2"
    assert (ready.key_id, ready.key_path) == ("key2", Path("/keys/2.pem"))
    await process.stop()
    assert not is_alive(ready.pid)


async def test_a_dead_child_is_noticed_and_started_again_at_the_same_addresses(
    tmp_path: Path,
) -> None:
    process = child(tmp_path)
    process.spawn()
    first = await process.ready()
    ended = asyncio.create_task(process.ended())
    os.kill(first.pid, signal.SIGKILL)
    assert await ended == -signal.SIGKILL
    process.spawn()
    second = await process.ready()
    assert second.pid != first.pid
    assert second.rest_url == first.rest_url
    await process.stop()
    assert "'--port': '4001', '--ws-port': '4002'" in process.log_path.read_text()


@pytest.mark.parametrize(
    "script", ["raise SystemExit('no')", "print('{}')", "print('[1, 2')", "print('null')"]
)
async def test_a_child_that_is_never_ready_is_one_sentence(tmp_path: Path, script: str) -> None:
    process = child(tmp_path, script)
    process.spawn()
    with pytest.raises(ChildError, match=r"exchange\.log"):
        await process.ready()
    await process.stop()


async def test_a_child_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    stubborn = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + FAKE
    process = child(tmp_path, stubborn + "\nimport time; time.sleep(60)")
    process.spawn()
    ready = await process.ready()
    await process.stop(within_s=0.05)
    assert not is_alive(ready.pid)


def test_a_state_directory_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("in the way")
    with pytest.raises(ChildError, match="writable"):
        child(tmp_path).spawn()


def test_the_log_is_private_and_keeps_to_a_bound(tmp_path: Path) -> None:
    process = child(tmp_path)
    process.spawn()
    process.kill()
    assert process.log_path.stat().st_mode & 0o777 == 0o600
    process.log_path.write_bytes(b"x" * 300_000)
    process.spawn()
    process.kill()
    assert process.log_path.stat().st_size < 300_000


_PARENT = """
import asyncio, sys
from pathlib import Path
from kalshi_tui.session.child import PracticeChild
child = PracticeChild(Path(sys.argv[1]), [sys.executable, "-c", sys.argv[2]])
child.spawn()
print(asyncio.run(child.ready()).pid, flush=True)
sys.stdin.read()
"""


def test_the_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", _PARENT, str(tmp_path / "state"), FAKE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert parent.stdin is not None
    assert parent.stdout is not None
    with parent.stdin, parent.stdout:
        pid = int(parent.stdout.readline())
        watch = os.pidfd_open(pid) if hasattr(os, "pidfd_open") else None
        parent.kill()
        parent.wait()
        if watch is not None:
            assert select.select([watch], [], [], 5)[0], "the child outlived its parent"
            os.close(watch)


async def test_FH16_the_exchange_holds_nothing_of_the_ledger(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger" / "orders.sqlite3"
    journal = Journal(ledger, environment="practice", account="me", wall_ns=1)
    try:
        script = FAKE.replace("print(json", LOOKING + "print(json", 1)
        process = child(tmp_path, script)
        process.spawn()
        await process.ready()
        await process.stop()
        lines = process.log_path.read_text().splitlines()
        held = {line for line in lines if line.startswith("open ")}
        assert len(held) >= 3, "the child has its own streams"
        files = [*ledger.parent.iterdir()]
        assert ledger in files
        for file in files:
            facts = file.stat()
            assert f"open {facts.st_dev} {facts.st_ino}" not in held, file.name
    finally:
        journal.close()


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="descriptors are listed by Linux")
def test_FH16_no_child_whatsoever_can_inherit_the_ledger(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger" / "orders.sqlite3"
    journal = Journal(ledger, environment="practice", account="me", wall_ns=1)
    try:
        named = {int(each.name): os.readlink(each) for each in _descriptors()}
        ours = [number for number, name in named.items() if str(ledger.parent) in name]
        assert len(ours) >= 2, "the ledger and its lock are open"
        assert [named[number] for number in ours if os.get_inheritable(number)] == []
    finally:
        journal.close()


def _descriptors() -> list[Path]:
    return [each for each in Path("/proc/self/fd").iterdir() if os.path.lexists(each)]

"""A trading day with a key that can be recognised, ended by a crash: what it leaves is searched.

`python -m tests.support.canary_day HOME OUT REST WS` opens the key that HOME holds, by the
passphrase on its standard input's first line, trades on the exchange that stands in for demo, with
every logger at DEBUG, and crashes with the key at hand. What only a test may see (the signatures)
goes to OUT/truth, what the program would show or hand out goes to OUT/shown.
"""

import asyncio
import contextlib
import logging
import os
import pickle
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kalshi_tui.api.auth import RequestAuth, Signer, load_private_key
from kalshi_tui.core.events import BookStatus
from kalshi_tui.core.orders import OrderTerms
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count
from kalshi_tui.core.views import OrdersView
from kalshi_tui.paths import user_paths
from kalshi_tui.session.build import build
from kalshi_tui.session.crash import CrashReports, catch_the_rest
from kalshi_tui.session.custody import Credential, Custody
from kalshi_tui.session.logbook import LIBRARIES, open_logbook
from kalshi_tui.session.process import harden, is_dumpable
from kalshi_tui.ui.app import Workstation
from kalshi_tui.ui.messages import Wake
from kalshi_tui.ui.widgets.log import LogPane
from tests.standin import records
from tests.support.keystore import MemoryStore

ENVIRONMENT = "demo"


@dataclass(frozen=True)
class Ready:
    """The addresses of the exchange."""

    rest: str
    ws: str


class Witnessed(Signer):
    """Keeps every signature for the test to look for."""

    truth: Path

    def headers(self, method: str, path: str, wall_ms: int) -> dict[str, str]:
        found = super().headers(method, path, wall_ms)
        with self.truth.open("a") as file:
            file.write(found["KALSHI-ACCESS-SIGNATURE"] + "\n")
        return found


class CanarySeat(Workstation):
    """Trades, looks at everything, and crashes with the key in a local variable."""

    out: Path
    credential: Credential
    secret: bytes
    _changed: asyncio.Event

    CSS_PATH = str(
        Path(sys.modules[Workstation.__module__].__file__ or "").with_name("kalshi.tcss")
    )

    def on_ready(self) -> None:
        self.run_worker(self._day())

    async def _until(self, holds: Callable[[], bool], seconds: float = 20.0) -> None:
        async with asyncio.timeout(seconds):
            while not holds():
                self._changed.clear()
                await self._changed.wait()

    def on_wake(self, wake: Wake) -> None:
        super().on_wake(wake)
        self._changed.set()

    def _is_live(self) -> bool:
        ladder = self.store.ladder
        return ladder is not None and ladder.status is BookStatus.LIVE

    def _has_order(self) -> bool:
        orders = self.store.orders
        return isinstance(orders, OrdersView) and bool(orders.live or orders.done)

    async def _day(self) -> None:
        await self._until(self._is_live)
        ladder = self.store.ladder
        assert ladder is not None
        grid = ladder.market.grid
        assert grid is not None
        terms = OrderTerms(ladder.market.ticker, BookSide.BID, grid.prices[0], Count(100))
        while not self._has_order():
            # The gate refuses while the account is still being read: nothing is sent then.
            self.desk.place(terms)
            with contextlib.suppress(TimeoutError):
                await self._until(self._has_order, 1.0)
        for key in ("help", "feed", "find"):
            await self.trade.run_action(key)
            await asyncio.sleep(0.05)
            self._keep(f"screenshot-{key}.svg", self.export_screenshot())
            self.pop_screen()
        self._keep("views.txt", repr([vars(self.store), self.trade]))
        self._keep("reprs.txt", self._reprs())
        self._keep("notices.txt", self.trade.query_one(LogPane).render_line(0).text)
        self._fail(self.secret)

    def _keep(self, name: str, text: str) -> None:
        (self.out / name).write_text(text)

    def _reprs(self) -> str:
        import httpx

        signer = self.credential.signer
        auth = RequestAuth(signer, lambda: 1)
        request = httpx.Request("GET", "https://127.0.0.1/trade-api/v2/portfolio/orders?cursor=x")
        objects = [self.credential, signer, auth, load_private_key, Custody, self.desk, self]
        with contextlib.suppress(TypeError, pickle.PicklingError):
            return f"{objects} {pickle.dumps(signer)!r}"
        return f"{objects} {[str(each) for each in objects]} {request!r} {request.url}"

    def _fail(self, pem: bytes) -> None:
        signature = self.credential.signer.headers("GET", "/trade-api/v2/portfolio/balance", 1)
        held = pem + repr(signature).encode()
        raise RuntimeError(f"the day ends with {len(held)} bytes at hand: {signature}")


def _loud() -> None:
    """Set every logger to DEBUG after the program has set its own, as somebody might."""
    logging.getLogger().setLevel(logging.DEBUG)
    for name in ("kalshi_tui", *LIBRARIES):
        logging.getLogger(name).setLevel(logging.DEBUG)


def _errors(out: Path, custody: Custody, pem: bytes, phrase: str) -> None:
    """Provoke the errors that a key can cause, and keep what they say and hold."""
    kept: list[str] = []
    tries = (
        lambda: load_private_key(pem.replace(b"\n", b"\\n")),
        lambda: load_private_key(pem[:-40]),
        lambda: load_private_key(pem, phrase.encode()),
        lambda: custody.signer(ENVIRONMENT, passphrase=f"{phrase}-wrong"),
        lambda: custody.signer("prod", passphrase=phrase),
        lambda: Signer("\x00bad", load_private_key(pem)),
    )
    for attempt in tries:
        try:
            attempt()
        except Exception as error:
            kept += [str(error), repr(error), repr(vars(error)), repr(error.args)]
            kept += [repr(error.__cause__), repr(error.__context__)]
            kept += traceback.format_exception(error)
    (out / "errors.txt").write_text("\n".join(kept))


def _on_other_threads(secret: bytes) -> None:
    """Fail where nobody catches: in a thread and in a callback of an event loop."""

    def fails() -> None:
        raise ValueError(secret.decode())

    thread = threading.Thread(target=fails)
    thread.start()
    thread.join()
    loop = asyncio.new_event_loop()
    loop.call_soon(fails)
    loop.call_soon(loop.stop)
    loop.run_forever()
    loop.close()


def main() -> None:
    home, out = Path(sys.argv[1]), Path(sys.argv[2])
    shown, truth = out / "shown", out / "truth"
    pem = (out / "key.pem").read_bytes()
    phrase = (out / "phrase").read_text()
    paths = user_paths({"KALSHI_TUI_HOME": str(home)})
    harden()
    reports = CrashReports(paths.log_directory)
    catch_the_rest(reports, print)
    open_logbook(paths.log_directory, level=logging.DEBUG)
    _loud()
    custody = Custody(paths.key_directory, keyring=MemoryStore(), environ={})
    opened = custody.signer(ENVIRONMENT, passphrase=phrase)
    signer = Witnessed(opened.signer.key_id, load_private_key(pem))
    signer.truth = truth
    credential = Credential(ENVIRONMENT, signer, opened.source)
    _errors(shown, custody, pem, phrase)
    _on_other_threads(pem)
    (shown / "limits.txt").write_text(f"dumpable {is_dumpable()}")
    for name in ("cmdline", "environ"):
        (shown / f"{name}.txt").write_bytes(Path(f"/proc/{os.getpid()}/{name}").read_bytes())
    desk = build(
        ENVIRONMENT,
        state_dir=paths.state,
        environments=records(Ready(sys.argv[3], sys.argv[4])),
        open_key=lambda _: credential,
    )
    seat = CanarySeat(desk, crashed=reports.write)
    seat.out, seat.credential, seat.secret = shown, credential, pem
    seat._changed = asyncio.Event()
    try:
        seat.run()
    finally:
        desk.close()


if __name__ == "__main__":
    main()

"""A workstation whose exchange is malicious: run in a pseudo-terminal, it shows hostile texts.

`python -m tests.support.hostile_seat COUNT REPORT` puts every text through the real decoders into
every surface that shows words of the exchange. After each frame it writes a mark into its own
output, and into REPORT what the screen meant to show, so that a terminal can be held against it.
"""

import asyncio
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC
from pathlib import Path
from typing import Any, TextIO

from textual.events import Paste
from textual.widget import Widget
from textual.widgets import Static

from kalshi_tui.api import catalogue, decode, errors, schemas
from kalshi_tui.core.effects import NoticeLevel, Notify
from kalshi_tui.core.events import BookStatus, ConnectionState, FeedReport
from kalshi_tui.core.orders import OrderState
from kalshi_tui.core.stream import BookReport
from kalshi_tui.core.views import (
    AuditRow,
    FeedView,
    MarketsView,
    OrdersView,
    Pane,
    View,
    ViewKey,
)
from kalshi_tui.session.custody import Custody
from kalshi_tui.session.entrance import Entrance
from kalshi_tui.ui.app import Workstation
from kalshi_tui.ui.paint.strip import StripRow
from kalshi_tui.ui.screens.keyring import KeyScreen
from kalshi_tui.ui.screens.passphrase import PassphrasePrompt
from kalshi_tui.ui.widgets.field import TextField
from kalshi_tui.ui.widgets.strip import Strip as OrderStrip
from tests.support.desk import (
    FED,
    WALL,
    ScriptedDesk,
    fed,
    market,
    markets,
    orders,
    scene,
    status,
)
from tests.support.hostile import strings
from tests.test_checkup import NoKeyring

MARK = "\x1b_frame {}\x1b\\"
"""Written by this program itself; a terminal shows nothing of it."""

TRADE = {
    "status line: title": "#status",
    "market line: subtitle": "#market",
    "orders: why it was refused": "#orders",
    "log: notice": "#log",
}
DOUBT = {
    "status line: reason": "#status",
    "banner: resume time": "#banner",
    "ladder: reason and read-only": "#ladder",
    "log: error": "#log",
    "strip: why not": "#strip",
}
FINDER = {"finder: titles": "#found"}
FEED = {"feed panel: reasons, audit, unknown words": "#feed-lines"}
COMMAND = {"command line: pasted text": "#command"}
KEY = {"key prompt: what the exchange says": "#key-said", "key prompt: pasted id": "#key-id"}
QUESTION = {"passphrase prompt: reason": "#reason"}
SURFACES = {**TRADE, **DOUBT, **FINDER, **FEED, **COMMAND, **KEY, **QUESTION}


@dataclass(frozen=True)
class Frame:
    """One thing to show: which surfaces, and the numbers of the texts on them."""

    surfaces: dict[str, str]
    numbers: tuple[int, ...]
    views: tuple[tuple[ViewKey, View], ...]
    notice: str = ""
    paste: str = ""
    reason: str = ""
    """What the exchange said against a key."""


def tagged(number: int, text: str) -> str:
    """Return a text that can be found on a screen by its number."""
    return f"q{number}.{text}"


def _wire(text: str) -> str:
    """Return a text as the JSON of a frame could carry it."""
    return text.encode("utf-8", "replace").decode()


def _market(text: str) -> Any:
    ranges = [schemas.PriceRange("0.0000", "1.0000", "0.0100")]
    body = schemas.MarketBody(
        FED, "KXFEDDEC-26DEC", "active", "2026-12-30T10:00:00Z", title=text, yes_sub_title=text,
        rules_primary=text, price_ranges=ranges,
    )  # fmt: skip
    return catalogue.market(body)


def _refusal(text: str) -> errors.DeniedError:
    return errors.denied(400, json.dumps({"code": text, "details": text}).encode())


def _trade(number: int, text: str) -> Frame:
    refused = replace(orders().live[0], state=OrderState.REJECTED, detail=_refusal(text).detail)
    return Frame(
        TRADE,
        (number,),
        (
            ((Pane.STATUS, ""), status()),
            ((Pane.LADDER, FED), fed(market=_market(text))),
            ((Pane.ORDERS, ""), OrdersView((), (refused,))),
        ),
        notice=f"refused: {_refusal(text).detail}",
    )


def _doubt(number: int, text: str) -> Frame:
    words = decode.exchange_status(schemas.StatusAnswer(False, False, None, _wire(text)))
    reason = _refusal(text).detail
    return Frame(
        DOUBT,
        (number,),
        (
            (
                (Pane.STATUS, ""),
                status(
                    exchange_active=False,
                    resume_text=words.resume_text,
                    connection=ConnectionState.CONNECTING,
                    connection_reason=reason,
                ),
            ),
            (
                (Pane.LADDER, FED),
                fed(market=_market(text), status=BookStatus.STALE, reason=reason, read_only=reason),
            ),
        ),
        notice=reason,
    )


def _finder(batch: list[tuple[int, str]]) -> Frame:
    rows = tuple(
        replace(
            markets().rows[0],
            market=replace(market(), ticker=f"KXA-{number}", title=_market(text).title),
        )
        for number, text in batch
    )
    return Frame(
        FINDER, tuple(number for number, _ in batch), (((Pane.MARKETS, ""), MarketsView(rows)),)
    )


def _feed(batch: list[tuple[int, str]]) -> Frame:
    reasons = [_refusal(text[:40]).detail for _, text in batch]
    report = FeedReport(
        epoch=1,
        books=(BookReport(FED, BookStatus.STALE, reasons[0], 1, 1, 1, ""),),
        unknown=tuple((reason, 1) for reason in reasons[1:]),
    )
    audit = AuditRow(FED, WALL, "REST", False, reasons[0])
    shown = status(connection=ConnectionState.CONNECTING, connection_reason=reasons[0])
    return Frame(
        FEED,
        tuple(number for number, _ in batch),
        (((Pane.FEED, ""), FeedView(report, audit, 1, FED)), ((Pane.STATUS, ""), shown)),
    )


def frames(count: int) -> Iterator[Frame]:
    """Yield every frame: every text on every surface."""
    texts = [(at, tagged(at, text)) for at, text in enumerate(strings(count))]
    yield from (_trade(*each) for each in texts)
    yield from (_doubt(*each) for each in texts)
    yield from (_finder(texts[at : at + 12]) for at in range(0, count, 12))
    yield from (_feed(texts[at : at + 4]) for at in range(0, count, 4))
    for number, text in texts:
        yield Frame(COMMAND, (number,), (), paste=text)
    for number, text in texts:
        yield Frame(KEY, (number,), (), paste=text, reason=_refusal(text).detail)
    yield from (Frame(QUESTION, (at,), (), reason=_refusal(text).detail) for at, text in texts)


class HostileSeat(Workstation):
    """Shows the frames one after the other and leaves."""

    CSS_PATH = str(
        Path(sys.modules[Workstation.__module__].__file__ or "").with_name("kalshi.tcss")
    )

    def __init__(self, desk: ScriptedDesk, count: int, report: TextIO) -> None:
        super().__init__(desk, zone=UTC)
        self.scripted = desk
        self.count = count
        self.report = report

    def on_ready(self) -> None:
        self.run_worker(self._show_all())

    async def _show_all(self) -> None:
        self.trade.switch_to(FED)
        opened: dict[str, str] = {}
        for at, frame in enumerate(frames(self.count)):
            if frame.surfaces is not opened:
                await self._open(frame.surfaces)
                opened = frame.surfaces
            notices = [Notify(NoticeLevel.ERROR, frame.notice, WALL)] if frame.notice else []
            self.scripted.show(*frame.views, notices=notices)
            if frame.reason:
                self._refuse(frame.surfaces, frame.reason)
            if frame.paste:
                self._paste(frame.paste)
            await self._settle()
            if frame.surfaces is DOUBT:
                row = StripRow(note=frame.notice, note_part="strong")
                self.trade.query_one(OrderStrip).show(row)
                await self._settle()
            await self._tell(at, frame)
        self.exit(0)

    async def _open(self, surfaces: dict[str, str]) -> None:
        if len(self.screen_stack) > 1:
            self.pop_screen()
        trade = self.trade
        if surfaces is FINDER:
            await trade.run_action("find")
        elif surfaces is FEED:
            await trade.run_action("feed")
        elif surfaces is COMMAND:
            await trade.run_action("command")
        elif surfaces is KEY:
            custody = Custody(Path("nowhere"), keyring=NoKeyring(), environ={})
            entrance = Entrance(lambda: custody, lambda name, open_key: self.scripted)
            await self.push_screen(KeyScreen(entrance, "demo"))
        elif surfaces is QUESTION:
            await self.push_screen(PassphrasePrompt("The key for DEMO", "-"))
        await self._settle()

    def _refuse(self, surfaces: dict[str, str], reason: str) -> None:
        """Let the open prompt say what an exchange answered."""
        self.screen.query_one(next(iter(surfaces.values())), Static).update(reason)

    def _paste(self, text: str) -> None:
        field = self.screen.query(TextField).first()
        field.value = ""
        field.post_message(Paste(text))

    async def _settle(self) -> None:
        """Wait until what was put on the screen has been painted."""
        for _ in range(2):
            done = asyncio.Event()
            self.call_later(lambda done=done: self.screen.call_after_refresh(done.set))
            await done.wait()

    def _lines(self) -> list[str]:
        strips = self.screen._compositor.render_strips()
        return ["".join(segment.text for segment in strip) for strip in strips]

    async def _tell(self, at: int, frame: Frame) -> None:
        lines = self._lines()
        await self._settle()
        while (again := self._lines()) != lines:
            # A beat of the clock came in between: wait until it has been painted, too.
            lines = again
            await self._settle()
        regions = {name: tuple(self._region(selector)) for name, selector in frame.surfaces.items()}
        told = {"frame": at, "numbers": frame.numbers, "lines": lines, "regions": regions}
        print(json.dumps(told), file=self.report, flush=True)
        assert self._driver is not None
        self._driver.write(MARK.format(at))
        self._driver.flush()

    def _region(self, selector: str) -> tuple[int, int, int, int]:
        region = self.screen.query_one(selector, Widget).region
        return (region.x, region.y, region.width, region.height)


def main() -> None:
    count, path = int(sys.argv[1]), Path(sys.argv[2])
    with path.open("w") as report:
        seat = HostileSeat(ScriptedDesk(scene()), count, report)
        seat.run()
    sys.exit(seat.return_code)


if __name__ == "__main__":
    main()

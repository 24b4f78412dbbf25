"""Views go out at once after a pause, and at most `fps` times a second under load."""

from kalshi_tui.core.effects import NoticeLevel, Notify
from kalshi_tui.core.views import MarketsView, Pane, TapeView, View, ViewKey
from kalshi_tui.session.mailbox import Mailbox
from kalshi_tui.session.publisher import Publisher
from tests.session.manual import ManualClock, ManualTimers

MS = 1_000_000
TAPE: ViewKey = (Pane.TAPE, "A")
MARKETS: ViewKey = (Pane.MARKETS, "")


class Source:
    """Counts how often each view is built."""

    def __init__(self) -> None:
        self.dirty: set[ViewKey] = set()
        self.built: list[ViewKey] = []

    def take_dirty(self) -> set[ViewKey]:
        taken, self.dirty = self.dirty, set()
        return taken

    def view(self, key: ViewKey) -> View | None:
        self.built.append(key)
        if key[1] == "missing":
            return None
        return MarketsView() if key == MARKETS else TapeView(key[1], ())


class Stage:
    def __init__(self, fps: int = 50) -> None:
        self.clock = ManualClock()
        self.timers = ManualTimers(self.clock)
        self.source = Source()
        self.box = Mailbox()
        self.publisher = Publisher(
            self.source, self.box, self.clock, fps=fps, call_later=self.timers.call_later
        )

    def change(self, *keys: ViewKey) -> None:
        self.source.dirty.update(keys)
        self.publisher.touch()


def test_the_first_change_after_a_pause_goes_out_at_once() -> None:
    stage = Stage()
    stage.change(TAPE)
    assert set(stage.box.take().views) == {TAPE}


def test_under_load_each_view_is_built_at_most_fps_times_a_second() -> None:
    stage = Stage(fps=50)
    for _ in range(1_000):
        stage.change(TAPE)
        stage.timers.advance(MS)
    assert 49 <= len(stage.source.built) <= 51


def test_the_last_change_of_a_burst_is_always_published() -> None:
    stage = Stage()
    stage.change(TAPE)
    stage.change(TAPE, (Pane.TAPE, "B"))
    stage.box.take()
    stage.timers.advance(20 * MS)
    assert set(stage.box.take().views) == {TAPE, (Pane.TAPE, "B")}


def test_the_list_of_markets_goes_out_more_seldom_and_holds_up_nobody() -> None:
    stage = Stage(fps=50)
    stage.change(MARKETS)
    stage.timers.advance(30 * MS)
    stage.change(MARKETS)
    stage.timers.advance(30 * MS)
    stage.box.take()
    stage.change(TAPE)
    assert set(stage.box.take().views) == {TAPE}
    stage.timers.advance(250 * MS)
    assert set(stage.box.take().views) == {MARKETS}


def test_notices_keep_their_order_and_need_no_view() -> None:
    stage = Stage()
    first, second = (Notify(NoticeLevel.INFO, text, 1) for text in ("a", "b"))
    stage.publisher.notify(first)
    stage.publisher.notify(second)
    stage.publisher.touch()
    assert stage.box.take().notices == (first, second)


def test_a_view_that_does_not_exist_yet_is_left_out() -> None:
    stage = Stage()
    stage.change((Pane.TAPE, "missing"), TAPE)
    assert set(stage.box.take().views) == {TAPE}


def test_closing_publishes_what_still_waits() -> None:
    stage = Stage()
    stage.change(TAPE)
    stage.box.take()
    stage.change(TAPE)
    stage.publisher.close()
    assert set(stage.box.take().views) == {TAPE}
    assert all(not timer.is_live for timer in stage.timers.timers)

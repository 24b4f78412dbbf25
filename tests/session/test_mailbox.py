"""The mailbox conflates views, keeps notices in order and wakes once per undelivered batch."""

import threading

from kalshi_tui.core.effects import NoticeLevel, Notify
from kalshi_tui.core.units import Count
from kalshi_tui.core.views import Pane, TapeView, View, ViewKey
from kalshi_tui.session.mailbox import Mailbox

KEY: ViewKey = (Pane.TAPE, "A")


def view(name: str) -> TapeView:
    return TapeView(ticker=name, rows=())


def notice(number: int) -> Notify:
    return Notify(NoticeLevel.INFO, str(number), wall_ns=number)


def test_only_the_newest_view_of_a_key_waits() -> None:
    box = Mailbox()
    box.put({KEY: view("old")})
    box.put({KEY: view("new"), (Pane.TAPE, "B"): view("b")})
    assert dict(box.take().views) == {KEY: view("new"), (Pane.TAPE, "B"): view("b")}
    assert box.take().views == {}


def test_notices_are_never_conflated_and_keep_their_order() -> None:
    box = Mailbox()
    box.put({}, [notice(1)])
    box.put({}, [notice(2), notice(3)])
    assert [each.text for each in box.take().notices] == ["1", "2", "3"]


def test_beyond_the_bound_the_oldest_notices_go_and_are_counted() -> None:
    box = Mailbox(notices_kept=2)
    box.put({}, [notice(number) for number in range(5)])
    delivery = box.take()
    assert [each.text for each in delivery.notices] == ["3", "4"]
    assert delivery.dropped_notices == 3
    assert box.take().dropped_notices == 0


def test_one_wake_until_the_batch_is_taken() -> None:
    box, wakes = Mailbox(), []
    box.connect(lambda: wakes.append(1))
    for number in range(10):
        box.put({KEY: view(str(number))})
    assert len(wakes) == 1
    box.take()
    box.put({KEY: view("next")})
    assert len(wakes) == 2


def test_an_empty_put_wakes_nobody() -> None:
    box, wakes = Mailbox(), []
    box.connect(lambda: wakes.append(1))
    box.put({})
    assert wakes == []


def test_what_waited_before_the_reader_came_wakes_it() -> None:
    box, wakes = Mailbox(), []
    box.put({KEY: view("early")})
    box.connect(lambda: wakes.append(1))
    assert len(wakes) == 1


def test_a_reader_may_take_inside_its_wake() -> None:
    box = Mailbox()
    seen: list[View] = []
    box.connect(lambda: seen.extend(box.take().views.values()))
    box.put({KEY: view("a")})
    box.put({KEY: view("b")})
    assert seen == [view("a"), view("b")]


def test_two_threads_lose_nothing_and_see_only_newer_views() -> None:
    box, ready, rounds = Mailbox(), threading.Event(), 5_000
    box.connect(ready.set)

    def write() -> None:
        for number in range(1, rounds + 1):
            box.put({(Pane.TAPE, "N"): view(f"{Count(number):09d}")}, [notice(number)])

    writer = threading.Thread(target=write)
    writer.start()
    seen, notices, dropped = "", [], 0
    while seen != f"{rounds:09d}":
        assert ready.wait(5), "a put was not followed by a wake"
        ready.clear()
        delivery = box.take()
        dropped += delivery.dropped_notices
        notices += [int(each.text) for each in delivery.notices]
        for each in delivery.views.values():
            assert isinstance(each, TapeView)
            assert each.ticker > seen
            seen = each.ticker
    writer.join()
    assert notices == sorted(notices)
    assert len(notices) + dropped == rounds

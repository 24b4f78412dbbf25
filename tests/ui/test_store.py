"""The replica: latest value by key, and what changed."""

from kalshi_tui.core.environments import Mode
from kalshi_tui.core.views import Pane
from kalshi_tui.ui.store import Store
from tests.support.desk import FED, HURRICANE, fed, hurricane, scene, status


def test_what_changed_is_what_is_another_view_than_before() -> None:
    store = Store()
    views = scene()
    assert store.apply(views) == frozenset(views)
    assert store.apply(views) == frozenset()
    assert store.apply({(Pane.LADDER, FED): fed(revision=8)}) == {(Pane.LADDER, FED)}


def test_the_ladder_is_the_watched_markets() -> None:
    store = Store()
    store.apply({(Pane.LADDER, FED): fed(), (Pane.LADDER, HURRICANE): hurricane()})
    assert store.ladder is None
    assert store.first_ladder() == FED
    store.ticker = HURRICANE
    assert store.ladder == hurricane()


def test_before_the_first_delivery_nothing_is_known() -> None:
    store = Store()
    assert store.situation() is None
    assert store.live_orders == ()
    assert (store.mono_ns, store.wall_ns) == (0, 0)
    assert store.first_ladder() == ""


def test_the_situation_is_what_the_gate_would_look_at() -> None:
    store = Store()
    store.apply({**scene(), (Pane.STATUS, ""): status(mode=Mode.VIEW)})
    store.ticker = FED
    now = store.situation()
    assert now is not None
    assert now.mode is Mode.VIEW
    assert now.open_orders == 3
    assert now.market == fed().market

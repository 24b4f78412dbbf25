"""The registry of faults: names, scopes, and when they strike."""

from typing import Any

import pytest

from kalshi_tui.practice.faults import Fault, FaultError, Registry, Target
from kalshi_tui.practice.perils import FAULTS, FaultKind

NOW = 1_800_000_000_000_000_000
MS = 1_000_000


def strikes(registry: Registry, now_ns: int = NOW, **target: Any) -> bool:
    return bool(registry.strike(FaultKind.FRAME, Target(**target), now_ns))


def sockets(registry: Registry, number: int, **target: Any) -> list[Fault]:
    return registry.strike_each(FaultKind.SOCKET, (number, 0), Target(**target), NOW)


def test_a_frame_fault_strikes_once_unless_told_otherwise() -> None:
    registry = Registry()
    registry.switch_on({"fault": "drop_frame"}, NOW)
    assert registry.has(FaultKind.FRAME)
    assert [strikes(registry) for _ in range(3)] == [True, False, False]
    assert len(registry) == 0


def test_count_strikes_the_next_n() -> None:
    registry = Registry()
    registry.switch_on({"fault": "drop_frame", "count": 3}, NOW)
    assert [strikes(registry) for _ in range(5)] == [True, True, True, False, False]


@pytest.mark.parametrize(
    ("scope", "hit", "miss"),
    [
        ({"market": "A"}, {"market": "A"}, {"market": "B"}),
        ({"channel": "trade"}, {"channel": "trade"}, {"channel": "orderbook_delta"}),
        ({"sid": 2}, {"sid": 2}, {"sid": 1}),
        ({"account": "me"}, {"account": "me"}, {"account": "you"}),
        ({"market": "A", "sid": 2}, {"market": "A", "sid": 2}, {"market": "A", "sid": 1}),
    ],
)
def test_a_scope_spares_everything_outside_it(
    scope: dict[str, object], hit: dict[str, Any], miss: dict[str, Any]
) -> None:
    registry = Registry()
    registry.switch_on({"fault": "drop_frame", **scope}, NOW)
    assert not strikes(registry, **miss)
    assert strikes(registry, **hit)


def test_at_ms_waits_and_for_ms_ends() -> None:
    registry = Registry()
    at_ms = NOW // MS + 1_000
    registry.switch_on({"fault": "drop_frame", "at_ms": at_ms, "for_ms": 500}, NOW)
    assert registry.next_start_ns(NOW) == at_ms * MS
    assert not strikes(registry, NOW + 999 * MS)
    assert strikes(registry, NOW + 1_000 * MS)
    assert strikes(registry, NOW + 1_499 * MS)
    assert not strikes(registry, NOW + 1_500 * MS)
    registry.expire(NOW + 1_500 * MS)
    assert len(registry) == 0


def test_a_probability_is_drawn_from_the_seed() -> None:
    def draw(seed: int) -> list[bool]:
        registry = Registry(seed)
        registry.switch_on({"fault": "drop_frame", "p": 0.5}, NOW)
        return [strikes(registry) for _ in range(200)]

    assert draw(1) == draw(1) != draw(2)
    assert 60 < sum(draw(1)) < 140


def test_a_connection_fault_strikes_each_open_connection_once() -> None:
    registry = Registry()
    registry.switch_on({"fault": "stall", "ms": 300}, NOW)
    assert [fault.args for fault in sockets(registry, 1)] == [{"ms": 300}]
    assert sockets(registry, 1) == []
    assert len(sockets(registry, 2)) == 1
    registry.expire(NOW)
    assert sockets(registry, 3) == []


def test_a_connection_fault_with_a_count_waits_for_more_connections() -> None:
    registry = Registry()
    registry.switch_on({"fault": "close", "code": 1012, "count": 2, "account": "me"}, NOW)
    assert sockets(registry, 1, account="you") == []
    assert len(sockets(registry, 2, account="me")) == 1
    registry.expire(NOW)
    assert len(sockets(registry, 3, account="me")) == 1
    registry.expire(NOW)
    assert sockets(registry, 4, account="me") == []
    assert len(registry) == 0


def test_switching_off_takes_one_or_all() -> None:
    registry = Registry()
    first = registry.switch_on({"fault": "drop_frame", "sid": 9}, NOW)
    registry.switch_on({"fault": "stall", "at_ms": NOW // MS + 60_000}, NOW)
    assert registry.switch_off("nothing") == 0
    assert registry.switch_off(first.fault_id) == 1
    assert registry.switch_off() == 1
    assert len(registry) == 0


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({}, "There is no fault None; the known ones are drop_frame, duplicate_frame,"),
        ({"fault": "gremlin"}, "There is no fault 'gremlin'; the known ones are"),
        ({"fault": ["drop_frame"]}, "There is no fault"),
        ({"fault": "drop_frame", "ms": 3}, "takes no 'ms'"),
        ({"fault": "stall", "ms": 0}, "ms must be a whole number from 1 to"),
        ({"fault": "stall", "ms": True}, "ms must be a whole number"),
        ({"fault": "close", "code": 999}, "code must be a whole number from 1000 to 4999"),
        ({"fault": "drop_frame", "p": 0}, "p must be a probability"),
        ({"fault": "drop_frame", "p": "1"}, "p must be a probability"),
        ({"fault": "drop_frame", "count": 0}, "count must be a whole number"),
        ({"fault": "drop_frame", "sid": "1"}, "sid must be a number"),
        ({"fault": "drop_frame", "market": 1}, "market must be text"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused_in_one_sentence(
    body: dict[str, object], sentence: str
) -> None:
    with pytest.raises(FaultError) as caught:
        Registry().switch_on(body, NOW)
    assert sentence in str(caught.value)
    assert str(caught.value).endswith(".")


def test_every_fault_can_be_switched_on_without_arguments() -> None:
    registry = Registry()
    for name in FAULTS:
        registry.switch_on({"fault": name}, NOW)
    assert len(registry) == len(FAULTS)
